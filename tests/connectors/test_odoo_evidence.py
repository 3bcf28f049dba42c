"""What counts as handed in at Odoo, by each evidence, and when nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.model import Interview, Kind, Ref, Scorecard
from tests.connectors.fake_odoo import SENSITIVE, UNASKED, FakeOdoo, connected, odoo
from tests.connectors.loopback import rows

FILLED = "2026-11-10 16:00:00"


@pytest.fixture
def fake() -> Iterator[FakeOdoo]:
    with odoo() as fake:
        fake.hiring()
        fake.meeting(100, 500)
        yield fake


def card(fake: FakeOdoo, evidence: str, *, meeting: str = "100", user: str = "500") -> Scorecard:
    pages = connected(fake, evidence).read([Ref(Kind.INTERVIEW, meeting)])
    [found] = [r for page in pages for r in page.records if isinstance(r, Interview)]
    [mine] = [each for each in found.scorecards if each.interviewer_id == user]
    return mine


# -- form


def test_a_form_about_the_applicant_filled_after_the_meeting_began_is_the_scorecard(
    fake: FakeOdoo,
) -> None:
    fake.form(700, 500, FILLED)
    mine = card(fake, "form")
    assert mine.submitted_at == datetime(2026, 11, 10, 16, tzinfo=UTC)
    assert (mine.submitter_id, mine.can_tell) == ("500", True)


def test_the_first_of_several_forms_counts(fake: FakeOdoo) -> None:
    fake.form(700, 500, "2026-11-12 09:00:00")
    fake.form(701, 500, FILLED)
    assert card(fake, "form").submitted_at == datetime(2026, 11, 10, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "columns",
    [
        {"end_datetime": "2026-11-10 13:59:59"},
        {"partner_id": [800, "Noor Vance"]},
        {"applicant_id": [201, "Another"]},
        {"applicant_id": False},
        {"test_entry": True},
        {"state": "in_progress", "end_datetime": False},
    ],
    ids=["before", "by the candidate", "of another", "of nobody", "a try-out", "half filled"],
)
def test_another_form_is_not_the_scorecard(fake: FakeOdoo, columns: dict[str, Any]) -> None:
    fake.forms_in_use()
    fake.form(700, 500, FILLED, **columns)
    mine = card(fake, "form")
    assert (mine.submitted_at, mine.can_tell) == (None, True)


def test_a_form_filled_at_the_very_start_counts(fake: FakeOdoo) -> None:
    fake.form(700, 500, "2026-11-10 14:00:00")
    assert card(fake, "form").submitted_at is not None


def test_a_missing_form_cannot_be_told_when_no_form_of_the_job_was_ever_seen(
    fake: FakeOdoo,
) -> None:
    """Answers of a survey of the wrong type are left out without a word."""
    mine = card(fake, "form")
    assert (mine.submitted_at, mine.can_tell) == (None, False)


def test_forms_in_use_make_a_missing_one_tell(fake: FakeOdoo) -> None:
    fake.forms_in_use()
    assert card(fake, "form").can_tell is True


def test_a_form_that_waits_for_the_interviewer_tells(fake: FakeOdoo) -> None:
    fake.form(700, 500, None)
    assert card(fake, "form").can_tell is True


@pytest.mark.parametrize(
    "columns",
    [
        {"survey_id": [71, "Another form"]},
        {"end_datetime": "2026-09-01 09:00:00"},
        {"applicant_id": False},
        {"test_entry": True},
        {"state": "in_progress"},
        {"partner_id": [800, "Noor Vance"]},
    ],
    ids=["another survey", "long ago", "of nobody", "a try-out", "not done", "by a candidate"],
)
def test_other_forms_do_not_show_that_the_form_is_in_use(
    fake: FakeOdoo, columns: dict[str, Any]
) -> None:
    fake.forms_in_use()
    fake.change("survey.user_input", 7999, **columns)
    assert card(fake, "form").can_tell is False


def test_a_portal_users_form_does_not_show_that_the_form_is_in_use(fake: FakeOdoo) -> None:
    fake.forms_in_use()
    fake.change("res.users", 599, share=True)
    assert card(fake, "form").can_tell is False


@pytest.mark.parametrize("columns", [{"job_id": False}, {"job_id": [301, "Gone"]}])
def test_without_a_job_or_its_form_nobody_can_tell(fake: FakeOdoo, columns: dict[str, Any]) -> None:
    fake.forms_in_use()
    fake.change("hr.applicant", 200, **columns)
    assert card(fake, "form").can_tell is False


@pytest.mark.parametrize(
    "columns", [{"state": "waiting for approval"}, {"state": "done", "end_datetime": False}]
)
def test_on_the_strength_of_an_unknown_word_nobody_is_owing(
    fake: FakeOdoo, columns: dict[str, Any]
) -> None:
    """Also of a done form that does not say when."""
    fake.forms_in_use()
    fake.form(700, 500, FILLED, **columns)
    mine = card(fake, "form")
    assert (mine.submitted_at, mine.can_tell) == (None, False)


@pytest.mark.parametrize("link", [[200, "Noor"], {"no": "link"}], ids=["its", "anybody's"])
def test_an_unreadable_form_may_have_been_the_one(fake: FakeOdoo, link: Any) -> None:
    """Case 39."""
    fake.forms_in_use()
    fake.form(700, 500, FILLED)
    broken = {**fake.tables["survey.user_input"][-1], "end_datetime": 12, "applicant_id": link}
    fake.script["survey.user_input"].append(rows(broken))
    assert card(fake, "form").can_tell is False


def test_an_unreadable_form_of_another_applicant_does_not_matter(fake: FakeOdoo) -> None:
    fake.forms_in_use()
    broken = {"id": 700, "applicant_id": [201, "Another"], "end_datetime": 12}
    fake.script["survey.user_input"].append(rows(broken))
    assert card(fake, "form").can_tell is True


def test_two_meetings_share_a_form_but_not_one_that_was_filled_between_them(
    fake: FakeOdoo,
) -> None:
    fake.forms_in_use()
    fake.meeting(101, 500, start="2026-11-12 14:00:00", stop="2026-11-12 15:00:00")
    fake.form(700, 500, FILLED)
    assert card(fake, "form").submitted_at is not None
    assert card(fake, "form", meeting="101").submitted_at is None


def test_an_all_day_meeting_begins_with_its_first_day(fake: FakeOdoo) -> None:
    """Its start is a date in disguise, and comes with hours that mean nothing."""
    days = {"start_date": "2026-11-10", "stop_date": "2026-11-10", "allday": True}
    fake.change("calendar.event", 100, start="2026-11-10 08:00:00", **days)
    fake.form(700, 500, "2026-11-10 00:00:01")
    assert card(fake, "form").submitted_at is not None


# -- activity


def todo(fake: FakeOdoo, id: int = 40, user: int = 500, **columns: Any) -> None:
    links = {"calendar_event_id": [100, "Systems talk"], "user_id": [user, "Ivo"]}
    fake.put("mail.activity", id, **(links | columns))


def test_the_meetings_todo_marked_done_is_the_scorecard(fake: FakeOdoo) -> None:
    todo(fake, active=False, date_done="2026-11-11", write_date="2026-11-11 08:30:00")
    mine = card(fake, "activity")
    assert mine.submitted_at == datetime(2026, 11, 11, 8, 30, tzinfo=UTC)
    assert mine.url == f"{fake.server.url}/odoo/hr.applicant/200"


def test_a_later_change_of_a_done_todo_does_not_make_it_late(fake: FakeOdoo) -> None:
    todo(fake, active=False, date_done="2026-11-11", write_date="2026-11-20 08:30:00")
    assert card(fake, "activity").submitted_at == datetime(2026, 11, 11, 23, 59, 59, tzinfo=UTC)


def test_an_open_todo_is_owed_and_without_one_nobody_can_tell(fake: FakeOdoo) -> None:
    """Odoo makes one, for the organiser alone."""
    fake.meeting(100, 500, 502)
    todo(fake)
    assert (card(fake, "activity").submitted_at, card(fake, "activity").can_tell) == (None, True)
    assert card(fake, "activity", user="502").can_tell is False


def test_a_todo_that_was_put_away_without_being_done_does_not_tell(fake: FakeOdoo) -> None:
    todo(fake, active=False)
    assert card(fake, "activity").can_tell is False


def test_an_unreadable_todo_may_have_been_the_done_one(fake: FakeOdoo) -> None:
    todo(fake)
    todo(fake, 41, date_done="yesterday")
    assert card(fake, "activity").can_tell is False


# -- message


def note(fake: FakeOdoo, id: int = 60, user: int = 500, **columns: Any) -> None:
    usual = {
        "model": "hr.applicant",
        "res_id": 200,
        "author_id": [user + 1000, "Ivo"],
        "date": FILLED,
        "message_type": "comment",
    }
    fake.put("mail.message", id, **(usual | columns))


def test_a_note_on_the_applicant_after_the_meeting_began_is_the_scorecard(fake: FakeOdoo) -> None:
    note(fake)
    mine = card(fake, "message")
    assert mine.submitted_at == datetime(2026, 11, 10, 16, tzinfo=UTC)
    assert mine.url == f"{fake.server.url}/odoo/hr.applicant/200"


@pytest.mark.parametrize(
    "columns",
    [
        {"date": "2026-11-10 13:59:59"},
        {"author_id": [800, "Noor Vance"]},
        {"message_type": "notification"},
        {"model": "hr.job"},
        {"res_id": 201},
    ],
)
def test_another_message_is_not_the_scorecard(fake: FakeOdoo, columns: dict[str, Any]) -> None:
    note(fake, **columns)
    mine = card(fake, "message")
    assert (mine.submitted_at, mine.can_tell) == (None, True)


def test_an_unreadable_note_may_have_been_the_one(fake: FakeOdoo) -> None:
    note(fake, date="soon")
    assert card(fake, "message").can_tell is False


# -- all of them


@pytest.mark.parametrize("evidence", ["form", "activity", "message"])
def test_no_text_no_mark_and_no_contact_is_ever_asked_for(fake: FakeOdoo, evidence: str) -> None:
    fake.form(700, 500, FILLED)
    todo(fake)
    note(fake)
    ats = connected(fake, evidence)
    pages = list(ats.read([Ref(Kind.INTERVIEW, "100")]))
    findings = list(ats.check())
    assert UNASKED not in repr(pages) + repr(findings)
    for model, columns in SENSITIVE.items():
        for question in fake.questions(model):
            assert not columns & set(question["fields"])


@pytest.mark.parametrize(
    ("evidence", "untouched"),
    [
        ("form", {"mail.activity", "mail.message"}),
        ("activity", {"survey.user_input", "mail.message"}),
        ("message", {"survey.user_input", "mail.activity"}),
    ],
)
def test_only_the_chosen_evidence_is_looked_at(
    fake: FakeOdoo, evidence: str, untouched: set[str]
) -> None:
    """The columns of forms exist only where their module is installed."""
    card(fake, evidence)
    assert not [model for model in untouched if fake.questions(model)]
    asked = {name for question in fake.questions("hr.job") for name in question["fields"]}
    assert ("survey_id" in asked) is (evidence == "form")
