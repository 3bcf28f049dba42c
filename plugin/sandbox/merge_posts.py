"""How Merge posts its webhooks (other-ats.md 4).

Signature: the URL-safe base64 HMAC-SHA256 over the raw body. Which endings it has (``=``) is not
certain, and the deliveries have no id of their own. A webhook belongs to the whole organisation.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from datetime import timedelta
from functools import partial

from plugin.sandbox.webhooks import Event, Habits, Letter

LINKED_ACCOUNT = {
    "id": str(uuid.uuid5(uuid.NAMESPACE_URL, "merge/linked account")),
    "integration": "Practice ATS",
    "integration_slug": "practice-ats",
    "category": "ats",
    "end_user_origin_id": "practice",
    "end_user_organization_name": "Practice",
    "end_user_email_address": "admin@example.org",
    "status": "COMPLETE",
}
RETRY_AFTER_MINUTES = (1, 5, 15, 39)
"""About five tries within an hour."""


def habits(*, padded: bool) -> Habits:
    return Habits(
        letter=partial(_letter, padded),
        waits=tuple(timedelta(minutes=each) for each in RETRY_AFTER_MINUTES),
        accepts=lambda status: 200 <= status < 300,
    )


def _letter(padded: bool, event: Event, event_id: str, secret: str) -> Letter:
    hook = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, "merge/hook")),
        "event": event.action,
        "target": "https://example.org/webhooks/merge",
    }
    content = {"hook": hook, "linked_account": LINKED_ACCOUNT, "data": event.payload}
    body = json.dumps(content, ensure_ascii=False).encode()
    signed = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    signature = base64.urlsafe_b64encode(signed).decode()
    headers = {
        "Content-Type": "application/json",
        "X-Merge-Webhook-Signature": signature if padded else signature.rstrip("="),
    }
    return Letter(body, headers)
