"""A bounded memory of answers about single records, each with the moment it was asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """What came of asking for one record."""

    asked_at: datetime
    """Aware UTC; the record may be younger, never older."""
    row: T | None = None
    """None: gone, or not readable."""
    gone: bool = False
    """Truly not there (any more), as far as this account can see."""


class Remembered:
    """Safe to share between threads. What was not asked for the longest is forgotten first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Told[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: Hashable, since: datetime) -> Told[Any] | None:
        """The last answer, if it was asked for at ``since`` or later."""
        with self._lock:
            told = self._kept.get(name)
            if told is None or told.asked_at < since:
                return None
            self._kept.move_to_end(name)
            return told

    def put(self, name: Hashable, told: Told[Any]) -> None:
        with self._lock:
            self._kept[name] = told
            self._kept.move_to_end(name)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
