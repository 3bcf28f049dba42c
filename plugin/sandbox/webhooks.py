"""Deliveries of the practice ATS in a vendor's form, with its retries, to loopback only."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests

TIMEOUT_SECONDS = 10


class OutsideTarget(ValueError):
    """A webhook target that is not on this machine."""


@dataclass(frozen=True)
class Event:
    at: datetime
    action: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Letter:
    """What goes over the line, the same at every try."""

    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Habits:
    """How one vendor posts."""

    letter: Callable[[Event, str, str], Letter]
    """(event, id of the delivery, secret) -> what is posted, signed."""
    waits: Sequence[timedelta]
    """Before the second try, the third, …; then it is dropped."""
    accepts: Callable[[int], bool]
    """Which answers count as taken."""
    gives_up: Callable[[int], bool] = lambda status: False
    """After which answers there is no further try."""
    ping: Callable[[str, datetime], Event] | None = None
    """(url, now) -> what is posted on saving a hook."""
    ping_decides: bool = True
    """Whether a hook whose ping fails is stored disabled."""
    address: Callable[[str, str], str] = lambda url, secret: url
    """(url, secret) -> where it is posted: a vendor that signs nothing is told the secret there."""


@dataclass(frozen=True)
class Posted:
    """One try of one delivery, and the answer's status: None when no answer came."""

    at: datetime
    action: str
    event_id: str
    attempt: int
    status: int | None


@dataclass(frozen=True)
class _Waiting:
    due_at: datetime
    attempt: int
    event_id: str
    action: str
    letter: Letter


def require_loopback(url: str) -> None:
    """Raise OutsideTarget unless the host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        inside = ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = host == "localhost"
    if not inside or urlsplit(url).scheme not in ("http", "https"):
        raise OutsideTarget(f"The sandbox posts webhooks to this machine only, not to {host!r}.")


@dataclass
class Webhook:
    """One configured target. ``actions``: which events it takes; None for all."""

    url: str
    secret: str
    habits: Habits
    actions: Collection[str] | None = None
    enabled: bool = True
    _number: int = 0
    _waiting: list[_Waiting] = field(default_factory=list)

    def __post_init__(self) -> None:
        require_loopback(self.url)

    def ping(self, now: datetime) -> Posted | None:
        """As on every save; None where the vendor posts none."""
        if self.habits.ping is None:
            return None
        posted = self._post(self._fresh(self.habits.ping(self.url, now)), now)
        taken = posted.status is not None and self.habits.accepts(posted.status)
        self.enabled = taken or not self.habits.ping_decides
        return posted

    def take(self, event: Event) -> None:
        """Put an event in the queue, if this hook is for it and not disabled."""
        if self.enabled and (self.actions is None or event.action in self.actions):
            self._waiting.append(self._fresh(event))

    def deliver(self, until: datetime) -> list[Posted]:
        """Everything due by ``until``, oldest first, retries included."""
        done: list[Posted] = []
        while self._waiting:
            first = min(self._waiting, key=lambda each: each.due_at)
            if first.due_at > until:
                break
            self._waiting.remove(first)
            posted = self._post(first, first.due_at)
            done.append(posted)
            if self._tries_again(posted):
                self._waiting.append(self._again(first))
        return done

    def _fresh(self, event: Event) -> _Waiting:
        self._number += 1
        name = f"{self.url} {self._number} {event.action} {event.at.isoformat()}"
        event_id = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
        letter = self.habits.letter(event, event_id, self.secret)
        return _Waiting(event.at, 1, event_id, event.action, letter)

    def _tries_again(self, posted: Posted) -> bool:
        if posted.attempt > len(self.habits.waits):
            return False
        status = posted.status
        return status is None or not (self.habits.accepts(status) or self.habits.gives_up(status))

    def _again(self, waiting: _Waiting) -> _Waiting:
        due_at = waiting.due_at + self.habits.waits[waiting.attempt - 1]
        return replace(waiting, due_at=due_at, attempt=waiting.attempt + 1)

    def _post(self, waiting: _Waiting, at: datetime) -> Posted:
        status: int | None = None
        try:
            with requests.Session() as session:
                session.trust_env = False  # a proxy of the environment is not loopback
                status = session.post(
                    self.url,
                    data=waiting.letter.body,
                    headers=waiting.letter.headers,
                    timeout=TIMEOUT_SECONDS,
                    allow_redirects=False,
                ).status_code
        except requests.RequestException:
            status = None
        return Posted(at, waiting.action, waiting.event_id, waiting.attempt, status)
