"""The modals of an answer, and how what was chosen in one is read. Pure.

Nothing that comes back from a modal is believed: it is compared with what may be chosen now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from scheduler import blocks
from scheduler.answering import Choices, Refused, start_of
from scheduler.answers import WHY, AnswerKind
from scheduler.blocks import Block, mrkdwn
from scheduler.facts import ScorecardFacts
from scheduler.hours import Hours
from scheduler.phrases import clean

Chosen = Mapping[str, Any]
"""``until``, ``to_id`` or ``reason``: what ``answering.answer`` is told."""

CALLBACKS = {
    AnswerKind.SNOOZE: "answer.snooze",
    AnswerKind.HAND_OVER: "answer.hand_over",
    AnswerKind.DID_NOT_HAPPEN: "answer.not_happened",
}
NOTICE = "notice"
WHEN, DAY, TO, WHY_NOT = "when", "day", "to", "why"
ANOTHER = "another"
MOST_COLLEAGUES = 100
ALONE = (
    "There is nobody to hand this to: nobody else was on the panel, and the ATS names no recruiter."
)


def notice(sentence: str) -> Block:
    """One sentence in a window that can only be closed."""
    return blocks.modal(NOTICE, "Afterword", [blocks.section(mrkdwn(sentence))])


def asking(kind: AnswerKind, facts: ScorecardFacts, choices: Choices, private: str) -> Block:
    """What is asked once somebody has chosen this answer; ``private`` comes back with it."""
    about = blocks.section(f"*{mrkdwn(_candidate(facts))}* · {mrkdwn(clean(facts.interview))}")
    if kind is AnswerKind.SNOOZE:
        asked = _when(choices)
        title, submit = "Snooze", "Snooze"
    elif kind is AnswerKind.HAND_OVER:
        if not choices.colleagues:
            return notice(ALONE)
        asked, title, submit = [_to(choices)], "Hand over", "Hand over"
    else:
        asked = [blocks.radio(WHY_NOT, "What was it?", "reason", [(w, k) for k, w in WHY.items()])]
        title, submit = "It did not happen", "Tell the team"
    return blocks.modal(CALLBACKS[kind], title, [about, *asked], submit=submit, private=private)


def chosen(
    kind: AnswerKind, values: Mapping[str, Any], choices: Choices, hours: Hours
) -> Chosen | Refused:
    """What was chosen in the modal, or why it cannot be."""
    if kind is AnswerKind.SNOOZE:
        return _until(values, hours)
    if kind is AnswerKind.HAND_OVER:
        picked = _option(values, TO)
        found = (each.id for each in choices.colleagues if _short(each.id) == picked)
        return {"to_id": next(found, None)}
    return {"reason": _option(values, WHY_NOT)}


def where(kind: AnswerKind, values: Mapping[str, Any]) -> str:
    """The part of the modal that a refusal belongs to."""
    if kind is AnswerKind.SNOOZE:
        return DAY if _option(values, WHEN) == ANOTHER else WHEN
    return TO if kind is AnswerKind.HAND_OVER else WHY_NOT


def _when(choices: Choices) -> list[Block]:
    days = [each.astimezone(choices.zone).date() for each in choices.moments]
    offered = [(_day(each), each.isoformat()) for each in days]
    first = (days[-1] + timedelta(days=1)).isoformat()
    latest = choices.latest.astimezone(choices.zone).date()
    return [
        blocks.radio(WHEN, "Until when?", "moment", [*offered, ("Another day", ANOTHER)]),
        blocks.day(DAY, f"Another day, until {_day(latest)}", "day", first),
        blocks.context(
            "A candidate waits meanwhile. Nobody asks you before that morning; on a day off, not "
            "before your next working day."
        ),
    ]


def _to(choices: Choices) -> Block:
    options = [
        (f"{clean(each.name, 50)}, {each.role}", _short(each.id))
        for each in choices.colleagues[:MOST_COLLEAGUES]
    ]
    return blocks.dropdown(TO, "Who takes it?", "colleague", "Choose a colleague", options)


def _until(values: Mapping[str, Any], hours: Hours) -> Chosen | Refused:
    picked = _option(values, WHEN)
    if picked == ANOTHER:
        picked = _element(values, DAY).get("selected_date") or ""
    try:
        until: datetime = start_of(date.fromisoformat(str(picked)), hours)
    except (ValueError, OverflowError):
        return Refused("Please choose a day.")
    return {"until": until}


def _option(values: Mapping[str, Any], block: str) -> str:
    option = _element(values, block).get("selected_option")
    return str(option.get("value", "")) if isinstance(option, Mapping) else ""


def _element(values: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    part = values.get(block)
    elements: Sequence[Any] = list(part.values()) if isinstance(part, Mapping) else []
    return elements[0] if elements and isinstance(elements[0], Mapping) else {}


def _short(person_id: str) -> str:
    """A person's id within the 75 characters of an option's value."""
    return hashlib.sha256(person_id.encode()).hexdigest()[:16]


def _candidate(facts: ScorecardFacts) -> str:
    return clean(facts.candidate or "") or "A candidate"


def _day(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B}"
