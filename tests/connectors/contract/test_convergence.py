"""Polls and doorbells in any order, lost or twice, end in the same facts after the next sync."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.ats.base import Window
from connectors.model import Page, Ref
from scheduler.facts import ScorecardFacts
from scheduler.sync import AROUND
from tests.connectors.contract.bench import Bench, Practice, as_arrived
from tests.connectors.contract.storing import EmptyShelf, Shelf
from tests.connectors.contract.worlds import DAY, HISTORY_DAYS, HOUR, MONDAY, turns
from tests.connectors.loopback import Answer, serving

MOMENTS = [MONDAY - 11 * DAY, MONDAY - 2 * DAY + HOUR, MONDAY + DAY, MONDAY + 3 * DAY]
"""When somebody reads; in between, things happen."""
LAST = MOMENTS[-1]
WHOLE = Window(MONDAY - HISTORY_DAYS * DAY, MONDAY + AROUND)


@contextmanager
def heard(bench: Bench) -> Iterator[tuple[Practice, list[list[Page]]]]:
    """What each poll, and each reading after a doorbell, brought, in the order of the world."""
    with (
        bench.serving(turns(), MOMENTS[0]) as practice,
        serving(lambda asked: Answer(200)) as door,
    ):
        practice.server.register_webhook(f"{door.url}/webhooks/{bench.name}")
        brought = [list(practice.account().pull(WHOLE, {}))]
        for moment in MOMENTS[1:]:
            before = len(door.asked)
            practice.server.advance(moment)
            account = practice.account()
            rung = [account.rung(as_arrived(a)) for a in door.asked[before:]]
            refs: set[Ref] = {ref for each in rung for ref in each.refs}
            brought.append(list(account.read(sorted(refs))))
            brought.append(list(practice.account().pull(WHOLE, {})))
        yield practice, brought


def live(shelf: Shelf) -> list[ScorecardFacts]:
    """What counts: when somebody came or went, as we saw it, depends on who read when.

    Without links: two servers have two addresses.
    """
    return [
        replace(each, url=None, candidate_url=None, joined_at=None)
        for each in shelf.store.scorecards()
        if each.removed_at is None and each.interview_deleted_at is None
    ]


def test_any_order_loss_and_repetition_ends_in_the_same_facts(
    bench: Bench, shelf: EmptyShelf
) -> None:
    """Cases 1, 31 and 35."""
    with heard(bench) as (practice, brought):

        def facts(order: Sequence[int]) -> list[ScorecardFacts]:
            with shelf() as here:
                for page in (page for number in order for page in brought[number]):
                    here.store.save_page(bench.name, page, store_names=True)
                assert here.sync(practice.account(), LAST).outcome == "ok"
                return live(here)

        calm = facts(range(len(brought)))
        assert len(calm) > 8
        assert facts([]) == calm

        @settings(max_examples=3, suppress_health_check=list(HealthCheck), database=None)
        @given(st.lists(st.integers(0, len(brought) - 1), min_size=4, max_size=9))
        def check(order: list[int]) -> None:
            assert facts(order) == calm

        check()


def test_after_days_of_silence_one_sync_finds_what_daily_ones_find(
    bench: Bench, shelf: EmptyShelf
) -> None:
    def found(days: range) -> list[ScorecardFacts]:
        first = LAST - timedelta(days=days[0])
        with bench.serving(turns(), first) as practice, shelf() as here:
            for moment in (LAST - timedelta(days=each) for each in days):
                practice.server.advance(moment)
                assert here.sync(practice.account(), moment).outcome == "ok"
            return live(here)

    assert found(range(0, -1, -1)) == found(range(12, -1, -3))
