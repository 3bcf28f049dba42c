"""A finished message, what became of it, and what every notifier fulfils."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from connectors.ats.base import Finding

WHERE_ANSWERED = "where-answered"
"""``block_id`` of a Slack block that only holds where people can answer there."""


class MessageKind(StrEnum):
    NUDGE = "nudge"
    """To the interviewer, about one scorecard."""
    DIGEST = "digest"
    """To the interviewer, about several."""
    ESCALATION = "escalation"
    """To somebody else about scorecards that are still missing."""
    REPORT = "report"
    ALARM = "alarm"
    """To whoever runs Afterword: something needs a hand."""


@dataclass(frozen=True, slots=True)
class Recipient:
    name: str
    address: str
    """A mail address; for what everybody may read also a Slack channel written ``#name``, and
    ``teams`` or ``apprise`` for what was set up there."""


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """Finished: whoever delivers it decides nothing and looks nothing up but the person."""

    id: str
    """Our own, fixed before the first try; the mail's Message-ID is made from it."""
    kind: MessageKind
    to: Recipient
    subject: str
    text: str
    """Complete and plain: the mail's text part, Slack's fallback, the console."""
    html: str | None = None
    blocks: tuple[Mapping[str, Any], ...] = ()
    """Slack Block Kit, within the documented limits."""
    in_reply_to: str | None = None
    """The ``id`` of the first message about the same thing, so that mail threads."""
    attachments: tuple[Attachment, ...] = ()
    card: Mapping[str, Any] | None = None
    """The same as an Adaptive Card, for channels that show one."""
    unsubscribe_url: str | None = None
    """Of a report by mail: where one click takes this address off the list."""


class DeliveryState(StrEnum):
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The request went out and no answer came back: never blindly sent again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one try. A failure is a value, not an exception."""

    state: DeliveryState
    reason: str = ""
    """One sentence, without secrets; empty when sent."""
    permanent: bool = False
    """Failed for good on this channel: another channel may be tried, a retry may not."""
    channel_down: bool = False
    """The channel itself is broken (token, login): pause it, do not blame the person."""
    retry_after: float | None = None
    """Seconds, when the other side asked to wait."""
    reference: str | None = None
    """Slack: ``channel:ts``. Mail: the Message-ID."""


class Notifier(Protocol):
    @property
    def name(self) -> str:
        """``slack``, ``mail``, ``teams``, ``apprise`` or ``console``."""

    def deliver(self, message: Message) -> Delivery:
        """Try once. Never raises for what the outside can cause."""

    def check(self) -> Iterable[Finding]:
        """Token, rights, login, one finding each. Sends nothing. Does not raise."""


@runtime_checkable
class Rewriting(Protocol):
    """A notifier whose messages can be changed after they were sent."""

    def rewrite(self, message: Message, reference: str) -> Delivery:
        """Put ``message`` in the place of the one that ``reference`` names. Tries once.

        FAILED and ``permanent``: it can never be changed again (deleted, too old).
        """


@runtime_checkable
class Reconciling(Protocol):
    """A notifier that may be able to say whether a message of unknown state has arrived."""

    def look_up(self, message_id: str, address: str, since: datetime) -> Delivery | None:
        """SENT with its reference, FAILED when it surely is not there, None: cannot tell."""
