"""Leaving the list of the weekly report: one click for programs, a page for people (RFC 8058)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.store import Store
from tests.plugin.answering_kit import DONE, LINKS, browser, stamp_in, token, words
from tests.plugin.web import NOW, Web, web
from tests.scheduler.builders import DAY
from tests.stores import emptied, opened

BOSS = "Boss@Example.org"
LINK = f"/unsubscribe/{LINKS.leave('report', BOSS, NOW)}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(emptied()) as store:
        yield store


@pytest.fixture
def site(store: Store) -> Web:
    return web(store)


def off(store: Store) -> frozenset[str]:
    return store.unsubscribed("report")


@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_of_a_mail_program_takes_effect_at_once(
    site: Web, store: Store, form: str
) -> None:
    for _ in range(2):
        fields = {"List-Unsubscribe": "One-Click"}
        answer = browser(site).post(LINK, data=fields, content_type=form)
        assert answer.status_code == 200  # no redirect, no cookie
        assert "Set-Cookie" not in answer.headers
        assert off(store) == {"boss@example.org"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
def test_whoever_only_follows_the_link_changes_nothing(
    site: Web, store: Store, method: str
) -> None:
    browser(site).open(f"{LINK}?List-Unsubscribe=One-Click", method=method)
    assert off(store) == frozenset()


def test_the_page_asks_once_and_offers_the_way_back(site: Web, store: Store) -> None:
    client = browser(site)
    page = client.get(LINK).text
    assert "It goes to Boss@Example.org on Mondays." in words(page)
    assert 'name="List-Unsubscribe" value="One-Click"' in page
    assert f'action="{LINK}"' in page
    client.post(LINK, data={"List-Unsubscribe": "One-Click"})
    page = client.get(LINK).text
    assert "You are off the list" in page
    assert f'action="{LINK}"' in page
    back = client.post(LINK, data={"stamp": stamp_in(page), "again": "yes"})
    assert "gets the report again" in words(back.text)
    assert off(store) == frozenset()


def test_what_stands_in_the_address_is_no_click(site: Web, store: Store) -> None:
    assert browser(site).post(f"{LINK}?List-Unsubscribe=One-Click").status_code == 400
    assert off(store) == frozenset()


@pytest.mark.parametrize("fields", [{}, {"again": "yes"}, {"stamp": "x", "again": "yes"}])
def test_a_form_that_is_not_from_the_page_puts_nobody_on_the_list(
    site: Web, store: Store, fields: dict[str, str]
) -> None:
    store.unsubscribe("report", BOSS, NOW)
    assert browser(site).post(LINK, data=fields).status_code == 400
    assert off(store) == {"boss@example.org"}


@pytest.mark.parametrize(
    ("link", "code"),
    [
        (LINK[:-2] + "xx", 404),
        (f"/unsubscribe/{token(DONE)}", 404),
        (f"/unsubscribe/{LINKS.leave('report', BOSS, NOW - 400 * DAY)}", 410),
    ],
)
def test_a_dead_link_takes_nobody_off(site: Web, store: Store, link: str, code: int) -> None:
    answer = browser(site).post(link, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, off(store)) == (code, frozenset())
