"""Delivers a message on Slack: finds the person by mail address, opens the chat, posts.

Facts: slack.md sections 3 to 6. Only ``chat.postMessage`` is ambiguous when its answer is lost,
and Slack has no idempotency key, so that it is never retried here; the look-ups before it are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.ats.base import Finding
from connectors.notify.base import (
    WHERE_ANSWERED,
    Delivery,
    DeliveryState,
    Message,
    MessageKind,
)
from connectors.notify.slack_api import API_URL, SlackApi
from connectors.notify.slack_errors import METADATA, PROBLEMS, code_of, harmless, post_failed
from connectors.notify.slack_people import NOBODY, People
from connectors.notify.slack_scopes import scope_findings
from connectors.options import Channel, Given, Option, vendor_url

EVENT = "afterword_message"
"""The type of a message's metadata. Anybody in the workspace may read metadata, so that it holds
our own id of the message and nothing else."""
LONGEST_TEXT = 3900
"""Characters of the fallback text; Slack asks for less than 4,000."""
BEFORE = timedelta(minutes=5)
"""How far Slack's clock may be behind ours when a message is looked for."""
MOST_PAGES = 20


class Slack:
    """``timeout``: seconds a call may take. People who were found are remembered by the directory
    (``people.directory``), those who were not are asked for again next time.

    ``interactive``: whether Slack can bring us what people click; otherwise messages go out with
    their links only. ``now``: the wall clock, aware UTC.
    """

    name = "slack"

    def __init__(
        self,
        token: str,
        api_url: str = API_URL,
        *,
        timeout: int = 30,
        signing_secrets: Sequence[str] = (),
        app_token: str | None = None,
        away_emoji: Collection[str] = (),
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.api = SlackApi(token, api_url, timeout=timeout, monotonic=monotonic, sleep=sleep)
        self.people = People(self.api, away_emoji)
        self.signing_secrets = tuple(signing_secrets)
        self.app_token = app_token
        self._now = now or _epoch
        self._chats: dict[str, str] = {}

    @property
    def interactive(self) -> bool:
        return bool(self.signing_secrets or self.app_token)

    def carries(self, kind: MessageKind, address: str) -> bool:
        """To people by their mail address, and to ``#channels``."""
        return address.startswith("#") or "@" in address

    def deliver(self, message: Message) -> Delivery:
        """Try once. ``reference`` is ``channel:ts``, what a later update needs."""
        address = message.to.address.strip().lower()
        try:
            channel = self._channel(address)
        except PROBLEMS as problem:
            return harmless(problem)
        delivery = self._post(channel, message)
        if delivery.permanent:
            self._chats.pop(address, None)
        return delivery

    def rewrite(self, message: Message, reference: str) -> Delivery:
        """Put a message in the place of another. The same twice does no harm."""
        channel, _, ts = reference.partition(":")
        try:
            self.api.ask("chat.update", channel=channel, ts=ts, **self._form(message))
        except PROBLEMS as problem:
            return harmless(problem)
        return Delivery(DeliveryState.SENT, reference=reference)

    def look_up(self, message_id: str, address: str, since: datetime) -> Delivery | None:
        """Whether a message of unknown state is in the chat; only where the token may read it.

        Nobody was written to whom Slack does not know.
        """
        try:
            if self.api.scopes is None:
                self.api.ask("auth.test")
            if "im:history" not in (self.api.scopes or ()):
                return None
            channel = self._channel(address.strip().lower())
            return self._in_history(channel, message_id, since)
        except PROBLEMS as problem:
            if code_of(problem) in NOBODY:  # whoever was written to is remembered
                return Delivery(DeliveryState.FAILED, "Slack knows nobody with this address.")
            return None

    def check(self) -> Iterable[Finding]:
        """Whether the token works, then each scope, then whether people can answer."""
        try:
            answer = self.api.ask("auth.test")
        except PROBLEMS as problem:
            failed = harmless(problem)
            return [Finding("Slack token", False, failed.reason, _remedy(failed))]
        detail = f"works for the workspace {answer.get('team', '?')}"
        return [
            Finding("Slack token", True, detail),
            *scope_findings(self.api.scopes, interactive=self.interactive),
            self._answers_finding(),
            Finding(
                "Slack messages tab",
                True,
                "cannot be asked for; `afterword slack manifest` switches it on",
                optional=True,
            ),
        ]

    def _answers_finding(self) -> Finding:
        ways = []
        if self.signing_secrets:
            ways.append("by signed requests to /slack/events")
        if self.app_token:
            ways.append("by Socket Mode")
        if ways:
            return Finding("Slack answers", True, f"come in {' and '.join(ways)}", optional=True)
        return Finding(
            "Slack answers",
            False,
            "nobody can answer in Slack: messages hold the link to the form and no buttons",
            "Set SLACK_SIGNING_SECRET (Basic Information), or SLACK_APP_TOKEN for Socket Mode.",
            optional=True,
        )

    def _channel(self, address: str) -> str:
        """The id of the direct chat with a person, or the channel itself."""
        if address.startswith("#"):
            return address
        if address not in self._chats:
            user = self.people.user_of(address, self._now())
            opened = self.api.ask("conversations.open", users=user)
            self._chats[address] = str(opened["channel"]["id"])
        return self._chats[address]

    def _post(self, channel: str, message: Message) -> Delivery:
        form = self._form(message)
        try:
            try:
                answer = self.api.ask("chat.postMessage", channel=channel, **form)
            except PROBLEMS as problem:
                if code_of(problem) not in METADATA:
                    raise
                del form["metadata"]  # refused, so that nothing was posted
                answer = self.api.ask("chat.postMessage", channel=channel, **form)
        except PROBLEMS as problem:
            return post_failed(problem)
        return Delivery(DeliveryState.SENT, reference=f"{answer['channel']}:{answer['ts']}")

    def _form(self, message: Message) -> dict[str, Any]:
        blocks: Iterable[Mapping[str, Any]] = message.blocks
        if not self.interactive:
            blocks = links_only(blocks)
        return {
            "text": _shortened(_escaped(message.text)),
            "blocks": [dict(block) for block in blocks] or None,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": EVENT, "event_payload": {"id": message.id}},
        }

    def _in_history(self, channel: str, message_id: str, since: datetime) -> Delivery | None:
        cursor = ""
        for _ in range(MOST_PAGES):
            page = self.api.ask(
                "conversations.history",
                channel=channel,
                oldest=f"{(since - BEFORE).timestamp():.6f}",
                include_all_metadata=True,
                limit=100,
                cursor=cursor,
            )
            for each in page.get("messages") or ():
                metadata = each.get("metadata") or {}
                if metadata.get("event_type") != EVENT:
                    continue
                if (metadata.get("event_payload") or {}).get("id") == message_id:
                    return Delivery(DeliveryState.SENT, reference=f"{channel}:{each['ts']}")
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return Delivery(DeliveryState.FAILED, "It is not in the chat: it never arrived.")
        return None


def links_only(blocks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Blocks without whatever would need an answer of ours when it is clicked."""
    kept: list[dict[str, Any]] = []
    for block in blocks:
        if block.get("block_id") == WHERE_ANSWERED:
            continue
        if block.get("type") == "actions":
            links = [each for each in block["elements"] if each.get("url")]
            if links:
                kept.append({**block, "elements": links})
        elif "accessory" in block and not block["accessory"].get("url"):
            kept.append({key: each for key, each in block.items() if key != "accessory"})
        else:
            kept.append(dict(block))
    return kept


def _epoch() -> datetime:
    """Where nobody says what time it is, no status counts as running out."""
    return datetime(1970, 1, 1, tzinfo=UTC)


def _remedy(failed: Delivery) -> str:
    if failed.channel_down:
        return "Copy the bot token (xoxb-…) from OAuth & Permissions into SLACK_BOT_TOKEN."
    return "Check that this machine reaches Slack (proxy, firewall, SLACK_API_URL)."


def _escaped(text: str) -> str:
    """Slack reads its own marks in the fallback too: a name must not mention everybody there."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shortened(text: str) -> str:
    """Whole lines only; the blocks and the mail hold the rest."""
    if len(text) <= LONGEST_TEXT:
        return text
    head = text[:LONGEST_TEXT]
    return head[: head.rfind("\n") + 1] + "…"


def _build(given: Given) -> Slack:
    return Slack(
        given.one("bot_token"),
        given.one("api_url"),
        signing_secrets=given.every("signing_secret"),
        app_token=given.maybe("app_token"),
        away_emoji=given.every("away_emoji"),
        sleep=given.sleep,
        now=given.clock,
    )


CHANNEL = Channel(
    name="slack",
    title="Slack",
    options=(
        Option(
            "SLACK_BOT_TOKEN",
            "bot_token",
            "The bot token of your Slack app; begins with xoxb-.",
            "Copy it from your Slack app's page OAuth & Permissions.",
            required=True,
            secret=True,
        ),
        Option(
            "SLACK_SIGNING_SECRET",
            "signing_secret",
            "Proves what Slack sends to /slack/events, so that people can answer in Slack; two "
            "with a comma between them while it is being changed.",
            "Copy it from your Slack app's page Basic Information.",
            secret=True,
            several=True,
        ),
        Option(
            "SLACK_APP_TOKEN",
            "app_token",
            "Lets people answer in Slack without a public address (Socket Mode); begins with "
            "xapp-.",
            "Make one with the scope connections:write on your Slack app's page Basic Information.",
            secret=True,
        ),
        Option(
            "SLACK_AWAY_EMOJI",
            "away_emoji",
            "Whoever has one of these as their status is out of office, e.g. palm_tree,sick.",
            "Write the names of emoji with commas between them.",
            several=True,
        ),
        Option(
            "SLACK_API_URL",
            "api_url",
            "The Slack API.",
            "Leave it out unless you test against something else.",
            default=API_URL,
            read=vendor_url,
        ),
    ),
    build=_build,
)
