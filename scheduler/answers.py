"""What somebody may answer to a nudge, and what is in force at a moment. Pure.

An answer concerns one scorecard, takes effect at once, and may be undone. The newest that is not
undone is in force; a later answer takes the place of an earlier one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.model import require_utc

LONGEST_SNOOZE = timedelta(days=14)
"""So long a candidate may be kept waiting by a snooze; the ladder stands still until its end."""


class AnswerKind(StrEnum):
    DONE_ELSEWHERE = "done_elsewhere"
    """The notes exist, not in the ATS: excused."""
    SNOOZE = "snooze"
    """Until a moment nobody is spoken to about it; it stays overdue."""
    HAND_OVER = "hand_over"
    """Somebody of the panel, or the recruiter, takes it: excused, and that person is told once."""
    DID_NOT_HAPPEN = "did_not_happen"
    """This interviewer did not hold this interview: excused, with a reason."""


class Why(StrEnum):
    """Why an interview did not happen."""

    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    """The candidate did not come."""
    MOVED = "moved"
    NOT_ME = "not_me"
    """It took place without this interviewer."""
    OTHER = "other"


WHY = {
    Why.CANCELLED: "It was called off",
    Why.NO_SHOW: "The candidate did not come",
    Why.MOVED: "It was moved to another day",
    Why.NOT_ME: "Somebody else held it",
    Why.OTHER: "Something else",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer about one scorecard."""

    id: str
    kind: AnswerKind
    at: datetime
    by: str
    """The mail address of whoever answered, lower case."""
    via: str
    """``slack``, ``mail``, ``page``."""
    until: datetime | None = None
    """Of a SNOOZE."""
    to_id: str | None = None
    """Of a HAND_OVER: the person's id in the account of the scorecard."""
    reason: str | None = None
    """Of DID_NOT_HAPPEN: a ``Why``."""
    undone_at: datetime | None = None
    undone_by: str | None = None

    def __post_init__(self) -> None:
        require_utc(self)


def in_force(answers: Sequence[Answer], now: datetime) -> Answer | None:
    """The newest answer at ``now`` that was not undone by then. ``now`` may lie in the past."""
    standing = [a for a in answers if a.at <= now and (a.undone_at is None or a.undone_at > now)]
    return max(standing, key=lambda each: (each.at, each.id), default=None)
