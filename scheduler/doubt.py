"""Messages in doubt: the request went out, and nobody knows whether it arrived (case 45).

The channel is asked first where it can tell. What stays in doubt is held and shown, or, where
``on_ambiguous`` says so, sent once more with the same id, and then never again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.notify.base import DeliveryState, Notifier, Reconciling
from scheduler.store import Outgoing, Store


class OnAmbiguous(StrEnum):
    """What becomes of a message when its channel cannot say whether it arrived."""

    HOLD = "hold"
    """It is shown as unknown and never sent again; the next step speaks anyway."""
    RESEND = "resend"
    """It is sent once more, if all it says still holds."""


GRACE = timedelta(minutes=2)
"""So long a message may still be arriving, and its channel is not asked about it."""
ASKED_FOR = timedelta(days=1)
"""Older doubts are not looked into any more."""
ASK_AGAIN = timedelta(minutes=15)
"""At the earliest; later as the doubt grows older."""


def still_open(
    store: Store, notifiers: Sequence[Notifier], kinds: Iterable[str], now: datetime
) -> list[Outgoing]:
    """Ask the channels about every message of these kinds that is in doubt.

    What they know is kept: sent, or planned again because it surely did not arrive. Returns those
    that stay in doubt and were not sent a second time yet.
    """
    by_name = {each.name: each for each in notifiers}
    found: list[Outgoing] = []
    doubts = store.in_doubt(
        kinds, since=now - ASKED_FOR, known_before=now - GRACE, asked_before=now
    )
    for each in doubts:
        created_at = each.created_at or now
        notifier: object = by_name.get(each.channel)
        if isinstance(notifier, Reconciling):
            told = notifier.look_up(each.id, each.address, created_at)
            if told is not None and told.state is not DeliveryState.UNKNOWN:
                store.cleared_up(each.id, told, now)
                continue
            store.ask_later(each.id, now + max(ASK_AGAIN, now - created_at))
        if not each.doubted:
            found.append(each)
    return found


def clear_up(
    store: Store,
    notifiers: Sequence[Notifier],
    kinds: Iterable[str],
    on_ambiguous: OnAmbiguous,
    now: datetime,
) -> None:
    """The same for messages that hold whenever they arrive (reports, alarms): what stays in doubt
    is planned once more where that is wanted."""
    for each in still_open(store, notifiers, kinds, now):
        if on_ambiguous is OnAmbiguous.RESEND:
            store.send_again(each.id, now)
