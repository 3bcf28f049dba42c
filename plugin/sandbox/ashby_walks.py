"""Ashby's cursors and sync tokens (ashby.md 2.3), opaque to clients."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plugin.sandbox.ashby_lists import Entry, Refused

MOST = 100
PAGING = ("cursor", "syncToken", "limit", "expand")


@dataclass(frozen=True)
class Page:
    entries: Sequence[Entry]
    cursor: str | None
    """None on the last page."""
    token: str | None
    """On the last page only."""


class Walks:
    """``token_lifetime``: how long a token lives without being used. ``most_pages``: of one walk
    by token."""

    def __init__(self, token_lifetime: timedelta, most_pages: int) -> None:
        self._lifetime, self._most_pages = token_lifetime, most_pages
        self._used: dict[str, datetime] = {}
        """When each token was made or last presented."""

    def page(
        self,
        method: str,
        body: Mapping[str, Any],
        found: Sequence[Entry],
        now: datetime,
        clock: datetime,
    ) -> Page:
        """``found``: everything that fits the filters, in order. ``now`` is the world's time.

        Raises Refused.
        """
        limit = body.get("limit", MOST)
        if not 1 <= limit <= MOST:
            raise Refused("invalid_input", "limit")
        asked = {name: value for name, value in body.items() if name not in PAGING}
        walk = self._begun(method, asked, body, now, clock)
        if walk["since"] and walk["page"] > self._most_pages:
            raise Refused("incremental_sync_too_large")
        since = datetime.fromisoformat(walk["since"]) if walk["since"] else None
        last = tuple(walk["last"]) if walk["last"] else None
        rest = [
            each
            for each in found
            if (since is None or each.changed_at > since) and (last is None or each.order > last)
        ]
        entries = rest[:limit]
        if len(rest) > len(entries):
            onward = {**walk, "last": entries[-1].order, "page": walk["page"] + 1}
            return Page(entries, _seal(onward), None)
        if walk["since"] and not entries and walk["page"] == 1:
            # A walk that finds nothing may bring no token: the old one stays good.
            return Page(entries, None, None)
        token = _seal({"method": method, "asked": walk["asked"], "at": walk["began"]})
        self._used[token] = clock
        return Page(entries, None, token)

    def circular(self, method: str, body: Mapping[str, Any]) -> str:
        """A cursor that leads to a first page: for a scripted fault."""
        asked = {name: value for name, value in body.items() if name not in PAGING}
        walk = {"method": method, "asked": asked, "began": "", "since": None}
        return _seal({**walk, "last": None, "page": 1})

    def _begun(
        self,
        method: str,
        asked: Mapping[str, Any],
        body: Mapping[str, Any],
        now: datetime,
        clock: datetime,
    ) -> dict[str, Any]:
        """The walk that a cursor goes on with, or a new one, in full or by token."""
        if "cursor" in body:
            walk = _open(body["cursor"], "invalid_next_cursor")
            # The token and the parameters may be left out beside a cursor, not changed.
            if (
                "last" not in walk
                or walk["method"] != method
                or not asked.items() <= dict(walk["asked"]).items()
            ):
                raise Refused("invalid_next_cursor")
            return walk
        since = (
            self._since(method, asked, body["syncToken"], clock) if "syncToken" in body else None
        )
        return {
            "method": method,
            "asked": dict(asked),
            "began": now.isoformat(),
            "since": since,
            "last": None,
            "page": 1,
        }

    def _since(self, method: str, asked: Mapping[str, Any], token: str, clock: datetime) -> str:
        """From when on the token's holder wants the changes."""
        told = _open(token, "sync_token_invalid")
        used_at = self._used.get(token)
        if used_at is None or told["method"] != method or told["asked"] != dict(asked):
            raise Refused("sync_token_invalid")
        if clock - used_at > self._lifetime:
            raise Refused("sync_token_expired")
        self._used[token] = clock
        return str(told["at"])


def _seal(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True).encode()
    return base64.urlsafe_b64encode(text).decode()


def _open(text: str, code: str) -> dict[str, Any]:
    try:
        content = json.loads(base64.urlsafe_b64decode(text))
        if not isinstance(content, dict):
            raise ValueError(text)
        return content
    except ValueError:
        raise Refused(code) from None
