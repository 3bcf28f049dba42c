"""Reading untrusted JSON: one model per wire record, and a bad record is named, not fatal.

Unknown fields are ignored and unknown words kept as text; a missing or wrong field is told by its
path, never by its value, because the value may be personal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from connectors.model import utc

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_TEXT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MILLIS = 2**47  # in the year 6429: a length can still be added
_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)


def storable(text: str) -> str:
    """The text without what no database takes: NUL and lone surrogates become U+FFFD."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _number_id(value: object) -> object:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return str(value)
    raise ValueError("should be a whole number of at most 64 bits")


def _text_id(value: object) -> object:
    if isinstance(value, str) and _TEXT_ID.fullmatch(value):
        return value
    raise ValueError("should be an id of at most 63 letters, digits, - and _")


def _millis(value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LATEST_MILLIS:
        raise ValueError("should be whole milliseconds since 1970")
    return _EPOCH + timedelta(milliseconds=value)


def _instant(value: object) -> object:
    try:
        return utc(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise ValueError("should be an ISO 8601 instant with a time zone") from None


def _day(value: object) -> object:
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError("should be an ISO 8601 date") from None


def _text(value: object) -> object:
    return storable(value) if isinstance(value, str) else value


NumberId = Annotated[str, BeforeValidator(_number_id)]
"""A 64-bit integer, kept as its decimal digits; never a float."""
TextId = Annotated[str, BeforeValidator(_text_id)]
"""A UUID or a short slug; safe as a part of a path, and two of them fit into one id of ours."""
Millis = Annotated[datetime, BeforeValidator(_millis)]
"""Milliseconds since 1970, as aware UTC."""
Instant = Annotated[datetime, BeforeValidator(_instant)]
"""An ISO 8601 instant with Z or an offset, as aware UTC."""
Day = Annotated[date, BeforeValidator(_day)]
Text = Annotated[str, BeforeValidator(_text)]
"""Text that every database can keep."""


class Wire(BaseModel):
    """A record as it comes over the wire."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


W = TypeVar("W", bound=Wire)
T = TypeVar("T")
_NUMBER_ID: TypeAdapter[str] = TypeAdapter(NumberId)


def number_id(value: object) -> str | None:
    """The id as text, or None where there is no readable one."""
    try:
        return _NUMBER_ID.validate_python(value)
    except ValidationError:
        return None


def text_id(value: object) -> str | None:
    """The id, or None where there is no readable one."""
    return value if isinstance(value, str) and _TEXT_ID.fullmatch(value) else None


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that is not what was promised."""

    row: object
    path: str
    reason: str

    def id(self, key: str = "id") -> str | None:
        return number_id(self.row.get(key)) if isinstance(self.row, dict) else None

    def text_id(self, key: str = "id") -> str | None:
        return text_id(self.row.get(key)) if isinstance(self.row, dict) else None


def read_rows(model: type[W], rows: Iterable[object]) -> tuple[list[W], list[Bad]]:
    """The rows that can be read, and the others with what is wrong in them."""
    good: list[W] = []
    bad: list[Bad] = []
    for row in rows:
        try:
            good.append(model.model_validate(row))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            path = ".".join(str(part) for part in first["loc"]) or "row"
            bad.append(Bad(row, path, first["msg"].removeprefix("Value error, ")))
    return good, bad


def parse_json(body: bytes) -> Any:
    """Whatever is in ``body``. ValueError, without its text, for all that cannot be read."""
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except (
        ValueError
    ):  # also bad UTF-8 and integers of thousands of digits; the text may be personal
        raise ValueError("not JSON") from None


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most ``size`` items; reads no further ahead than one list."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
