"""Whether somebody is spoken to: a table, and whole lives of a scorecard, tick by tick."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.model import ApplicationState, InterviewState
from scheduler.deciding import decide
from scheduler.facts import Audience, Decision, ScorecardFacts, Told
from scheduler.judging import judge
from scheduler.policy import Policy, steps
from scheduler.workdays import DayCount, WorkCalendar
from tests.scheduler.cards import DUE, END, card, person

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POLICY = Policy(day_count=DayCount.CALENDAR, nudge_since=END - 30 * DAY)
"""Nudge 1 at DUE, nudge 2 two days later, escalation 1 four days later."""


def speak(
    now: datetime, *told: Told, policy: Policy = POLICY, facts: ScorecardFacts | None = None
) -> Decision:
    facts = facts or card()
    return decide(facts, judge(facts, policy, now), told, policy, now)


def named(now: datetime, *told: Told, **more: Any) -> str | None:
    step = speak(now, *told, **more).step
    return step.name if step else None


def was(step: str, at: datetime, state: str = "sent") -> Told:
    return Told(step, state, at)


@pytest.mark.parametrize(
    ("sentence", "now", "told", "expected"),
    [
        ("nothing while it is awaited", DUE, [], None),
        ("nudge 1 once it is overdue", DUE + HOUR, [], "nudge 1"),
        ("once is enough", DUE + 30 * HOUR, [was("nudge 1", DUE)], None),
        ("nudge 2 after two days", DUE + 2 * DAY, [was("nudge 1", DUE)], "nudge 2"),
        (
            "not a moment before",
            DUE + 2 * DAY - timedelta(seconds=1),
            [was("nudge 1", DUE)],
            None,
        ),
        (
            "escalation after two more",
            DUE + 4 * DAY,
            [was("nudge 1", DUE), was("nudge 2", DUE + 2 * DAY)],
            "escalation 1",
        ),
        (
            "then silence",
            DUE + 40 * DAY,
            [
                was("nudge 1", DUE),
                was("nudge 2", DUE + 2 * DAY),
                was("escalation 1", DUE + 4 * DAY),
            ],
            None,
        ),
        ("after a pause one catch-up, the newest (case 51)", DUE + 3 * DAY, [], "nudge 2"),
        ("after a long pause a nudge, nobody is escalated unasked", DUE + 9 * DAY, [], "nudge 2"),
        (
            "the escalation follows after a rest",
            DUE + 9 * DAY + 20 * HOUR,
            [was("nudge 2", DUE + 9 * DAY)],
            "escalation 1",
        ),
        (
            "and not within it",
            DUE + 9 * DAY + 19 * HOUR,
            [was("nudge 2", DUE + 9 * DAY)],
            None,
        ),
        (
            "a late second nudge delays the escalation",
            DUE + 4 * DAY,
            [was("nudge 1", DUE), was("nudge 2", DUE + 4 * DAY - HOUR)],
            None,
        ),
        (
            "a skipped step is not made up for",
            DUE + 3 * DAY,
            [was("nudge 2", DUE + 2 * DAY)],
            None,
        ),
        (
            "who was asked once is asked again, and warned, before anybody else is",
            DUE + 5 * DAY,
            [was("nudge 1", DUE)],
            "nudge 2",
        ),
        (
            "a late first nudge delays the second",
            DUE + 2 * DAY,
            [was("nudge 1", DUE + 2 * DAY - 10 * HOUR)],
            None,
        ),
        (
            "no step after an escalation, even one without a nudge",
            DUE + 9 * DAY,
            [was("escalation 1", DUE + 4 * DAY)],
            None,
        ),
        (
            "a step that no ladder knows still needs a rest",
            DUE + HOUR,
            [was("nudge 7", DUE)],
            None,
        ),
        (
            "a clock that went back speaks to nobody (case 52)",
            DUE + 2 * DAY,
            [was("nudge 1", DUE + 3 * DAY)],
            None,
        ),
    ],
)
def test_a_step_is_decided(
    sentence: str, now: datetime, told: list[Told], expected: str | None
) -> None:
    decision = speak(now, *told)
    assert (decision.step and decision.step.name) == expected, decision.reason
    assert decision.reason


@pytest.mark.parametrize("state", ["planned", "sending", "sent", "failed", "unknown", "abandoned"])
def test_a_step_counts_as_told_whatever_became_of_it(state: str) -> None:
    """Case 45 on the side of the decision: never blindly again."""
    assert named(DUE + 30 * HOUR, was("nudge 1", DUE, state)) is None
    assert named(DUE + 5 * DAY, was("nudge 2", DUE + 2 * DAY, state)) == "escalation 1"


@pytest.mark.parametrize(
    ("sentence", "changes", "reason"),
    [
        ("handed in just now (case 49)", {"submitted_at": DUE + HOUR}, "it is submitted_late"),
        ("called off (case 50)", {"interview_state": InterviewState.CANCELLED}, "it is cancelled"),
        ("moved (case 50)", {"ends_at": END + 9 * DAY, "due_at": DUE, "due_for": END}, "upcoming"),
        ("swapped", {"removed_at": DUE}, "it is cancelled"),
        ("nobody can tell", {"can_tell": False}, "it is unknown"),
        ("hidden", {"application_readable": False}, "it is unknown"),
        ("rejected", {"application_state": ApplicationState.REJECTED}, "the scorecard only counts"),
        ("hired", {"application_state": ApplicationState.HIRED}, "the scorecard only counts"),
        ("withdrawn", {"application_state": ApplicationState.WITHDRAWN}, "only counts"),
        ("converted", {"application_state": ApplicationState.CONVERTED}, "only counts"),
        ("the job is closed", {"job_is_open": False}, "the job is closed: the scorecard only cou"),
    ],
)
def test_nobody_is_spoken_to(sentence: str, changes: dict[str, Any], reason: str) -> None:
    for told in ([], [was("nudge 1", DUE)], [was("nudge 1", DUE), was("nudge 2", DUE + DAY)]):
        decision = speak(DUE + 5 * DAY, *told, facts=card(**changes))
        assert decision.step is None, sentence
        assert reason in decision.reason


def test_history_is_silent() -> None:
    """Case 58: the moment of the first sync is the border, and before it there is none."""
    assert named(DUE + HOUR, policy=replace(POLICY, nudge_since=END)) == "nudge 1"
    since = END + timedelta(seconds=1)
    assert speak(DUE + HOUR, policy=replace(POLICY, nudge_since=since)) == Decision(
        None,
        "it ended earlier than nudges begin, on Tue 10 Nov 2026 at 10:00 UTC: history is silent",
    )
    not_connected = speak(DUE + HOUR, policy=replace(POLICY, nudge_since=None))
    assert not_connected.step is None
    assert "first sync" in not_connected.reason


def test_a_hundred_thousand_overdue_at_the_first_installation_send_nothing() -> None:
    """Case 58, for a hundred ages of up to a hundred thousand hours."""
    now = END
    policy = replace(POLICY, nudge_since=now)
    for age in range(1, 100_000, 1_000):
        assert named(now, policy=policy, facts=card(ends_at=now - age * HOUR)) is None


def test_without_anybody_to_ask_for_help_the_ladder_ends_with_the_nudges() -> None:
    alone = card(recruiters=(person("ivo"), person("rita", active=False)))
    asked = was("nudge 1", DUE)
    assert named(DUE + 5 * DAY, asked, facts=alone) == "nudge 2"
    decision = speak(DUE + 9 * DAY, asked, was("nudge 2", DUE + 5 * DAY), facts=alone)
    assert decision.step is None
    assert decision.reason.endswith("nobody can be asked for help")


def test_nobody_is_nudged_after_an_escalation_whose_reader_has_left() -> None:
    told = was("nudge 1", DUE), was("escalation 1", DUE + 4 * DAY)
    assert named(DUE + 9 * DAY, *told, facts=card(recruiters=())) is None


def test_a_decision_carries_the_moment_of_the_step_and_its_audience() -> None:
    """Not the moment of the tick: after a pause the step is as old as it is (case 51)."""
    step = speak(DUE + 3 * DAY, was("nudge 1", DUE)).step
    assert step is not None
    assert (step.at, step.audience) == (DUE + 2 * DAY, Audience.INTERVIEWER)
    step = speak(DUE + 5 * DAY, was("nudge 2", DUE + 2 * DAY)).step
    assert step is not None
    assert (step.at, step.audience) == (DUE + 4 * DAY, Audience.RECRUITER)


@dataclass(frozen=True)
class Life:
    """A scorecard, a policy, the hours between ticks, and what becomes of what is sent."""

    facts: ScorecardFacts
    policy: Policy
    ticks: list[int]
    states: list[str]

    def spoken(self) -> list[tuple[str, datetime]]:
        """Walk through the ticks; every decision is claimed at once, as the service does."""
        assert self.facts.ends_at is not None
        now, told = self.facts.ends_at - 2 * DAY, list[Told]()
        for n, hours in enumerate(self.ticks):
            now += hours * HOUR
            decision = decide(
                self.facts, judge(self.facts, self.policy, now), told, self.policy, now
            )
            if decision.step:
                assert decision.step.at <= now
                told.append(Told(decision.step.name, self.states[n % len(self.states)], now))
        return [(each.step, each.at) for each in told]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    end = END + draw(st.integers(-60, 60)) * DAY + draw(st.integers(0, 95)) * HOUR / 4
    return Life(
        facts=card(
            ends_at=end,
            submitted_at=draw(st.none() | st.integers(1, 400).map(lambda h: end + h * HOUR)),
            recruiters=draw(st.sampled_from([(), (person("rita"),)])),
        ),
        policy=Policy(
            draw(st.integers(0, 4)),
            draw(st.sampled_from(DayCount)),
            ZoneInfo(draw(st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe"]))),
            WorkCalendar.of(draw(st.sampled_from(["", "US", "DE-BY"]))),
            nudge_since=draw(st.none() | st.integers(-99, 9).map(lambda h: end + h * HOUR)),
        ),
        ticks=draw(st.lists(st.sampled_from([0, 1, 6, 19, 24, 72, 200]), max_size=80)),
        states=draw(st.lists(st.sampled_from(["planned", "sent", "failed"]), min_size=1)),
    )


@given(life=lives())
def test_however_time_passes_the_ladder_is_polite(life: Life) -> None:
    """Case 51 and the promises: once each, rested, upwards, nobody unasked, then silence."""
    spoken = life.spoken()
    names = [name for name, _ in spoken]
    assert names == sorted(set(names), key=["nudge 1", "nudge 2", "escalation 1"].index)
    assert all(later - sooner >= 20 * HOUR for (_, sooner), (_, later) in pairwise(spoken))
    assert "escalation 1" not in names or "nudge 2" in names  # it says who is asked next
    assert "escalation 1" not in names or life.facts.recruiters
    since, end, handed_in = life.policy.nudge_since, life.facts.ends_at, life.facts.submitted_at
    assert end is not None
    assert not names or (since is not None and since <= end)
    assert all(at > end and (handed_in is None or at < handed_in) for _, at in spoken)


@given(life=lives(), hours=st.integers(3, 9))
def test_with_steady_ticks_every_step_is_taken_at_the_tick_after_its_moment(
    life: Life, hours: int
) -> None:
    facts = replace(life.facts, submitted_at=None, recruiters=(person("rita"),))
    policy = replace(life.policy, nudge_since=datetime(2020, 1, 1, tzinfo=UTC))
    spoken = Life(facts, policy, [hours] * (30 * 24 // hours), life.states).spoken()
    due = judge(facts, policy, END).due_at
    assert due is not None
    for (name, at), step in zip(spoken, steps(due, policy), strict=True):
        assert name == step.name
        assert timedelta(0) <= at - step.at <= hours * HOUR
