"""Collecting records until a page is full, each record once, what it names before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from connectors.model import (
    Application,
    Candidate,
    Interview,
    Job,
    Kind,
    Page,
    Parked,
    Person,
    Record,
    Ref,
)

_ORDER: tuple[type[Record], ...] = (Person, Candidate, Job, Application, Interview)


class Gathering:
    """The next page in the making."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.parked: list[Parked] = []
        self._hidden: dict[Ref, None] = {}
        self._missing: dict[Ref, None] = {}

    def hide(self, kind: Kind, ids: Iterable[str]) -> None:
        """Named by a record, but not readable by this account."""
        self._hidden |= dict.fromkeys(Ref(kind, each) for each in sorted(ids))

    def miss(self, kind: Kind, ids: Iterable[str]) -> None:
        """Asked for by id, and gone."""
        self._missing |= dict.fromkeys(Ref(kind, each) for each in sorted(ids))

    def page(
        self,
        read_at: datetime,
        state: Mapping[str, Any] | None = None,
        fraction: float | None = None,
    ) -> Page:
        """Everything gathered since the last page."""
        page = Page(
            records=tuple(sorted(self.records, key=lambda record: _ORDER.index(type(record)))),
            read_at=read_at,
            state=state or {},
            parked=tuple(self.parked),
            missing=tuple(self._missing),
            hidden=tuple(ref for ref in self._hidden if ref not in self._missing),
            fraction=fraction,
        )
        self.records, self._hidden, self._missing = [], {}, {}
        self.parked.clear()  # in place: whoever reads rows parks into this very list
        return page
