"""When a message that failed is tried again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.notify.base import Delivery, DeliveryState

FIRST_WAIT = timedelta(minutes=5)
"""Doubled with each try."""
LONGEST_WAIT = timedelta(hours=1)
"""Where the other side asks for nothing else."""
LONGEST_OBEYED = timedelta(days=1)
"""Whoever asks to wait longer than this is asked again after it."""
MOST_ATTEMPTS = 5
"""On one channel, where another is left: about 75 minutes."""
LAST_ATTEMPTS = 24
"""On the last channel: about 20 hours, so that a night's outage costs nobody a message."""


def next_try(
    delivery: Delivery, attempts: int, now: datetime, *, last: bool = True
) -> datetime | None:
    """When to try again after the failure of a try that ``attempts`` others came before.

    ``last``: no other channel is left. Only then is it worth waiting for one that broke down.
    None: it was sent, nobody knows whether it was, it failed for good, or it was tried enough.
    """
    if delivery.state is not DeliveryState.FAILED or delivery.permanent:
        return None
    if delivery.channel_down and not last:
        return None
    if attempts + 1 >= (LAST_ATTEMPTS if last else MOST_ATTEMPTS):
        return None
    wait = min(FIRST_WAIT * (1 << min(attempts, 10)), LONGEST_WAIT)
    asked = min(delivery.retry_after or 0.0, LONGEST_OBEYED.total_seconds())
    return now + max(wait, timedelta(seconds=asked))
