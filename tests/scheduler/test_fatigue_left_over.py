"""What was claimed and not sent waits for its reader's hours too; what is held against them."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from connectors.notify.base import Delivery
from scheduler.answers import Answer, AnswerKind
from scheduler.hours import Hours, Own, Working
from scheduler.nudges import LEASE, dry_run, make_plan, run
from scheduler.rulebook import Rulebook
from scheduler.store import Member, PlannedMessage, Store
from tests.scheduler.builders import DAY, HOUR, KEY, card, interview, save
from tests.scheduler.speaking import DUE, LATER, SENT, UNSURE, WEDNESDAY, company

OFFICE = Rulebook(working=Working(Hours(work=(time(9), time(17)))))
ADDRESS = "p1@example.org"
NIGHT = DUE + 14 * HOUR


def test_a_message_left_over_waits_for_the_hours_of_its_reader(store: Store) -> None:
    """Cases 44 and 51: a retry at night is a message at night."""
    firm = company(store)
    planned = PlannedMessage("m1", "nudge", "slack", ADDRESS, ((KEY, "nudge 1"),))
    store.claim(planned, DUE, LEASE)
    nudging = firm.nudging(rules=OFFICE)
    assert dry_run(nudging, NIGHT).entries == []
    run(nudging, NIGHT)
    assert firm.said == []
    assert len(dry_run(nudging, DUE + DAY).entries) == 1
    run(nudging, DUE + DAY)
    assert firm.said == [("slack", ADDRESS)]


def test_a_failed_message_is_tried_again_in_the_morning(store: Store) -> None:
    firm = company(store)
    firm.slack.answers.append(LATER)
    nudging = firm.nudging(firm.slack, rules=OFFICE)
    run(nudging, DUE + 7 * HOUR + timedelta(minutes=55))  # 16:55
    for hours in range(8, 24):
        run(nudging, DUE + hours * HOUR)
    assert len(firm.said) == 1
    run(nudging, DUE + DAY)
    assert len(firm.said) == 2


@pytest.mark.parametrize("fate", [SENT, UNSURE])
def test_only_what_arrived_is_held_against_anybody(store: Store, fate: Delivery) -> None:
    firm = company(store, *(interview(f"i{n}") for n in range(2)))
    firm.slack.always = fate
    run(firm.nudging(firm.slack, rules=OFFICE), WEDNESDAY)
    expected = {ADDRESS: 1} if fate is SENT else {}
    assert store.ignored([ADDRESS, "p9@example.org"], WEDNESDAY - DAY) == expected
    assert store.ignored([ADDRESS], WEDNESDAY) == {}


def test_a_scorecard_or_an_answer_makes_up_for_what_was_ignored(store: Store) -> None:
    firm = company(store, *(interview(f"i{n}") for n in range(2)))
    run(firm.nudging(rules=OFFICE), WEDNESDAY)
    since = WEDNESDAY - 30 * DAY
    early = interview("i1", card(submitted_at=WEDNESDAY - HOUR))
    save(store, early, at=WEDNESDAY + HOUR)
    assert store.ignored([ADDRESS], since) == {ADDRESS: 1}
    key = store.scorecards(interview_id="i0")[0].key
    snooze = AnswerKind.SNOOZE
    given = Answer("a1", snooze, WEDNESDAY + HOUR, ADDRESS, "slack", WEDNESDAY + DAY)
    store.give_answer(key, given, None)
    assert store.ignored([ADDRESS], since) == {}


def test_handing_in_anywhere_makes_up_for_it_whatever_the_case_of_the_address(
    store: Store,
) -> None:
    firm = company(store, *(interview(f"i{n}") for n in range(2)))
    run(firm.nudging(rules=OFFICE), WEDNESDAY)
    save(store, interview("i1", card(submitted_at=WEDNESDAY + HOUR)), at=WEDNESDAY + 2 * HOUR)
    assert store.ignored([ADDRESS], WEDNESDAY - DAY) == {}


def test_planning_looks_up_what_slack_shows(store: Store) -> None:
    firm = company(store)
    away = Member(ADDRESS, "U1", "America/New_York", None, True, DUE)
    store.save_members([away])
    found = make_plan(firm.nudging(rules=OFFICE), WEDNESDAY)  # five in the morning there
    assert found.drafts == ()
    assert "working hours, from Wed 18 Nov 2026 at 09:00 EST" in found.silent[0].reason
    allowed = Rulebook(working=OFFICE.working, allowed=("nobody@example.org",))
    assert make_plan(firm.nudging(rules=allowed), WEDNESDAY).drafts == ()
    own = Working(OFFICE.working.usual, {ADDRESS: Own(work=(time(4), time(6)))})
    assert make_plan(firm.nudging(rules=Rulebook(working=own)), WEDNESDAY).drafts
