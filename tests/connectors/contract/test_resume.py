"""Killed after any page and started again is never interrupted; nothing new writes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.ats.base import Window
from connectors.model import Page
from scheduler.sync import AROUND
from tests.connectors.contract.bench import Bench, Practice
from tests.connectors.contract.storing import Dying, EmptyShelf, Killed
from tests.connectors.contract.worlds import HISTORY_DAYS, NOW, turns

EVERYTHING = Window(NOW - timedelta(days=HISTORY_DAYS), NOW + AROUND)

PLACES = 4
"""Where a pull is killed: each costs two syncs."""


def pages(practice: Practice) -> list[Page]:
    return list(practice.account().pull(EVERYTHING, {}))


def spread(count: int) -> list[int]:
    """The first and the last of so many places, and some between them."""
    return sorted({round(n * (count - 1) / (PLACES - 1)) for n in range(PLACES)})


def test_killed_after_any_page_it_ends_in_the_same_rows(bench: Bench, shelf: EmptyShelf) -> None:
    with bench.serving(turns(), NOW) as practice:
        count = len(pages(practice))
        assert count > 1
        with shelf() as whole:
            assert whole.sync(practice.account(), NOW).outcome == "ok"
            expected = whole.rows()
        assert len(expected["interviews"]) >= 7
        for kept in spread(count):
            with shelf() as broken:
                with pytest.raises(Killed):
                    broken.sync(Dying(practice.account(), kept), NOW)
                assert broken.sync(practice.account(), NOW).outcome == "ok"
                assert broken.rows() == expected, f"killed after {kept} of {count} pages"


def test_a_second_run_over_an_unchanged_account_writes_nothing(
    bench: Bench, shelf: EmptyShelf
) -> None:
    with bench.serving(turns(), NOW) as practice, shelf() as once:
        account = practice.account()
        assert once.sync(account, NOW).written > 30
        before = once.rows()
        for later in (timedelta(minutes=15), timedelta(hours=26)):
            again = once.sync(account, NOW + later)
            assert (again.outcome, again.written) == ("ok", 0)
        assert once.rows() == before
