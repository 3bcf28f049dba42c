"""A panel that owes something, and people who follow the links in their messages."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.links import Links
from scheduler.answers import Answer, AnswerKind
from scheduler.store import Store
from tests.plugin.web import NOW, Web
from tests.scheduler.builders import (
    DAY,
    KEY,
    application,
    candidate,
    card,
    interview,
    job,
    person,
    save,
)

LINKS = Links("k" * 32)
BO = "p1@example.org"
DONE, SNOOZE = AnswerKind.DONE_ELSEWHERE, AnswerKind.SNOOZE
HAND_OVER, DID_NOT_HAPPEN = AnswerKind.HAND_OVER, AnswerKind.DID_NOT_HAPPEN


def company(store: Store, **names: Any) -> None:
    """Bo and Ada talked to Noor nine days ago; Rae recruits."""
    save(
        store,
        person("p1", names.get("who", "Bo Ek")),
        person("p2", names.get("colleague", "Ada Lund")),
        person("p3", "Rae Okafor"),
        candidate("c1", names.get("candidate", "Noor V.")),
        job("j1", names.get("job", "Platform engineer"), recruiter_ids=("p3",)),
        application("a1"),
        interview(
            "i1",
            card("p1", url="https://ats.example.org/form/1"),
            card("p2"),
            ends_at=NOW - 9 * DAY,
            name=names.get("interview", "Systems talk"),
        ),
        at=NOW - DAY,
    )


def token(kind: AnswerKind = DONE, address: str = BO) -> str:
    return LINKS.answer(KEY, kind, address, NOW)


def stamp_in(page: str) -> str:
    found = re.search(r'name="stamp" value="([^"]+)"', page)
    assert found, "the page has no stamp"
    return found[1]


def press(client: FlaskClient, link: str, **fields: str) -> TestResponse:
    """Open the page, press one of its buttons, and follow to what it shows then."""
    page = client.get(link).text
    return client.post(link, data={"stamp": stamp_in(page), **fields}, follow_redirects=True)


def take_back(client: FlaskClient, link: str) -> TestResponse:
    page = client.get(link).text
    assert f'action="{link}/undo"' in page
    return client.post(f"{link}/undo", data={"stamp": stamp_in(page)}, follow_redirects=True)


def answers(store: Store) -> tuple[Answer, ...]:
    return store.scorecards(keys=[KEY])[0].answers


def words(page: str) -> str:
    """What a reader sees, without markup."""
    text = re.sub(r"<head>.*?</head>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text.replace("<wbr>", "")).split())


def browser(site: Web) -> FlaskClient:
    """Somebody with a link and nothing else: no token of the page, no cookie."""
    return site.app.test_client(use_cookies=False)
