"""Small pure pieces of wording: cleaned names, days, dates, lists. English only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LINK = re.compile(r"https?://[^\s/?#<>\"'|\\`^{}]+[^\s<>\"|\\`^{}]*", re.IGNORECASE)
LONGEST_LINK = 1000
"""Characters. Slack allows 3,000 in a button; a real form's address has under 200."""


def clean(text: str, limit: int = 60) -> str:
    """One line that is safe to show: no control, bidi or invisible characters, not over ``limit``.

    Control and format characters (Unicode Cc, Cf, Cs, Co, Cn and the line and paragraph
    separators) would let a name break a header, hide text or turn the reading direction; the
    zero-width joiner stays because family emoji and several scripts need it.
    """
    if not text.isprintable():
        text = "".join(
            " " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
            for c in text
            if c == "\u200d" or unicodedata.category(c) not in {"Cf", "Cs", "Co", "Cn"}
        )
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def web_link(url: str | None) -> str | None:
    """The address if it is a plain http or https one, else None: nothing else becomes a link."""
    if url is None or len(url) > LONGEST_LINK or not _LINK.fullmatch(url):
        return None
    return url if url.isprintable() else None  # nothing that hides or turns what is read


def number(n: int) -> str:
    """In words up to ten, as a running text has it."""
    return NUMBERS[n] if 0 <= n < len(NUMBERS) else f"{n:,}"


def counted(n: int, noun: str) -> str:
    """``1 day``, ``3 days``, ``3 addresses``."""
    many = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{n:,} {noun if n == 1 else many}"


def sentence(text: str) -> str:
    """With a capital at the beginning."""
    return text[:1].upper() + text[1:]


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def day_and_month(day: date, today: date) -> str:
    """``12 November``, with the year when it is not this one."""
    text = f"{day.day} {day:%B}"
    return text if day.year == today.year else f"{text} {day.year}"


def on_day(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """When something was: ``today``, ``yesterday``, ``on Tuesday``, ``on 12 November``."""
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    ago = (today - day).days
    if ago == 0:
        return "today"
    if ago == 1:
        return "yesterday"
    return f"on {day:%A}" if 1 < ago < 7 else f"on {day_and_month(day, today)}"


def coming(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """When something will be: ``today``, ``tomorrow``, ``on Thursday``, ``on 3 December``."""
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    ahead = (day - today).days
    if ahead < 2:
        return "tomorrow" if ahead == 1 else "today"
    return f"on {day:%A}" if ahead < 7 else f"on {day_and_month(day, today)}"


def unread_since(account: str, since: datetime | None, zone: ZoneInfo) -> str:
    """What a report says of an account that has not answered since before the week's end."""
    who = clean(account)
    if since is None:
        return f"{who} could not be read yet: what happened there is missing here."
    at = since.astimezone(zone)
    return (
        f"{who} could not be read since {at:%a} {at.day} {at:%B %Y at %H:%M %Z}: what happened "
        "there later is missing here."
    )


def meeting(name: str, at: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """An interview in a sentence: ``Thursday's Systems talk``, ``the Systems talk of 2 May``."""
    if at is None:
        return f"the {name}"
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    ago = (today - day).days
    if ago == 0:
        return f"today's {name}"
    if ago == 1:
        return f"yesterday's {name}"
    return f"{day:%A}'s {name}" if 1 < ago < 7 else f"the {name} of {day_and_month(day, today)}"
