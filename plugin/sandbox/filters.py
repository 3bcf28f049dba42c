"""The documented filters of a list endpoint; everything else is refused (greenhouse.md 2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plugin.sandbox.rows import Row

Accepts = Callable[[Row], bool]
Filter = Callable[[str, str], Accepts]
"""(parameter's name, its text) -> which rows pass. Raises Refused."""

MOST_IDS = 50
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gte": lambda value, bound: value >= bound,
    "lte": lambda value, bound: value <= bound,
    "gt": lambda value, bound: value > bound,
    "lt": lambda value, bound: value < bound,
}


class Refused(ValueError):
    """A 422 with one sentence."""


def split(name: str, text: str) -> list[str]:
    """A comma-separated list of at most 50 values (trap 5)."""
    parts = text.split(",")
    if len(parts) > MOST_IDS:
        raise Refused(f"{name} accepts at most {MOST_IDS} values")
    return parts


def numbers(name: str, text: str) -> set[int]:
    try:
        return {int(part) for part in split(name, text)}
    except ValueError as error:
        if isinstance(error, Refused):
            raise
        raise Refused(f"{name} must be a comma-separated list of ids") from None


@dataclass(frozen=True)
class ids:  # a kind of filter, named like the functions below
    """Rows whose column is one of up to 50 ids; these can be looked up instead of searched for."""

    column: str

    def __call__(self, name: str, text: str) -> Accepts:
        wanted = numbers(name, text)
        return lambda row: row[self.column] in wanted


def any_id(column: str) -> Filter:
    """Rows whose list column shares an id with the wanted ones."""

    def of(name: str, text: str) -> Accepts:
        wanted = numbers(name, text)
        return lambda row: not wanted.isdisjoint(row[column])

    return of


def one_id(column: str) -> Filter:
    def of(name: str, text: str) -> Accepts:
        if not text.isdigit():
            raise Refused(f"{name} must be one id")
        return lambda row: row[column] == int(text)

    return of


def word(column: str, allowed: Iterable[str] | Mapping[str, str]) -> Filter:
    """One of the listed words; a mapping translates the question's word into the row's."""
    meaning = dict(allowed) if isinstance(allowed, Mapping) else {each: each for each in allowed}

    def of(name: str, text: str) -> Accepts:
        if text not in meaning:
            raise Refused(f"{name} must be one of {', '.join(meaning)}")
        return lambda row: row[column] == meaning[text]

    return of


def exact(column: str, *, fold: bool = False) -> Filter:
    def of(name: str, text: str) -> Accepts:
        wanted = text.lower() if fold else text
        return lambda row: (str(row[column]).lower() if fold else row[column]) == wanted

    return of


def in_list(read: Callable[[Row], Iterable[str]]) -> Filter:
    """Rows in which some listed text is the wanted one, in whatever case."""

    def of(name: str, text: str) -> Accepts:
        return lambda row: text.lower() in [each.lower() for each in read(row)]

    return of


def flag(column: str) -> Filter:
    def of(name: str, text: str) -> Accepts:
        wanted = truth(name, text)
        return lambda row: bool(row[column]) == wanted

    return of


def include(column: str) -> Filter:
    """Marked rows pass only when the parameter is true."""

    def of(name: str, text: str) -> Accepts:
        wanted = truth(name, text)
        return lambda row: wanted or not row[column]

    return of


def truth(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise Refused(f"{name} must be true or false")
    return text == "true"


def nothing(name: str, text: str) -> Accepts:
    """A documented filter on something no row of the sandbox has."""
    return lambda row: False


def instants(column: str) -> Filter:
    return _range(column, _instant, "an ISO 8601 instant")


def dates(column: str) -> Filter:
    return _range(column, date.fromisoformat, "a date")


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant


def _range(column: str, parse: Callable[[str], Any], wanted: str) -> Filter:
    """The pipe form ``gte|A|lte|B``; rows without a value never pass (greenhouse.md 2.1)."""

    def of(name: str, text: str) -> Accepts:
        parts = text.split("|")
        operators, bounds = parts[::2], parts[1::2]
        if len(parts) % 2 or any(each not in COMPARISONS for each in operators):
            raise Refused(f"{name} must look like gte|A|lte|B with gte, lte, gt or lt")
        try:
            checks = [(COMPARISONS[o], parse(b)) for o, b in zip(operators, bounds, strict=True)]
        except ValueError:
            raise Refused(f"{name} must compare with {wanted}") from None

        def accepts(row: Row) -> bool:
            value = row[column]
            return value is not None and all(holds(parse(value), b) for holds, b in checks)

        return accepts

    return of
