"""Odoo's searches over tables of rows (other-ats.md 8.3): domains, archived rows, order, pages.

In a row a link to one record is a tuple (id, name), links to several are a list of ids, and what is
empty is False.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any

Row = dict[str, Any]
Accepts = Callable[[Row], bool]

ARGUMENTS = frozenset({"domain", "fields", "limit", "offset", "order", "context"})
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
LINKS: Mapping[str, str] = {
    "applicant_id": "hr.applicant",
    "author_id": "res.partner",
    "calendar_event_id": "calendar.event",
    "event_id": "calendar.event",
    "job_id": "hr.job",
    "partner_id": "res.partner",
    "user_id": "res.users",
    "user_ids": "res.users",
}
"""Which model a link leads to; only these can be searched through."""


@dataclass(frozen=True)
class Refused(Exception):
    """``name``: the kind of error in Odoo's words."""

    status: int
    name: str
    message: str


def bad_value(message: str) -> Refused:
    """Unknown fields, operators and orders come with status 500."""
    return Refused(500, "builtins.ValueError", message)


class Tables:
    """``rows``: of a model, as the asking user may find them; ``fields``: the columns of each."""

    def __init__(
        self, rows: Callable[[str], Sequence[Row]], fields: Mapping[str, frozenset[str]]
    ) -> None:
        self._rows, self._fields = rows, fields

    def found(self, model: str, asked: Mapping[str, Any]) -> list[Row]:
        """Whole rows, in order. Raises Refused."""
        domain = asked.get("domain") or []
        accepts = [self._domain(model, domain)]
        named = {each[0] for each in domain if isinstance(each, list)}
        shows_archived = (asked.get("context") or {}).get("active_test") is False
        if "active" in self._fields[model] - named and not shows_archived:
            accepts.append(lambda row: bool(row["active"]))
        rows = [row for row in self._rows(model) if all(each(row) for each in accepts)]
        # The order that nobody asked for differs from model to model; nothing may rest on it.
        self._sort(model, rows, asked.get("order") or "id desc")
        begin = _count(asked.get("offset") or 0)
        limit = asked.get("limit")
        return rows[begin : begin + _count(limit)] if limit else rows[begin:]

    def told(self, model: str, fields: Sequence[str] | None, rows: Sequence[Row]) -> list[Row]:
        """The columns that were asked for, and the id. Raises Refused."""
        names = [self._column(model, each) for each in fields or sorted(self._fields[model])]
        return [{name: row[name] for name in ("id", *names)} for row in rows]

    def _column(self, model: str, name: object) -> str:
        if name not in self._fields[model] | {"id"}:
            raise bad_value(f"Invalid field {name!r} on {model!r}")
        return str(name)

    def _sort(self, model: str, rows: list[Row], order: str) -> None:
        for part in reversed(order.split(",")):
            name, _, way = part.strip().partition(" ")
            if way.lower() not in ("", "asc", "desc"):
                raise bad_value(f"Invalid order {order!r}")
            key = self._column(model, name)
            rows.sort(key=lambda row: _sortable(row[key]), reverse=way.lower() == "desc")

    def _domain(self, model: str, domain: Sequence[Any]) -> Accepts:
        """In Polish notation; what is not joined by an operator is joined by "and"."""
        stack: list[Accepts] = []
        for term in reversed(domain):
            if isinstance(term, list) and len(term) == 3:
                stack.append(self._leaf(model, *term))
            elif term == "!" and stack:
                stack.append(_not(stack.pop()))
            elif term in ("&", "|") and len(stack) > 1:
                stack.append(_joined(all if term == "&" else any, stack.pop(), stack.pop()))
            else:
                raise bad_value("Invalid domain")
        return _joined(all, *stack)

    def _leaf(self, model: str, name: str, operator: str, value: Any) -> Accepts:
        column, _, rest = name.partition(".")
        self._column(model, column)
        if rest:
            return self._linked(column, self._leaf(self._target(column), rest, operator, value))
        if operator == "any":
            return self._linked(column, self._domain(self._target(column), value))
        test = _test(operator, value)
        if name == "application_status":
            # It is computed, and whoever searches for it finds nobody who is archived.
            return lambda row: bool(row["active"]) and test(row[name])
        return lambda row: test(row[column])

    def _target(self, column: str) -> str:
        if column not in LINKS:
            raise bad_value(f"Invalid field {column!r} in a domain: no link")
        return LINKS[column]

    def _linked(self, column: str, accepts: Accepts) -> Accepts:
        """Whether a record it leads to is accepted; archived ones are passed over."""
        rows = self._rows(self._target(column))
        good = {row["id"] for row in rows if row.get("active", True) and accepts(row)}
        return lambda row: not good.isdisjoint(_ids(row[column]))


def _test(operator: str, value: Any) -> Callable[[Any], bool]:
    if operator in COMPARE:
        compare = COMPARE[operator]
        return lambda mine: _bare(mine) is not False and compare(_bare(mine), value)
    if operator in ("=", "!="):
        return lambda mine: (value in _ids(mine)) is (operator == "=")
    if operator in ("in", "not in") and isinstance(value, list):
        several = set(value)
        return lambda mine: several.isdisjoint(_ids(mine)) is (operator == "not in")
    raise bad_value(f"Invalid operator {operator!r} in a domain")


def _bare(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value


def _ids(value: Any) -> list[Any]:
    """What a column can be equal to."""
    return (value or [False]) if isinstance(value, list) else [_bare(value)]


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not False, value)


def _not(accepts: Accepts) -> Accepts:
    return lambda row: not accepts(row)


def _joined(how: Callable[[Any], bool], *parts: Accepts) -> Accepts:
    return lambda row: how(each(row) for each in parts)


def _count(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise bad_value("limit and offset are whole numbers")
    return value
