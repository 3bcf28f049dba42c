"""Which channel carries a message: the one the policy names first, then the others. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from scheduler.plan import Draft

ROOMS = frozenset({"teams", "apprise"})
"""Channels that lead into one room: to a person's address only where the policy says so for the
step, because everybody in the room reads it."""


class Named(Protocol):
    @property
    def name(self) -> str: ...


Channel = TypeVar("Channel", bound=Named)


def serves(channel: str, address: str) -> bool:
    """Whether a channel leads to an address: a ``#channel`` is Slack's, a bare word is the name of
    the channel itself (``teams``), and a mail address is everybody's but the rooms'."""
    if address.startswith("#"):
        return channel == "slack"
    return channel not in ROOMS if "@" in address else channel == address


def in_order(channels: Sequence[Channel], draft: Draft) -> list[Channel]:
    """The channels that may carry a draft, best first.

    A channel that the policy names for a step goes first; where a digest mixes steps of several,
    that of the candidate who waits longest. It is a wish: when it is not set up, broken, or cannot
    reach the person, the others carry the message rather than nobody.
    """
    wish = next((each.step.channel for each in draft.owed if each.step.channel), None)
    able = [
        each
        for each in channels
        if serves(each.name, draft.to.address)
        or (each.name in ROOMS and {owed.step.channel for owed in draft.owed} == {each.name})
    ]
    return sorted(able, key=lambda each: each.name != wish)
