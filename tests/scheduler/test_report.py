"""The numbers of a week: a worked example, the edges, and a recomputation by brute force."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.model import ApplicationState, InterviewState, NaiveTime
from scheduler.facts import ScorecardFacts, ScorecardKey, Status, Told
from scheduler.figures import Backlog, TimeToFeedback, Unreachable, Waiting, percentile
from scheduler.judging import judge
from scheduler.policy import Policy
from scheduler.report import ComplianceReport, compile_report
from scheduler.workdays import Week
from tests.scheduler import oracle
from tests.scheduler.cards import DUE, END, card, person

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = Week.parse("2026-W46")
ASOF = datetime(2026, 11, 16, 8, tzinfo=UTC)
POLICY = Policy()
Tellings = Mapping[ScorecardKey, Sequence[Told]]


def report_of(
    cards: Iterable[ScorecardFacts],
    *,
    week: Week = WEEK,
    asof: datetime = ASOF,
    policy: Policy = POLICY,
    told: Tellings | None = None,
    min_group: int = 1,
) -> ComplianceReport:
    judged = [(each, judge(each, policy, asof)) for each in cards]
    return compile_report(week, judged, asof=asof, policy=policy, told=told, min_group=min_group)


FRIDAY = datetime(2026, 11, 13, 10, tzinfo=UTC)
LEFT = person("lea", active=False)
EXAMPLE = (
    card("1", "ann", submitted_at=END + 2 * HOUR),
    card("1", "bo", submitted_at=END - HOUR, submitter_id="ann"),  # before the end, on behalf
    card("2", "ann", submitted_at=DUE),
    card("2", "bo", submitted_at=DUE + 10 * HOUR, department="Sales"),  # late
    card("2", interviewer=LEFT, department="Sales"),  # overdue by 94 hours
    card("3", "ann", ends_at=FRIDAY),  # due on Tuesday the 17th
    card("3", "bo", ends_at=FRIDAY, required=False),
    card("3", "cy", ends_at=FRIDAY, attendance="declined"),
    card("4", "ann", interview_state=InterviewState.CANCELLED),
    card("6", "bo", can_tell=False),
    card("5", "ann", ends_at=END - 7 * DAY),  # the week before: overdue by 262 hours
)
"""By hand: 3 on time, 1 late, 1 overdue, 1 awaiting, 2 excused, 1 cancelled, 1 unknown."""


def test_a_worked_example_comes_out_as_by_hand() -> None:
    report = report_of(EXAMPLE)
    total = report.total
    assert total.counts == {
        "submitted": 3,
        "submitted_late": 1,
        "overdue": 1,
        "awaiting": 1,
        "excused": 2,
        "cancelled": 1,
        "unknown": 1,
    }
    assert (total.size, total.expected, total.handed_in) == (10, 6, 4)
    assert total.submission_rate == 4 / 6
    assert total.on_time_rate == 3 / 5
    assert total.excused_rate == 2 / 8
    assert total.excused_by_reason == {"declined": 1, "not_required": 1}
    assert total.time_to_feedback == TimeToFeedback(4, 2.0, 58.0)  # of 0, 2, 48, 58
    assert (total.undeliverable, total.on_behalf) == (1, 1)
    assert report.unreachable == (
        Unreachable("Person lea", "the interviewer's account is deactivated", 1),
    )
    assert report.backlog == Backlog(2, 94.0 + 262.0, {"0-1": 0, "1-3": 0, "3-7": 1, "over 7": 1})
    assert report.candidates_waiting == Waiting(5, (ASOF - END) / DAY, (ASOF - END + 7 * DAY) / DAY)
    assert report.finished


def test_the_json_has_the_documented_keys() -> None:
    content = report_of(EXAMPLE).as_json()
    assert (content["week"], content["timezone"]) == ("2026-W46", "UTC")
    assert content["asof"] == "2026-11-16T08:00:00Z"
    figures = {
        "counts",
        "expected",
        "submission_rate",
        "on_time_rate",
        "time_to_feedback",
        "excused_rate",
        "excused_by_reason",
        "undeliverable",
        "on_behalf",
    }
    assert figures < set(content)
    assert set(content["time_to_feedback"]) == {"n", "median_hours", "p90_hours"}
    for group in content["groups"]:
        assert set(group) == figures | {"by", "name"}


def test_groups_have_the_same_numbers_with_the_most_overdue_first() -> None:
    groups = report_of(EXAMPLE).groups
    assert [(group.by, group.name, group.figures.size) for group in groups] == [
        ("department", "Sales", 2),
        ("department", "Engineering", 8),
        ("job", "Platform engineer", 10),
        ("interviewer", "Person lea", 1),
        ("interviewer", "Person bo", 4),
        ("interviewer", "Person ann", 4),
        ("interviewer", "Person cy", 1),
    ]
    bo = groups[4].figures
    assert (bo.counts["submitted"], bo.counts["submitted_late"]) == (1, 1)
    assert bo.on_time_rate == 1 / 2


def test_small_groups_are_folded_and_come_last() -> None:
    """Case 60: a department of one may not be wanted in the open."""
    folded = report_of(EXAMPLE, min_group=3)
    names = [(group.by, group.name, group.figures.size) for group in folded.groups]
    assert ("department", "other (1)", 2) in names
    assert names[-1] == ("interviewer", "other (2)", 2)
    assert folded.total == report_of(EXAMPLE).total


def test_what_has_no_department_or_job_is_one_row() -> None:
    cards = [card("1", department=None, job=None, job_id=None), card("2", department="")]
    names = [group.name for group in report_of(cards).groups]
    assert names[:3] == ["no department", "Platform engineer", "no job"]


def test_a_week_without_interviews_has_no_numbers() -> None:
    """Case 60: neither 0 nor 100 %, and no division by zero."""
    report = report_of([])
    assert report.total.submission_rate is None
    assert report.total.on_time_rate is None
    assert report.total.time_to_feedback == TimeToFeedback(0, None, None)
    assert report.candidates_waiting == Waiting(0, None, None)
    assert report.groups == ()
    assert sum(report.total.counts.values()) == 0
    assert len(report.total.counts) == 7


def test_one_scorecard_has_percentiles() -> None:
    """Case 60: nearest rank of one value is the value."""
    time = report_of([card(submitted_at=END + 3 * HOUR)]).total.time_to_feedback
    assert time == TimeToFeedback(1, 3.0, 3.0)


@pytest.mark.parametrize(
    ("n", "median", "p90"), [(1, 1, 1), (2, 1, 2), (4, 2, 4), (9, 5, 9), (10, 5, 9), (11, 6, 10)]
)
def test_percentiles_are_by_nearest_rank(n: int, median: int, p90: int) -> None:
    values = [float(value) for value in range(n, 0, -1)]
    assert (percentile(values, 50), percentile(values, 90)) == (median, p90)


def test_late_feedback_changes_a_past_week_only_for_a_later_moment() -> None:
    """Case 61: the same as-of gives the same report, whatever came in since."""
    first = report_of([card()])
    later = card(submitted_at=ASOF + HOUR)
    assert report_of([later]) == first
    again = report_of([later], asof=ASOF + DAY)
    assert first.total.counts["overdue"] == 1
    assert again.total.counts["submitted_late"] == 1
    assert again.asof == ASOF + DAY


def test_a_week_begins_and_ends_at_midnight_of_the_company() -> None:
    """Sunday 23:30 in Berlin is still this week, Monday 00:00 is the next."""
    berlin = replace(POLICY, zone=ZoneInfo("Europe/Berlin"))
    monday = datetime(2026, 11, 15, 23, tzinfo=UTC)
    at_the_edges = [
        card("1", ends_at=monday - 7 * DAY - HOUR),
        card("2", ends_at=monday - 7 * DAY),
        card("3", ends_at=monday - timedelta(microseconds=1)),
        card("4", ends_at=monday),
    ]
    assert report_of(at_the_edges, policy=berlin).total.size == 2
    assert report_of(at_the_edges[1:3], policy=berlin).total.size == 2


def test_an_all_day_interview_belongs_to_the_week_of_its_day() -> None:
    """Its end is Monday 00:00, and still nobody would look for it in the next week."""
    for day, weeks in ((8, (1, 0)), (9, (0, 1)), (15, (0, 1)), (16, (0, 0))):
        facts = card(ends_at=None, ends_on=date(2026, 11, day))
        sizes = [report_of([facts], week=week).total.size for week in (WEEK.previous(), WEEK)]
        assert tuple(sizes) == weeks


def test_a_moved_interview_moves_its_scorecards() -> None:
    """Case 50, in the report."""
    moved = card(ends_at=END + 7 * DAY, due_at=DUE, due_for=END)
    assert report_of([moved]).total.size == 0


def test_a_week_that_has_not_begun_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^week 2026-W47 has not begun yet"):
        report_of([], week=WEEK.next(), asof=WEEK.end(POLICY.zone) - HOUR)


def test_an_unfinished_week_says_so_and_leaves_out_what_is_to_come() -> None:
    asof = END + HOUR
    report = report_of([card("1"), card("2", ends_at=FRIDAY)], asof=asof)
    assert not report.finished
    assert report.total.size == 1
    assert "unfinished" in report.as_text()
    assert report_of([card("1")], asof=WEEK.end(POLICY.zone)).finished


def test_judgements_of_another_moment_are_refused() -> None:
    early = card(), judge(card(), POLICY, END - HOUR)
    with pytest.raises(ValueError, match="judged as upcoming"):
        compile_report(WEEK, [early], asof=ASOF, policy=POLICY)


@pytest.mark.parametrize(
    ("overdue", "age"),
    [
        (HOUR, "0-1"),
        (DAY, "0-1"),
        (DAY + HOUR, "1-3"),
        (3 * DAY, "1-3"),
        (3 * DAY + HOUR, "3-7"),
        (7 * DAY, "3-7"),
        (7 * DAY + HOUR, "over 7"),
    ],
)
def test_the_backlog_is_aged_in_days(overdue: timedelta, age: str) -> None:
    report = report_of([card(due_at=ASOF - overdue, due_for=END)])
    assert [name for name, n in report.backlog.ages.items() if n] == [age]


def test_candidates_wait_since_their_last_interview_that_took_place() -> None:
    cards = [
        card("1", "ann", application_id="a"),
        card("2", "ann", application_id="a", ends_at=FRIDAY),
        card("3", "ann", application_id="a", ends_at=ASOF + DAY),
        card("4", application_id="a", ends_at=ASOF, interview_state=InterviewState.CANCELLED),
        card("5", application_id="b", removed_at=END),
        card("6", application_id="c", application_state=ApplicationState.REJECTED),
        card("7", application_id="d", ends_at=None),
    ]
    days = (ASOF - FRIDAY) / DAY, (ASOF - END) / DAY
    assert report_of(cards).candidates_waiting == Waiting(2, *days)


def test_the_unreachable_are_those_who_owe_something_of_this_week() -> None:
    """Case 55: also what is not due yet; not what was handed in, and not an older week."""
    lea, max_ = LEFT, person("max", email=None)
    cards = [
        card("1", interviewer=lea),
        card("2", interviewer=lea, ends_at=FRIDAY),
        card("3", interviewer=max_, submitted_at=END),
        card("4", interviewer=max_, ends_at=END - 7 * DAY),
    ]
    report = report_of(cards)
    assert [(each.name, each.scorecards) for each in report.unreachable] == [("Person lea", 2)]
    assert report.total.undeliverable == 2


def test_nudges_are_counted_with_what_followed() -> None:
    """Only what was sent, only by the moment of the report, only nudges."""
    quick = card("1", "ann", submitted_at=DUE + 24 * HOUR)
    slow = card("1", "bo", submitted_at=DUE + 25 * HOUR)
    before = card("1", "cy", submitted_at=DUE - HOUR)
    unsent, escalated, later = card("2", "ann"), card("2", "bo"), card("2", "cy")
    future = card("3", submitted_at=ASOF + HOUR)
    told = {
        quick.key: [Told("nudge 1", "sent", DUE), Told("nudge 2", "sent", DUE + DAY)],
        slow.key: [Told("nudge 1", "sent", DUE), Told("escalation 1", "sent", DUE + 20 * HOUR)],
        before.key: [Told("nudge 1", "sent", DUE)],
        unsent.key: [Told("nudge 1", "unknown", DUE)],
        escalated.key: [Told("escalation 1", "sent", DUE)],
        later.key: [Told("nudge 1", "sent", ASOF + HOUR)],
        future.key: [Told("nudge 1", "sent", ASOF - HOUR)],
    }
    cards = [quick, slow, before, unsent, escalated, later, future]
    nudging = report_of(cards, told=told).nudging
    assert nudging is not None
    assert (nudging.sent, nudging.scorecards, nudging.converted) == (5, 4, 1)
    assert (nudging.conversion, nudging.per_scorecard) == (1 / 4, 5 / 4)
    assert report_of(cards, told=told).as_json()["nudges"]["conversion"] == 1 / 4
    assert report_of(cards).as_json()["nudges"] is None
    assert report_of(cards, told={}).as_json()["nudges"]["conversion"] is None


def test_a_report_has_no_naive_moment() -> None:
    with pytest.raises(NaiveTime):
        replace(report_of([]), asof=datetime(2026, 11, 16))  # noqa: DTZ001


moments = st.integers(-12 * 24, 20 * 24).map(lambda hours: END + hours * HOUR / 2)


@st.composite
def decks(draw: st.DrawFn) -> list[ScorecardFacts]:
    """Different scorecards around the week, of all kinds."""
    keys = draw(st.sets(st.tuples(st.integers(0, 9), st.sampled_from("abcd")), max_size=25))
    return [
        card(
            str(interview),
            who,
            ends_at=draw(moments),
            submitted_at=draw(st.none() | moments),
            department=draw(st.sampled_from([None, "Sales", "People"])),
            required=draw(st.integers(0, 9)) > 0,
            can_tell=draw(st.integers(0, 9)) > 0,
            attendance=draw(st.sampled_from([None, "declined"])),
            interview_state=draw(st.sampled_from(InterviewState)),
        )
        for interview, who in sorted(keys)
    ]


@given(
    cards=decks(),
    hours=st.integers(0, 400),
    where=st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York"]),
)
def test_the_numbers_are_what_brute_force_finds(
    cards: list[ScorecardFacts], hours: int, where: str
) -> None:
    policy = replace(POLICY, zone=ZoneInfo(where))
    asof = WEEK.start(policy.zone) + hours * HOUR
    report = report_of(cards, asof=asof, policy=policy)
    cohort = [
        (each, judgement)
        for each in cards
        for judgement in [judge(each, policy, asof)]
        if f"{each.ends_at.astimezone(policy.zone):%G-W%V}" == WEEK.label  # type: ignore[union-attr]
        and judgement.status is not Status.UPCOMING
    ]
    content: dict[str, Any] = report.as_json()
    expected = oracle.numbers(cohort)
    assert {key: content[key] for key in expected} == expected
    for group in content["groups"]:
        if group["by"] == "interviewer":
            mine = [row for row in cohort if row[0].interviewer.name == group["name"]]
            expected = oracle.numbers(mine)
            assert {key: group[key] for key in expected} == expected


@given(cards=decks(), min_group=st.integers(1, 30))
def test_counts_add_up_however_small_groups_are_folded(
    cards: list[ScorecardFacts], min_group: int
) -> None:
    report = report_of(cards, min_group=min_group)
    assert report.total == report_of(cards).total
    for by in ("department", "job", "interviewer"):
        groups = [group for group in report.groups if group.by == by]
        for status, n in report.total.counts.items():
            assert sum(group.figures.counts[status] for group in groups) == n
        assert sum(g.figures.undeliverable for g in groups) == report.total.undeliverable
        assert all(g.figures.size >= min_group for g in groups if not g.name.startswith("other"))
    assert report.total.size == report.total.expected + sum(
        report.total.counts[status] for status in ("excused", "cancelled", "unknown")
    )


@given(cards=decks(), nudged=st.booleans())
def test_a_report_is_restored_equal_from_its_json(
    cards: list[ScorecardFacts], nudged: bool
) -> None:
    told = {each.key: [Told("nudge 1", "sent", END)] for each in cards} if nudged else None
    report = report_of(cards, told=told)
    restored = ComplianceReport.from_json(json.loads(json.dumps(report.as_json())))
    assert restored == report
    assert restored.as_json() == report.as_json()
    assert restored.as_text() == report.as_text()
    assert restored.as_csv() == report.as_csv()
