"""Odoo out of order, set up wrongly, or not as documented: what must happen (faults.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.ats.base import Window
from connectors.errors import (
    AccessRefused,
    BadRequest,
    NotFound,
    ScopeMissing,
    Unreachable,
)
from connectors.model import (
    Interview,
    Kind,
    Page,
    Ref,
)
from tests.connectors.fake_odoo import KEY, UNASKED, FakeOdoo, connected, error, odoo
from tests.connectors.loopback import Answer, rows, thing
from tests.connectors.test_odoo_pull import of, one

WEEK = Window(datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))


@pytest.fixture
def fake() -> Iterator[FakeOdoo]:
    with odoo() as fake:
        fake.hiring()
        fake.meeting(100, 500)
        yield fake


def week(fake: FakeOdoo) -> list[Page]:
    return list(connected(fake).pull(WEEK, {}))


# -- trouble


@pytest.mark.parametrize(
    "bad",
    [
        Answer(503),
        Answer(500, b'{"name": "psycopg2.OperationalError", "message": "x"}'),
        Answer(drop=True),
        Answer(short_by=10),
        Answer(200, b'[{"id": 10'),
        Answer(200, b"<html>", {"Content-Type": "text/html"}),
        thing({"id": 1}),
        Answer(429, b"", {"Retry-After": "7"}),
    ],
)
def test_a_broken_answer_is_asked_for_again(fake: FakeOdoo, bad: Answer) -> None:
    """Cases 27, 28, 30."""
    fake.script["calendar.event"].append(bad)
    assert one(fake).id == "100"


def test_an_odoo_that_stays_out_of_order_is_told_after_a_few_tries(fake: FakeOdoo) -> None:
    """Case 28."""
    fake.script["hr.applicant"] += [Answer(502)] * 5
    with pytest.raises(Unreachable, match=r"/json/2/hr.applicant/search_read.*502"):
        week(fake)


def test_an_unknown_column_is_asked_for_once_and_said_in_odoos_words(fake: FakeOdoo) -> None:
    """It comes with status 500; the module for interview forms may be missing."""
    said = "Invalid field 'survey_id' on 'hr.job'"
    fake.script["survey.user_input"].append(error(500, "builtins.ValueError", said))
    sleeps: list[float] = []
    with pytest.raises(BadRequest, match=said) as caught:
        list(connected(fake, sleeps=sleeps).pull(WEEK, {}))
    assert UNASKED not in caught.value.message
    assert sleeps == []


def test_a_revoked_key_stops_the_run_at_once(fake: FakeOdoo) -> None:
    """Case 29."""
    refused = error(401, "werkzeug.exceptions.Unauthorized", f"Invalid apikey {KEY}")
    fake.script["calendar.attendee"].append(refused)
    with pytest.raises(AccessRefused, match=r"Check ODOO_API_KEY.*90 days") as caught:
        week(fake)
    assert KEY not in caught.value.message
    assert len(fake.questions("calendar.attendee")) == 1


def test_a_wrong_database_is_said(fake: FakeOdoo) -> None:
    with pytest.raises(NotFound, match="Check ODOO_URL and ODOO_DATABASE"):
        list(connected(fake, database="another").pull(WEEK, {}))


def test_a_missing_right_is_said_with_where_it_is_granted(fake: FakeOdoo) -> None:
    fake.denied = {"hr.applicant"}
    with pytest.raises(ScopeMissing, match=r"reading hr.applicant.*Recruitment: Officer"):
        week(fake)


def test_a_redirect_is_not_followed_with_the_key(fake: FakeOdoo) -> None:
    """Case 34."""
    away = Answer(303, b"", {"Location": "http://127.0.0.1:9/json/2/calendar.event/search_read"})
    fake.script["calendar.event"].append(away)
    with pytest.raises(BadRequest, match="not followed"):
        week(fake)


# -- tolerance


def test_unknown_columns_and_words_are_taken(fake: FakeOdoo) -> None:
    fake.change("calendar.attendee", 900, state="maybe later")
    row = {**fake.tables["calendar.event"][0], "mood": {"new": "in 19.1"}}
    fake.script["calendar.event"].append(rows(row))
    found = one(fake)
    assert found.scorecards[0].attendance == "maybe later"


@pytest.mark.parametrize(
    ("column", "value"),
    [("stop", "tomorrow"), ("stop", 5), ("applicant_id", ["x", "y"]), ("allday", "no")],
)
def test_an_unreadable_meeting_is_parked_by_its_path_and_the_run_goes_on(
    fake: FakeOdoo, column: str, value: Any
) -> None:
    """Case 39."""
    fake.meeting(101, 500)
    broken = {**fake.tables["calendar.event"][0], column: value}
    fake.script["calendar.event"].append(rows(broken, fake.tables["calendar.event"][1]))
    pages = week(fake)
    [flaw] = [each for page in pages for each in page.parked]
    assert (flaw.ref, flaw.path) == (Ref(Kind.INTERVIEW, "100"), f"calendar.event.{column}")
    assert str(value) not in flaw.reason
    assert [each.id for each in of(Interview, pages)] == ["101"]


@pytest.mark.parametrize("event", [[100, "Systems talk"], None])
def test_an_unreadable_seat_leaves_the_panel_incomplete(fake: FakeOdoo, event: Any) -> None:
    """Case 39: nobody is off the panel because their row could not be read."""
    fake.meeting(101, 502, applicant_id=[200, "Noor Vance"])
    broken = {"id": 900, "event_id": event or {}, "partner_id": "x", "state": "accepted"}
    fake.script["calendar.attendee"].append(rows(broken, fake.tables["calendar.attendee"][1]))
    whole = {each.id: each.panel_complete for each in of(Interview, week(fake))}
    assert whole == {"100": False, "101": event is not None}


@pytest.mark.parametrize("partner", [[1500, "Ivo"], {}])
def test_an_unreadable_user_leaves_the_panel_incomplete(fake: FakeOdoo, partner: Any) -> None:
    fake.meeting(101, 502, applicant_id=[200, "Noor Vance"])
    broken = {"id": 500, "partner_id": partner, "active": "yes"}
    good = next(row for row in fake.tables["res.users"] if row["id"] == 502)
    good_rows = rows(broken, good)
    recruiter = rows(next(row for row in fake.tables["res.users"] if row["id"] == 501))
    fake.script["res.users"] += [recruiter, good_rows]
    whole = {each.id: each.panel_complete for each in of(Interview, week(fake))}
    assert whole == {"100": False, "101": bool(partner)}


def test_nothing_is_written_and_only_searches_are_made(fake: FakeOdoo) -> None:
    week(fake)
    assert {each.path.rsplit("/", 1)[1] for each in fake.server.asked} == {"search_read"}
