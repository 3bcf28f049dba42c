"""Signed deliveries of the practice ATS, with the vendor's retries, to loopback only.

Signature: the word sha256, a space, the lower-case hex HMAC-SHA256 over the raw body, in which
``<``, ``>`` and ``&`` were escaped before signing (greenhouse.md 4.1).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests

from plugin.sandbox.events import Event
from plugin.sandbox.rows import stamp

RETRY_AFTER_MINUTES = (1, 15, 60, 120, 240, 480)
TIMEOUT_SECONDS = 10


class OutsideTarget(ValueError):
    """A webhook target that is not on this machine."""


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
    body: bytes


def signed_body(action: str, payload: dict[str, Any]) -> bytes:
    text = json.dumps({"action": action, "payload": payload}, ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode()


def signature(secret: str, body: bytes) -> str:
    return "sha256 " + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


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
    actions: Collection[str] | None = None
    enabled: bool = True
    _number: int = 0
    _waiting: list[_Waiting] = field(default_factory=list)

    def __post_init__(self) -> None:
        require_loopback(self.url)

    def ping(self, now: datetime) -> Posted:
        """As on every save; a hook whose ping fails is stored disabled and stays silent."""
        payload = {
            "web_hook_id": 51001,
            "name": "Afterword",
            "event": "Candidate has changed stage",
            "active": True,
            "endpoint_url": self.url,
            "content-type": "application/json",
            "created_at": stamp(now),
            "updated_at": stamp(now),
        }
        posted = self._post(self._fresh(Event(now, "ping", payload)), now)
        self.enabled = posted.status == 200
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
            if posted.status != 200 and first.attempt <= len(RETRY_AFTER_MINUTES):
                self._waiting.append(_again(first))
        return done

    def _fresh(self, event: Event) -> _Waiting:
        self._number += 1
        name = f"{self.url} {self._number} {event.action} {event.at.isoformat()}"
        event_id = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
        body = signed_body(event.action, event.payload)
        return _Waiting(event.at, 1, event_id, event.action, body)

    def _post(self, waiting: _Waiting, at: datetime) -> Posted:
        headers = {
            "Content-Type": "application/json",
            "Greenhouse-Event-ID": waiting.event_id,
            "Signature": signature(self.secret, waiting.body),
        }
        status: int | None = None
        try:
            with requests.Session() as session:
                session.trust_env = False  # a proxy of the environment is not loopback
                status = session.post(
                    self.url,
                    data=waiting.body,
                    headers=headers,
                    timeout=TIMEOUT_SECONDS,
                    allow_redirects=False,
                ).status_code
        except requests.RequestException:
            status = None
        return Posted(at, waiting.action, waiting.event_id, waiting.attempt, status)


def _again(waiting: _Waiting) -> _Waiting:
    minutes = RETRY_AFTER_MINUTES[waiting.attempt - 1]
    due_at = waiting.due_at + timedelta(minutes=minutes)
    return _Waiting(due_at, waiting.attempt + 1, waiting.event_id, waiting.action, waiting.body)
