"""Posts a message to Microsoft Teams through a Workflows webhook.

Facts: email-and-teams.md sections 9 and 10. The webhook leads to one channel or chat that its owner
chose. 202 means that the flow was started: whether a post appeared, the flow does not tell. Its
address carries its own signature and is a secret as a whole, so that no error may name it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from connectors.ats.base import Finding
from connectors.notify.base import Delivery, DeliveryState, Message
from connectors.options import Channel, Option, loopback

TIMEOUT = (5.0, 30.0)
"""Seconds to connect, seconds between two bytes."""
MOST_BYTES = 28_000
"""Of the whole request; Teams refuses more."""
UNTOLD_WAIT = 60.0
"""Seconds to wait on a 429 without a Retry-After."""
CARD = "application/vnd.microsoft.card.adaptive"
RETIRED = "webhook.office.com"
"""Office 365 connectors: switched off in May 2026."""
GONE = {401, 403, 404, 405, 410}
NEW_FLOW = "make a Workflows webhook in Teams and put its address into TEAMS_WEBHOOK_URL"


class Teams:
    """``url``: of the webhook. ``timeout``: seconds to connect, and between two bytes."""

    name = "teams"

    def __init__(self, url: str, *, timeout: tuple[float, float] = TIMEOUT) -> None:
        self._url = url
        self._timeout = timeout

    def deliver(self, message: Message) -> Delivery:
        """Try once. ``reference`` is "handed over": more than that nobody is told."""
        body = json.dumps(payload_of(message), ensure_ascii=False).encode("utf-8", "replace")
        if len(body) > MOST_BYTES:
            reason = "The card is larger than Teams takes: please report this as a bug."
            return Delivery(DeliveryState.FAILED, reason, permanent=True)
        try:
            with requests.post(
                self._url,
                data=body,
                headers={"Content-Type": "application/json; charset=utf-8"},
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,  # the answer's body is not read: nothing in it is of use
            ) as answer:
                return _meaning(answer.status_code, answer.headers)
        except (requests.RequestException, OSError) as problem:
            return _no_answer(problem)

    def check(self) -> Iterable[Finding]:
        """The form of the address. A webhook cannot be tried without posting."""
        host = urlsplit(self._url).hostname or ""
        detail = f"is set ({host}); whether its flow still works shows only when it posts"
        yield Finding("Teams webhook", True, detail)
        if host.endswith(".logic.azure.com"):
            old = "is of the old kind, which Microsoft announced to end on 30 November 2025"
            remedy = "Open the flow in Teams and copy its new address into TEAMS_WEBHOOK_URL."
            yield Finding("Teams webhook", False, old, remedy, optional=True)


def payload_of(message: Message) -> dict[str, Any]:
    """What the webhook is sent. Who is meant in person is mentioned."""
    card = dict(message.card or _plain_card(message))
    if "@" in message.to.address:
        card = _mentioning(card, message.to.name, message.to.address)
    return {
        "type": "message",
        "attachments": [{"contentType": CARD, "contentUrl": None, "content": card}],
    }


def _mentioning(card: Mapping[str, Any], name: str, address: str) -> dict[str, Any]:
    """The id of a mention may be the user principal name, which looks like a mail address and is
    the same as the mail address in most companies."""
    shown = "".join(c for c in name or address if c.isprintable() and c not in "<>*_~`[]\\")[:60]
    tag = f"<at>{shown}</at>"
    entity = {"type": "mention", "text": tag, "mentioned": {"id": address, "name": shown}}
    first = {"type": "TextBlock", "text": tag, "wrap": True}
    teams = {**card.get("msteams", {}), "entities": [entity]}
    return {**card, "body": [first, *card.get("body", ())], "msteams": teams}


def _plain_card(message: Message) -> dict[str, Any]:
    """For a message that comes without a card (of a third party): its subject."""
    block = {"type": "TextBlock", "text": message.subject, "wrap": True}
    return {"type": "AdaptiveCard", "version": "1.4", "body": [block]}


def _meaning(status: int, headers: Mapping[str, str]) -> Delivery:
    failed = DeliveryState.FAILED
    if status in (200, 202):
        return Delivery(DeliveryState.SENT, reference="handed over")
    if status == 429:
        wait = _seconds(headers.get("Retry-After"))
        return Delivery(failed, f"Teams asks to wait {wait:.0f} s.", retry_after=wait)
    if status in GONE or 300 <= status < 400:
        reason = f"The Teams webhook is gone or switched off (HTTP {status}): {NEW_FLOW}."
        return Delivery(failed, reason, channel_down=True)
    if status >= 500:
        return Delivery(failed, f"Teams is out of order (HTTP {status}); it is tried again.")
    reason = f"Teams refuses the message itself (HTTP {status}): please report this as a bug."
    return Delivery(failed, reason, permanent=True)


def _no_answer(problem: Exception) -> Delivery:
    """Before the request went out it is a plain failure; after it, nobody knows."""
    cause = getattr(problem.args[0], "reason", None) if problem.args else None
    if isinstance(problem, requests.exceptions.SSLError):
        reason = "The certificate of the Teams webhook's host cannot be trusted."
        return Delivery(DeliveryState.FAILED, reason)
    never_sent = isinstance(cause, NewConnectionError | ConnectTimeoutError)
    early = (requests.ConnectTimeout, requests.exceptions.ProxyError)
    if never_sent or isinstance(problem, early):
        return Delivery(DeliveryState.FAILED, "The Teams webhook's host could not be reached.")
    reason = "The message went to Teams and no answer came back: it may have been posted."
    return Delivery(DeliveryState.UNKNOWN, reason)


def _seconds(header: str | None) -> float:
    try:
        return max(0.0, float(header or UNTOLD_WAIT))
    except ValueError:
        return UNTOLD_WAIT


def webhook_url(value: str) -> str:
    """An option's reader. The address is a secret: no complaint repeats it."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    if host == RETIRED or host.endswith(f".{RETIRED}"):
        raise ValueError("is that of an Office 365 connector, which Microsoft has switched off")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback(host)):
        raise ValueError("does not begin with https://")
    if not host or parts.username or parts.fragment or not value.isprintable() or " " in value:
        raise ValueError("is not a URL as Teams gives it")
    return value


CHANNEL = Channel(
    name="teams",
    title="Microsoft Teams",
    options=(
        Option(
            "TEAMS_WEBHOOK_URL",
            "webhook_url",
            "The Workflows webhook that posts to a Teams channel: reports and alarms, and what the "
            "policy addresses to teams.",
            "In Teams, add a workflow that posts to a channel when a webhook request is received, "
            "and copy its address.",
            required=True,
            secret=True,
            whole=True,
            read=webhook_url,
        ),
    ),
    build=lambda given: Teams(given.one("webhook_url")),
)
