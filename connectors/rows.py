"""Reading the listings of one API as wire models: by id, by filter, in batches, bad rows parked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from connectors.ats.base import Finding
from connectors.errors import ConnectorError, ScopeMissing
from connectors.http import Params
from connectors.model import Kind, Parked, Ref
from connectors.wire import Bad, NumberId, Wire, chunks, read_rows


class Listed(Wire):
    """A wire record with a listing of its own: ``class UserRow(Listed, path="users", kind=...)``.

    The fields of the model are what is asked for, and all that is asked for.
    """

    path: ClassVar[str]
    kind: ClassVar[Kind]
    optional: ClassVar[bool]
    """True: without the right to read it we go on, with less to say."""
    named_by: ClassVar[str]
    """An unreadable row is parked as a ``kind`` under the id in this field; "": under its path."""

    id: NumberId

    def __init_subclass__(
        cls, *, path: str, kind: Kind, optional: bool = False, named_by: str = "id"
    ) -> None:
        cls.path, cls.kind, cls.optional, cls.named_by = path, kind, optional, named_by


R = TypeVar("R", bound=Listed)


class Listing(Protocol):
    """Rows by path, e.g. ``connectors.http.Api``; both raise ConnectorError."""

    def pages(self, path: str, params: Params, *, scope: str = "") -> Iterator[list[Any]]:
        """One answer at a time."""

    def rows(self, path: str, params: Params, *, scope: str = "") -> list[Any]:
        """The rows of the first answer only."""


@dataclass(frozen=True, slots=True)
class Found(Generic[R]):
    """What came of asking for ids."""

    rows: dict[str, R] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    """Not among ``rows``, for whatever reason."""
    gone: set[str] = field(default_factory=set)
    """Of those, the ones that were truly not returned: not merely unreadable or forbidden."""

    @property
    def unread(self) -> set[str]:
        return self.absent - self.gone


class Rows:
    """One pull's or one re-read's view of an API."""

    def __init__(
        self, api: Listing, *, scope: str, batch: int, per_page: int, parked: list[Parked]
    ) -> None:
        """``scope`` is a pattern for a path; ``batch`` the most ids that one question may name."""
        self._api, self._scope, self._batch, self._per_page = api, scope, batch, per_page
        self._parked = parked
        self.denied: set[str] = set()
        """Optional listings that this credential may not read; each is tried once."""
        self._known: dict[type[Listed], dict[str, Any]] = {}

    def pages(self, model: type[R], **filters: str) -> Iterator[tuple[list[R], list[Bad]]]:
        """One answer at a time. Raises ConnectorError."""
        if model.path in self.denied:
            return
        fields = ",".join(model.model_fields)
        params = {**filters, "fields": fields, "per_page": str(self._per_page)}
        try:
            for raw in self._api.pages(model.path, params, scope=self._scope.format(model.path)):
                rows, bad = read_rows(model, raw)
                self._parked += [_park(model, each) for each in bad]
                yield rows, bad
        except ScopeMissing:
            if not model.optional:
                raise
            self.denied.add(model.path)

    def stamped(
        self, clock: Callable[[], datetime], model: type[R], **filters: str
    ) -> Iterator[tuple[datetime, list[R]]]:
        """One answer at a time, with the moment before it was asked for."""
        answers = self.pages(model, **filters)
        while True:
            asked_at = clock()
            answer = next(answers, None)
            if answer is None:
                return
            yield asked_at, answer[0]

    def where(
        self, model: type[R], key: str, ids: Iterable[str | None], **filters: str
    ) -> tuple[list[R], list[Bad]]:
        """All rows whose ``key`` filter names one of ``ids``, asked for in batches."""
        rows: list[R] = []
        bad: list[Bad] = []
        for batch in chunks(sorted({each for each in ids if each}), self._batch):
            for some_rows, some_bad in self.pages(model, **{key: ",".join(batch)}, **filters):
                rows += some_rows
                bad += some_bad
        return rows, bad

    def by_id(self, model: type[R], ids: Iterable[str | None], **filters: str) -> Found[R]:
        """The rows with these ids; None among them is passed over."""
        wanted = {each for each in ids if each}
        listed, bad = self.where(model, "ids", wanted, **filters)
        rows = {row.id: row for row in listed if row.id in wanted}
        absent = wanted - rows.keys()
        # An unreadable row that does not even tell its id may be any of those not returned.
        doubtful = model.path in self.denied or any(each.id() is None for each in bad)
        gone = set() if doubtful else absent - {each.id() for each in bad}
        return Found(rows, absent, gone)

    def fresh(self, model: type[R], ids: Iterable[str | None], **filters: str) -> Found[R]:
        """Like ``by_id``, but only what was not asked for before; the answer is remembered."""
        known = self._known.setdefault(model, {})
        found = self.by_id(model, (each for each in ids if each not in known), **filters)
        known |= dict.fromkeys(found.absent) | found.rows
        return found

    def remember(self, model: type[R], rows: Iterable[R]) -> list[R]:
        """Those of ``rows`` that were not known yet, which they now are."""
        known = self._known.setdefault(model, {})
        new = {row.id: row for row in rows if known.get(row.id) is None}
        known |= new
        return list(new.values())

    def known(self, model: type[R], name: str | None) -> R | None:
        """A remembered row; None when there is none, or it could not be read."""
        return self._known.get(model, {}).get(name or "")

    def forget(self, *models: type[Listed]) -> None:
        """Keep memory flat."""
        for model in models:
            self._known.pop(model, None)

    def rights(self, models: Iterable[type[Listed]]) -> Iterator[Finding]:
        """Whether each listing may be read, tried with the smallest question. Does not raise."""
        for model in models:
            scope = self._scope.format(model.path)
            try:
                self._api.rows(model.path, {"fields": "id", "per_page": "1"}, scope=scope)
            except ConnectorError as error:
                remedy = f"Grant {scope}." if isinstance(error, ScopeMissing) else ""
                yield Finding(scope, False, error.message, remedy, optional=model.optional)
            else:
                yield Finding(scope, True, "may be read", optional=model.optional)


def _park(model: type[Listed], bad: Bad) -> Parked:
    name = bad.id(model.named_by) if model.named_by else None
    ref = Ref(model.kind, name or f"{model.path}/{bad.id() or 'without an id'}")
    return Parked(ref, f"{model.path}.{bad.path}", bad.reason)
