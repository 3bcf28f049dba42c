"""One fact and the instants from which each of its values is true. Pure."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


class Timeline(Generic[T]):
    """A value that changes at known instants (aware UTC)."""

    def __init__(self, since: datetime, value: T) -> None:
        self._instants = [since]
        self._values = [value]

    def set(self, at: datetime, value: T) -> None:
        """True from ``at`` on, until the next change. Changes may be told in any order."""
        place = bisect_right(self._instants, at)
        self._instants.insert(place, at)
        self._values.insert(place, value)

    def at(self, now: datetime) -> T:
        """The value at an instant; before the beginning, the first one."""
        return self._values[max(bisect_right(self._instants, now) - 1, 0)]

    @property
    def last(self) -> T:
        """The value after all changes."""
        return self._values[-1]

    def changed_at(self, now: datetime) -> datetime:
        """The last change that had happened by ``now``."""
        return self._instants[max(bisect_right(self._instants, now) - 1, 0)]

    def changes(self, after: datetime, until: datetime) -> list[tuple[datetime, T, T]]:
        """(instant, before, from then on) for every change in (after, until]."""
        return [
            (at, self._values[i - 1], self._values[i])
            for i, at in enumerate(self._instants)
            if i and after < at <= until
        ]

    def periods(self, now: datetime) -> list[tuple[datetime, datetime | None, T]]:
        """(from, until or None while it lasts, value) for everything that began by ``now``."""
        begun = bisect_right(self._instants, now)
        ends: list[datetime | None] = [*self._instants[1:begun], None]
        return list(zip(self._instants[:begun], ends, self._values[:begun], strict=False))
