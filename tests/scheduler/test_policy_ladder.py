"""The ladder as data: who hears a step, who is warned before it, and who cannot be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduler.deciding import asked_next, decide
from scheduler.facts import Audience, Decision, ScorecardFacts, Step, Told
from scheduler.judging import judge
from scheduler.policy import Place, Policy, steps
from scheduler.reaching import colleague, undeliverable, whom_to_ask
from scheduler.workdays import DayCount
from tests.scheduler.cards import DUE, END, RECRUITER, card, person

DAY = timedelta(days=1)
POLICY = Policy(day_count=DayCount.CALENDAR, nudge_since=END - 30 * DAY)
FOUR = replace(
    POLICY,
    ladder=(
        Place("nudge 1", Audience.INTERVIEWER, 0),
        Place("escalation 1", Audience.COORDINATOR, 1),
        Place("nudge 2", Audience.INTERVIEWER, 1, channel="mail"),
        Place("escalation 2", Audience.FIXED, 1, "#hiring", "slack"),
    ),
)
MONA, CARL, HANS, CLEO = person("mona"), person("carl"), person("hans"), person("cleo")


def speak(now: datetime, *told: str, policy: Policy = FOUR, **changes: Any) -> Decision:
    facts = card(**changes)
    said = [Told(name, "sent", DUE + n * DAY) for n, name in enumerate(told)]
    return decide(facts, judge(facts, policy, now), said, policy, now)


def named(now: datetime, *told: str, **more: Any) -> str | None:
    step = speak(now, *told, **more).step
    return step.name if step else None


def heard_by(audience: Audience, address: str | None = None, **changes: Any) -> str | None:
    target = whom_to_ask(card(**changes), Step("escalation 1", audience, DUE, address))
    return target.person.name.removeprefix("Person ") if target else None


# -- who hears it


def test_help_is_asked_from_the_first_person_who_can_be_reached() -> None:
    """Case 55: never a guess, never the interviewer themselves under a second account."""
    recruiter = Audience.RECRUITER
    assert heard_by(recruiter) == "rita"
    assert heard_by(recruiter, recruiters=(person("x", active=False), MONA)) == "mona"
    assert heard_by(recruiter, recruiters=(person("x", email=None),), coordinators=(CARL,)) == (
        "carl"
    )
    alias = person("ivo2", email=" IVO@example.com")
    around: dict[str, Any] = {"recruiters": (person("ivo"), alias), "hiring_managers": (HANS,)}
    assert heard_by(recruiter, **around) == "hans"
    assert heard_by(recruiter, recruiters=(), managers=(MONA,)) == "mona"
    assert heard_by(recruiter, hiring_managers=(HANS,), recruiters=(), managers=(MONA,)) == "hans"
    assert heard_by(recruiter, recruiters=()) is None


@pytest.mark.parametrize(
    ("audience", "first"),
    [
        (Audience.RECRUITER, "rita"),
        (Audience.COORDINATOR, "carl"),
        (Audience.HIRING_MANAGER, "hans"),
        (Audience.MANAGER, "mona"),
    ],
)
def test_the_role_that_the_step_names_is_asked_first_and_then_the_others(
    audience: Audience, first: str
) -> None:
    around: dict[str, Any] = {
        "coordinators": (CARL,),
        "hiring_managers": (HANS,),
        "managers": (MONA,),
    }
    assert heard_by(audience, **around) == first
    assert heard_by(audience) == "rita"  # nobody of that role is known
    target = whom_to_ask(card(**around), Step("escalation 1", audience, DUE))
    assert target is not None
    assert target.role is audience


def test_a_fixed_address_or_room_is_asked_and_the_others_if_it_is_the_interviewers_own() -> None:
    assert heard_by(Audience.FIXED, "#hiring") == "#hiring"
    assert heard_by(Audience.FIXED, "head@example.com") == "head@example.com"
    assert heard_by(Audience.FIXED, "Ivo@Example.com") == "rita"


def test_a_colleague_is_found_on_the_panel_or_around_it_and_only_if_they_can_be_reached() -> None:
    facts = card(recruiters=(RECRUITER,), managers=(MONA,))
    panel = [facts.interviewer, CLEO, person("gone", active=False)]

    def found(id: str, *more: Any) -> str | None:
        target = colleague(facts, id, [*panel, *more])
        return target.person.id if target else None

    assert [found(id) for id in ("cleo", "rita", "mona")] == ["cleo", "rita", "mona"]
    assert [found(id) for id in ("gone", "ivo", "stranger", "")] == [None] * 4
    assert found("all", person("all", shares_address=True)) is None
    assert found("mute", person("mute", email=None)) is None


# -- in which order


def test_the_steps_are_those_of_the_policy_with_address_and_channel() -> None:
    found = steps(DUE, FOUR)
    assert [step.at for step in found] == [DUE, DUE + DAY, DUE + 2 * DAY, DUE + 3 * DAY]
    assert (found[2].channel, found[3].channel, found[3].address) == ("mail", "slack", "#hiring")


@pytest.mark.parametrize(
    ("sentence", "days", "told", "expected"),
    [
        ("the interviewer first", 0.1, [], "nudge 1"),
        ("then the coordinator", 1.1, ["nudge 1"], "escalation 1"),
        ("unasked nobody is escalated", 1.1, [], "nudge 1"),
        ("the last nudge goes before the last escalation", 9, ["nudge 1"], "nudge 2"),
        ("also when an escalation was said", 9, ["nudge 1", "escalation 1"], "nudge 2"),
        ("then the room", 9, ["nudge 1", "escalation 1", "nudge 2"], "escalation 2"),
        ("a skipped escalation is not made up for", 9, ["nudge 1", "nudge 2"], "escalation 2"),
        ("then silence", 9, ["nudge 2", "escalation 2"], None),
    ],
)
def test_every_escalation_waits_for_the_nudge_before_it(
    sentence: str, days: float, told: Sequence[str], expected: str | None
) -> None:
    assert named(DUE + days * DAY, *told) == expected


def test_a_ladder_that_begins_with_somebody_else_asks_the_interviewer_first_all_the_same() -> None:
    odd = replace(POLICY, ladder=(FOUR.ladder[1], FOUR.ladder[0]))
    assert named(DUE + 5 * DAY, policy=odd) == "nudge 1"
    only = replace(POLICY, ladder=(FOUR.ladder[1],))
    assert named(DUE + 5 * DAY, policy=only) is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (["nudge 1"], "nudge 2"),
        (["nudge 1", "escalation 1"], "escalation 2"),
        (["escalation 1"], None),  # said of somebody who could not be asked: they are left alone
    ],
)
def test_a_nudge_that_the_policy_gained_below_what_was_said_already_holds_up_no_escalation(
    told: Sequence[str], expected: str | None
) -> None:
    first, recruiter, gained, room = FOUR.ladder
    longer = replace(FOUR, ladder=(first, gained, recruiter, room))
    assert named(DUE + 9 * DAY, *told, policy=longer) == expected


# -- the private warning


@pytest.mark.parametrize(
    ("step", "told", "expected"),
    [
        ("nudge 1", [], ("escalation 1", "Person rita", DUE + DAY)),
        ("nudge 2", [], ("escalation 2", "#hiring", DUE + 3 * DAY)),
        ("nudge 1", ["escalation 1"], None),
        ("escalation 1", [], None),
        ("escalation 2", [], None),
        ("hand over abc", [], None),
    ],
)
def test_the_nudge_before_an_escalation_knows_who_is_asked_next(
    step: str, told: Sequence[str], expected: tuple[str, str, datetime] | None
) -> None:
    said = [Told(name, "sent", DUE) for name in told]
    here = {each.name: each for each in steps(DUE, FOUR)}
    at = here.get(step, Step(step, Audience.COLLEAGUE, DUE))
    found = asked_next(card(), at, said, DUE, FOUR)
    assert (found and (found[0].name, found[1].person.name, found[0].at)) == expected


def test_a_nudge_before_another_one_warns_of_nothing_and_neither_does_one_without_help() -> None:
    first, second, _ = steps(DUE, POLICY)
    assert asked_next(card(), first, (), DUE, POLICY) is None
    assert asked_next(card(), second, (), DUE, POLICY) is not None
    assert asked_next(card(recruiters=()), second, (), DUE, POLICY) is None


# -- who cannot be asked


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"active": False}, "the interviewer's account is deactivated"),
        ({"email": None}, "the ATS has no address for the interviewer"),
        ({"email": ""}, "the ATS has no address for the interviewer"),
        (
            {"shares_address": True},
            "the interviewer's address belongs to several people in the ATS",
        ),
    ],
)
def test_who_cannot_be_asked_is_escalated_once_as_soon_as_it_is_overdue(
    changes: dict[str, Any], reason: str | None
) -> None:
    """Case 55: the owner is told once."""
    ivo = person("ivo", **changes)
    assert undeliverable(card(interviewer=ivo)) == reason
    decision = speak(DUE + DAY / 24, interviewer=ivo)
    assert decision.step is not None
    if reason is None:
        assert decision.step.name == "nudge 1"
        return
    assert (decision.step.name, decision.step.at) == ("escalation 1", DUE)
    assert decision.step.audience is Audience.COORDINATOR
    assert decision.reason == f"undeliverable: {reason}, so somebody else is told"
    again = speak(DUE + 9 * DAY, "escalation 1", interviewer=ivo)
    assert again == Decision(None, f"undeliverable: {reason}; somebody else was told")


def test_who_left_after_having_been_asked_is_escalated_after_a_rest() -> None:
    left = person("ivo", active=False)
    assert named(DUE + DAY / 2, "nudge 1", interviewer=left) is None
    assert named(DUE + DAY, "nudge 1", interviewer=left) == "escalation 1"


def test_where_nobody_can_be_told_either_that_is_said() -> None:
    left = person("ivo", active=False)
    alone = speak(DUE + DAY, interviewer=left, recruiters=())
    assert alone.step is None
    assert alone.reason.endswith("deactivated, and nobody can be asked for help")
    nudges = replace(POLICY, ladder=POLICY.ladder[:2])
    assert speak(DUE + DAY, policy=nudges, interviewer=left) == Decision(
        None, "undeliverable: the interviewer's account is deactivated"
    )


def test_what_stays_silent_for_other_reasons_is_so_for_the_unreachable_too() -> None:
    left: dict[str, Any] = {"interviewer": person("ivo", active=False)}
    assert named(DUE, **left) is None  # not overdue yet
    facts: ScorecardFacts = card(**left)
    late = replace(FOUR, nudge_since=END + DAY)
    assert decide(facts, judge(facts, late, DUE + DAY), (), late, DUE + DAY).step is None
