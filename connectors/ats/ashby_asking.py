"""Asking Ashby for single records, and gathering what is told (ashby.md 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from connectors.ats.ashby_api import AshbyApi
from connectors.ats.ashby_rows import ORGANIZATION, DepartmentRow, Question, R
from connectors.errors import BadRequest, NotFound, ScopeMissing
from connectors.gathering import Gathering
from connectors.model import Kind, Page, Parked, Record, Ref
from connectors.remembered import Remembered, Told
from connectors.wire import read_rows, text_id

DAY = timedelta(days=1)
MOST_AT_ONCE = 1_000
"""Answers that one reading remembers as its own."""


class Asking(Gathering):
    """What is asked for, each record once, and what comes of it until the next page."""

    def __init__(
        self, api: AshbyApi, remembered: Remembered, clock: Callable[[], datetime]
    ) -> None:
        super().__init__()
        self._api, self._remembered, self._clock = api, remembered, clock
        self.began = clock()
        self._mine = Remembered(MOST_AT_ONCE)
        self._older = Gathering()
        self._older_at = self.began
        self._denied: set[str] = set()

    def add(self, record: Record, asked_at: datetime | None = None) -> None:
        """What was asked for before this reading began goes onto a page of its own."""
        if asked_at is None or asked_at >= self.began:
            self.records.append(record)
        else:
            self._older.records.append(record)
            self._older_at = min(self._older_at, asked_at)

    def pages(
        self, state: Mapping[str, Any] | None = None, fraction: float | None = None
    ) -> Iterator[Page]:
        """Everything gathered since the last pages; what is named comes before what names it."""
        if self._older.records:
            self._older.records = list(dict.fromkeys(self._older.records))
            yield self._older.page(self._older_at, state, fraction)
            self._older_at = self.began
        self.records = list(dict.fromkeys(self.records))
        yield self.page(self.began, state, fraction)

    def one(self, question: Question[R], name: str, *, fresh: bool = False) -> Told[R]:
        """The record of that id. Raises ConnectorError.

        ``fresh``: as it is now; otherwise an answer of the last day will do. Once in a reading.
        """
        key = (question.method, name)
        told: Told[R] | None = self._mine.get(key, self.began)
        if told is None and not fresh:
            told = self._remembered.get(key, self.began - DAY)
        if told is None:
            told = self._ask(question, name)
            self._mine.put(key, told)
            self._remembered.put(key, told)
        return told

    def _ask(self, question: Question[R], name: str) -> Told[R]:
        asked_at = self._clock()
        if question.method in self._denied:
            return Told(asked_at)
        if text_id(name) is None:
            return Told(asked_at, gone=True)  # an id that Ashby cannot have made
        try:
            raw = self._api.one(question.method, {question.key: name}, question.scope)
        except NotFound:
            return Told(asked_at, gone=True)
        except BadRequest as error:  # of this one record; the others go on
            self.park(question.kind, name, question.method, error.message)
            return Told(asked_at)
        except ScopeMissing:
            if not question.optional:
                raise
            self._denied.add(question.method)
            return Told(asked_at)
        rows, bad = read_rows(question.model, [raw])
        for each in bad:
            self.park(question.kind, name, f"{question.method}.{each.path}", each.reason)
        return Told(asked_at, next(iter(rows), None))

    def park(self, kind: Kind, name: str, path: str, reason: str) -> None:
        self.parked.append(Parked(Ref(kind, name), path, reason))

    def departments(self) -> dict[str, str]:
        told = self._remembered.get(("department.list", ""), self.began - DAY)
        if told is None:
            asked_at, raw = self._clock(), list[Any]()
            with suppress(BadRequest, ScopeMissing):  # reports do without departments then
                for some in self._api.walk("department.list", {}, ORGANIZATION):
                    raw += some
            rows, _ = read_rows(DepartmentRow, raw)
            told = Told(asked_at, {row.id: row.name for row in rows if row.name})
            self._remembered.put(("department.list", ""), told)
        departments: dict[str, str] = told.row or {}
        return departments
