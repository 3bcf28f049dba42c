"""The kinds of value in ``policy.toml``: each reader takes what TOML made of it.

Every reader raises ValueError with the end of a sentence that begins with the key's name. Nothing
here is secret, so that a wrong value may be repeated, cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from fnmatch import translate
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from plugin.values import Declined, nearest, read_country, read_hours, read_zone
from scheduler.facts import Audience
from scheduler.hours import Span
from scheduler.workdays import WorkCalendar

E = TypeVar("E", bound=StrEnum)

Reader = Callable[[object], Any]
ADDRESS = re.compile(r"[^@\s<>#*?\[\]]+@[^@\s<>*?\[\]]+")

TEAMS = "teams"


def whole(least: int, most: int, what: str) -> Reader:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be {what} from {least} to {most}, not {_shown(value)}.")
        return value

    return read


def _shown(value: object) -> str:
    """As somebody would find it in the file, cut."""
    text = _toml(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name} = {_toml(each)}' for name, each in value.items())}}}"
    return value.isoformat() if isinstance(value, date | time) else str(value)


def one_of(words: type[E]) -> Callable[[object], E]:
    def read(value: object) -> E:
        known = [each.value for each in words]
        if value not in known:
            hint = nearest(str(value), known)
            named = f"{', '.join(known[:-1])} or {known[-1]}"
            raise ValueError(f"must be {named}, not {_shown(value)}.{hint}")
        return words(value)

    return read


def yes_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {_shown(value)}.")
    return value


def _texts(value: object) -> list[str]:
    """One text, or a list of them; none is empty."""
    texts = []
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, str) or not each.strip():
            raise ValueError(f"must be a text or a list of texts, and {_shown(each)} is none.")
        texts.append(each.strip())
    return texts


def patterns(value: object) -> tuple[str, ...]:
    """Shell patterns; in a rule an empty list would match nothing."""
    texts = _texts(value)
    for each in texts:
        re.compile(translate(each))
    return tuple(texts)


def some_patterns(value: object) -> tuple[str, ...]:
    if value == []:
        raise ValueError("is an empty list, so that the rule would match nothing.")
    return patterns(value)


def allowed(value: object) -> tuple[str, ...]:
    if value == []:
        raise ValueError("is empty, which would allow everybody: remove it if that is meant.")
    for each in (texts := _texts(value)):
        if "@" not in each and each not in ("*", TEAMS) and not each.startswith("#"):
            hint = f' Did you mean "*@{each}"?' if "." in each else ""
            raise ValueError(f"has an entry that matches no mail address: {_shown(each)}.{hint}")
    return tuple(each.lower() for each in texts)


def span(value: object) -> Span:
    if not isinstance(value, str):
        raise ValueError(f"must be a stretch of the day, not {_shown(value)}.")
    try:
        hours = read_hours(value)
    except ValueError as error:
        raise ValueError(f"{error}.") from None
    return hours.start, hours.end


def spans(value: object) -> tuple[Span, ...]:
    """One or several; a night is two."""
    try:
        return tuple(span(each) for each in (value if isinstance(value, list) else [value]))
    except ValueError as error:
        if "ends before" not in str(error):
            raise
        hint = 'Over midnight write two: ["18:00-24:00", "00:00-08:00"].'
        raise ValueError(f"{error} {hint}") from None


def rising(value: object) -> tuple[int, ...]:
    numbers = value if isinstance(value, list) else []
    one = whole(1, 30, "a whole number of working days")
    if not 1 <= len(numbers) <= 8:
        raise ValueError(f"must be a list of one to eight whole numbers, not {_shown(value)}.")
    found = tuple(one(each) for each in numbers)
    if list(found) != sorted(found):
        raise ValueError("must not fall: who did not answer is written to less often, not more.")
    return found


def zone(value: object) -> ZoneInfo:
    if not isinstance(value, str):
        raise ValueError(f"must be the name of a time zone, not {_shown(value)}.")
    try:
        return read_zone(value)
    except ValueError as error:
        raise ValueError(str(error) if str(error).endswith(("?", ".")) else f"{error}.") from None


def calendar(value: object) -> WorkCalendar:
    if not isinstance(value, str):
        raise ValueError(f"must be a country's two letters, not {_shown(value)}.")
    try:
        return WorkCalendar.of(read_country(value))
    except ValueError as error:
        raise ValueError(f"{error}.") from None


def slack_id(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[UW][A-Z0-9]{2,20}", value):
        raise ValueError(f"is not the id of a person in Slack: {_shown(value)}.")
    return value


def excused(value: object) -> bool:
    return one_of(Declined)(value) is Declined.EXCUSE


class Carrier(StrEnum):
    SLACK = "slack"
    MAIL = "mail"
    TEAMS = "teams"


def carrier(value: object) -> str:
    return one_of(Carrier)(value).value


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a step speaks to."""

    audience: Audience
    address: str | None = None
    channel: str | None = None
    """Where only one can carry it."""


ROLES = (
    Audience.INTERVIEWER,
    Audience.RECRUITER,
    Audience.COORDINATOR,
    Audience.HIRING_MANAGER,
    Audience.MANAGER,
)


def target(value: object) -> Target:
    words = [role.value for role in ROLES]
    if isinstance(value, str):
        if value in words:
            return Target(Audience(value))
        if value == TEAMS:
            return Target(Audience.FIXED, TEAMS, TEAMS)
        if re.fullmatch(r"#[^\s#]{1,80}", value):
            return Target(Audience.FIXED, value, Carrier.SLACK.value)
        if ADDRESS.fullmatch(value):
            return Target(Audience.FIXED, value.lower())
    hint = nearest(str(value), [*words, TEAMS])
    raise ValueError(f"names nobody: {_shown(value)}.{hint}")
