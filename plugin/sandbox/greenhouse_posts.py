"""How Greenhouse posts its webhooks (greenhouse.md 4.1).

Signature: the word sha256, a space, the lower-case hex HMAC-SHA256 over the raw body, in which
``<``, ``>`` and ``&`` were escaped before signing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, timedelta

from plugin.sandbox.rows import stamp
from plugin.sandbox.webhooks import Event, Habits, Letter

RETRY_AFTER_MINUTES = (1, 15, 60, 120, 240, 480)


def _letter(event: Event, event_id: str, secret: str) -> Letter:
    text = json.dumps({"action": event.action, "payload": event.payload}, ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    body = text.encode()
    headers = {
        "Content-Type": "application/json",
        "Greenhouse-Event-ID": event_id,
        "Signature": "sha256 " + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }
    return Letter(body, headers)


def _ping(url: str, now: datetime) -> Event:
    payload = {
        "web_hook_id": 51001,
        "name": "Afterword",
        "event": "Candidate has changed stage",
        "active": True,
        "endpoint_url": url,
        "content-type": "application/json",
        "created_at": stamp(now),
        "updated_at": stamp(now),
    }
    return Event(now, "ping", payload)


HABITS = Habits(
    letter=_letter,
    waits=tuple(timedelta(minutes=each) for each in RETRY_AFTER_MINUTES),
    accepts=lambda status: status == 200,
    ping=_ping,
)
