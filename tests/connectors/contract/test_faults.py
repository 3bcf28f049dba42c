"""What goes wrong between us and the vendor (faults.md cases 27 to 34 and 42), for every ATS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime

import pytest

from connectors.ats.base import Ats, Window
from connectors.errors import BadRequest, BrokenPaging
from connectors.http import LONGEST_WAIT
from connectors.model import Record
from plugin.clock import wall
from plugin.sandbox.faults import FaultPlan
from scheduler.sync import AROUND
from tests.connectors.contract.bench import Bench, Practice
from tests.connectors.contract.storing import EmptyShelf
from tests.connectors.contract.worlds import DAY, HISTORY_DAYS, NOW, turns

EVERYTHING = Window(NOW - HISTORY_DAYS * DAY, NOW + AROUND)
WEEK = Window(NOW - 7 * DAY, NOW)
"""Enough for what strikes one of the first requests."""
PACE = 1.5
"""Seconds up to which a wait may be a connector's own pace."""
Break = Callable[[FaultPlan], None]


@pytest.fixture
def practice(bench: Bench) -> Iterator[Practice]:
    with bench.serving(turns(), NOW) as practice:
        yield practice


def records(account: Ats, window: Window = EVERYTHING) -> list[Record]:
    return [record for page in account.pull(window, {}) for record in page.records]


TRANSIENT: dict[str, Break] = {
    "500": lambda plan: plan.status("*", 500, nth=3),
    "502 twice": lambda plan: plan.status("*", 502, nth=2, times=2),
    "503": lambda plan: plan.status("*", 503, nth=5),
    "reset": lambda plan: plan.reset("*", nth=4),
    "dropped": lambda plan: plan.dropped("*", nth=3),
    "truncated JSON": lambda plan: plan.truncated("*", nth=4),
    "cut off": lambda plan: plan.cut_off("*", nth=3),
    "HTML with 200": lambda plan: plan.html("*", nth=5),
    "slow": lambda plan: plan.slow("*", 0.05, nth=3),
}


def test_what_passes_changes_nothing(practice: Practice) -> None:
    """Cases 28, 30 and 42."""
    seen = practice.server.requests
    calm = records(practice.account(), WEEK)
    asked = len(seen)
    assert calm
    for name, strike in TRANSIENT.items():
        seen.clear()
        practice.server.faults.clear()
        strike(practice.server.faults)
        assert records(practice.account(), WEEK) == calm, name
        assert name == "slow" or len(seen) > asked, f"{name}: nothing was struck"


SLOWER: tuple[tuple[str | None, float, float], ...] = (
    ("7", 7, 8),
    ("0", 0, 1.5),
    ("in 20 seconds", 15, 21),
    (None, 0, 31),
    ("soon", 0, 31),
    ("86400", LONGEST_WAIT, LONGEST_WAIT),
    ("9" * 400, 0, LONGEST_WAIT),
    ("-5", 0, 31),
    ("nan", 0, LONGEST_WAIT),
)
"""What a Retry-After says, and the least and the most seconds that are waited then."""


def test_whoever_is_told_to_slow_down_waits_as_told_within_reason(practice: Practice) -> None:
    """Case 27."""
    calm = records(practice.account(), WEEK)
    for told, least, most in SLOWER:
        practice.waits.clear()
        practice.server.faults.clear()
        if told == "in 20 seconds":
            told = format_datetime(wall() + timedelta(seconds=20), usegmt=True)
        practice.server.faults.rate_limited("*", told, nth=3)
        assert records(practice.account(), WEEK) == calm, told
        assert least <= max(practice.waits) <= most, told
        assert sum(seconds > PACE for seconds in practice.waits) <= 1, told


@pytest.mark.parametrize("name", ["500", "html"])
def test_what_does_not_pass_ends_the_run_and_the_next_one_goes_on(
    practice: Practice, shelf: EmptyShelf, name: str
) -> None:
    """Cases 28 and 30: bounded retry, nothing of the bad page is kept."""
    faults = practice.server.faults
    with shelf() as calm, shelf() as here:
        calm.sync(practice.account(), NOW)
        asked = len(practice.server.requests)
        if name == "500":
            faults.status("*", 500, nth=asked // 2, times=None)
        else:
            faults.html("*", nth=asked // 2, times=None)
        outcome = here.sync(practice.account(), NOW)
        assert outcome.outcome == "partial"
        assert outcome.error
        assert "<" not in outcome.error
        assert len(practice.server.requests) < 2 * asked + 10, "a storm of tries"
        faults.clear()
        assert here.sync(practice.account(), NOW).outcome == "ok"
        assert here.rows() == calm.rows()


def test_a_revoked_key_ends_the_run_at_once(practice: Practice, shelf: EmptyShelf) -> None:
    """Case 29."""
    with shelf() as here:
        list(practice.account().pull(EVERYTHING, {}))
        asked = len(practice.server.requests)
        practice.server.faults.revoke_token("*", nth=asked // 2, times=None)
        outcome = here.sync(practice.account(), NOW)
        assert outcome.outcome == "failed"
        assert outcome.error
        assert practice.bench.connector.title in outcome.error
        assert len(practice.server.requests) <= asked + asked // 2 + 5, "a storm of tries"


def test_a_question_that_the_vendor_refuses_is_asked_once(practice: Practice) -> None:
    """As this vendor says it, which is not always a 4xx: asking again would not mend it."""
    practice.server.faults.status(practice.bench.paged, 400, times=None)
    with pytest.raises(BadRequest):
        records(practice.account())
    asked = [each.path for each in practice.server.requests]
    assert sum(path.endswith(practice.bench.paged) for path in asked) == 1
    assert not [seconds for seconds in practice.waits if seconds > PACE]


def test_a_next_link_that_loops_is_seen(practice: Practice) -> None:
    """Case 33."""
    practice.server.faults.loop(practice.bench.paged)
    with pytest.raises(BrokenPaging):
        records(practice.account())
    assert len(practice.server.requests) < 100


def test_a_next_link_to_another_host_is_not_followed(practice: Practice) -> None:
    """Case 34; where the next page is no link, nothing happens. The tests allow loopback alone."""
    calm = records(practice.account())
    practice.server.faults.elsewhere("*", times=None)
    found = None
    with suppress(BrokenPaging):
        found = records(practice.account())
    assert found in (None, calm)


def test_an_expired_cursor_costs_a_page_again_and_no_record(
    practice: Practice, shelf: EmptyShelf
) -> None:
    """Case 32."""
    with shelf() as calm, shelf() as here:
        calm.sync(practice.account(), NOW)
        practice.server.faults.loop(practice.bench.paged, times=1)  # so that there is a next page
        practice.server.faults.expired_cursor("*", times=None)
        outcomes = [here.sync(practice.account(), NOW).outcome for _ in range(2)]
        assert outcomes[-1] == "ok"
        assert here.rows() == calm.rows()
