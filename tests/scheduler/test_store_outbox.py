"""Decide once, send at most once, lose nothing."""

from __future__ import annotations

import threading

import pytest

from connectors.notify.base import Delivery, DeliveryState
from scheduler.facts import ScorecardKey, Told
from scheduler.store import PlannedMessage, Store
from tests.scheduler.builders import DAY, HOUR, KEY, MONDAY, events, interview, key, save, world

OTHER = key("i2")
SENT = Delivery(DeliveryState.SENT, reference="C1:1.2")
FAILED = Delivery(DeliveryState.FAILED, "the mailbox is full")


def planned(
    id: str = "m1",
    *keys: ScorecardKey,
    step: str = "nudge 1",
    channel: str = "mail",
    kind: str = "nudge",
) -> PlannedMessage:
    steps = tuple((each, step) for each in keys or (KEY,))
    return PlannedMessage(id, kind, channel, "bo@example.org", steps)


def state(store: Store, id: str = "m1") -> str:
    message = store.message(id)
    assert message is not None
    return message.state


def send(store: Store, delivery: Delivery = SENT, id: str = "m1") -> None:
    assert store.start_sending(id, MONDAY, HOUR)
    assert store.finish(id, delivery, MONDAY + HOUR)


@pytest.fixture(autouse=True)
def interviews(store: Store) -> None:
    save(store, *world(interview("i1"), interview("i2")))


def test_a_step_is_claimed_once(store: Store) -> None:
    assert store.claim(planned(), MONDAY, HOUR) == [(KEY, "nudge 1")]
    assert store.claim(planned("m2"), MONDAY, HOUR) == []
    assert store.message("m2") is None


def test_what_is_claimed_already_is_left_out_of_a_digest(store: Store) -> None:
    store.claim(planned(), MONDAY, HOUR)
    assert store.claim(planned("m2", OTHER, KEY), MONDAY, HOUR) == [(OTHER, "nudge 1")]
    assert state(store, "m2") == "planned"


def test_another_step_is_another_claim(store: Store) -> None:
    store.claim(planned(), MONDAY, HOUR)
    assert store.claim(planned("m2", step="nudge 2"), MONDAY, HOUR)


@pytest.mark.parametrize("outcome", list(DeliveryState))
def test_another_channel_takes_over_only_after_a_known_failure(
    store: Store, outcome: DeliveryState
) -> None:
    """Case 43: one process prefers Slack, the other has it not, and both begin at once."""
    store.claim(planned(), MONDAY, HOUR)
    assert store.claim(planned("m2", channel="slack"), MONDAY, HOUR) == []
    send(store, Delivery(outcome, "as it went"))
    taken = store.claim(planned("m2", KEY, OTHER, channel="slack"), MONDAY, HOUR)
    assert ((KEY, "nudge 1") in taken) == (outcome is DeliveryState.FAILED)
    assert (OTHER, "nudge 1") in taken


def test_a_message_about_nothing_is_no_message(store: Store) -> None:
    nothing = PlannedMessage("m1", "nudge", "mail", "bo@example.org")
    assert store.claim(nothing, MONDAY, HOUR) == []
    assert store.message("m1") is None


def test_two_processes_at_once_get_each_step_once(store_url: str) -> None:
    """Case 43: the loser sees no rows and no error."""
    keys = [key(f"i{n}") for n in range(30)]
    claimed: list[ScorecardKey] = []
    start = threading.Barrier(4)

    def work(number: int) -> None:
        with Store.open(store_url) as process:
            start.wait()
            for turn in range(3):
                order = keys if number % 2 else keys[::-1]
                mine = process.claim(planned(f"m{number}-{turn}", *order), MONDAY, HOUR)
                claimed.extend(k for k, _ in mine)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(claimed) == sorted(keys)


def test_what_was_told_is_known_with_its_state(store: Store) -> None:
    store.claim(planned("m1", KEY, OTHER), MONDAY, HOUR)
    send(store)
    store.claim(planned("m2", step="nudge 2"), MONDAY + 2 * DAY, HOUR)
    assert store.told([KEY, OTHER, key("i9")]) == {
        KEY: [
            Told("nudge 1", "sent", MONDAY + HOUR),
            Told("nudge 2", "planned", MONDAY + 2 * DAY),
        ],
        OTHER: [Told("nudge 1", "sent", MONDAY + HOUR)],
    }


def test_a_step_that_is_not_due_any_more_is_taken_out_and_may_come_again(store: Store) -> None:
    """Case 49: submitted between decision and send."""
    store.claim(planned("m1", KEY, OTHER), MONDAY, HOUR)
    assert store.unclaim("m1", KEY, "nudge 1", "handed in", MONDAY)
    assert not store.unclaim("m1", KEY, "nudge 1", "handed in", MONDAY)
    assert state(store) == "planned"
    assert store.unclaim("m1", OTHER, "nudge 1", "cancelled", MONDAY)
    assert state(store) == "abandoned"
    assert not store.start_sending("m1", MONDAY, HOUR)
    assert store.claim(planned("m2"), MONDAY, HOUR)
    assert events(store) == ["first_seen", "planned", "withdrawn", "planned"]


def test_nothing_is_taken_out_of_a_message_that_is_on_its_way(store: Store) -> None:
    store.claim(planned(), MONDAY, HOUR)
    store.start_sending("m1", MONDAY, HOUR)
    assert not store.unclaim("m1", KEY, "nudge 1", "handed in", MONDAY)
    assert not store.unclaim("m2", KEY, "nudge 1", "not of this message", MONDAY)


def test_only_one_starts_sending(store: Store) -> None:
    store.claim(planned(), MONDAY, HOUR)
    assert store.start_sending("m1", MONDAY, HOUR)
    assert not store.start_sending("m1", MONDAY, HOUR)


@pytest.mark.parametrize("outcome", list(DeliveryState))
def test_what_became_of_a_message_is_kept(store: Store, outcome: DeliveryState) -> None:
    store.claim(planned("m1", KEY, OTHER), MONDAY, HOUR)
    send(store, Delivery(outcome, "as it went", reference="C1:1.2"))
    message = store.message("m1")
    assert message is not None
    assert (message.state, message.attempts, message.finished_at) == (outcome, 1, MONDAY + HOUR)
    assert (message.reason, message.reference) == ("as it went", "C1:1.2")
    assert events(store, "i1") == events(store, "i2") == ["first_seen", "planned", outcome]
    assert len(store.undelivered()) == (outcome is not DeliveryState.SENT)
    assert not store.start_sending("m1", MONDAY, HOUR)


def test_a_known_failure_is_tried_again_not_before_its_time(store: Store) -> None:
    store.claim(planned(), MONDAY, HOUR)
    store.start_sending("m1", MONDAY, HOUR)
    store.finish("m1", FAILED, MONDAY, retry_at=MONDAY + 2 * HOUR)
    assert store.resumable(MONDAY + HOUR) == []
    assert not store.start_sending("m1", MONDAY + HOUR, HOUR)
    (left,) = store.resumable(MONDAY + 2 * HOUR)
    assert (left.attempts, left.steps) == (1, ((KEY, "nudge 1"),))
    assert store.start_sending("m1", MONDAY + 2 * HOUR, HOUR)
    assert events(store) == ["first_seen", "planned", "postponed"]


def test_an_unsure_outcome_is_never_planned_again(store: Store) -> None:
    """Case 45."""
    store.claim(planned(), MONDAY, HOUR)
    store.start_sending("m1", MONDAY, HOUR)
    unsure = Delivery(DeliveryState.UNKNOWN, "no answer")
    store.finish("m1", unsure, MONDAY, retry_at=MONDAY + HOUR)
    assert state(store) == "unknown"
    assert store.resumable(MONDAY + DAY) == []


def test_a_message_whose_sender_died_before_the_send_is_taken_up(store: Store) -> None:
    """Case 44: once its lease is over, with all it needs."""
    store.claim(planned("m1", KEY, OTHER, channel="slack", kind="digest"), MONDAY, HOUR)
    assert store.resumable(MONDAY + HOUR / 2) == []
    (left,) = store.resumable(MONDAY + HOUR)
    assert (left.id, left.channel, left.address) == ("m1", "slack", "bo@example.org")
    assert left.steps == ((KEY, "nudge 1"), (OTHER, "nudge 1"))


def test_a_message_whose_sender_died_while_sending_becomes_unknown(store: Store) -> None:
    """Case 45."""
    store.claim(planned(), MONDAY, HOUR)
    store.start_sending("m1", MONDAY, HOUR)
    assert store.expired(MONDAY + HOUR / 2) == []
    assert store.expired(MONDAY + HOUR) == ["m1"]
    assert store.expired(MONDAY + DAY) == []
    assert store.told([KEY])[KEY][0].state == "unknown"
    assert store.finish("m1", SENT, MONDAY + DAY)  # it was only slow
    assert state(store) == "sent"


def test_a_message_that_nobody_sends_cannot_be_finished(store: Store) -> None:
    store.claim(planned(), MONDAY, HOUR)
    assert not store.finish("m1", SENT, MONDAY)
    assert not store.finish("m9", SENT, MONDAY)


def test_a_person_was_last_written_to_when_it_was_planned_unless_it_failed(store: Store) -> None:
    assert store.last_message_at("bo@example.org") is None
    store.claim(planned(), MONDAY, HOUR)
    assert store.last_message_at("bo@example.org") == MONDAY
    store.claim_report_send("2026-W46", "bo@example.org", "r1", "mail", MONDAY + DAY, HOUR)
    assert store.last_message_at("bo@example.org") == MONDAY
    send(store, FAILED)
    assert store.last_message_at("bo@example.org") is None


def test_a_person_was_written_to_when_it_went_out_or_will_go_out(store: Store) -> None:
    store.claim(planned(), MONDAY, HOUR)
    store.start_sending("m1", MONDAY, HOUR)
    store.finish("m1", FAILED, MONDAY, retry_at=MONDAY + DAY)
    assert store.last_message_at("bo@example.org") == MONDAY + DAY
    assert store.start_sending("m1", MONDAY + 2 * DAY, HOUR)
    store.finish("m1", SENT, MONDAY + 2 * DAY)
    assert store.last_message_at("bo@example.org") == MONDAY + 2 * DAY


def test_later_mail_threads_under_the_first_that_was_sent(store: Store) -> None:
    store.claim(planned("m1"), MONDAY, HOUR)
    send(store, FAILED, "m1")
    assert store.first_message_id(KEY) is None
    for id, step, kind in (
        ("m2", "escalation 1", "escalation"),
        ("m3", "nudge 2", "nudge"),
        ("m4", "nudge 3", "digest"),
    ):
        store.claim(planned(id, step=step, kind=kind), MONDAY, HOUR)
        send(store, SENT, id)
    assert store.first_message_id(KEY) == "m3"
    assert store.first_message_id(OTHER) is None


def test_a_story_tells_what_was_decided_and_what_became_of_it(store: Store) -> None:
    store.claim(planned(), MONDAY, HOUR)
    send(store, FAILED)
    (claimed,) = store.story("i1")[0].claimed
    assert (claimed.key, claimed.step, claimed.message.state) == (KEY, "nudge 1", "failed")
    assert store.story("i1")[0].history[-1].detail == "nudge 1 by mail: the mailbox is full"
