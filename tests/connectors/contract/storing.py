"""A store and what is in it, and an account that dies in the middle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.ats.base import Ats, Window
from connectors.model import Page
from scheduler.store import Store
from scheduler.sync import SyncOutcome, sync
from tests.connectors.contract.worlds import HISTORY_DAYS
from tests.scheduler.builders import rows


@dataclass
class Shelf:
    store: Store
    url: str

    def sync(self, ats: Ats, now: datetime) -> SyncOutcome:
        return sync(
            ats,
            self.store,
            now=now,
            owner="a test",
            store_names=True,
            clock=lambda: now,
            history_days=HISTORY_DAYS,
        )

    def rows(self) -> dict[str, list[str]]:
        return rows(self.url)


EmptyShelf = Callable[[], AbstractContextManager[Shelf]]


class Killed(BaseException):
    """kill -9, as far as a test can do it in one process."""


class Dying:
    """An account whose process is killed after some pages of a pull have been stored."""

    def __init__(self, ats: Ats, pages: int) -> None:
        self._ats, self._pages = ats, pages

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ats, name)

    def pull(self, window: Window, state: Mapping[str, Any]) -> Iterator[Page]:
        for number, page in enumerate(self._ats.pull(window, state)):
            if number == self._pages:
                raise Killed
            yield page
