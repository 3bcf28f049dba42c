"""Scripted faults: what goes wrong with which request. Used by tests and by the demo's bad day.

Every fault names a path below the API as a shell pattern (``interviews``, ``job_*``, ``token``,
``*``; where several dialects are spoken also ``lever/*``), the first matching request that it
strikes (``nth``, counted from 1 since the fault was planned), and how many in a row (``times``,
None: for ever).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any


class Kind(StrEnum):
    STATUS = "status"
    SLOW = "slow"
    TRUNCATED = "truncated"
    CUT_OFF = "cut_off"
    HTML = "html"
    REVOKED = "revoked"
    DROPPED = "dropped"
    RESET = "reset"
    MEANWHILE = "meanwhile"
    LOOP = "loop"
    ELSEWHERE = "elsewhere"
    EXPIRED_CURSOR = "expired_cursor"
    MANGLED = "mangled"


MISSING = object()
"""As a mangled value: the key itself is left out."""


@dataclass
class Fault:
    kind: Kind
    path: str
    nth: int = 1
    times: int | None = 1
    code: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0
    action: Callable[[], object] | None = None
    host: str = ""
    column: str = ""
    value: object = None
    row_id: int | str | None = None
    _seen: int = 0

    def strikes(self, path: str, dialect: str) -> bool:
        """Count a request, and say whether this one is struck."""
        if self.kind is Kind.REVOKED and path == "token":
            return False
        if not any(fnmatchcase(each, self.path) for each in (path, f"{dialect}/{path}")):
            return False
        self._seen += 1
        return self._seen >= self.nth and (self.times is None or self._seen < self.nth + self.times)


class FaultPlan:
    """The faults in force. A request may be struck by several."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, path: str, dialect: str) -> list[Fault]:
        """The faults that strike this request; every matching fault counts it."""
        with self._lock:
            return [fault for fault in self._faults if fault.strikes(path, dialect)]

    def status(self, path: str, code: int, *, nth: int = 1, times: int | None = 1) -> None:
        """An error of the vendor: 500, 502, 503, or 403 for a right taken away."""
        self.add(Fault(Kind.STATUS, path, nth, times, code=code))

    def rate_limited(
        self, path: str, retry_after: str | None, *, nth: int = 1, times: int | None = 1
    ) -> None:
        """429; ``retry_after`` is sent as it is: seconds, a date, nonsense, or nothing (None)."""
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        self.add(Fault(Kind.STATUS, path, nth, times, code=429, headers=headers))

    def slow(self, path: str, seconds: float, *, nth: int = 1, times: int | None = 1) -> None:
        self.add(Fault(Kind.SLOW, path, nth, times, seconds=seconds))

    def truncated(self, path: str, *, nth: int = 1, times: int | None = 1) -> None:
        """Half of the JSON, with a Content-Length that fits the half."""
        self.add(Fault(Kind.TRUNCATED, path, nth, times))

    def cut_off(self, path: str, *, nth: int = 1, times: int | None = 1) -> None:
        """Half of the JSON, with the Content-Length of the whole; then the line goes dead."""
        self.add(Fault(Kind.CUT_OFF, path, nth, times))

    def html(self, path: str, *, nth: int = 1, times: int | None = 1) -> None:
        """A maintenance page with status 200."""
        self.add(Fault(Kind.HTML, path, nth, times))

    def revoke_token(self, path: str = "*", *, nth: int = 1, times: int | None = 1) -> None:
        """All tokens are revoked at this request; ``times=None``: newly minted ones as well."""
        self.add(Fault(Kind.REVOKED, path, nth, times))

    def dropped(self, path: str, *, nth: int = 1, times: int | None = 1) -> None:
        """The connection is closed without an answer."""
        self.add(Fault(Kind.DROPPED, path, nth, times))

    def reset(self, path: str, *, nth: int = 1, times: int | None = 1) -> None:
        """The connection is reset without an answer."""
        self.add(Fault(Kind.RESET, path, nth, times))

    def meanwhile(
        self, path: str, action: Callable[[], object], *, nth: int = 1, times: int | None = 1
    ) -> None:
        """``action`` runs before the request is answered: a page changes under the reader."""
        self.add(Fault(Kind.MEANWHILE, path, nth, times, action=action))

    def loop(self, path: str, *, nth: int = 1, times: int | None = None) -> None:
        """The next link, also that of a last page, leads to the page it stands on."""
        self.add(Fault(Kind.LOOP, path, nth, times))

    def elsewhere(
        self, path: str, host: str = "other.example.net", *, nth: int = 1, times: int | None = 1
    ) -> None:
        """The next link leads to another host; nothing where the next page is no link."""
        self.add(Fault(Kind.ELSEWHERE, path, nth, times, host=host))

    def expired_cursor(self, path: str, *, nth: int = 1, times: int | None = 1) -> None:
        """Requests with a cursor are refused; others pass and are counted all the same."""
        self.add(Fault(Kind.EXPIRED_CURSOR, path, nth, times))

    def mangle(
        self,
        path: str,
        column: str,
        value: object,
        *,
        row_id: int | str | None = None,
        nth: int = 1,
        times: int | None = None,
    ) -> None:
        """A column of one row (or of all) is null, of a wrong type, or MISSING."""
        self.add(Fault(Kind.MANGLED, path, nth, times, column=column, value=value, row_id=row_id))


def spoil(rows: Iterable[dict[str, Any]], fault: Fault) -> None:
    """Spoil the fault's column in these records, in place."""
    for row in rows:
        if fault.row_id in (None, row.get("id")):
            if fault.value is MISSING:
                row.pop(fault.column, None)
            else:
                row[fault.column] = fault.value
