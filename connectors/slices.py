"""A long window in short slices, so that an interrupted pull goes on where it stood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.ats.base import Window
from connectors.model import utc

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Slice:
    """[since, until) in UTC, with the state and the finished share (0 to 1) on either side."""

    since: datetime
    until: datetime
    state_before: Mapping[str, Any]
    state_after: Mapping[str, Any]
    fraction_before: float
    fraction_after: float


def slices(window: Window, state: Mapping[str, Any], length: timedelta = WEEK) -> Iterator[Slice]:
    """The slices of ``window`` that ``state`` does not call finished, oldest first.

    ``state`` is {} or {"done_until": an ISO instant}; an unreadable one starts over.
    """
    whole = window.until - window.since
    since = min(max(_done_until(state) or window.since, window.since), window.until)
    while since < window.until:
        until = min(since + length, window.until)
        yield Slice(
            since,
            until,
            {"done_until": since.isoformat()} if since > window.since else {},
            {"done_until": until.isoformat()},
            (since - window.since) / whole,
            (until - window.since) / whole,
        )
        since = until


def _done_until(state: Mapping[str, Any]) -> datetime | None:
    try:
        return utc(state["done_until"])
    except (KeyError, TypeError, ValueError):
        return None
