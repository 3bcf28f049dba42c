"""What interviewers answered, in the numbers of a week. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.answers import AnswerKind
from scheduler.facts import Status
from scheduler.figures import Judged
from scheduler.judging import HANDED_OVER

EXCUSES = ("done_elsewhere", HANDED_OVER, "did_not_happen")
"""Those that an answer brings about."""
DEFINITION = (
    "Answers: excused by what the interviewer answered to a nudge; snoozed, put off at least "
    "once and still expected; undone, answers that were taken back."
)


@dataclass(frozen=True, slots=True)
class AnswersGiven:
    """What was answered about the scorecards of a cohort, by ``asof``."""

    excused: dict[str, int]
    """Scorecards that an answer in force excuses, by the excuse; kinds without any are absent."""
    snoozed: int
    """Scorecards that were snoozed at least once, undone snoozes left out."""
    undone: int
    """Answers that were taken back."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> AnswersGiven | None:
        """None: the report was made before anybody could answer."""
        return cls(**stored) if stored else None


def answers_given(rows: Iterable[Judged], asof: datetime) -> AnswersGiven:
    excused: Counter[str] = Counter()
    snoozed = undone = 0
    for facts, judgement in rows:
        if judgement.status is Status.EXCUSED and judgement.excuse in EXCUSES:
            excused[judgement.excuse] += 1
        known = [each for each in facts.answers if each.at <= asof]
        standing = [each for each in known if each.undone_at is None or each.undone_at > asof]
        snoozed += any(each.kind is AnswerKind.SNOOZE for each in standing)
        undone += len(known) - len(standing)
    return AnswersGiven({why: excused[why] for why in EXCUSES if why in excused}, snoozed, undone)


def answers_in_words(answers: AnswersGiven | None) -> str:
    """``3 excused (2 handed over, 1 done elsewhere), 1 snoozed``; empty when there were none."""
    if answers is None:
        return ""
    words = []
    if whole := sum(answers.excused.values()):
        kinds = (f"{n:,} {why.replace('_', ' ')}" for why, n in answers.excused.items())
        words.append(f"{whole:,} excused ({', '.join(kinds)})")
    words += [f"{answers.snoozed:,} snoozed"] if answers.snoozed else []
    words += [f"{answers.undone:,} undone"] if answers.undone else []
    return ", ".join(words)
