"""When a message that failed is tried again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.notify.base import Delivery, DeliveryState

FIRST_WAIT = timedelta(minutes=5)
"""Doubled with each try; longer when the other side asks for it."""
MOST_ATTEMPTS = 5


def for_good(delivery: Delivery) -> bool:
    """Whether trying this channel again cannot help."""
    return delivery.state is DeliveryState.FAILED and (delivery.permanent or delivery.channel_down)


def next_try(delivery: Delivery, attempts: int, now: datetime) -> datetime | None:
    """When to try again after the failure of a try that ``attempts`` others came before.

    None: it was sent, nobody knows whether it was, it failed for good, or it was tried enough.
    """
    if delivery.state is not DeliveryState.FAILED or for_good(delivery):
        return None
    if attempts + 1 >= MOST_ATTEMPTS:
        return None
    return now + max(FIRST_WAIT * (1 << attempts), timedelta(seconds=delivery.retry_after or 0))
