"""Whether the wall clock can be believed (case 52).

A machine that sleeps, a restored snapshot or a wrong time server makes the clock on the wall jump.
Leases would seem to be over that are not, and days to have passed that have not; so after a jump
nothing is sent until a second reading, one tick later, goes along with the first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

LARGEST_DRIFT = timedelta(minutes=5)


class Steady:
    """Compares the wall clock with one that only runs forward. ``monotonic``: seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last: dict[str, tuple[datetime, float]] = {}

    def __call__(self, now: datetime, job: str = "") -> bool:
        """Whether ``now`` fits the reading that a job made before; it becomes the one to compare
        with next."""
        reading = self._monotonic()
        last = self._last.get(job)
        self._last[job] = (now, reading)
        if last is None:
            return True
        drift = (now - last[0]) - timedelta(seconds=reading - last[1])
        return abs(drift) <= LARGEST_DRIFT
