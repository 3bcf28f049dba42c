"""Exceptions of the policy: which scorecards they are for, and what is different there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.model import ApplicationState
from scheduler.deciding import decide
from scheduler.facts import Audience, ScorecardFacts, Status
from scheduler.judging import judge
from scheduler.policy import ClosedApplication, Place, Policy, Rule, due_of
from scheduler.workdays import DayCount
from tests.scheduler.cards import DUE, END, card

DAY = timedelta(days=1)
POLICY = Policy(nudge_since=END - 30 * DAY)
SOON = Rule(departments=("Sales",), due_after_days=1)


def days(policy: Policy, **changes: Any) -> int:
    return policy.of(replace(card(), **changes)).due_after_days


def applies(rule: Rule, **changes: Any) -> bool:
    policy = replace(POLICY, rules=(replace(rule, due_after_days=7),))
    return days(policy, **changes) == 7


@pytest.mark.parametrize(
    ("sentence", "rule", "changes", "expected"),
    [
        ("by department", Rule(departments=("Engineering",)), {}, True),
        ("whatever the case", Rule(departments=("ENGINEERING",)), {}, True),
        ("even in German", Rule(departments=("STRASSE",)), {"department": "Straße"}, True),
        ("not another", Rule(departments=("Sales",)), {}, False),
        ("not where it is not known", Rule(departments=("*",)), {"department": None}, False),
        ("one of several", Rule(departments=("Sales", "Eng*")), {}, True),
        ("by the name of the job", Rule(jobs=("platform*",)), {}, True),
        ("by its id", Rule(jobs=("j1",)), {}, True),
        ("not by a part of it", Rule(jobs=("platform",)), {}, False),
        ("by stage", Rule(stages=("on?site",)), {"stage": "On-site"}, True),
        ("by interview", Rule(interviews=("*talk",)), {}, True),
        ("a bracket as it is written", Rule(jobs=("Dev [Berlin]",)), {"job": "Dev [Berlin]"}, True),
        ("or as a pattern", Rule(jobs=("dev [ab]",)), {"job": "Dev B"}, True),
        ("all the kinds", Rule(departments=("Eng*",), jobs=("j1",)), {}, True),
        ("or none", Rule(departments=("Eng*",), jobs=("j2",)), {}, False),
        ("a final round by stage", Rule(final_round=True), {"stage": "Final round"}, True),
        ("or by interview", Rule(final_round=True), {"interview": "Onsite: systems"}, True),
        ("not another round", Rule(final_round=True), {"stage": "Phone screen"}, False),
        ("not a final round", Rule(final_round=False), {"stage": "Final round"}, False),
        ("any other round", Rule(final_round=False), {"stage": "Phone screen"}, True),
        ("everywhere", Rule(), {}, True),
    ],
)
def test_a_rule_is_for_what_its_patterns_match(
    sentence: str, rule: Rule, changes: dict[str, Any], expected: bool
) -> None:
    assert applies(rule, **changes) is expected


def test_what_a_final_round_is_called_is_for_the_policy_to_say() -> None:
    rule = Rule(final_round=True, due_after_days=7)
    policy = replace(POLICY, rules=(rule,), final_rounds=("partner *",))
    assert days(policy, stage="Partner interview") == 7
    assert days(policy, stage="Final round") == 2


def test_later_rules_win_each_field_for_itself() -> None:
    ladder = (Place("nudge 1", Audience.INTERVIEWER, 3),)
    rules = (
        Rule(due_after_days=5, day_count=DayCount.CALENDAR),
        Rule(due_after_days=1, ladder=ladder),
        Rule(jobs=("other",), due_after_days=9),
        Rule(closed_application=ClosedApplication.STOP),
    )
    found = replace(POLICY, rules=rules).of(card())
    assert found == replace(
        POLICY,
        due_after_days=1,
        day_count=DayCount.CALENDAR,
        ladder=ladder,
        closed_application=ClosedApplication.STOP,
    )
    assert found.of(card()) == found


def test_an_exception_changes_when_it_is_due_and_who_hears_what() -> None:
    ladder = (
        Place("nudge 1", Audience.INTERVIEWER, 1),
        Place("escalation 1", Audience.FIXED, 1, "#sales"),
    )
    policy = replace(POLICY, rules=(replace(SOON, ladder=ladder),))
    sales, other = card(department="Sales"), card()
    assert judge(sales, policy, END).due_at == END + DAY
    assert judge(other, policy, END).due_at == DUE
    now = END + 2 * DAY + timedelta(hours=1)
    assert judge(sales, policy, now - DAY).status is Status.OVERDUE
    assert judge(other, policy, now - DAY).status is Status.AWAITING
    step = decide(sales, judge(sales, policy, now), (), policy, now).step
    assert step is not None
    assert (step.name, step.at) == ("nudge 1", END + 2 * DAY)


def test_what_was_stamped_is_not_changed_by_a_new_rule() -> None:
    stamped = card(department="Sales", due_at=DUE, due_for=END)
    assert judge(stamped, replace(POLICY, rules=(SOON,)), END + 2 * DAY).due_at == DUE


# -- who joins late


@pytest.mark.parametrize(
    ("sentence", "joined", "due"),
    [
        ("from the start", None, "2026-11-12T10:00"),
        ("before it is due it is due like everybody's", "2026-11-12T10:00", "2026-11-12T10:00"),
        ("a moment later it has its own N days", "2026-11-12T10:01", "2026-11-16T10:01"),
        ("a week later too", "2026-11-20T09:30", "2026-11-24T09:30"),
    ],
)
def test_who_joins_a_panel_after_it_was_due_has_n_days_from_then(
    sentence: str, joined: str | None, due: str
) -> None:
    """A swapped panellist is not overdue at once."""
    moment = datetime.fromisoformat(joined).replace(tzinfo=UTC) if joined else None
    facts = card(joined_at=moment)
    expected = datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert due_of(facts, END, POLICY) == expected
    assert judge(facts, POLICY, END).due_at == expected
    assert judge(facts, POLICY, expected).status is Status.AWAITING
    assert judge(facts, POLICY, expected + timedelta(seconds=1)).status is Status.OVERDUE


def test_late_joiners_of_an_exceptional_job_have_its_days() -> None:
    joined = DUE + 5 * DAY
    facts = card(department="Sales", joined_at=joined)
    assert due_of(facts, END, replace(POLICY, rules=(SOON,))) == joined + DAY


# -- once nobody waits any more

NOW = DUE + timedelta(hours=2)
CLOSED: list[dict[str, Any]] = [
    {"application_state": ApplicationState.REJECTED},
    {"application_state": ApplicationState.HIRED},
    {"job_is_open": False},
]


def found(over: ClosedApplication, **changes: Any) -> tuple[ScorecardFacts, Policy]:
    return card(**changes), replace(POLICY, rules=(Rule(jobs=("j1",), closed_application=over),))


@pytest.mark.parametrize("changes", CLOSED)
def test_closed_it_is_nudged_about_only_counted_or_stopped_as_the_policy_says(
    changes: dict[str, Any],
) -> None:
    facts, policy = found(ClosedApplication.NUDGE, **changes)
    judgement = judge(facts, policy, NOW)
    assert judgement.status is Status.OVERDUE
    assert decide(facts, judgement, (), policy, NOW).step
    facts, policy = found(ClosedApplication.ONLY_REPORT, **changes)
    judgement = judge(facts, policy, NOW)
    assert judgement.status is Status.OVERDUE
    silent = decide(facts, judgement, (), policy, NOW)
    assert silent.step is None
    assert silent.reason.endswith("the scorecard only counts")
    facts, policy = found(ClosedApplication.STOP, **changes)
    judgement = judge(facts, policy, NOW)
    assert (judgement.status, judgement.excuse) == (Status.EXCUSED, "application_closed")
    assert decide(facts, judgement, (), policy, NOW).step is None


def test_stopping_takes_nothing_from_what_was_handed_in_or_is_still_to_come() -> None:
    facts, policy = found(ClosedApplication.STOP, job_is_open=False, submitted_at=DUE)
    assert judge(facts, policy, NOW).status is Status.SUBMITTED
    facts, policy = found(ClosedApplication.STOP, job_is_open=False)
    assert judge(facts, policy, END - DAY).status is Status.UPCOMING
    assert judge(facts, policy, END).status is Status.EXCUSED


@pytest.mark.parametrize("is_open", [None, True])
def test_a_job_of_which_nothing_is_said_is_open(is_open: bool | None) -> None:
    facts, policy = found(ClosedApplication.STOP, job_is_open=is_open)
    assert judge(facts, policy, NOW).status is Status.OVERDUE
