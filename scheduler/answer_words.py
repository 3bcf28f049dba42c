"""What an answer is in words, for pages, commands and messages. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.answers import WHY, Answer, AnswerKind, Why
from scheduler.facts import ScorecardFacts
from scheduler.phrases import clean

SOMEBODY = "a colleague"
"""Whoever was chosen and is not known here any more."""


def told(answer: Answer, names: Mapping[str, str], zone: ZoneInfo) -> str:
    """In the middle of a sentence: ``snoozed until Thu 26 Nov 2026, 09:00``.

    ``names``: of people of the account by id, cleaned (``names_around``).
    """
    if answer.kind is AnswerKind.SNOOZE and answer.until:
        return f"snoozed until {moment(answer.until, zone)}"
    if answer.kind is AnswerKind.HAND_OVER:
        return f"handed over to {names.get(answer.to_id or '', SOMEBODY)}"
    if answer.kind is AnswerKind.DID_NOT_HAPPEN:
        return f"it did not happen: {because(answer).lower()}"
    return "done elsewhere"


def because(answer: Answer) -> str:
    """The reason as people read it; one that we do not know (another version's) is no reason."""
    return WHY[Why(answer.reason)] if answer.reason in set(Why) else "No reason was given"


def moment(at: datetime, zone: ZoneInfo) -> str:
    here = at.astimezone(zone)
    return f"{here:%a} {here.day} {here:%b %Y, %H:%M}"


def names_around(*facts: ScorecardFacts) -> dict[str, str]:
    """Everybody whom these scorecards name, by id, cleaned."""
    people = [
        person
        for each in facts
        for person in (
            each.interviewer,
            *each.recruiters,
            *each.coordinators,
            *each.hiring_managers,
        )
    ]
    return {person.id: clean(person.name) or SOMEBODY for person in people}
