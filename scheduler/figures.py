"""The numbers of a report, computed from judged scorecards, and how they are shown. Pure.

Hours and rates are kept unrounded. They are rounded half up to one decimal where they are shown,
and where there was nothing to count the cell says "no data", never 0 or 100 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.model import ApplicationState
from scheduler.facts import Audience, Judgement, ScorecardFacts, ScorecardKey, Status, Told
from scheduler.policy import Policy
from scheduler.reaching import undeliverable

COUNTED = (
    Status.SUBMITTED,
    Status.SUBMITTED_LATE,
    Status.OVERDUE,
    Status.AWAITING,
    Status.EXCUSED,
    Status.CANCELLED,
    Status.UNKNOWN,
)
"""The seven statuses of a report in printed order; the first four are the expected ones."""
AGES = {"0-1": 1, "1-3": 3, "3-7": 7}
"""Days overdue and the bound that still belongs to the age; beyond them is ``over 7``."""
OLDEST = "over 7"
NO_DATA = "no data"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

Judged = tuple[ScorecardFacts, Judgement]


@dataclass(frozen=True, slots=True)
class TimeToFeedback:
    """End of the interview to first submission, over what was handed in, by nearest rank."""

    n: int
    median_hours: float | None
    p90_hours: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a set of scorecards. Rates are 0 to 1, or None for no data."""

    counts: dict[str, int]
    """By status, always all seven, in the order of ``COUNTED``."""
    time_to_feedback: TimeToFeedback
    excused_by_reason: dict[str, int]
    undeliverable: int
    """Owed (overdue or awaiting) by people who cannot be reached."""
    on_behalf: int
    """Handed in by somebody else for the interviewer: counted once, and marked."""

    @property
    def size(self) -> int:
        return sum(self.counts.values())

    @property
    def expected(self) -> int:
        return sum(self.counts[status] for status in COUNTED[:4])

    @property
    def handed_in(self) -> int:
        return self.counts[Status.SUBMITTED] + self.counts[Status.SUBMITTED_LATE]

    @property
    def submission_rate(self) -> float | None:
        """Handed in / expected."""
        return rate(self.handed_in, self.expected)

    @property
    def on_time_rate(self) -> float | None:
        """Handed in on time / (handed in + overdue): what is awaiting cannot be late yet."""
        return rate(self.counts[Status.SUBMITTED], self.handed_in + self.counts[Status.OVERDUE])

    @property
    def excused_rate(self) -> float | None:
        """Excused / (expected + excused): guards against gaming by dismissal."""
        excused = self.counts[Status.EXCUSED]
        return rate(excused, self.expected + excused)

    def as_json(self) -> dict[str, Any]:
        return {
            "counts": dict(self.counts),
            "expected": self.expected,
            "submission_rate": self.submission_rate,
            "on_time_rate": self.on_time_rate,
            "time_to_feedback": asdict(self.time_to_feedback),
            "excused_rate": self.excused_rate,
            "excused_by_reason": dict(self.excused_by_reason),
            "undeliverable": self.undeliverable,
            "on_behalf": self.on_behalf,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Figures:
        return cls(
            dict(stored["counts"]),
            TimeToFeedback(**stored["time_to_feedback"]),
            dict(stored["excused_by_reason"]),
            stored["undeliverable"],
            stored["on_behalf"],
        )


@dataclass(frozen=True, slots=True)
class Backlog:
    """Everything overdue at ``asof``, whatever its week."""

    n: int
    overdue_hours: float
    """The sum of ``asof - due``."""
    ages: dict[str, int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Active applications with an ended interview; days since the last one, whatever its week."""

    n: int
    median_days: float | None
    max_days: float | None


@dataclass(frozen=True, slots=True)
class Nudging:
    """What nudges of the cohort were followed by; says nothing about cause."""

    sent: int
    scorecards: int
    """Scorecards nudged at least once."""
    converted: int
    """Of these, submitted within 24 hours after a nudge."""

    @property
    def conversion(self) -> float | None:
        return rate(self.converted, self.scorecards)

    @property
    def per_scorecard(self) -> float | None:
        return rate(self.sent, self.scorecards)


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A person of the cohort who owes something and cannot be reached, named for the owner."""

    name: str
    reason: str
    scorecards: int


def figures(rows: Iterable[Judged]) -> Figures:
    """The numbers of a set of scorecards, none of which is upcoming."""
    counts = dict.fromkeys(map(str, COUNTED), 0)
    taken: list[float] = []
    excuses: Counter[str] = Counter()
    unreached = on_behalf = 0
    for facts, judgement in rows:
        counts[judgement.status] += 1
        if judgement.status in (Status.SUBMITTED, Status.SUBMITTED_LATE):
            assert facts.submitted_at is not None
            assert judgement.ended_at is not None
            taken.append(max(facts.submitted_at - judgement.ended_at, timedelta(0)) / _HOUR)
            on_behalf += facts.submitter_id not in (None, facts.key.interviewer_id)
        elif judgement.status is Status.EXCUSED:
            excuses[judgement.excuse or "other"] += 1
        unreached += owed_by_nobody((facts, judgement)) is not None
    time = TimeToFeedback(len(taken), percentile(taken, 50), percentile(taken, 90))
    return Figures(counts, time, dict(sorted(excuses.items())), unreached, on_behalf)


def owed_by_nobody(row: Judged) -> str | None:
    """Why the person who owes this scorecard cannot be reached; None if it is not owed."""
    facts, judgement = row
    owed = judgement.status in (Status.OVERDUE, Status.AWAITING)
    return undeliverable(facts) if owed else None


def unreachable(rows: Iterable[Judged]) -> tuple[Unreachable, ...]:
    """The people of the cohort who owe something and cannot be reached, by name."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    for row in rows:
        reason = owed_by_nobody(row)
        if reason:
            person = row[0].interviewer
            found[person.name, row[0].key.ats, person.id, reason] += 1
    return tuple(Unreachable(key[0], key[3], n) for key, n in sorted(found.items()))


def backlog(rows: Iterable[Judged], asof: datetime) -> Backlog:
    """All that is overdue, of whatever week."""
    late = [
        asof - judgement.due_at
        for _, judgement in rows
        if judgement.status is Status.OVERDUE and judgement.due_at is not None
    ]
    ages = dict.fromkeys((*AGES, OLDEST), 0)
    for each in late:
        ages[next((age for age, most in AGES.items() if each <= most * _DAY), OLDEST)] += 1
    return Backlog(len(late), sum(late, timedelta(0)) / _HOUR, ages)


def candidates_waiting(rows: Iterable[Judged], asof: datetime) -> Waiting:
    """Applications that are active, as far as the store knows now, with an interview behind them.

    A cancelled interview is not one; a scorecard of somebody who left the panel still shows that
    the candidate was there.
    """
    last: dict[tuple[str, str], datetime] = {}
    for facts, judgement in rows:
        end = judgement.ended_at
        took_place = judgement.status is not Status.CANCELLED or judgement.excuse == "off_the_panel"
        active = facts.application_state is ApplicationState.ACTIVE
        if active and took_place and end is not None and end <= asof:
            application = (facts.key.ats, facts.application_id)
            last[application] = max(end, last.get(application, end))
    ages = [(asof - end) / _DAY for end in last.values()]
    return Waiting(len(ages), percentile(ages, 50), max(ages, default=None))


def nudging(
    rows: Iterable[Judged],
    told: Mapping[ScorecardKey, Sequence[Told]],
    policy: Policy,
    asof: datetime,
) -> Nudging:
    """Nudges that were sent by ``asof`` about these scorecards, and what followed."""
    steps = {place.name for place in policy.ladder if place.audience is Audience.INTERVIEWER}
    sent: list[int] = []
    converted = 0
    for facts, _ in rows:
        moments = [
            each.at
            for each in told.get(facts.key, ())
            if each.step in steps and each.state == "sent" and each.at <= asof
        ]
        sent.append(len(moments))
        submitted = facts.submitted_at
        if submitted is not None and submitted <= asof:
            converted += any(timedelta(0) <= submitted - at <= _DAY for at in moments)
    return Nudging(sum(sent), sum(map(bool, sent)), converted)


def percentile(values: Collection[float], percent: int) -> float | None:
    """Nearest rank: the smallest value with at least ``percent`` % of them at or below it."""
    if not values:
        return None
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(rank, 1) - 1]


def rate(part: int, whole: int) -> float | None:
    """``part / whole``, or None when there is nothing to divide by."""
    return part / whole if whole else None


def one_decimal(value: float) -> str:
    """Rounded half up by its decimal digits, so that 0.25 is 0.3; 1,234.5."""
    return f"{Decimal(repr(value)).quantize(Decimal('0.1'), ROUND_HALF_UP):,}"


def percent(value: float | None) -> str:
    """A rate of 0 to 1 as ``81.3 %``."""
    if value is None:
        return NO_DATA
    return str((Decimal(repr(value)) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)) + " %"


def hours(value: float | None) -> str:
    """As ``20.5 h``."""
    return NO_DATA if value is None else one_decimal(value) + " h"


def days(value: float | None) -> str:
    """As ``4.0 days``."""
    return NO_DATA if value is None else one_decimal(value) + " days"
