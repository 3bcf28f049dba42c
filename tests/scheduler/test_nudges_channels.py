"""What a channel does wrong: waited for, replaced, or left in doubt, and never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connectors.errors import Unreachable
from connectors.model import Kind, Ref
from connectors.notify.base import DeliveryState
from scheduler.nudges import TROUBLE, dry_run, run
from scheduler.store import Store
from tests.scheduler.builders import DAY, HOUR, KEY, MONDAY, card, events, interview
from tests.scheduler.speaking import (
    BROKEN,
    DUE,
    LATER,
    NEVER,
    SENT,
    UNSURE,
    WEDNESDAY,
    FakeNotifier,
    company,
)
from tests.scheduler.test_nudges import many

FRIDAY = WEDNESDAY + 2 * DAY
MINUTE = timedelta(minutes=1)
BUSY = replace(LATER, retry_after=1200)


def test_a_channel_that_asks_to_wait_is_waited_for_and_nothing_is_dropped(store: Store) -> None:
    """Case 46: the rest of the run waits as well, in its order."""
    firm = many(store, 4)
    firm.slack.answers.extend([SENT, BUSY])
    first = run(firm.nudging(), WEDNESDAY)
    assert firm.slack.addresses == ["p3@example.org", "p2@example.org"]
    assert (first.plan.held_back, firm.mail.taken) == (2, [])
    run(firm.nudging(), WEDNESDAY + 19 * MINUTE)
    assert firm.slack.addresses[2:] == ["p1@example.org", "p0@example.org"]
    run(firm.nudging(), WEDNESDAY + 20 * MINUTE)
    assert firm.slack.addresses[4:] == ["p2@example.org"]
    assert firm.states() == [("nudge 1", "sent")] * 4


def test_a_retry_reads_again_first_and_is_withdrawn_when_it_is_not_due_any_more(
    store: Store,
) -> None:
    """Cases 46, 49."""
    firm = company(store)
    firm.slack.answers.append(BUSY)
    run(firm.nudging(), WEDNESDAY)
    firm.changes(WEDNESDAY, interview("i1", card(submitted_at=WEDNESDAY)))
    outcome = run(firm.nudging(), WEDNESDAY + HOUR)
    assert len(firm.slack.taken) == 1
    assert outcome.withdrawn[0].reason.startswith("submitted on")
    assert events(store) == ["first_seen", "planned", "postponed", "submitted", "withdrawn"]
    story = store.story("i1")[0].history[-1]
    assert story.detail.startswith("nudge 1 by slack: submitted on")


def test_a_retry_waits_while_the_ats_does_not_answer(store: Store) -> None:
    firm = company(store)
    firm.slack.answers.append(BUSY)
    run(firm.nudging(), WEDNESDAY)
    firm.ats.refusing(Ref(Kind.INTERVIEW, "i1"), Unreachable("greenhouse is away."))
    run(firm.nudging(), WEDNESDAY + HOUR)
    assert len(firm.slack.taken) == 1
    firm.ats.refused_refs.clear()
    run(firm.nudging(), WEDNESDAY + 2 * HOUR)
    assert firm.states() == [("nudge 1", "sent")]


def test_a_retry_that_a_newer_step_has_overtaken_makes_way_for_it(store: Store) -> None:
    firm = company(store)
    firm.slack.answers.append(BUSY)
    run(firm.nudging(), WEDNESDAY)
    run(firm.nudging(), FRIDAY)
    assert len(firm.slack.taken) == 2
    assert firm.states() == [("nudge 2", "sent")]


def test_a_retry_from_yesterday_is_the_one_message_of_today(store: Store) -> None:
    later = interview("i2", ends_at=MONDAY + 6 * HOUR)
    firm = company(store, interview("i1"), later)
    firm.slack.answers.append(replace(BUSY, retry_after=20 * 3600))
    run(firm.nudging(), WEDNESDAY)
    run(firm.nudging(), WEDNESDAY + 7 * HOUR)  # the second is due, the first still waits
    run(firm.nudging(), WEDNESDAY + DAY)
    run(firm.nudging(), WEDNESDAY + DAY + HOUR)
    assert len(firm.slack.taken) == 2
    run(firm.nudging(), FRIDAY)
    assert len(firm.slack.taken) == 3


def test_whom_one_channel_cannot_reach_the_next_one_does_in_the_same_run(store: Store) -> None:
    """Case 48."""
    firm = many(store, 2)
    firm.slack.answers.append(NEVER)
    outcome = run(firm.nudging(), WEDNESDAY)
    assert firm.said == [
        ("slack", "p1@example.org"),
        ("slack", "p0@example.org"),
        ("mail", "p1@example.org"),
    ]
    states = [(e.channel, e.delivery.state) for e in outcome.entries if e.delivery is not None]
    assert states == [("mail", DeliveryState.SENT), ("slack", DeliveryState.SENT)]
    assert outcome.problems == []


def test_a_broken_channel_is_said_once_and_the_run_goes_on_by_the_next(store: Store) -> None:
    """Case 48: the token is tried once, not once a message."""
    firm = many(store, 5)
    firm.slack.always = BROKEN
    outcome = run(firm.nudging(), WEDNESDAY)
    assert len(firm.slack.taken) == 1
    assert sorted(firm.mail.addresses) == [f"p{n}@example.org" for n in range(5)]
    (problem,) = outcome.problems
    assert problem.startswith("Slack does not work since 2026-11-18 10:00 UTC")
    assert problem.endswith("the token is revoked")


def test_a_broken_channel_without_another_costs_nobody_a_message(store: Store) -> None:
    """Case 48: it is tried now and then, and then all is said."""
    firm = many(store, 3)
    firm.slack.always = BROKEN
    for minutes in range(0, 8 * 60, 5):
        run(firm.nudging(firm.slack), WEDNESDAY + minutes * MINUTE)
    assert len(firm.slack.taken) == 7  # 0, 15, 30 minutes, then 1, 2, 4, 6 hours
    assert len(firm.states()) == 1
    firm.slack.always = SENT
    firm.slack.taken.clear()
    run(firm.nudging(firm.slack), WEDNESDAY + 9 * HOUR)
    assert sorted(firm.slack.addresses) == [f"p{n}@example.org" for n in range(3)]


def test_what_was_planned_for_a_channel_that_is_gone_goes_by_another(store: Store) -> None:
    firm = company(store)
    firm.slack.answers.append(LATER)
    run(firm.nudging(), WEDNESDAY)
    for minutes in (60, 120):
        run(firm.nudging(firm.mail), WEDNESDAY + minutes * MINUTE)
    assert firm.said == [("slack", "p1@example.org"), ("mail", "p1@example.org")]
    assert firm.states() == [("nudge 1", "failed"), ("nudge 1", "sent")]


def test_while_a_broken_channel_is_replaced_its_retries_are_not_sent_twice(store: Store) -> None:
    firm = many(store, 2)
    firm.slack.answers.append(LATER)  # p1 waits on Slack
    run(firm.nudging(), WEDNESDAY)
    firm.slack.always = BROKEN
    firm.mail.answers.append(LATER)  # and now on mail
    for hours in range(1, 6):
        run(firm.nudging(), WEDNESDAY + hours * HOUR)
    assert firm.mail.addresses == ["p1@example.org"] * 2  # p0 had it by Slack
    assert firm.states() == [
        ("nudge 1", "failed"),
        ("nudge 1", "sent"),
        ("nudge 1", "sent"),
    ]


def test_tried_enough_on_one_channel_it_goes_by_the_next(store: Store) -> None:
    firm = company(store)
    firm.slack.always = LATER
    for hours in range(7):
        run(firm.nudging(), WEDNESDAY + hours * HOUR)
    assert (len(firm.slack.taken), len(firm.mail.taken)) == (5, 1)


def test_a_channel_in_trouble_is_left_alone_for_the_run(store: Store) -> None:
    """Time-outs of half a minute each would otherwise fill hours."""
    firm = many(store, 10)
    firm.slack.always = LATER
    outcome = run(firm.nudging(), WEDNESDAY)
    assert (len(firm.slack.taken), outcome.plan.held_back) == (TROUBLE, 10 - TROUBLE)
    firm.slack.always = UNSURE
    run(firm.nudging(), WEDNESDAY + MINUTE)
    assert len(firm.slack.taken) == 2 * TROUBLE


def test_retries_wait_too_while_a_channel_asks_to_wait(store: Store) -> None:
    """Case 46."""
    firm = many(store, 5)
    firm.slack.always = LATER
    run(firm.nudging(), WEDNESDAY)
    firm.slack.answers.append(BUSY)
    run(firm.nudging(), WEDNESDAY + 5 * MINUTE)
    assert len(firm.slack.taken) == TROUBLE + 1


def test_a_dry_run_does_not_show_a_second_message_beside_a_retry(store: Store) -> None:
    firm = company(store, interview("i1"), interview("i2", ends_at=MONDAY + 4 * HOUR))
    firm.slack.answers.append(BUSY)
    run(firm.nudging(), WEDNESDAY)
    shown = dry_run(firm.nudging(), WEDNESDAY + DAY)
    sent = run(firm.nudging(), WEDNESDAY + DAY)
    assert [each.owed for each in shown.entries] == [each.owed for each in sent.entries]
    assert len(shown.entries) == 1


def test_where_both_channels_fail_the_next_step_speaks(store: Store) -> None:
    firm = company(store)
    firm.slack.answers.append(NEVER)
    firm.mail.answers.append(NEVER)
    outcome = run(firm.nudging(), WEDNESDAY)
    assert [(e.channel, e.delivery and e.delivery.reason) for e in outcome.entries] == [
        ("mail", "no such person")
    ]
    assert {each.state for each in store.undelivered()} == {"failed"}
    run(firm.nudging(), WEDNESDAY + DAY)
    assert len(firm.said) == 2
    run(firm.nudging(), FRIDAY)
    assert firm.states() == [("nudge 1", "failed"), ("nudge 1", "failed"), ("nudge 2", "sent")]


def test_what_is_in_doubt_is_shown_not_repeated_and_not_sent_another_way(store: Store) -> None:
    """Case 45, 47: nobody knows, so nobody is asked twice."""
    firm = company(store)
    firm.slack.answers.append(UNSURE)
    run(firm.nudging(), WEDNESDAY)
    for hours in range(1, 30):
        run(firm.nudging(), WEDNESDAY + hours * HOUR)
    assert firm.said == [("slack", "p1@example.org")]
    (shown,) = store.undelivered()
    assert (shown.state, shown.reason) == ("unknown", "no answer came back")
    run(firm.nudging(), FRIDAY)
    assert firm.states(KEY) == [("nudge 1", "unknown"), ("nudge 2", "sent")]


def test_two_processes_that_prefer_different_channels_say_it_once(store: Store) -> None:
    """Case 43: the second run begins while the first is at the point of sending."""
    firm = company(store)
    mail = FakeNotifier("mail")
    firm.slack.before = lambda: void(run(firm.nudging(mail), WEDNESDAY))
    run(firm.nudging(firm.slack), WEDNESDAY)
    assert (len(firm.slack.taken), mail.taken) == (1, [])


def void(value: object) -> None:
    """For a callable whose value does not matter."""


def test_due_itself_is_still_on_time(store: Store) -> None:
    firm = company(store)
    run(firm.nudging(), DUE)
    assert firm.said == []
    run(firm.nudging(), DUE + timedelta(seconds=1))
    assert len(firm.said) == 1
