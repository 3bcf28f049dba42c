"""Takes what people press in Slack. What a button says it is about is looked for among the
scorecards of whoever pressed it, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from plugin import slack_views
from plugin.clock import Clock
from scheduler.answering import Refused, answer, choices, closed, undo
from scheduler.answers import AnswerKind
from scheduler.blocks import Block
from scheduler.facts import PersonFacts, ScorecardFacts
from scheduler.hours import Hours
from scheduler.nudge_blocks import token
from scheduler.store import Store, StoreProblem

NOT_YOURS = "This is not asked of you, so there is nothing that you can answer here."
NOT_KNOWN = (
    "Your address in Slack is not one that the ATS knows, so your answer cannot be taken. "
    "Whoever runs Afterword can enter it in the policy file, in the table people."
)
BUSY = "Your answer could not be kept just now. Please press again in a minute."
VIA = "slack"

log = structlog.get_logger("afterword.slack")


@dataclass(frozen=True, slots=True)
class Asked:
    """A scorecard that is asked of whoever pressed."""

    facts: ScorecardFacts
    panel: Sequence[ScorecardFacts]
    by: str
    """The mail address that it is asked of."""


@dataclass(frozen=True, slots=True)
class Answering:
    """Every method may be called by any thread. None raises for what the database can cause."""

    store: Store
    clock: Clock
    hours_of: Callable[[PersonFacts], Hours]
    ring: Callable[[], None]
    """Has the messages brought up to date, at once and elsewhere."""

    def done(self, user: str, about: str) -> Refused | None:
        """``user``: who pressed, as Slack says it; ``about``: what the button carried."""
        return self._kept(lambda: self._take(user, about, AnswerKind.DONE_ELSEWHERE, {}))

    def undo(self, user: str, answer_id: str) -> Refused | None:
        """Take back an answer that this user gave."""

        def back() -> Refused | None:
            given = self.store.answer(answer_id)
            addresses = self.store.member_addresses(user)
            if given is None or given[1].by not in addresses:
                return Refused(NOT_YOURS)
            outcome = undo(self.store, answer_id, given[1].by, VIA, self.clock())
            return outcome if isinstance(outcome, Refused) else None

        return self._kept(back)

    def chosen(
        self, user: str, about: str, kind: AnswerKind, values: Mapping[str, Any]
    ) -> Refused | None:
        """What was chosen in the modal of an answer, checked against what may be chosen now."""

        def take() -> Refused | None:
            asked = self._asked(user, about)
            if isinstance(asked, Refused):
                return asked
            hours = self.hours_of(asked.facts.interviewer)
            offered = choices(asked.facts, asked.panel, self.clock(), hours)
            picked = slack_views.chosen(kind, values, offered, hours)
            if isinstance(picked, Refused):
                return picked
            return self._take(user, about, kind, picked)

        return self._kept(take)

    def modal(self, user: str, about: str, kind: AnswerKind) -> Block:
        """What is asked once somebody pressed an answer that asks more; or why nothing is."""
        try:
            asked = self._asked(user, about)
            if isinstance(asked, Refused):
                return slack_views.notice(asked.sentence)
            over = closed(asked.facts, self.clock())
            if over:
                return slack_views.notice(over)
            hours = self.hours_of(asked.facts.interviewer)
            offered = choices(asked.facts, asked.panel, self.clock(), hours)
        except StoreProblem:
            return slack_views.notice(BUSY)
        return slack_views.asking(kind, asked.facts, offered, about)

    def _take(
        self, user: str, about: str, kind: AnswerKind, picked: slack_views.Chosen
    ) -> Refused | None:
        asked = self._asked(user, about)
        if isinstance(asked, Refused):
            return asked
        now = self.clock()
        outcome = answer(self.store, asked.facts.key, kind, asked.by, VIA, now, **picked)
        return outcome if isinstance(outcome, Refused) else None

    def _kept(self, change: Callable[[], Refused | None]) -> Refused | None:
        """Durable when this returns None, and the messages on their way to say so."""
        try:
            refused = change()
        except StoreProblem as problem:
            log.warning("an answer could not be kept", problem=str(problem))
            return Refused(BUSY)
        if refused is None:
            self.ring()
        return refused

    def _asked(self, user: str, about: str) -> Asked | Refused:
        addresses = self.store.member_addresses(user)
        if not addresses:
            return Refused(NOT_KNOWN)
        asked = self.store.keys_asked_of(addresses)
        key = next((each for each in asked if token(each) == about), None)
        if key is None:
            return Refused(NOT_YOURS)
        panel = self.store.panels(key.ats, [key.interview_id]).get(key.interview_id, [])
        facts = next((each for each in panel if each.key == key), None)
        if facts is None:
            return Refused(NOT_YOURS)
        return Asked(facts, panel, (facts.interviewer.email or "").strip().lower())
