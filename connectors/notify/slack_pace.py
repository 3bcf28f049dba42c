"""How fast Slack may be asked. One of these is shared by everything that speaks with Slack.

Limits count per method, per workspace, per app (slack.md 3): calls a minute by tier, and about one
post a second in a channel. Where Slack itself asks to wait, the whole method waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

MOST_WAIT = 5.0
"""Seconds that a call waits for its turn. Longer, and its caller comes back another time."""


class TooSoon(Exception):
    """Not this call's turn yet, for longer than is worth waiting. ``seconds``: how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack may be asked again in {seconds:.0f} s.")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Limit:
    a_minute: int
    at_once: int

    @property
    def between(self) -> float:
        """Seconds between two calls, so that no minute sees more than ``a_minute``, the ones made
        at once among them."""
        return 60 / (self.a_minute - self.at_once)


TIER_2, TIER_3, TIER_4 = Limit(20, 4), Limit(50, 10), Limit(100, 20)
LIMITS = {
    # Slack names no number for all posts of a workspace ("several hundred"): well below that.
    "chat.postMessage": Limit(120, 20),
    "chat.update": TIER_3,
    "users.lookupByEmail": TIER_3,
    "users.info": TIER_4,
    "users.list": TIER_2,
    "conversations.open": TIER_3,
    "conversations.history": TIER_3,
    "dnd.info": TIER_3,
    "dnd.teamInfo": TIER_2,
    "views.open": TIER_4,
    "views.update": TIER_4,
    "views.publish": TIER_4,
    "chat.postEphemeral": TIER_4,
}
IN_A_CHANNEL = Limit(63, 3)
"""One post a second, and short bursts."""
POSTS = "chat.postMessage"


class Pace:
    """Safe to share by threads. ``monotonic`` and ``sleep``: in seconds."""

    def __init__(self, monotonic: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}
        """By method, and by channel for posts: when the next call would be due if calls came
        evenly; as many as may be made at once may be ahead of it."""
        self._held: dict[str, float] = {}

    def wait(self, method: str, channel: str | None = None) -> None:
        """Return when it is this call's turn. Raises TooSoon, and then no turn was taken."""
        limits = {method: LIMITS[method]} if method in LIMITS else {}
        if method == POSTS and channel is not None:
            limits[f"{method} {channel}"] = IN_A_CHANNEL
        with self._lock:
            now = self._monotonic()
            due = {name: max(now, self._next.get(name, now)) for name in limits}
            free = [due[name] - limits[name].between * (limits[name].at_once - 1) for name in due]
            delay = max([now, self._held.get(method, now), *free]) - now
            if delay > MOST_WAIT:
                raise TooSoon(delay)
            for name, limit in limits.items():
                self._next[name] = due[name] + limit.between
        if delay > 0:
            self._sleep(delay)

    def hold(self, method: str, seconds: float) -> None:
        """Slack asked to wait: nobody calls this method before."""
        with self._lock:
            until = self._monotonic() + seconds
            self._held[method] = max(until, self._held.get(method, until))
