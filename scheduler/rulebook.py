"""Everything the policy file can say, over the environment's defaults, as one value. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.hours import Working
from scheduler.policy import Policy

GAPS = (1, 1, 2, 5)
"""Working days from one message to a person to the next: after none, one, two, three or more in a
row that brought nothing."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    policy: Policy = field(default_factory=Policy)
    """Without the moment an account's silence about history ends; every account adds its own."""
    working: Working = field(default_factory=Working)
    gaps: tuple[int, ...] = GAPS
    allowed: tuple[str, ...] = ()
    """Shell patterns of mail addresses that may be written to; empty: everybody."""
    most_messages: int = 100
    """Of one run."""
    slack_ids: Mapping[str, str] = field(default_factory=dict)
    """Who has another address in Slack: lower-case mail address of the ATS to Slack user id."""
