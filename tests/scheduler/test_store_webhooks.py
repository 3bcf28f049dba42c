"""Deliveries: durable, once, and never lost before they are settled."""

from __future__ import annotations

import hashlib
import threading
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from connectors.model import Kind, Ref
from scheduler.store import Delivery, Received, Store, StoreProblem, tables
from scheduler.store.engine import parse
from tests.scheduler.builders import DAY, HOUR, MONDAY, rows

REF = Ref(Kind.INTERVIEW, "i1")


def delivery(body: bytes = b"{}", event_id: str | None = "e1", **more: Any) -> Delivery:
    values: dict[str, Any] = {
        "received_at": MONDAY,
        "secret_id": "s1",
        "action": "interview_deleted",
    }
    digest = hashlib.sha256(body).hexdigest()
    return Delivery(
        event_id=event_id, body_hash=digest, body=body, **(values | {"refs": (REF,)} | more)
    )


def test_the_same_delivery_twice_is_one_row(store: Store) -> None:
    """Case 1."""
    assert store.receive("greenhouse", delivery()) is Received.STORED
    assert store.receive("greenhouse", delivery(received_at=MONDAY + 9 * DAY)).again
    assert store.waiting_count() == 1


@pytest.mark.parametrize("event_id", ["e1", None])
def test_the_same_delivery_to_many_workers_at_once_is_one_row(
    store_url: str, event_id: str | None
) -> None:
    """Case 2: and nobody gets an error from the unique constraint."""
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def work() -> None:
        with Store.open(store_url) as worker:
            start.wait()
            outcomes.append(worker.receive("greenhouse", delivery(event_id=event_id)))

    Store.open(store_url).close()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["duplicate", "duplicate", "duplicate", "stored"]
    assert len(rows(store_url, tables.deliveries)["deliveries"]) == 1


def test_the_same_event_with_another_body_is_kept_flagged_and_still_read(
    store: Store, store_url: str
) -> None:
    """Case 3."""
    other = Ref(Kind.INTERVIEW, "i2")
    store.receive("greenhouse", delivery(b"one"))
    assert store.receive("greenhouse", delivery(b"two", refs=(other,))) is Received.CONFLICT
    waiting = store.waiting("greenhouse")
    assert [each.refs for each in waiting] == [(REF,), (other,)]
    store.settle([each.id for each in waiting], "done", None, MONDAY)
    assert store.waiting("greenhouse") == []
    kept = rows(store_url, tables.deliveries)["deliveries"]
    assert sorted("'conflict'" in row for row in kept) == [False, True]


@pytest.mark.parametrize(
    ("later", "expected"), [(23 * HOUR, Received.DUPLICATE), (25 * HOUR, Received.STORED)]
)
def test_without_an_event_id_an_equal_body_counts_once_a_day(
    store: Store, later: timedelta, expected: Received
) -> None:
    """Case 4."""
    store.receive("greenhouse", delivery(event_id=None))
    again = delivery(event_id=None, received_at=MONDAY + later)
    assert store.receive("greenhouse", again) is expected
    assert store.receive("lever", again) is Received.STORED


def test_no_row_and_no_answer_when_it_cannot_be_committed(tmp_path: Path) -> None:
    """Cases 18 and 20: whoever is not told «stored» has no row, and the vendor comes again."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with Store.open(url, busy_timeout=0.05) as store:
        engine = create_engine(parse(url))
        with closing(engine.connect()) as other:
            other.execute(text("BEGIN IMMEDIATE"))
            with pytest.raises(StoreProblem, match="locked"):
                store.receive("greenhouse", delivery())
            other.rollback()
        engine.dispose()
        assert store.waiting_count() == 0
        assert store.receive("greenhouse", delivery()) is Received.STORED


def test_a_body_may_hold_any_bytes(store: Store) -> None:
    """Case 15."""
    odd = delivery(b"\x00\xff\xfe", "e\x00", action="a\x00\ud800", refs=(Ref(Kind.JOB, "\x00"),))
    assert store.receive("greenhouse", odd) is Received.STORED
    assert store.waiting("greenhouse")[0].refs == (Ref(Kind.JOB, "\ufffd"),)
    assert store.receive("greenhouse", odd).again


def test_an_endless_event_id_is_no_error(store: Store) -> None:
    assert store.receive("greenhouse", delivery(event_id="e" * 9000)) is Received.STORED
    assert store.receive("greenhouse", delivery(event_id="e" * 9000)).again


@pytest.mark.parametrize("state", ["ignored", "parked"])
def test_what_does_not_matter_or_cannot_be_read_is_kept_and_does_not_wait(
    store: Store, state: str
) -> None:
    store.receive("greenhouse", delivery(state=state, reason="payload: not there", refs=()))
    assert store.waiting("greenhouse") == []
    assert store.receive("greenhouse", delivery(state=state, refs=())).again


def test_the_oldest_wait_first_and_each_account_for_itself(store: Store) -> None:
    for number in range(3):
        store.receive("greenhouse", delivery(b"%d" % number, f"e{number}"))
    store.receive("lever", delivery())
    assert len(store.waiting("greenhouse", limit=2)) == 2
    assert store.waiting_count("greenhouse") == 3
    first = store.waiting("greenhouse")[0]
    store.settle([first.id], "parked", "gone\x00", MONDAY)
    assert first not in store.waiting("greenhouse")


def bodies(url: str) -> list[bytes | None]:
    engine = create_engine(parse(url))
    with engine.connect() as db:
        found = list(db.execute(text("SELECT body FROM deliveries ORDER BY id")).scalars())
        db.rollback()
    engine.dispose()
    return found


def test_bodies_are_forgotten_when_they_are_old_and_settled(store: Store, store_url: str) -> None:
    def ring(event_id: str, at: datetime, state: str) -> None:
        body = event_id.encode()
        store.receive("greenhouse", delivery(body, event_id, received_at=at, state=state))

    ring("old", MONDAY, "ignored")
    ring("new", MONDAY + DAY, "ignored")
    ring("unanswered", MONDAY, "waiting")
    assert store.forget_bodies(MONDAY + HOUR) == 1
    assert bodies(store_url) == [None, b"new", b"unanswered"]


def test_what_could_not_be_understood_is_counted(store: Store) -> None:
    """Case 13."""
    store.receive("greenhouse", delivery())
    store.receive("greenhouse", delivery(b"junk", "e2", refs=(), state="parked", reason="not JSON"))
    assert store.count_parked_webhooks() == 1
