"""Nudges, digests and escalations as Slack blocks. Pure; what they say comes from owed.py.

Action ids are for ever: a click on a message of last year still names one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.notify.base import WHERE_ANSWERED
from scheduler import blocks as slack
from scheduler.answers import AnswerKind
from scheduler.facts import ScorecardKey
from scheduler.owed import ADVICE, LABELS, NO_FORM, OPEN, WRITE, Case, Owed, Row

MORE = "and {n} more; those above have waited longest."
SETTLED = "and {n} settled or put off"
ALL = "All of them stand in the Home tab of this app."
WRITES, OPENS, ANSWERS, UNDO = "nudge.write", "escalation.open", "nudge.answers", "answer.undo"
ACTIONS = {
    "nudge.done": AnswerKind.DONE_ELSEWHERE,
    "nudge.snooze": AnswerKind.SNOOZE,
    "nudge.hand_over": AnswerKind.HAND_OVER,
    "nudge.not_happened": AnswerKind.DID_NOT_HAPPEN,
}
"""The four answers, in their order; all but the first ask something more. In a menu the value of an
option is the answer's name and the token."""
THANKS = "Thank you. Nothing is waiting on you."
MOVED = "What this was about was moved to a later day. Nothing is waiting on you."
UNTIL_THEN = "Thank you. Nothing is waiting on you until then."


def token(key: ScorecardKey) -> str:
    """What a click says it is about. Only looked for among the scorecards of whoever clicked."""
    said = "\0".join((key.ats, key.interview_id, key.interviewer_id))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


class Standing(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    """By its interviewer, who may take it back."""
    HANDED_IN = "handed in"
    OFF = "off"
    """Not asked for any more."""


@dataclass(frozen=True, slots=True)
class Face:
    """How one scorecard of a message that was sent stands now."""

    row: Row
    standing: Standing = Standing.OPEN
    said: str = ""
    """What became of it: ``snoozed until Monday``. Cleaned, not escaped; empty when open."""
    answer_id: str | None = None
    """Of what may be taken back."""
    panel_complete: bool = False
    """Nobody else's notes are missing either."""
    comes_back: bool = False
    """It was only put off."""
    owed: Owed | None = None
    """In a message to somebody who was asked to help: what is said while it is open."""


def single(row: Row) -> tuple[slack.Block, ...]:
    """A nudge about one scorecard."""
    said = f"*{slack.mrkdwn(row.bold)}*{slack.mrkdwn(row.rest)}\n{slack.mrkdwn(row.support)}"
    about = token(row.key)
    first = {"style": "primary"}
    write = [{**slack.button(WRITE, row.url, WRITES, _spoken(row)), **first}] if row.url else []
    form = [] if row.url else [slack.context(NO_FORM)]
    answers = (
        slack.press(_asks(kind), action, about, f"{LABELS[kind]}: {row.candidate}, {row.title}")
        for action, kind in ACTIONS.items()
    )
    return (slack.section(said), *form, slack.actions(*write, *answers))


def digest(
    lead: str, support: str, rows: Sequence[Row], settled: Sequence[slack.Block] = ()
) -> tuple[slack.Block, ...]:
    """A nudge about several; ``settled``: what was in it and waits on nobody any more."""
    said = slack.section(f"*{slack.mrkdwn(lead)}*\n{slack.mrkdwn(support)}")
    home = {**slack.context(ALL), "block_id": WHERE_ANSWERED}
    waiting = slack.fitted([said], [*map(answerable, rows)], [], MORE, [home])
    return slack.fitted(waiting, settled, [], SETTLED)


def answerable(row: Row) -> slack.Block:
    """One scorecard in a list: a line with the link, and the four answers in a menu."""
    write = f" · {slack.link('Write', row.url)}" if row.url else ""
    about = token(row.key)
    options = [(_asks(kind), f"{kind} {about}") for kind in ACTIONS.values()]
    said = f"*{slack.mrkdwn(row.candidate)}* · {slack.mrkdwn(row.title)} · {row.waited}{write}"
    return slack.section(said, slack.menu(ANSWERS, options))


def settled(face: Face, *, live: bool) -> slack.Block:
    """One scorecard that waits on nobody, or no more in this message. ``live``: with Undo."""
    mark = "✓ " if face.standing is Standing.HANDED_IN else ""
    said = f" · {slack.mrkdwn(face.said)}" if face.said else ""
    line = f"{mark}*{slack.mrkdwn(face.row.candidate)}* · {slack.mrkdwn(face.row.title)}{said}"
    if not (live and face.answer_id):
        return slack.section(line)
    spoken = f"Undo: {face.row.candidate}, {face.row.title}, {face.said}"
    return slack.section(line, slack.press("Undo", UNDO, face.answer_id, spoken))


def quiet(faces: Sequence[Face], thanks: str, *, live: bool) -> tuple[slack.Block, ...]:
    """A message that asks for nothing any more."""
    said = [slack.section(thanks)] if thanks else []
    return slack.fitted(said, [settled(each, live=live) for each in faces], [], "and {n} more")


def closing(faces: Sequence[Face]) -> str:
    """What is said when nothing is open. Not escaped.

    A message is of no scorecard any more once its interviews were moved: they begin afresh.
    """
    if not faces:
        return MOVED
    handed_in = [each for each in faces if each.standing is Standing.HANDED_IN]
    people = {each.row.application for each in faces}
    if len(handed_in) == len(faces) and len(people) == 1 and faces[0].panel_complete:
        return f"Thank you. {faces[0].row.candidate}'s panel is complete."
    return UNTIL_THEN if any(each.comes_back for each in faces) else THANKS


def escalation(lead: str, cases: Sequence[Case], advice: str = ADVICE) -> tuple[slack.Block, ...]:
    """To whoever may help, one paragraph an interview."""
    if len(cases) > 1:
        return slack.fitted(
            [slack.section(f"*{slack.mrkdwn(lead)}*")],
            [_case(each) for each in cases],
            [slack.section(advice)],
            MORE,
        )
    said = (slack.section(f"{_said(cases[0])}\n{advice}"),)
    url = cases[0].url
    if url is None:
        return said
    return (*said, slack.actions(slack.button(OPEN, url, OPENS, f"{OPEN} {cases[0].candidate}")))


def _asks(kind: AnswerKind) -> str:
    """With dots where the answer asks something more."""
    return LABELS[kind] + ("" if kind is AnswerKind.DONE_ELSEWHERE else "…")


def _case(case: Case) -> slack.Block:
    if case.url is None:
        return slack.section(_said(case))
    spoken = f"{OPEN} {case.candidate}"
    return slack.section(_said(case), slack.button("Open", case.url, OPENS, spoken))


def _said(case: Case) -> str:
    return f"*{slack.mrkdwn(case.bold)}*{slack.mrkdwn(f'{case.rest} {case.reminded}')}"


def _spoken(row: Row) -> str:
    """What the button does, for a screen reader."""
    return f"{WRITE} for {row.candidate}, {row.title}"
