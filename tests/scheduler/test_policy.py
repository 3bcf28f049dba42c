"""What a scorecard is at a moment: a table with a sentence each, and a brute-force oracle."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.model import ApplicationState, InterviewState, NaiveTime
from scheduler.answers import AnswerKind
from scheduler.facts import ScorecardFacts, Status
from scheduler.judging import judge
from scheduler.policy import ClosedApplication, Policy, due_at, ended_at, steps
from scheduler.workdays import DayCount, WorkCalendar
from tests.scheduler import oracle
from tests.scheduler.cards import DUE, END, answer, card, person

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
LATER = DUE + 30 * HOUR
POLICY = Policy()

TABLE: list[tuple[str, dict[str, Any], datetime, Status, str | None]] = [
    ("before the end it is upcoming", {}, END - SECOND, Status.UPCOMING, None),
    ("at the end it is awaited", {}, END, Status.AWAITING, None),
    ("at the due moment it is still awaited", {}, DUE, Status.AWAITING, None),
    ("a moment later it is overdue", {}, DUE + SECOND, Status.OVERDUE, None),
    (
        "handed in at the due moment is on time",
        {"submitted_at": DUE},
        LATER,
        Status.SUBMITTED,
        None,
    ),
    (
        "handed in a moment later is late",
        {"submitted_at": DUE + SECOND},
        LATER,
        Status.SUBMITTED_LATE,
        None,
    ),
    (
        "handed in before the end is on time",
        {"submitted_at": END - HOUR},
        END - SECOND,
        Status.SUBMITTED,
        None,
    ),
    (
        "what is handed in later is not known yet (case 61)",
        {"submitted_at": LATER + SECOND},
        LATER,
        Status.OVERDUE,
        None,
    ),
    (
        "a deleted interview is cancelled (case 40)",
        {"interview_deleted_at": LATER},
        LATER,
        Status.CANCELLED,
        "interview_deleted",
    ),
    (
        "a deletion that was seen later holds for an earlier moment too",
        {"interview_deleted_at": LATER + SECOND},
        LATER,
        Status.CANCELLED,
        "interview_deleted",
    ),
    (
        "a cancelled interview is cancelled (case 50)",
        {"interview_state": InterviewState.CANCELLED},
        LATER,
        Status.CANCELLED,
        "interview_cancelled",
    ),
    (
        "also when somebody handed in for it",
        {"interview_state": InterviewState.CANCELLED, "submitted_at": END},
        LATER,
        Status.CANCELLED,
        "interview_cancelled",
    ),
    (
        "an interview that lost its date is cancelled",
        {"interview_state": InterviewState.UNSCHEDULED, "ends_at": None},
        LATER,
        Status.CANCELLED,
        "no_date",
    ),
    (
        "a swapped panellist owes nothing",
        {"removed_at": LATER},
        LATER,
        Status.CANCELLED,
        "off_the_panel",
    ),
    (
        "a swap that was seen later holds for an earlier moment too",
        {"removed_at": LATER + SECOND},
        LATER,
        Status.CANCELLED,
        "off_the_panel",
    ),
    (
        "who is not asked for feedback owes nothing",
        {"required": False},
        LATER,
        Status.EXCUSED,
        "not_required",
    ),
    (
        "also when they hand in",
        {"required": False, "submitted_at": END},
        LATER,
        Status.EXCUSED,
        "not_required",
    ),
    (
        "an ATS that cannot tell gives unknown",
        {"can_tell": False},
        LATER,
        Status.UNKNOWN,
        None,
    ),
    (
        "unless it could tell that it was submitted",
        {"can_tell": False, "submitted_at": END},
        LATER,
        Status.SUBMITTED,
        None,
    ),
    (
        "a strange interview state gives unknown",
        {"interview_state": InterviewState.UNKNOWN},
        LATER,
        Status.UNKNOWN,
        None,
    ),
    (
        "a hidden application gives unknown",
        {"application_readable": False},
        LATER,
        Status.UNKNOWN,
        None,
    ),
    (
        "a strange application state gives unknown",
        {"application_state": ApplicationState.UNKNOWN},
        LATER,
        Status.UNKNOWN,
        None,
    ),
    (
        "also before the end",
        {"can_tell": False},
        END - HOUR,
        Status.UNKNOWN,
        None,
    ),
    (
        "a standing interview without an end gives unknown",
        {"ends_at": None},
        LATER,
        Status.UNKNOWN,
        None,
    ),
    (
        "who declined the invitation is excused",
        {"attendance": "declined"},
        LATER,
        Status.EXCUSED,
        "declined",
    ),
    (
        "but only when the interview is over: they may still accept",
        {"attendance": "declined"},
        END - SECOND,
        Status.UPCOMING,
        None,
    ),
    (
        "a calendar answer in another word excuses nobody",
        {"attendance": "tentative"},
        LATER,
        Status.OVERDUE,
        None,
    ),
    (
        "a complete interview asks for nothing more",
        {"interview_state": InterviewState.COMPLETE},
        LATER,
        Status.EXCUSED,
        "complete_without",
    ),
    (
        "a complete interview with the scorecard in is submitted",
        {"interview_state": InterviewState.COMPLETE, "submitted_at": END},
        LATER,
        Status.SUBMITTED,
        None,
    ),
    *(
        (
            f"a {state} application keeps its scorecard overdue",
            {"application_state": state},
            LATER,
            Status.OVERDUE,
            None,
        )
        for state in (
            ApplicationState.REJECTED,
            ApplicationState.HIRED,
            ApplicationState.WITHDRAWN,
            ApplicationState.CONVERTED,
        )
    ),
    (
        "who has left still owes",
        {"interviewer": person("ivo", active=False)},
        LATER,
        Status.OVERDUE,
        None,
    ),
]


@pytest.mark.parametrize(
    ("sentence", "changes", "now", "status", "excuse"), TABLE, ids=[row[0] for row in TABLE]
)
def test_a_scorecard_is_judged(
    sentence: str, changes: dict[str, Any], now: datetime, status: Status, excuse: str | None
) -> None:
    judgement = judge(card(**changes), POLICY, now)
    assert (judgement.status, judgement.excuse) == (status, excuse), judgement.reason
    assert judgement.reason
    assert "Noor" not in judgement.reason
    assert "ivo" not in judgement.reason


def test_a_declined_invitation_can_be_made_to_count() -> None:
    policy = replace(POLICY, declined_is_excused=False)
    assert judge(card(attendance="declined"), policy, LATER).status is Status.OVERDUE


def test_the_judgement_says_when_in_the_zone_of_the_company() -> None:
    policy = replace(POLICY, zone=ZoneInfo("Europe/Berlin"))
    reason = judge(card(), policy, LATER).reason
    assert reason == "was due on Thu 12 Nov 2026 at 11:00 CET, not submitted"


def test_an_all_day_interview_ends_with_its_last_day_in_the_zone_of_the_company() -> None:
    facts = card(ends_at=None, ends_on=date(2026, 11, 10))
    berlin = replace(POLICY, zone=ZoneInfo("Europe/Berlin"))
    assert ended_at(facts, POLICY) == datetime(2026, 11, 11, tzinfo=UTC)
    assert ended_at(facts, berlin) == datetime(2026, 11, 10, 23, tzinfo=UTC)
    judgement = judge(facts, berlin, datetime(2026, 11, 10, 22, 59, tzinfo=UTC))
    assert judgement.status is Status.UPCOMING


@pytest.mark.parametrize("friday", ["2026-11-13T18:00:00+00:00", "2026-11-13T23:59:00+00:00"])
def test_an_interview_on_friday_evening_is_due_on_tuesday(friday: str) -> None:
    """Case 54: at the very moment it is awaited, and overdue right after it."""
    end = datetime.fromisoformat(friday)
    facts = card(ends_at=end)
    due = end + timedelta(days=4)
    assert due_at(end, POLICY) == due
    assert judge(facts, POLICY, due).status is Status.AWAITING
    assert judge(facts, POLICY, due + SECOND).status is Status.OVERDUE


def test_a_stamped_due_moment_survives_a_change_of_the_policy() -> None:
    facts = card(due_at=DUE, due_for=END)
    slower = replace(POLICY, due_after_days=9)
    assert judge(facts, slower, LATER).due_at == DUE
    assert judge(facts, slower, LATER).status is Status.OVERDUE


def test_a_moved_interview_gets_a_new_due_moment() -> None:
    """Case 50: the stamp was made for the old end."""
    moved = card(ends_at=END + timedelta(days=1), due_at=DUE, due_for=END)
    judgement = judge(moved, POLICY, DUE + HOUR)
    assert judgement.due_at == DUE + timedelta(days=1)
    assert judgement.status is Status.AWAITING


def test_an_interview_without_a_date_has_no_due_moment_left() -> None:
    gone = card(ends_at=None, interview_state=InterviewState.UNSCHEDULED, due_at=DUE, due_for=END)
    assert judge(gone, POLICY, LATER).due_at is None


def test_the_ladder_is_counted_in_the_days_of_the_policy() -> None:
    friday = datetime(2026, 11, 13, 10, tzinfo=UTC)
    by_business = [(step.name, step.at.day) for step in steps(friday, POLICY)]
    assert by_business == [("nudge 1", 13), ("nudge 2", 17), ("escalation 1", 19)]
    calendar = replace(POLICY, day_count=DayCount.CALENDAR)
    assert [step.at.day for step in steps(friday, calendar)] == [13, 15, 17]


def test_a_policy_takes_no_naive_moment() -> None:
    with pytest.raises(NaiveTime):
        Policy(nudge_since=datetime(2026, 11, 1))  # noqa: DTZ001


moments = st.integers(-22 * 96, 60 * 96).map(lambda n: END + n * oracle.QUARTER)
"""From before the clocks go back until after New Year."""
maybe = st.none() | moments


answers = st.builds(
    lambda kind, at, lasts: answer(
        kind, at, undone_at=at + lasts * oracle.QUARTER if lasts else None
    ),
    st.sampled_from(AnswerKind),
    moments,
    st.integers(0, 400),
)


@st.composite
def facts_of_all_kinds(draw: st.DrawFn) -> ScorecardFacts:
    end = draw(st.sampled_from(["instant", "day", "none"]))
    ends_at = draw(moments) if end == "instant" else None
    return card(
        ends_at=ends_at,
        ends_on=draw(moments).date() if end == "day" else None,
        interview_state=draw(st.sampled_from(InterviewState)),
        application_state=draw(st.sampled_from(ApplicationState)),
        application_readable=draw(st.integers(0, 4)) > 0,
        required=draw(st.integers(0, 4)) > 0,
        can_tell=draw(st.integers(0, 4)) > 0,
        attendance=draw(st.sampled_from([None, "accepted", "declined"])),
        submitted_at=draw(maybe),
        removed_at=draw(st.none() | st.none() | moments),
        interview_deleted_at=draw(st.none() | st.none() | moments),
        due_at=draw(maybe),
        due_for=draw(st.just(ends_at) | maybe),
        joined_at=draw(maybe),
        job_is_open=draw(st.sampled_from([None, None, True, False])),
        answers=tuple(draw(st.lists(answers, max_size=2, unique_by=lambda a: a.at))),
    )


@given(
    facts=facts_of_all_kinds(),
    now=moments,
    days=st.integers(0, 6),
    count=st.sampled_from(DayCount),
    where=st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    country=st.sampled_from(["", "US", "DE-BY"]),
    declined=st.booleans(),
    over=st.sampled_from(ClosedApplication),
)
def test_the_status_is_what_brute_force_finds(
    facts: ScorecardFacts,
    now: datetime,
    days: int,
    count: DayCount,
    where: str,
    country: str,
    declined: bool,
    over: ClosedApplication,
) -> None:
    """Over all states, clock changes, weekends, holidays, month ends and zones."""
    calendar = WorkCalendar.of(country)
    policy = Policy(
        days,
        count,
        ZoneInfo(where),
        calendar,
        declined_is_excused=declined,
        closed_application=over,
    )
    judgement = judge(facts, policy, now)
    assert judgement.status == oracle.status(facts, policy, now, country)
    assert judgement.due_at == oracle.due(facts, policy, country)
    excusable = judgement.status in (Status.EXCUSED, Status.CANCELLED)
    assert (judgement.excuse is not None) is excusable
