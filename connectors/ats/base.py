"""What every ATS connector fulfils."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from connectors.model import Page, Ref


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this ATS can tell, as data."""

    submission: bool
    """Whether it can say that a given interviewer handed in for a given interview."""
    webhooks: bool
    """Whether a webhook can ring at all; polling alone is always enough."""
    own_reminders: str
    """One sentence for the set-up guide: what the ATS itself sends to interviewers."""
    secret_path: bool = False
    """Whether its webhooks are unsigned and prove themselves by a secret in the address."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """What arrived, before anybody believed it. Header names are lower case."""

    headers: Mapping[str, str]
    body: bytes
    path: str = ""
    """What follows the account's name in the address, for vendors that cannot sign."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A proven webhook, reduced to a doorbell."""

    action: str
    event_id: str | None
    """The vendor's id of this delivery, if it sends one."""
    refs: tuple[Ref, ...] = ()
    """What to read again. Empty: a known event that does not matter, or a ping."""
    known: bool = True
    """False for an event type that the vendor's documentation does not list."""


class Unreadable(ValueError):
    """A proven webhook whose body is not what the vendor documents; parked with ``path``."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of ``afterword check``."""

    subject: str
    ok: bool
    detail: str
    remedy: str = ""
    optional: bool = False
    """A failed optional finding is a warning, not a failure."""


@dataclass(frozen=True, slots=True)
class Window:
    """Interviews whose end lies in [since, until); the days of ``ends_on`` likewise, in UTC."""

    since: datetime
    until: datetime


class Ats(Protocol):
    """One connected account."""

    @property
    def name(self) -> str:
        """The account's name in the store and in every list, e.g. ``greenhouse``."""

    @property
    def capabilities(self) -> Capabilities: ...

    def pull(self, window: Window, state: Mapping[str, Any]) -> Iterator[Page]:
        """Everything about the interviews of the window, page by page.

        ``state`` is {} at first, or the state of the last stored page of an interrupted pull over
        the same window. Raises ConnectorError; pages yielded before stay good.
        """

    def read(self, refs: Sequence[Ref]) -> Iterator[Page]:
        """The named records as they are now, with everything that hangs on them.

        An application brings its interviews, a candidate brings their applications. What is gone
        is listed in ``missing``. Raises ConnectorError.
        """

    def verify(self, request: WebhookRequest, now: datetime) -> str:
        """The id of the secret that proves the request. Raises BadSignature."""

    def rung(self, request: WebhookRequest) -> Rung:
        """What a proven request is about. Raises Unreadable."""

    def check(self) -> Iterable[Finding]:
        """Token, and each right that is needed, one finding each. Does not raise."""
