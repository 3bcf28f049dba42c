"""What a link in a message opens, and that only a pressed button changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.model import Scorecard
from plugin.links import Links
from scheduler.answering import undo
from scheduler.answers import AnswerKind
from scheduler.facts import ScorecardFacts
from scheduler.store import Store, tables
from tests.plugin.answering_kit import (
    BO,
    DID_NOT_HAPPEN,
    DONE,
    HAND_OVER,
    LINKS,
    SNOOZE,
    answers,
    browser,
    company,
    press,
    stamp_in,
    take_back,
    token,
    words,
)
from tests.plugin.web import NOW, Web, web
from tests.scheduler.builders import (
    DAY,
    HOUR,
    KEY,
    application,
    card,
    interview,
    person,
    rows,
    save,
)
from tests.stores import emptied, opened, store_at

FIELDS = {
    DONE: {"done": "yes"},
    SNOOZE: {"until": "2026-11-25T09:00:00+00:00"},
    HAND_OVER: {"to": "p2"},
    DID_NOT_HAPPEN: {"reason": "no_show"},
}


@pytest.fixture
def store_url() -> str:
    return emptied()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with opened(store_url) as store:
        company(store)
        yield store


@pytest.fixture
def site(store: Store) -> Web:
    return web(store)


@pytest.mark.parametrize("kind", AnswerKind)
def test_the_page_says_who_waits_and_what_the_button_will_do(site: Web, kind: AnswerKind) -> None:
    shown = words(browser(site).get(f"/answer/{token(kind)}").text)
    assert "Noor V. has been waiting 9 days to hear about the Systems talk of" in shown
    effect = "Until then nobody writes to you" if kind is SNOOZE else "You are not asked about"
    assert effect in shown


def test_an_interview_of_a_day_without_name_and_job_is_told_of_too(store: Store) -> None:
    held = {"ends_at": None, "ends_on": (NOW - DAY).date(), "name": " ", "job_id": None}
    save(store, application("a1", job_id=None), interview("i1", card("p1"), **held))
    shown = words(browser(web(store, zone="Pacific/Kiritimati")).get(f"/answer/{token()}").text)
    assert "Noor V. has been waiting 1 day to hear about yesterday&#39;s interview." in shown


@pytest.mark.parametrize(
    ("kind", "confirmed"),
    [
        (DONE, "Noted, it is done elsewhere"),
        (SNOOZE, "Noted, not before Wednesday 25 November, 09:00"),
        (HAND_OVER, "Noted, Ada Lund takes it from here"),
        (DID_NOT_HAPPEN, "Noted, it did not happen The candidate did not come."),
    ],
)
def test_a_pressed_button_is_confirmed_in_place_and_can_be_undone(
    site: Web, store: Store, kind: AnswerKind, confirmed: str
) -> None:
    client, link = browser(site), f"/answer/{token(kind)}"
    done = press(client, link, **FIELDS[kind])
    assert done.status_code == 200
    assert confirmed in words(done.text)
    (given_,) = answers(store)
    assert (given_.kind, given_.by, given_.via, given_.undone_at) == (kind, BO, "page", None)
    assert len(site.answered) == 1, "the message in Slack is brought up to date at once"
    undone = take_back(client, link)
    assert "What you answered before was undone." in words(undone.text)
    assert answers(store)[0].undone_at == NOW
    assert len(site.answered) == 2


def test_a_second_press_and_a_reload_add_nothing(site: Web, store: Store) -> None:
    client, link = browser(site), f"/answer/{token(SNOOZE)}"
    stamp = stamp_in(client.get(link).text)
    for _ in range(3):
        answer = client.post(link, data={"stamp": stamp, **FIELDS[SNOOZE]})
        assert (answer.status_code, answer.headers["Location"]) == (303, link)
    assert len(answers(store)) == 1


def test_a_day_means_the_morning_when_work_begins(site: Web, store: Store) -> None:
    press(browser(site), f"/answer/{token(SNOOZE)}", day="2026-12-01")
    assert str(answers(store)[0].until) == "2026-12-01 09:00:00+00:00"


def test_a_day_off_is_said_to_mean_the_next_working_day(site: Web) -> None:
    said = words(press(browser(site), f"/answer/{token(SNOOZE)}", day="2026-11-28").text)
    assert "Noted, not before Saturday 28 November, 09:00" in said
    assert "until then, nor before your next working day. If you find" in said


def test_the_page_speaks_in_the_hours_of_the_person(store: Store) -> None:
    site = web(store, zone="America/Los_Angeles")
    shown = words(browser(site).get(f"/answer/{token(SNOOZE)}").text)
    assert "Tomorrow Wed 25 Nov, 09:00" in shown
    assert "America/Los_Angeles" in shown
    press(browser(site), f"/answer/{token(SNOOZE)}", day="2026-12-01")
    until = answers(store)[0].until
    assert until is not None
    assert until.astimezone(ZoneInfo("America/Los_Angeles")).hour == 9


def test_the_last_day_of_the_date_field_is_taken_and_the_one_after_is_not(
    site: Web, store: Store
) -> None:
    site.clock.now = NOW.replace(hour=8)  # before work begins, so the fourteenth day is too far
    link = f"/answer/{LINKS.answer(KEY, SNOOZE, BO, site.clock.now)}"
    assert 'min="2026-11-25" max="2026-12-07"' in browser(site).get(link).text
    late = press(browser(site), link, day="2026-12-08")
    assert (late.status_code, "14 days is the longest" in late.text) == (409, True)
    press(browser(site), link, day="2026-12-07")
    assert len(answers(store)) == 1


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (SNOOZE, {}),
        (SNOOZE, {"until": "2026-11-25T09:00:00"}),
        (SNOOZE, {"until": "yesterday"}),
        (SNOOZE, {"day": "0001-01-01"}),
        (SNOOZE, {"day": "9999-12-31"}),
        (SNOOZE, {"until": "0001-01-01T00:00:00+14:00"}),
        (HAND_OVER, {"to": "p1"}),
        (HAND_OVER, {"to": "\x00"}),
        (DID_NOT_HAPPEN, {"reason": "boredom"}),
    ],
)
def test_what_the_page_does_not_offer_is_refused_in_a_sentence(
    site: Web, store: Store, kind: AnswerKind, fields: dict[str, str]
) -> None:
    refused = press(browser(site), f"/answer/{token(kind)}", **fields)
    assert refused.status_code == 409
    assert 'role="alert">' in refused.text
    assert answers(store) == ()


def test_a_later_answer_of_another_kind_takes_the_place_and_the_page_says_so(
    site: Web, store: Store
) -> None:
    client = browser(site)
    press(client, f"/answer/{token(DONE)}", done="yes")
    shown = words(client.get(f"/answer/{token(SNOOZE)}").text)
    assert (
        "You answered today at 09:30: done elsewhere. What you choose now takes its place" in shown
    )
    press(client, f"/answer/{token(SNOOZE)}", **FIELDS[SNOOZE])
    shown = words(client.get(f"/answer/{token(DONE)}").text)
    assert "snoozed until Wed 25 Nov 2026, 09:00" in shown
    assert "Undo" not in shown


def test_a_snooze_that_is_over_asks_again(site: Web, store: Store) -> None:
    client, link = browser(site), f"/answer/{token(SNOOZE)}"
    press(client, link, **FIELDS[SNOOZE])
    site.clock.now = NOW + 3 * DAY
    shown = client.get(link).text
    assert "Until when should we wait?" in shown
    assert "You answered" not in shown
    assert "undone" not in shown


def test_a_link_undoes_only_what_it_is_for(site: Web, store: Store) -> None:
    client = browser(site)
    press(client, f"/answer/{token(DONE)}", done="yes")
    other = f"/answer/{token(SNOOZE)}"
    stamp = stamp_in(client.get(other).text)
    assert client.post(f"{other}/undo", data={"stamp": stamp}).status_code == 303
    assert answers(store)[0].undone_at is None


def test_the_page_leads_to_the_other_answers_and_to_the_form(site: Web) -> None:
    client = browser(site)
    page = client.get(f"/answer/{token(DONE)}").text
    assert 'href="https://ats.example.org/form/1"' in page
    for kind, question in ((SNOOZE, "Until when should we"), (HAND_OVER, "Who can")):
        link = f"/answer/{LINKS.another(LINKS.read_answer(token(DONE), NOW), kind)}"
        assert f'href="{link}"' in page
        assert question in client.get(link).text


@pytest.mark.parametrize(
    ("seats", "sentence"),
    [
        ((card("p1", submitted_at=NOW - HOUR), card("p2")), "Your scorecard is in"),
        ((card("p2"),), "no longer on the panel"),
    ],
)
def test_what_was_settled_meanwhile_has_no_button_and_takes_no_answer(
    site: Web,
    store: Store,
    seats: tuple[Scorecard, ...],
    sentence: str,
) -> None:
    client, link = browser(site), f"/answer/{token(DONE)}"
    stamp = stamp_in(client.get(link).text)
    save(store, interview("i1", *seats, ends_at=NOW - 9 * DAY, name="Systems talk"), at=NOW)
    refused = client.post(link, data={"stamp": stamp, "done": "yes"})
    assert (refused.status_code, sentence in words(refused.text)) == (409, True)
    shown = client.get(link).text
    assert sentence in words(shown)
    assert "<button" not in shown
    assert answers(store) == ()


def test_a_link_that_went_to_another_address_answers_nothing(site: Web, store: Store) -> None:
    save(store, person("p1", "Bo Ek", email="bo.new@example.org"), at=NOW)
    shown = browser(site).get(f"/answer/{token(DONE)}")
    assert "asked of somebody else now" in words(shown.text)
    assert "Noor" not in shown.text
    assert browser(site).post(f"/answer/{token(DONE)}").status_code == 200
    assert answers(store) == ()


def test_an_interview_that_is_not_known_any_more_is_said_to_be_gone(site: Web) -> None:
    other = LINKS.answer(type(KEY)("greenhouse", "i9", "p1"), DONE, BO, NOW)
    assert "not known here any more" in words(browser(site).get(f"/answer/{other}").text)


@pytest.mark.parametrize(
    ("link", "code"),
    [
        (token(DONE)[:-3] + "AAA", 404),
        (token(DONE)[3:], 404),
        (Links("another").answer(KEY, DONE, BO, NOW), 404),
        (LINKS.leave("report", BO, NOW), 404),
        (LINKS.answer(KEY, DONE, BO, NOW - 15 * DAY), 410),
    ],
)
def test_a_dead_link_is_one_clear_page(site: Web, store: Store, link: str, code: int) -> None:
    for answer in (browser(site).get(f"/answer/{link}"), browser(site).post(f"/answer/{link}")):
        assert answer.status_code == code
        assert "This link does not work any more" in answer.text
    assert answers(store) == ()


def test_who_guesses_many_links_is_asked_to_wait_and_a_good_link_still_works(site: Web) -> None:
    tries = [browser(site).get(f"/answer/guess-{n}") for n in range(12)]
    assert [each.status_code for each in tries] == [404] * 10 + [429] * 2
    assert [each.headers.get("Retry-After") for each in tries] == [None] * 10 + ["301"] * 2
    assert browser(site).get(f"/answer/{token(DONE)}").status_code == 200
    site.clock.now += timedelta(minutes=6)
    assert browser(site).get("/answer/guess").status_code == 404


@pytest.mark.parametrize(
    "stamp", ["", "x", LINKS.stamp("other", NOW), LINKS.stamp(token(), NOW - DAY)]
)
def test_a_form_without_the_stamp_of_the_page_does_nothing(
    site: Web, store: Store, stamp: str
) -> None:
    refused = browser(site).post(f"/answer/{token(DONE)}", data={"stamp": stamp, "done": "yes"})
    assert (refused.status_code, "Please press once more" in refused.text) == (400, True)
    assert answers(store) == ()


@pytest.mark.parametrize("site_", ["cross-site", "same-site"])
def test_a_form_on_another_site_does_nothing(site: Web, store: Store, site_: str) -> None:
    client, link = browser(site), f"/answer/{token(DONE)}"
    fields = {"stamp": stamp_in(client.get(link).text), "done": "yes"}
    refused = client.post(link, data=fields, headers={"Sec-Fetch-Site": site_})
    assert refused.status_code == 400
    assert answers(store) == ()
    client.post(link, data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert len(answers(store)) == 1


READS = st.lists(
    st.tuples(
        st.sampled_from(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PROPFIND"]),
        st.sampled_from([*AnswerKind, "leave", "list"]),
        st.sampled_from(["", "/undo", "?done=yes", "?to=p2", "/", "?List-Unsubscribe=One-Click"]),
    ),
    max_size=25,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(storm=READS)
def test_a_storm_of_scanners_changes_nothing(
    site: Web, store_url: str, storm: list[tuple[str, str, str]]
) -> None:
    every = tuple(tables.metadata.tables.values())
    client = browser(site)
    press(client, f"/answer/{token(DONE)}", done="yes")  # so that there is something to undo
    before = rows(store_url, *every)
    for method, what, more in storm:
        path = {"leave": f"/unsubscribe/{LINKS.leave('report', BO, NOW)}", "list": "/answers"}
        address = path.get(what) or f"/answer/{token(AnswerKind(what))}"
        client.open(address + more, method=method)
    assert rows(store_url, *every) == before


def test_markup_in_names_is_text(tmp_path: Path) -> None:
    """Case 56."""
    with Store.open(store_at(tmp_path / "hostile.db")) as store:
        company(
            store,
            candidate="<script>alert(1)</script>\u202e",
            colleague='"><img src=x onerror=alert(1)>',
            interview="<b>x</b>\n" + "long " * 80,
            job="{{ 7 * 7 }}",
        )
        for kind in AnswerKind:
            page = press(browser(web(store)), f"/answer/{token(kind)}", **FIELDS[kind]).text
            asked = browser(web(store)).get(f"/answer/{token(HAND_OVER)}").text
            for each in (page, asked):
                assert "<script" not in each
                assert "<img" not in each
                assert "\u202e" not in each
                assert "&lt;script&gt;alert(1)" in each
                assert "{{ 7 * 7 }}" in each


def test_no_page_is_kept_anywhere_sets_a_cookie_or_fetches_from_elsewhere(site: Web) -> None:
    for kind in AnswerKind:
        answer = browser(site).get(f"/answer/{token(kind)}")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "Set-Cookie" not in answer.headers
        assert "<script" not in answer.text
        assert "style=" not in answer.text
        assert 'href="/"' not in answer.text


def test_an_answer_that_the_operator_undid_is_asked_for_again(site: Web, store: Store) -> None:
    link = f"/answer/{token(DONE)}"
    press(browser(site), link, done="yes")
    undo(store, answers(store)[0].id, "operator", "page", NOW + HOUR)
    site.clock.now = NOW + HOUR
    assert "Are your notes written down elsewhere?" in browser(site).get(link).text


class Broken(Store):
    def panels(self, ats: str, interview_ids: object) -> dict[str, list[ScorecardFacts]]:
        raise ZeroDivisionError


def test_a_fault_leaves_no_link_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Broken.open(store_at(tmp_path / "broken.db")) as store:
        broken = browser(web(store)).get(f"/answer/{token(DONE)}")
    assert broken.status_code == 500
    assert "/answer/<token> failed" in caplog.text
    assert token(DONE) not in caplog.text + broken.text


def test_a_form_that_is_far_too_large_is_refused(site: Web, store: Store) -> None:
    link = f"/answer/{token(DONE)}"
    answer = browser(site).post(link, data={"stamp": "x" * 10_000})
    assert answer.status_code == 413
    assert not answers(store)
