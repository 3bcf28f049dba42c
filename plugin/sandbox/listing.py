"""One page of a list endpoint: parameters in, rows and an opaque cursor out.

greenhouse.md 2.1 and 3.1.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from plugin.sandbox.filters import Accepts, Refused, ids, numbers, split
from plugin.sandbox.resources import Resource
from plugin.sandbox.rows import Row

PER_PAGE = 100
MOST_PER_PAGE = 500
EXPIRED_CURSOR = "cursor is invalid or has expired"
CURSOR_ALONE = "cursor must be the only parameter; do not include other params with it"


class Rendered:
    """All rows of a resource by id descending, and by their other ids once these are asked for."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = sorted(rows, key=lambda row: row["id"], reverse=True)
        self._by: dict[str, dict[int, list[int]]] = {}

    def holding(self, column: str, wanted: Iterable[int]) -> list[Row]:
        """The rows with one of these ids in ``column``, in their order."""
        if column not in self._by:
            places: dict[int, list[int]] = defaultdict(list)
            for place, row in enumerate(self.rows):
                places[row[column]].append(place)
            self._by[column] = dict(places)
        known = self._by[column]
        return [self.rows[n] for n in sorted(n for each in wanted for n in known.get(each, ()))]


@dataclass(frozen=True)
class ListPage:
    rows: list[Row]
    cursor: str | None
    """None: the last page."""


def list_page(resource: Resource, everything: Rendered, parameters: Mapping[str, str]) -> ListPage:
    """Raises Refused for a 422."""
    below: int | None = None
    if "cursor" in parameters:
        if len(parameters) > 1:
            raise Refused(CURSOR_ALONE)
        parameters, below = _open_cursor(resource, parameters["cursor"])
    checks = _checks(resource, parameters)
    per_page = _per_page(parameters.get("per_page", str(PER_PAGE)))
    columns = _columns(parameters.get("fields"), everything.rows)
    fitting = (
        row
        for row in _candidates(resource, everything, parameters)
        if (below is None or row["id"] < below) and all(accepts(row) for accepts in checks)
    )
    found = list(islice(fitting, per_page + 1))
    page = found[:per_page]
    more = len(found) > per_page
    cursor = _seal_cursor(resource, parameters, page[-1]["id"]) if more else None
    return ListPage([_only(row, columns) for row in page], cursor)


def _checks(resource: Resource, parameters: Mapping[str, str]) -> list[Accepts]:
    unknown = sorted(set(parameters) - set(resource.filters) - {"per_page", "fields"})
    if unknown:
        raise Refused(f"unsupported parameter for {resource.name}: {', '.join(unknown)}")
    if "created_at" in parameters and "updated_at" in parameters:
        raise Refused("created_at and updated_at cannot be combined")
    asked = {**resource.unless_asked, **parameters}
    return [each(name, asked[name]) for name, each in resource.filters.items() if name in asked]


def _candidates(
    resource: Resource, everything: Rendered, parameters: Mapping[str, str]
) -> list[Row]:
    """No fewer rows than pass: of a large account only those that hold an id that is asked for."""
    for name, each in resource.filters.items():
        if isinstance(each, ids) and name in parameters:
            return everything.holding(each.column, numbers(name, parameters[name]))
    return everything.rows


def _per_page(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MOST_PER_PAGE:
        raise Refused(f"per_page must be between 1 and {MOST_PER_PAGE}")
    return int(text)


def _columns(text: str | None, everything: list[Row]) -> set[str] | None:
    """The columns asked for; None for all. A column that does not exist is refused."""
    if text is None:
        return None
    columns = set(split("fields", text))
    known = {name for row in everything[:1] for name in row if name[0] != "_"}
    unknown = sorted(columns - known)
    if everything and unknown:
        raise Refused(f"unknown fields: {', '.join(unknown)}")
    return columns


def _only(row: Row, columns: set[str] | None) -> Row:
    return {
        name: value
        for name, value in row.items()
        if name[0] != "_" and (columns is None or name in columns)
    }


def _seal_cursor(resource: Resource, parameters: Mapping[str, str], last_id: int) -> str:
    content = json.dumps([resource.name, dict(parameters), last_id]).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def circular_cursor(resource: Resource, parameters: Mapping[str, str]) -> str:
    """A cursor that leads to the very page that was asked for: for a scripted fault."""
    if "cursor" in parameters:
        return parameters["cursor"]
    return _seal_cursor(resource, parameters, 2**62)


def _open_cursor(resource: Resource, cursor: str) -> tuple[dict[str, str], int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        name, parameters, last_id = json.loads(base64.urlsafe_b64decode(padded))
        if name != resource.name:
            raise ValueError(name)
        return dict(parameters), int(last_id)
    except (ValueError, TypeError):
        raise Refused(EXPIRED_CURSOR) from None
