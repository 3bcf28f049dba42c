"""The kinds of value that a setting can have, each read from plain text.

Every reader raises ValueError with the end of a sentence that begins with the variable's name, and
never repeats the value where it may be secret.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from connectors.model import utc
from connectors.options import web_url
from scheduler.hours import MIDNIGHT, hour
from scheduler.workdays import WorkCalendar


class Declined(StrEnum):
    """What becomes of an interviewer who declined the invitation."""

    EXCUSE = "excuse"
    ASK = "ask"


class Bind(NamedTuple):
    """Where the service listens."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Hours(NamedTuple):
    """A stretch of the day in the company's zone: from ``start`` until just before ``end``."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{hour(self.start)}-{hour(self.end)}"


def visible(text: str) -> str:
    """With what cannot be seen, or turns what is read (``\\u202e``), written out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the settings."""

    variable: str
    fault: str
    remedy: str

    def __post_init__(self) -> None:
        for name in ("variable", "fault", "remedy"):
            object.__setattr__(self, name, visible(getattr(self, name)))

    def __str__(self) -> str:
        return f"{self.variable} {self.fault} {self.remedy}"


class SecretFile(NamedTuple):
    """The text of a file that holds a secret, or why it cannot be read."""

    text: str = ""
    fault: str = ""


def read_secret(path: Path) -> SecretFile:
    """Without the newline at its end."""
    try:
        return SecretFile(path.read_text(encoding="utf-8-sig").rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        return SecretFile(fault=f"names a file that cannot be read: {path}: {why}.")


def nearest(wrong: str, known: Iterable[str]) -> str:
    """`` Did you mean X?`` with a leading space, or nothing."""
    close = difflib.get_close_matches(wrong, list(known), n=1, cutoff=0.7)
    return f" Did you mean {close[0]}?" if close else ""


def listed(text: str) -> list[str]:
    """The words between commas and spaces."""
    return [part for part in re.split(r"[,\s]+", text) if part]


def _listed(value: object) -> object:
    return listed(value) if isinstance(value, str) else value


def _zone(value: object) -> object:
    return read_zone(value) if isinstance(value, str) else value


def read_zone(value: str) -> ZoneInfo:
    zones = _zones()
    if value not in zones:
        by_lower = {zone.lower(): zone for zone in zones}
        hint = nearest(value.lower(), by_lower)
        for lower, zone in by_lower.items():
            hint = hint.replace(f" {lower}?", f" {zone}?")
        raise ValueError(f"is not the name of a time zone: {value!r}.{hint}")
    return ZoneInfo(value)


@cache
def _zones() -> frozenset[str]:
    """Listing them walks through hundreds of files."""
    return frozenset(available_timezones())


def read_country(value: str) -> str:
    try:
        WorkCalendar.of(value)
    except ValueError:
        raise ValueError(f"names no country or region with known holidays: {value!r}") from None
    return value


def _instant(value: object) -> object:
    """A moment with a zone, or a day, which begins at midnight UTC."""
    if not isinstance(value, str):
        return value
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return datetime.combine(date.fromisoformat(value), time(), UTC)
        return utc(value)
    except ValueError:
        raise ValueError(f"is neither a day nor a moment with a zone: {value!r}") from None


def _bind(value: object) -> object:
    if not isinstance(value, str):
        return value
    host, colon, port = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"is not host:port: {value!r}")
    return Bind(host, int(port))


def _hours(value: object) -> object:
    return read_hours(value) if isinstance(value, str) else value


def read_hours(value: str) -> Hours:
    """Of ``09:00-17:00``; ``24:00`` is the end of the day."""
    try:
        first, last = (part.strip() for part in value.split("-"))
        start = time.fromisoformat(first)
        end = MIDNIGHT if last == "24:00" else time.fromisoformat(last)
    except ValueError:
        raise ValueError(f"is not a stretch of the day: {value!r}") from None
    if start.tzinfo or end.tzinfo:
        raise ValueError(f"names a zone, which is that of whoever is written to: {value!r}")
    if start >= end:
        raise ValueError(f"ends before it begins: {value!r}")
    return Hours(start, end)


def _report_to(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not re.fullmatch(r"#[^\s#]{1,80}|[^@\s<>#]+@[^@\s<>]+|(?i:teams|apprise)", value):
            raise ValueError(
                f"has an entry that is no address, #channel, teams or apprise: {value!r}"
            )
    return values


def _database(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        backend = make_url(value).get_backend_name()
    except ArgumentError:
        raise ValueError("is not a database URL") from None
    if backend not in {"sqlite", "postgresql"}:
        raise ValueError("names a database that Afterword does not speak")
    return value


def _long(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < 16:
        raise ValueError("is too short to be a secret: at least 16 characters")
    return value


Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Country = Annotated[str, AfterValidator(read_country)]
Moment = Annotated[datetime, BeforeValidator(_instant)]
BindTo = Annotated[Bind, BeforeValidator(_bind)]
SendHours = Annotated[Hours, BeforeValidator(_hours)]
WebUrl = Annotated[str, AfterValidator(web_url)]
DatabaseUrl = Annotated[SecretStr, BeforeValidator(_database)]
ReportTo = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_report_to)]
LongSecret = Annotated[SecretStr, AfterValidator(_long)]
