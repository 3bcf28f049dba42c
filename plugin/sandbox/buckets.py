"""A token bucket: so many requests a second, with a burst on top."""

from __future__ import annotations

import threading
from datetime import datetime


class Bucket:
    """``rate``: refilled per second; ``burst``: how much it holds, full at first."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst, self._held = rate, burst, burst
        self._seen: datetime | None = None
        self._lock = threading.Lock()

    def take(self, now: datetime) -> bool:
        """Whether a request at this instant is let through."""
        with self._lock:
            if self._seen is not None:
                passed = max(0.0, (now - self._seen).total_seconds())
                self._held = min(self._burst, self._held + passed * self._rate)
            self._seen = now
            if self._held < 1:
                return False
            self._held -= 1
            return True
