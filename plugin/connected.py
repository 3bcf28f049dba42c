"""What the connected accounts can tell, and where their webhooks go: for ``check`` and the page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from connectors.ats.base import Ats
from scheduler.phrases import counted

LATELY = timedelta(days=60)
"""An account that could not tell for so long is said to be unable to (other-ats.md 2)."""
MASK = "…"
"""In place of a secret that is a part of an address."""


class ConnectedStore(Protocol):
    def last_delivery(self, ats: str) -> datetime | None: ...
    def untold(self, ats: str, since: datetime, until: datetime) -> tuple[int, int]: ...


@dataclass(frozen=True, slots=True)
class Bell:
    """Where the webhooks of an account arrive."""

    address: str
    """To be pasted at the vendor; a secret in it is masked, and without a public address of ours
    it begins with a slash."""
    masked: bool
    proved: bool
    """Whether a secret is set; without one every delivery is refused."""
    last_at: datetime | None
    """When the newest proved delivery came in."""


@dataclass(frozen=True, slots=True)
class Connected:
    """One connected account."""

    name: str
    cannot_tell: str
    """Goes on after ``This account cannot tell``, with a full stop; empty: it can tell all."""
    bell: Bell | None
    """None: this ATS sends no webhooks."""


def connected(
    store: ConnectedStore,
    accounts: Mapping[str, Ats],
    doorbells: Collection[str],
    public_url: str | None,
    now: datetime,
) -> list[Connected]:
    """Every account as it stands. ``doorbells``: those with a secret. Raises StoreProblem."""
    return [
        Connected(
            name=name,
            cannot_tell=_cannot_tell(store, ats, now),
            bell=_bell(store, ats, name in doorbells, public_url),
        )
        for name, ats in accounts.items()
    ]


def webhook_address(ats: Ats, public_url: str | None, secret: str = MASK) -> str:
    """Where this account's webhooks go; where they prove themselves by their path, with it."""
    path = f"/{secret}" if ats.capabilities.secret_path else ""
    return f"{(public_url or '').rstrip('/')}/webhooks/{ats.name}{path}"


def _bell(store: ConnectedStore, ats: Ats, proved: bool, public_url: str | None) -> Bell | None:
    if not ats.capabilities.webhooks:
        return None
    address, masked = webhook_address(ats, public_url), ats.capabilities.secret_path
    return Bell(address, masked, proved, store.last_delivery(ats.name))


def _cannot_tell(store: ConnectedStore, ats: Ats, now: datetime) -> str:
    """As the connector says of itself, and as it shows in the scorecards of the last weeks."""
    asked, untold = store.untold(ats.name, now - LATELY, now)
    if not ats.capabilities.submission or (asked and untold == asked):
        return "who handed in: what has no evidence is unknown, and nobody is nudged."
    if not untold:
        return ""
    return (
        f"of {untold:,} of {counted(asked, 'scorecard')} of the last {LATELY.days} days whether "
        "they were handed in: these are unknown, and nobody is nudged about them."
    )
