"""Killed at any moment, a sync ends in the same rows; pages in any order end in the same facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.model import Page, Record
from scheduler.facts import ScorecardFacts
from scheduler.store import LeaseLost, Store, tables
from scheduler.sync import sync
from tests.scheduler.builders import (
    DAY,
    HOUR,
    MONDAY,
    FakeAts,
    application,
    card,
    interview,
    page,
    person,
    rows,
    world,
)
from tests.stores import store_at

NOW = MONDAY + HOUR


class Killed(BaseException):
    """kill -9, as far as a test can do it in one process."""


def account() -> FakeAts:
    interviews = [
        interview(f"i{n}", card("p1"), card("p2", submitted_at=MONDAY), ends_at=MONDAY - n * DAY)
        for n in range(6)
    ]
    return FakeAts(page_size=2).with_records(*world(*interviews)).at(NOW)


def run(ats: FakeAts, store: Store, minutes: int = 0) -> str:
    now = NOW + timedelta(minutes=minutes)
    outcome = sync(ats, store, now=now, owner="me", store_names=True, clock=lambda: now)
    return outcome.outcome


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    url = f"sqlite:///{tmp_path_factory.mktemp('whole') / 'a.db'}"
    with Store.open(url) as store:
        assert run(account(), store) == "ok"
    return rows(url)


@pytest.mark.parametrize("every", [1, 2, 5])
def test_killed_after_every_few_pages_it_ends_in_the_same_rows(
    store: Store, store_url: str, uninterrupted: dict[str, list[str]], every: int
) -> None:
    ats = account()
    kills = 0
    for _ in range(20):
        ats.failing_after(every, Killed())
        try:
            if run(ats, store) == "ok":
                break
        except Killed:
            kills += 1
    assert rows(store_url) == uninterrupted
    assert kills == 6 // every
    ats.failure = None
    assert run(ats, store, 1) == "ok"
    assert rows(store_url) == uninterrupted


def test_a_page_and_the_place_to_go_on_from_are_one_transaction(
    store: Store, store_url: str
) -> None:
    """Case 38: whoever dies between them leaves neither."""
    run_of_sync = store.begin_sync("greenhouse", "me", NOW)
    assert run_of_sync is not None
    before = rows(store_url)
    bad_checkpoint = {"state": object()}  # fails at the very last moment before the commit
    with pytest.raises(Exception, match="JSON serializable"):
        store.save_page(
            "greenhouse",
            page(*world()),
            store_names=True,
            sync_run=run_of_sync,
            checkpoint=bad_checkpoint,
        )
    assert rows(store_url) == before
    good = {"state": {"done": 1}}
    store.save_page(
        "greenhouse", page(*world()), store_names=True, sync_run=run_of_sync, checkpoint=good
    )
    connection = store.connection("greenhouse")
    assert connection is not None
    assert connection.state["pull"] == good
    assert len(store.scorecards()) == 1


def test_whoever_lost_the_lease_stores_neither_records_nor_place(store: Store) -> None:
    """Case 37."""
    slow = store.begin_sync("greenhouse", "slow", NOW)
    quick = store.begin_sync("greenhouse", "quick", NOW + HOUR)
    assert slow is not None
    assert quick is not None
    with pytest.raises(LeaseLost, match="taken over"):
        store.save_page(
            "greenhouse", page(*world()), store_names=True, sync_run=slow, checkpoint={"state": {}}
        )
    assert store.scorecards() == []
    assert not store.finish_sync(slow, "ok", None, NOW + HOUR)
    assert store.finish_sync(quick, "ok", None, NOW + HOUR)


def test_each_page_renews_the_lease(store: Store) -> None:
    mine = store.begin_sync("greenhouse", "me", NOW)
    assert mine is not None
    assert mine.first
    later = NOW + timedelta(minutes=8)
    store.save_page("greenhouse", page(*world(), at=later), store_names=True, sync_run=mine)
    assert store.begin_sync("greenhouse", "other", NOW + timedelta(minutes=15)) is None
    other = store.begin_sync("greenhouse", "other", NOW + timedelta(minutes=19))
    assert other is not None
    assert not other.first


def test_the_run_of_a_crashed_process_is_recorded_as_failed(store: Store, store_url: str) -> None:
    store.begin_sync("greenhouse", "crashed", NOW)
    last = store.last_sync("greenhouse")
    assert last is not None
    assert (last["outcome"], last["finished_at"]) == ("running", None)
    store.begin_sync("greenhouse", "me", NOW + HOUR)
    kept = rows(store_url, tables.sync_runs)["sync_runs"]
    assert ["'failed'" in row for row in kept] == [True, False]


def test_a_run_leaves_its_outcome_and_state_behind(store: Store) -> None:
    mine = store.begin_sync("greenhouse", "me", NOW)
    assert mine is not None
    store.finish_sync(mine, "ok", None, NOW + HOUR, state={"a": 1, "b": 2})
    again = store.begin_sync("greenhouse", "me", NOW + HOUR)
    assert again is not None
    store.finish_sync(again, "partial", "no answer", NOW + 2 * HOUR, state={"b": None})
    last = store.last_sync("greenhouse")
    assert last is not None
    assert (last["outcome"], last["error"]) == ("partial", "no answer")
    connection = store.connection("greenhouse")
    assert connection is not None
    assert (connection.first_sync_at, connection.state) == (NOW, {"a": 1})
    assert store.last_complete_sync("greenhouse") == NOW + HOUR
    assert store.first_sync_at() == NOW
    assert store.last_sync("lever") is None
    assert store.connection("lever") is None


def version(number: int) -> Page:
    """The account as it was read at hour ``number``; each record has a stamp of its own."""
    at = MONDAY + number * HOUR
    submitted_at = MONDAY + 3 * HOUR if number >= 3 else None
    panel = [card("p1", submitted_at=submitted_at, updated_at=at)]
    if number % 2:
        panel.append(card("p2", updated_at=at))
    records: Sequence[Record] = (
        person(name=f"Name {number}", updated_at=at),
        application(stage=f"Stage {number}", updated_at=at),
        interview("i1", *panel, ends_at=MONDAY - number * DAY, updated_at=at),
        interview("i2", updated_at=MONDAY, name="Always the same"),
    )
    return page(*records, at=at)


def live(store: Store) -> list[ScorecardFacts]:
    """What counts. When somebody was seen to leave or to join depends on who read when."""
    left = [each for each in store.scorecards() if each.removed_at is None]
    return [replace(each, joined_at=None) for each in left]


def saved(numbers: Iterable[int]) -> list[ScorecardFacts]:
    """What is live after saving these versions in this order into an empty store."""
    with (
        TemporaryDirectory() as home,
        Store.open(store_at(Path(home) / "afterword.db")) as store,
    ):
        for number in numbers:
            store.save_page("greenhouse", version(number), store_names=True)
        return live(store)


@settings(max_examples=20, deadline=None)
@given(order=st.permutations([*range(6), 1, 4]))
def test_pages_in_any_order_and_repeated_end_in_the_same_facts(order: list[int]) -> None:
    """Cases 1, 31 and 35: a row that shows up twice, late, or out of turn."""
    assert saved(order) == saved(range(6))
