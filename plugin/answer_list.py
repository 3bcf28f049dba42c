"""``/answers``: what people answered, for whoever runs Afterword, and a way to take it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, redirect, render_template, request

from plugin.auth import Gate, form_stamp, is_stamped, short_forms
from scheduler.answer_words import names_around, told
from scheduler.answering import OPERATOR, AnswerStore, Refused, standing, undo
from scheduler.answers import Answer
from scheduler.facts import ScorecardFacts, ScorecardKey
from scheduler.phrases import clean, sentence

SHOWN = 50
"""The newest ones."""
TOO_OLD = "This page was open for too long. Please press once more."


class ListStore(AnswerStore, Protocol):
    def newest_answers(self, limit: int) -> list[tuple[ScorecardKey, Answer]]: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One answer, ready to be shown; every text is cleaned."""

    id: str
    who: str
    candidate: str
    interview: str
    interview_id: str
    """For `afterword explain`."""
    said: str
    at: datetime
    via: str
    undone_at: datetime | None
    undone_by: str
    stands: bool
    """Whether it is in force; another one may have taken its place, or the interview was moved."""


@dataclass(frozen=True, slots=True)
class AnswerList:
    store: ListStore
    zone: ZoneInfo
    clock: Callable[[], datetime]
    answered: Callable[[], None]
    """As of the pages of links: an undone answer changes messages too."""

    def show(self, problem: str = "", code: int = 200) -> Response:
        page = render_template(
            "answers.html",
            lines=self._lines(),
            most=SHOWN,
            problem=problem,
            stamp=form_stamp(),
            now=self.clock(),
            zone=self.zone,
        )
        return make_response(page, code)

    def take_back(self) -> Response:
        if not is_stamped(request.form.get("stamp", "")):
            return self.show(TOO_OLD, 400)
        taken = undo(self.store, request.form.get("id", ""), OPERATOR, "page", self.clock())
        if isinstance(taken, Refused):
            return self.show(taken.sentence, 409)
        self.answered()
        return make_response(redirect("/answers", code=303))

    def _lines(self) -> list[Line]:
        now = self.clock()
        newest = self.store.newest_answers(SHOWN)
        ids: dict[str, set[str]] = {}
        for key, _ in newest:
            ids.setdefault(key.ats, set()).add(key.interview_id)
        panels = {
            (ats, interview_id): panel
            for ats, some in ids.items()
            for interview_id, panel in self.store.panels(ats, some).items()
        }
        return [
            _line(key, each, panels.get((key.ats, key.interview_id), ()), self.zone, now)
            for key, each in newest
        ]


def _line(
    key: ScorecardKey,
    answer: Answer,
    panel: Sequence[ScorecardFacts],
    zone: ZoneInfo,
    now: datetime,
) -> Line:
    names = names_around(*panel)
    facts = next((each for each in panel if each.key == key), None)
    return Line(
        id=answer.id,
        who=names.get(key.interviewer_id) or clean(answer.by),
        candidate=clean(facts.candidate or "" if facts else "") or "A candidate",
        interview=clean(facts.interview if facts else "") or "Interview",
        interview_id=clean(key.interview_id, 80),
        said=sentence(told(answer, names, zone)),
        at=answer.at,
        via={"slack": "in Slack", "page": "by a link"}.get(answer.via, f"by {clean(answer.via)}"),
        undone_at=answer.undone_at,
        undone_by="here" if answer.undone_by == OPERATOR else "by the interviewer",
        stands=facts is not None and standing(facts, now) == answer,
    )


def answer_list(gate: Gate, view: AnswerList) -> Blueprint:
    """Only for whoever has the token of the page."""
    blueprint = Blueprint("answer_list", __name__)
    blueprint.before_request(gate.require)
    blueprint.before_request(short_forms)
    blueprint.get("/answers")(view.show)
    blueprint.post("/answers/undo")(view.take_back)
    return blueprint
