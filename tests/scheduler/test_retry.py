"""When a failed message is tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.notify.base import Delivery
from scheduler.retry import LAST_ATTEMPTS, MOST_ATTEMPTS, next_try
from tests.scheduler.builders import MONDAY
from tests.scheduler.speaking import BROKEN, LATER, NEVER, SENT, UNSURE

MINUTE = timedelta(minutes=1)


def waits(delivery: Delivery, *, last: bool) -> list[float]:
    """Minutes from each try to the next, until it is given up."""
    found: list[float] = []
    while (at := next_try(delivery, len(found), MONDAY, last=last)) is not None:
        found.append((at - MONDAY) / MINUTE)
    return found


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("delivery", [SENT, UNSURE, NEVER])
def test_what_arrived_or_is_in_doubt_or_failed_for_good_is_not_tried_again(
    delivery: Delivery, last: bool
) -> None:
    """Cases 45, 48."""
    assert waits(delivery, last=last) == []


def test_with_another_channel_left_the_wait_doubles_a_few_times() -> None:
    """Case 46."""
    assert waits(LATER, last=False) == [5, 10, 20, 40]
    assert MOST_ATTEMPTS == 5


def test_the_last_channel_is_tried_for_a_day_at_most_an_hour_apart() -> None:
    found = waits(LATER, last=True)
    assert found[:6] == [5, 10, 20, 40, 60, 60]
    assert len(found) == LAST_ATTEMPTS - 1
    assert 12 * 60 < sum(found) < 24 * 60


def test_a_broken_channel_is_waited_for_only_when_no_other_is_left() -> None:
    """Case 48."""
    assert waits(BROKEN, last=False) == []
    assert waits(BROKEN, last=True) == waits(LATER, last=True)


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [(1, 5), (0, 5), (None, 5), (1800, 30), (86_400 * 30, 1440), (float("inf"), 1440)],
)
def test_what_the_other_side_asks_for_is_respected_and_bounded(
    asked: float | None, minutes: float
) -> None:
    """Case 46."""
    assert waits(replace(LATER, retry_after=asked), last=True)[0] == minutes
