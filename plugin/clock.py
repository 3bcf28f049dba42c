"""The one place where the wall clock is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def wall() -> datetime:
    """Now, aware UTC."""
    return datetime.now(UTC)
