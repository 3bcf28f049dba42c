"""Who owes feedback (ashby.md 3.9), what becomes of each word, and the traps of section 8."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from connectors.ats.base import Window
from connectors.model import (
    SHADOW,
    Interview,
    InterviewState,
    Page,
    Person,
    Record,
    Scorecard,
)
from tests.connectors.fake_ashby import FakeAshby, ashby, connected, uid

WEEK = Window(datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))
FILED = datetime(2026, 11, 11, 9, 30, tzinfo=UTC)
R = TypeVar("R", bound=Record)


@pytest.fixture
def fake() -> Iterator[FakeAshby]:
    with ashby() as fake:
        fake.hiring()
        yield fake


def pulled(fake: FakeAshby, **other: Any) -> list[Page]:
    return list(connected(fake, **other).pull(WEEK, {}))


def of(kind: type[R], pages: list[Page]) -> list[R]:
    """Each once."""
    found = [each for page in pages for each in page.records if isinstance(each, kind)]
    return list(dict.fromkeys(found))


def only(kind: type[R], fake: FakeAshby, **other: Any) -> R:
    [found] = of(kind, pulled(fake, **other))
    return found


def panel(fake: FakeAshby, **other: Any) -> dict[str, Scorecard]:
    """By interviewer's id."""
    return {each.interviewer_id: each for each in only(Interview, fake, **other).scorecards}


# -- 3.9, rule by rule


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("NeedsScheduling", InterviewState.STANDING),
        ("WaitingOnCandidateBooking", InterviewState.STANDING),
        ("WaitingOnCandidateAvailability", InterviewState.STANDING),
        ("CandidateAvailabilitySubmitted", InterviewState.STANDING),
        ("Scheduled", InterviewState.STANDING),
        ("WaitingOnFeedback", InterviewState.STANDING),
        ("Complete", InterviewState.STANDING),
        ("Cancelled", InterviewState.CANCELLED),
        ("OnHold", InterviewState.CANCELLED),
        ("Unknown", InterviewState.UNKNOWN),
        ("Sublimated", InterviewState.UNKNOWN),
        (None, InterviewState.UNKNOWN),
    ],
)
def test_rule_1_a_status_decides_and_complete_proves_nothing(
    fake: FakeAshby, word: str | None, state: InterviewState
) -> None:
    """What Complete stands for is not known (3.9, 10), so that nobody is excused by it."""
    fake.schedule(status=word)
    interview = only(Interview, fake)
    assert (interview.state, interview.ats_status) == (state, word or "")


def test_rule_2_the_clock_starts_at_the_events_own_end(fake: FakeAshby) -> None:
    fake.schedule()
    interview = only(Interview, fake)
    assert interview.starts_at == datetime(2026, 11, 10, 14, tzinfo=UTC)
    assert interview.ends_at == datetime(2026, 11, 10, 15, tzinfo=UTC)
    assert (interview.id, interview.name) == (uid("event"), "Systems talk")


def test_rule_3_a_debrief_is_no_interview(fake: FakeAshby) -> None:
    """Trap 10."""
    fake.kind("debrief", isDebrief=True)
    fake.schedule(
        "schedule", fake.event(), fake.event("talk about them", interviewId=uid("debrief"))
    )
    assert [each.id for each in of(Interview, pulled(fake))] == [uid("event")]


def test_rule_3_a_kind_that_wants_no_feedback_asks_nobody(fake: FakeAshby) -> None:
    fake.kind(isFeedbackRequired=False)
    fake.schedule()
    assert not panel(fake)[uid("Ivo Brandt")].required


@pytest.mark.parametrize(
    ("flag", "role", "required"),
    [
        (True, None, True),
        (False, None, False),
        (None, None, True),
        (None, "Shadow", False),
        (None, "Reverse-Shadow", True),
        (None, "ReverseShadow", True),
        (None, "Apprentice", True),
        (True, "Shadow", True),
        (False, "Reverse-Shadow", False),
    ],
)
def test_rule_4_the_flag_decides_and_without_it_a_shadow_owes_nothing(
    fake: FakeAshby, flag: bool | None, role: str | None, required: bool
) -> None:
    """Traps 10 and 12."""
    seat = fake.seat("Ivo Brandt", isFeedbackRequired=flag, trainingRole=role)
    fake.schedule("schedule", fake.event("event", seat))
    card = panel(fake)[seat["id"]]
    assert card.required is required
    assert card.attendance == (SHADOW if role == "Shadow" else None)


def test_rule_4_an_old_row_without_the_flag_is_asked_for(fake: FakeAshby) -> None:
    """Trap 12."""
    seat = fake.seat("Ivo Brandt")
    del seat["isFeedbackRequired"]
    fake.schedule("schedule", fake.event("event", seat))
    assert panel(fake)[seat["id"]].required


def test_rule_4_whether_shadows_owe_is_a_setting(fake: FakeAshby) -> None:
    seat = fake.seat("Ivo Brandt", isFeedbackRequired=None, trainingRole="Shadow")
    fake.schedule("schedule", fake.event("event", seat))
    assert panel(fake, shadows_owe=True)[seat["id"]].required


def test_rule_5_who_has_left_comes_along_as_such(fake: FakeAshby) -> None:
    seat = fake.seat("Ivo Brandt", isEnabled=False, managerId=uid("Zoe Dahl"))
    fake.schedule("schedule", fake.event("event", seat))
    [person] = [each for each in of(Person, pulled(fake)) if each.id == seat["id"]]
    assert not person.active
    assert (person.name, person.email) == ("Ivo Brandt", "ivo@example.org")
    assert person.manager_id == uid("Zoe Dahl")


def two(fake: FakeAshby, *, flag: bool | None = True) -> None:
    seats = fake.seat("Ivo Brandt"), fake.seat("Mara Field")
    fake.schedule("schedule", fake.event("event", *seats, hasSubmittedFeedback=flag))


def test_rule_6_each_interviewer_has_a_truth_of_their_own(fake: FakeAshby) -> None:
    """Trap 2: the event's flag is true for both."""
    two(fake)
    fake.feedback("form", "Ivo Brandt")
    cards = panel(fake)
    assert cards[uid("Ivo Brandt")].submitted_at == FILED
    assert cards[uid("Ivo Brandt")].id == uid("form")
    mara = cards[uid("Mara Field")]
    assert (mara.submitted_at, mara.can_tell, mara.id) == (None, True, None)


def test_rule_6_credit_comes_before_the_button(fake: FakeAshby) -> None:
    """Trap 11: filed on behalf."""
    two(fake)
    fake.feedback("form", "Ivo Brandt", submittedByUser=fake.user("Pia Holt"))
    pages = pulled(fake)
    [interview] = of(Interview, pages)
    [ivo] = [c for c in interview.scorecards if c.interviewer_id == uid("Ivo Brandt")]
    assert (ivo.submitted_at, ivo.submitter_id) == (FILED, uid("Pia Holt"))
    assert uid("Pia Holt") in {each.id for each in of(Person, pages)}


def test_rule_6_without_credit_it_is_whoever_pressed_the_button(fake: FakeAshby) -> None:
    two(fake)
    fake.feedback("form", "Ivo Brandt", creditedToUser=None)
    assert panel(fake)[uid("Ivo Brandt")].submitted_at == FILED


def test_rule_6_without_credit_an_outsiders_form_may_be_anybodys(fake: FakeAshby) -> None:
    """So the briefing is asked; whom it names has handed in, and when is not to be told."""
    seats = fake.seat("Ivo Brandt"), fake.seat("Mara Field")
    fake.schedule("schedule", fake.event("event", *seats, hasSubmittedFeedback=True))
    fake.briefing("event", *seats, done=("Ivo Brandt",))
    fake.feedback("form", "Pia Holt", creditedToUser=None)
    cards = panel(fake)
    assert (cards[uid("Ivo Brandt")].submitted_at, cards[uid("Ivo Brandt")].can_tell) == (
        None,
        False,
    )
    assert cards[uid("Mara Field")].can_tell


@pytest.mark.parametrize("flaw", ["an outsider's", "nobody's", "unreadable"])
def test_rule_6_one_form_that_is_clear_does_not_explain_another_that_is_not(
    fake: FakeAshby, flaw: str
) -> None:
    """Trap 2: Ivo's form is seen; whose the other is, the briefing knows."""
    seats = fake.seat("Ivo Brandt"), fake.seat("Mara Field"), fake.seat("Bo Lind")
    fake.schedule("schedule", fake.event("event", *seats, hasSubmittedFeedback=True))
    fake.briefing("event", *seats, done=("Ivo Brandt", "Mara Field"))
    fake.feedback("form", "Ivo Brandt")
    if flaw == "an outsider's":
        fake.feedback("other", "Pia Holt", creditedToUser=None)
    elif flaw == "nobody's":
        fake.feedback("other", None)
    else:
        fake.feedback("other", "Mara Field", submittedAt="yesterday")
    cards = panel(fake)
    assert cards[uid("Ivo Brandt")].submitted_at == FILED
    assert not cards[uid("Mara Field")].can_tell
    assert cards[uid("Bo Lind")].can_tell


def test_rule_6_of_two_forms_the_first_counts(fake: FakeAshby) -> None:
    two(fake)
    fake.feedback("late", "Ivo Brandt", submittedAt="2026-11-15T00:00:00Z")
    fake.feedback("early", "Ivo Brandt")
    fake.feedback("undated", "Ivo Brandt", submittedAt=None)
    assert panel(fake)[uid("Ivo Brandt")].submitted_at == FILED


def test_rule_6_feedback_on_another_event_is_no_feedback_here(fake: FakeAshby) -> None:
    two(fake, flag=False)
    fake.feedback("elsewhere", "Ivo Brandt", "another event")
    cards = panel(fake)
    assert {(each.submitted_at, each.can_tell) for each in cards.values()} == {(None, True)}


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("form", "tells"),
    [
        ({}, False),
        ({"interviewId": None}, False),
        ({"submittedAt": "2026-11-10T14:00:00Z"}, False),
        ({"submittedAt": None}, False),
        ({"submittedAt": "2026-11-10T13:59:59Z"}, True),
        ({"interviewId": uid("another kind")}, True),
        ({"applicationId": uid("another application")}, True),
    ],
)
def test_trap_14_feedback_that_names_no_event_may_be_meant_for_this_one(
    fake: FakeAshby, form: dict[str, Any], tells: bool, whole: bool
) -> None:
    """It does not count as handed in, and its author is not called late either."""
    two(fake, flag=False)
    fake.by_application_only = not whole
    fake.feedback("beside", "Ivo Brandt", None, **form)
    cards = panel(fake)
    ivo, mara = cards[uid("Ivo Brandt")], cards[uid("Mara Field")]
    assert (ivo.submitted_at, ivo.can_tell) == (None, tells)
    assert (mara.submitted_at, mara.can_tell) == (None, True)


def test_rule_6_a_form_without_a_moment_cannot_be_dated(fake: FakeAshby) -> None:
    two(fake)
    fake.feedback("form", "Ivo Brandt", submittedAt=None)
    ivo = panel(fake)[uid("Ivo Brandt")]
    assert (ivo.submitted_at, ivo.can_tell) == (None, False)


def test_trap_14_feedback_beside_an_interview_matters_once_it_is_over(fake: FakeAshby) -> None:
    """Before that nobody is waited for, so that it is not asked for in every way of reading."""
    fake.schedule("schedule", fake.event(endTime="2026-11-24T13:00:00Z"))
    morning = "2026-11-24T08:00:00Z"
    fake.feedback("beside", "Ivo Brandt", None, submittedAt=morning, createdAt=morning)
    today = Window(datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC))
    [interview] = of(Interview, list(connected(fake).pull(today, {})))
    assert interview.scorecards[0].can_tell


@pytest.mark.parametrize("flaw", ["nobody", "unreadable", "not listed"])
def test_rule_7_where_forms_do_not_tell_the_briefing_does(fake: FakeAshby, flaw: str) -> None:
    """Trap 2: somebody has handed in; without a moment it is a thing we cannot tell."""
    seats = fake.seat("Ivo Brandt"), fake.seat("Mara Field")
    fake.schedule("schedule", fake.event("event", *seats, hasSubmittedFeedback=True))
    fake.briefing("event", *seats, done=("Mara Field",))
    if flaw == "nobody":
        fake.feedback("form", None)
    elif flaw == "unreadable":
        fake.feedback("form", "Mara Field", submittedAt="yesterday")
    cards = panel(fake)
    assert (cards[uid("Mara Field")].submitted_at, cards[uid("Mara Field")].can_tell) == (
        None,
        False,
    )
    assert cards[uid("Ivo Brandt")].can_tell


def test_rule_7_where_nothing_tells_who_it_was_nobody_is_called_late(fake: FakeAshby) -> None:
    two(fake)
    fake.drop("interviewBriefing", "event")
    assert not any(each.can_tell for each in panel(fake).values())


def test_the_briefing_is_not_asked_where_it_is_not_needed(fake: FakeAshby) -> None:
    two(fake)
    fake.feedback("form", "Ivo Brandt")
    fake.schedule("other", fake.event("other event"))
    pulled(fake)
    assert fake.questions("interviewBriefing.info") == []
