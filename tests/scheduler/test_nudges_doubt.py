"""A message of which nobody knows whether it arrived: asked about, held, or sent once more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from connectors.errors import Unreachable
from connectors.model import Kind, Ref
from connectors.notify.base import Delivery, DeliveryState
from scheduler.doubt import OnAmbiguous
from scheduler.nudges import LEASE, run
from scheduler.store import Store
from tests.scheduler.builders import DAY, HOUR, card, interview
from tests.scheduler.speaking import LATER, UNSURE, WEDNESDAY, Company, FakeNotifier, company

MINUTE = timedelta(minutes=1)
THERE = Delivery(DeliveryState.SENT, reference="D1:2.3")
NOT_THERE = Delivery(DeliveryState.FAILED, "It never arrived.")
RESEND = {"on_ambiguous": OnAmbiguous.RESEND}


@dataclass
class Telling(FakeNotifier):
    """A channel that can be asked."""

    tells: Delivery | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def look_up(self, message_id: str, address: str, since: datetime) -> Delivery | None:
        self.asked.append((message_id, address))
        return self.tells


def in_doubt(store: Store, tells: Delivery | None) -> Company:
    firm = company(store)
    firm.slack = Telling(tells=tells)
    firm.slack.answers.append(UNSURE)
    run(firm.nudging(), WEDNESDAY)
    return firm


def test_what_the_channel_has_was_sent(store: Store) -> None:
    """Case 45: reconciled, and not sent again."""
    firm = in_doubt(store, THERE)
    run(firm.nudging(), WEDNESDAY + 5 * MINUTE)
    assert firm.states() == [("nudge 1", "sent")]
    message = store.message(firm.slack.taken[0].id)
    assert message is not None
    assert message.reference == "D1:2.3"
    assert len(firm.slack.taken) == 1


def test_what_surely_never_arrived_is_sent_with_the_same_id(store: Store) -> None:
    """Case 45."""
    firm = in_doubt(store, NOT_THERE)
    run(firm.nudging(), WEDNESDAY + 5 * MINUTE)
    assert firm.states() == [("nudge 1", "sent")]
    assert len({each.id for each in firm.slack.taken}) == 1
    assert len(firm.slack.taken) == 2


def test_a_message_may_still_be_arriving_so_that_its_channel_is_not_asked_at_once(
    store: Store,
) -> None:
    firm = in_doubt(store, NOT_THERE)
    run(firm.nudging(), WEDNESDAY + MINUTE)
    assert len(firm.slack.taken) == 1


def test_a_channel_that_cannot_tell_is_asked_less_and_less_often(store: Store) -> None:
    firm = in_doubt(store, None)
    for minutes in range(0, 26 * 60, 5):
        run(firm.nudging(), WEDNESDAY + minutes * MINUTE)
    assert isinstance(firm.slack, Telling)
    assert len(firm.slack.asked) == 8  # 5, 20, 40 minutes, then twice as late each time
    assert firm.states() == [("nudge 1", "unknown")]


def test_of_two_processes_that_were_told_it_never_arrived_one_sends(store: Store) -> None:
    """Case 43: the second asks while the first is sending again."""
    firm = in_doubt(store, NOT_THERE)
    other = Telling(tells=NOT_THERE)
    firm.slack.before = lambda: void(run(firm.nudging(other), WEDNESDAY + 5 * MINUTE))
    run(firm.nudging(), WEDNESDAY + 5 * MINUTE)
    assert (len(firm.slack.taken), other.taken) == (2, [])


def void(value: object) -> None:
    """For a callable whose value does not matter."""


@pytest.mark.parametrize("again", [UNSURE, THERE])
def test_where_it_is_wanted_what_stays_in_doubt_is_sent_once_more_and_never_again(
    store: Store, again: Delivery
) -> None:
    """Case 45, on_ambiguous = resend: the same id, which mail shows as the same message."""
    firm = company(store)
    firm.slack.answers.extend([UNSURE, again])
    for minutes in range(0, 24 * 60, 10):
        run(firm.nudging(**RESEND), WEDNESDAY + minutes * MINUTE)
    assert [each.id for each in firm.slack.taken] == [firm.slack.taken[0].id] * 2
    assert firm.states() == [("nudge 1", again.state)]


def test_a_known_failure_of_the_second_try_is_a_known_failure(store: Store) -> None:
    firm = company(store)
    firm.slack.answers.extend([UNSURE, LATER])
    for minutes in range(0, 60, 5):
        run(firm.nudging(**RESEND), WEDNESDAY + minutes * MINUTE)
    assert len(firm.slack.taken) == 3
    assert firm.states() == [("nudge 1", "sent")]


def test_nothing_is_sent_once_more_that_does_not_hold_any_more(store: Store) -> None:
    """Case 49: one of two was handed in, and what was said of both may have arrived."""
    firm = company(store, interview("i1"), interview("i2"))
    firm.slack.answers.append(UNSURE)
    run(firm.nudging(**RESEND), WEDNESDAY)
    firm.changes(WEDNESDAY, interview("i1", card(submitted_at=WEDNESDAY)))
    run(firm.nudging(**RESEND), WEDNESDAY + HOUR)
    assert len(firm.slack.taken) == 1
    assert firm.states() == [("nudge 1", "unknown")] * 2


def test_once_in_doubt_and_withdrawn_it_stays_in_doubt_so_that_nobody_is_asked_twice(
    store: Store,
) -> None:
    """Killed after it was planned again, then handed in and opened again."""
    firm = company(store)
    firm.slack.answers.append(UNSURE)
    run(firm.nudging(), WEDNESDAY)
    assert store.send_again(firm.slack.taken[0].id, WEDNESDAY + HOUR)
    firm.changes(WEDNESDAY, interview("i1", card(submitted_at=WEDNESDAY)))
    run(firm.nudging(), WEDNESDAY + 2 * HOUR)
    assert firm.states() == [("nudge 1", "unknown")]
    firm.changes(WEDNESDAY + HOUR, interview("i1"))
    run(firm.nudging(), WEDNESDAY + 3 * HOUR)
    assert len(firm.slack.taken) == 1


def test_in_doubt_or_not_a_day_later_it_is_left_alone(store: Store) -> None:
    firm = in_doubt(store, None)
    run(firm.nudging(**RESEND), WEDNESDAY + DAY + MINUTE)
    assert isinstance(firm.slack, Telling)
    assert firm.slack.asked == []
    assert len(firm.slack.taken) == 1


def test_nothing_more_is_said_to_a_person_while_an_earlier_message_is_on_its_way(
    store: Store,
) -> None:
    """Case 46: the order is kept for each recipient, over days and kinds."""
    firm = company(store, interview("i1"), interview("i2", ends_at=WEDNESDAY - DAY))
    firm.slack.answers.append(replace(LATER, retry_after=20 * 3600))
    run(firm.nudging(), WEDNESDAY)
    outgoing = store.message(firm.slack.taken[0].id)
    assert outgoing is not None
    assert outgoing.not_before is not None
    run(firm.nudging(), WEDNESDAY + DAY + HOUR)
    said = [each.id for each in firm.slack.taken]
    assert said == [outgoing.id] * 2
    assert not store.on_its_way("p1@example.org")


def test_what_an_ats_does_not_tell_for_a_day_holds_up_nobody_any_longer(store: Store) -> None:
    """Case 46: its steps are decided anew once the ATS answers."""
    firm = company(store)
    firm.slack.answers.append(LATER)
    run(firm.nudging(), WEDNESDAY)
    firm.ats.refusing(Ref(Kind.INTERVIEW, "i1"), Unreachable("greenhouse is away."))
    run(firm.nudging(), WEDNESDAY + HOUR)
    assert store.on_its_way("p1@example.org")
    run(firm.nudging(), WEDNESDAY + DAY + LEASE)
    assert not store.on_its_way("p1@example.org")
    assert firm.states() == []
