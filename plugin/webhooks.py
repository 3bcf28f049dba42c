"""``POST /webhooks/<ats>`` (and, for vendors that cannot sign, ``/<secret>``): the doorbell.

Believe it, store it, answer 200; in that order and nothing else. What changed is read again from
the ATS by the sync job, so that order, bursts and duplicates do not matter here.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from flask import Blueprint, Response, request

from connectors.ats.base import Ats, Rung, Unreadable, WebhookRequest
from connectors.errors import BadSignature
from scheduler.store import Delivery, Received, StoreProblem

log = logging.getLogger(__name__)

RETRY_AFTER = 60
"""Seconds; the vendors have timetables of their own, but proxies and people listen."""
QUIET = 60.0
"""Seconds between two log lines about the same kind of refusal."""


class DeliveryStore(Protocol):
    def receive(self, ats: str, delivery: Delivery) -> Received: ...


@dataclass
class Counters:
    """What came to the door since the process began; shown on the page. Thread-safe."""

    accepted: int = 0
    again: int = 0
    """The same delivery once more: answered 200, nothing stored."""
    refused: int = 0
    """Wrong, missing or doubled signatures. Nothing else is kept of them."""
    unknown: int = 0
    """Proven events of a type that the vendor's documentation does not list."""
    unreadable: int = 0
    """Proven, but not what the vendor documents: kept and parked."""
    turned_away: int = 0
    """The store could not take it: answered 503, the vendor comes again."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, name: str) -> None:
        with self._lock:
            setattr(self, name, getattr(self, name) + 1)


class _Seldom:
    """At most one log line a minute for each subject, saying how many were swallowed."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def warn(self, subject: str, sentence: str, *values: object) -> None:
        now = time.monotonic()
        with self._lock:
            last, swallowed = self._said.get(subject, (-QUIET, 0))
            if now - last < QUIET:
                self._said[subject] = (last, swallowed + 1)
                return
            self._said[subject] = (now, 0)
        more = f" ({swallowed} more like this since the last line)" if swallowed else ""
        log.warning(sentence + "%s", *values, more)


def webhooks(
    *,
    store: DeliveryStore,
    accounts: Mapping[str, Ats],
    doorbells: Collection[str],
    clock: Callable[[], datetime],
    ring: Callable[[str], None],
    counters: Counters,
    keep_bodies: bool = True,
) -> Blueprint:
    """``doorbells``: accounts with a secret that can prove a webhook.

    ``keep_bodies``: they hold names of candidates; without them their hash is kept.

    ``ring`` gets the account's name after its delivery is durable; it must return at once.
    """
    blueprint = Blueprint("webhooks", __name__)
    seldom = _Seldom()

    def refused(name: str, problem: BadSignature) -> Response:
        counters.count("refused")
        seldom.warn(
            f"refused {name}",
            "a webhook for %s was refused: %s If the secret is right, look for a proxy in front of "
            "Afterword that decodes or rewrites bodies: the signature is over the raw bytes.",
            name,
            problem,
        )
        return _plain(401, "The signature does not prove where this comes from.")

    def take(ats: Ats, asked: WebhookRequest, secret_id: str, now: datetime) -> Received:
        rung, flaw = _heard(ats, asked)
        if flaw:
            counters.count("unreadable")
        elif rung and not rung.known:
            counters.count("unknown")
        body = asked.body if keep_bodies else None
        return store.receive(ats.name, _delivery(asked, body, secret_id, now, rung, flaw))

    @blueprint.route("/webhooks/<name>", methods=["POST"], provide_automatic_options=False)
    @blueprint.route(
        "/webhooks/<name>/<path:secret>", methods=["POST"], provide_automatic_options=False
    )
    def receive(name: str, secret: str = "") -> Response:
        ats = accounts.get(name)
        if ats is None:
            return _plain(404, "No such account is connected here.")
        if secret and not ats.capabilities.secret_path:
            return _plain(404, "There is nothing here.")
        if name not in doorbells:
            seldom.warn(
                f"deaf {name}",
                "a webhook for %s was not looked at: no secret is set to prove it with. "
                "Set its webhook secret, or delete the webhook at the vendor.",
                name,
            )
            return _plain(404, "This account takes no webhooks.")
        if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            return _plain(415, "The body must come without a Content-Encoding.")
        headers = {key.lower(): value for key, value in request.headers}
        asked = WebhookRequest(headers=headers, body=request.get_data(cache=False), path=secret)
        now = clock()
        try:
            secret_id = ats.verify(asked, now)
        except BadSignature as problem:
            return refused(name, problem)
        try:
            received = take(ats, asked, secret_id, now)
        except StoreProblem as problem:
            counters.count("turned_away")
            seldom.warn(f"store {name}", "a webhook for %s was turned away: %s", name, problem)
            return unavailable()
        counters.count("again" if received.again else "accepted")
        ring(name)
        return _plain(200, "")

    return blueprint


def _heard(ats: Ats, asked: WebhookRequest) -> tuple[Rung | None, Unreadable | None]:
    try:
        return ats.rung(asked), None
    except Unreadable as flaw:
        return None, flaw


def _delivery(
    asked: WebhookRequest,
    body: bytes | None,
    secret_id: str,
    now: datetime,
    rung: Rung | None,
    flaw: Unreadable | None,
) -> Delivery:
    """What to keep: that it came, and what to read again as far as it was understood."""
    state = "parked" if flaw else "waiting" if rung and rung.refs else "ignored"
    return Delivery(
        received_at=now,
        event_id=rung.event_id if rung else None,
        body_hash=hashlib.sha256(asked.body).hexdigest(),
        secret_id=secret_id,
        body=body,
        action=rung.action if rung else None,
        refs=rung.refs if rung else (),
        state=state,
        reason=str(flaw) if flaw else None,
    )


def _plain(status: int, sentence: str) -> Response:
    return Response(f"{sentence}\n" if sentence else "", status=status, mimetype="text/plain")


def unavailable() -> Response:
    """503: nothing was stored, come again."""
    answer = _plain(503, "This cannot be stored at the moment; nothing was accepted.")
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer
