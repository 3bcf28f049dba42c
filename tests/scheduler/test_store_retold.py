"""Moments of the past, asked for by the replay alone."""

from __future__ import annotations

from connectors.model import ApplicationState
from connectors.notify.base import MessageKind
from scheduler.answers import Answer, AnswerKind
from scheduler.facts import Closing
from scheduler.store import PlannedMessage, Store
from tests.scheduler.builders import (
    DAY,
    HOUR,
    KEY,
    MONDAY,
    application,
    card,
    interview,
    job,
    person,
    save,
    world,
)
from tests.scheduler.speaking import NEVER, SENT

WHERE = ("greenhouse", "i1")
REJECTED = ApplicationState.REJECTED


def test_an_application_closed_when_we_saw_it(store: Store) -> None:
    save(store, *world())
    assert store.closings(MONDAY) == {}
    at = MONDAY + 3 * DAY
    save(store, application(state=REJECTED, updated_at=MONDAY + DAY), at=at)
    assert store.closings(MONDAY) == {WHERE: Closing(application=at, seen=True)}
    assert store.closings(MONDAY + 2 * DAY) == {}  # the interview ended before


def test_one_that_was_open_again_closed_the_last_time(store: Store) -> None:
    save(store, *world())
    for days, state in ((1, REJECTED), (2, ApplicationState.ACTIVE), (3, ApplicationState.HIRED)):
        save(store, application(state=state), at=MONDAY + days * DAY)
    assert store.closings(MONDAY) == {WHERE: Closing(application=MONDAY + 3 * DAY, seen=True)}


def test_one_that_was_closed_when_first_read_closed_at_the_last_change(store: Store) -> None:
    changed = MONDAY + DAY
    save(store, *world(), application(state=REJECTED, updated_at=changed), at=MONDAY + 9 * DAY)
    assert store.closings(MONDAY) == {WHERE: Closing(application=changed, seen=False)}


def test_without_any_moment_it_was_closed_all_along(store: Store) -> None:
    save(store, *world(), application(state=REJECTED))
    assert store.closings(MONDAY) == {WHERE: Closing()}


def test_a_job_closed_at_its_last_change(store: Store) -> None:
    changed = MONDAY + DAY
    save(store, *world(), job(is_open=False, updated_at=changed))
    assert store.closings(MONDAY) == {WHERE: Closing(job=changed)}


def test_people_move_when_they_hand_in_or_answer(store: Store) -> None:
    """Of any interview, however long ago it ended; by the address in lower case."""
    at = [MONDAY + n * HOUR for n in range(4)]
    old = interview("i0", card(submitted_at=at[2]), card("p2", submitted_at=at[0]))
    save(store, *world(old, interview()), person(email="P1@Example.org "))
    store.give_answer(KEY, Answer("x", AnswerKind.SNOOZE, at[1], "p1@example.org", "page"), None)
    store.give_answer(
        KEY, Answer("y", AnswerKind.DONE_ELSEWHERE, at[3], "rae@example.org", "page"), None
    )
    assert store.moves(at[0]) == {
        "p1@example.org": [at[1], at[2]],
        "rae@example.org": [at[3]],
    }


def test_only_what_arrived_was_really_sent(store: Store) -> None:
    save(store, *world())
    for number, (kind, delivery) in enumerate(
        (
            (MessageKind.NUDGE, SENT),
            (MessageKind.NUDGE, NEVER),
            (MessageKind.ESCALATION, SENT),
            (MessageKind.DIGEST, SENT),
        )
    ):
        at = MONDAY + number * DAY
        steps = ((KEY, f"step {number}"),)
        planned = PlannedMessage(f"m{number}", kind, "mail", "p1@example.org", steps)
        store.claim(planned, at, HOUR)
        store.start_sending(planned.id, at, HOUR)
        store.finish(planned.id, delivery, at)
    assert store.sent_between(MONDAY, MONDAY + 3 * DAY) == {"nudge": 1, "escalation": 1}
