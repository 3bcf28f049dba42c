"""Taking an answer: who may give it, what may be chosen, what it changes; and taking it back.

The same for Slack, mail and the page. Everything is durable before it returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from uuid import uuid4
from zoneinfo import ZoneInfo

from connectors.model import InterviewState
from scheduler.answers import LONGEST_SNOOZE, Answer, AnswerKind, Why
from scheduler.facts import PersonFacts, ScorecardFacts, ScorecardKey
from scheduler.hours import Hours
from scheduler.phrases import clean
from scheduler.policy import answer_to

OPERATOR = "operator"
"""Who undoes an answer on the page of whoever runs Afterword; no mail address."""


class AnswerStore(Protocol):
    """What answering uses of the store."""

    def panels(
        self, ats: str, interview_ids: Iterable[str]
    ) -> Mapping[str, Sequence[ScorecardFacts]]: ...
    def give_answer(self, key: ScorecardKey, answer: Answer, since: datetime | None) -> Answer: ...
    def answer(self, answer_id: str) -> tuple[ScorecardKey, Answer] | None: ...
    def undo_answer(
        self, answer_id: str, by: str, via: str, now: datetime
    ) -> tuple[ScorecardKey, Answer] | None: ...


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to whom a scorecard may be handed over."""

    id: str
    name: str
    """Cleaned, not escaped."""
    role: str
    """``on the panel``, ``recruiter``, ``coordinator``, ``hiring manager``."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What one interviewer may choose from for one scorecard. Moments in UTC."""

    colleagues: tuple[Colleague, ...]
    tomorrow: datetime
    """The start of this person's next working day after today."""
    monday: datetime
    """The start of the first working day of next week; may be the same moment."""
    latest: datetime
    """No snooze is longer."""
    zone: ZoneInfo
    """The person's."""

    @property
    def moments(self) -> tuple[datetime, ...]:
        """The snoozes that are offered, without repetition."""
        return tuple(dict.fromkeys((self.tomorrow, self.monday)))


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that is in force now."""

    key: ScorecardKey
    answer: Answer


@dataclass(frozen=True, slots=True)
class Undone:
    """An answer that no longer holds."""

    key: ScorecardKey
    answer: Answer
    """With ``undone_at``."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed."""

    sentence: str
    """Why, for the person who pressed."""


def choices(
    facts: ScorecardFacts, panel: Sequence[ScorecardFacts], now: datetime, hours: Hours
) -> Choices:
    """``panel``: the scorecards of the same interview; ``hours``: the interviewer's own. Pure."""
    today = now.astimezone(hours.zone).date()
    monday = today + timedelta(days=7 - today.weekday())
    return Choices(
        colleagues=tuple(_colleagues(facts, panel)),
        tomorrow=start_of(_working_day(today + timedelta(days=1), hours), hours),
        monday=start_of(_working_day(monday, hours), hours),
        latest=now + LONGEST_SNOOZE,
        zone=hours.zone,
    )


def start_of(day: date, hours: Hours) -> datetime:
    """When this person begins to work on a day, worked or not. In UTC."""
    at: time = hours.work[0]
    return datetime.combine(day, at, hours.zone).astimezone(UTC)


def closed(facts: ScorecardFacts, now: datetime) -> str | None:
    """Why nothing can be answered about this scorecard any more, in a kind sentence, or None."""
    if facts.submitted_at is not None and facts.submitted_at <= now:
        return "Your scorecard is in, so there is nothing left to answer. Thank you."
    if facts.interview_deleted_at is not None:
        return "This interview is no longer in the ATS, so nothing is asked of you."
    if facts.interview_state is InterviewState.CANCELLED:
        return "This interview was called off, so nothing is asked of you."
    if facts.interview_state is InterviewState.UNSCHEDULED:
        return "This interview has no date at the moment, so nothing is asked of you."
    if facts.removed_at is not None:
        return "You are no longer on the panel of this interview, so nothing is asked of you."
    if not facts.required:
        return "The ATS asks you for no scorecard here, so there is nothing to answer."
    if facts.ends_at is not None and facts.ends_at > now:
        return "This interview is still to come, so nobody waits on you yet."
    if facts.ends_on is not None and facts.ends_at is None and facts.ends_on > now.date():
        return "This interview is still to come, so nobody waits on you yet."
    return None


def standing(facts: ScorecardFacts, now: datetime) -> Answer | None:
    """The answer in force about the interview as it is dated now.

    An answer from before the interview was moved speaks of another meeting; a snooze holds until
    its end.
    """
    given = answer_to(facts, facts.ends_at, now)
    return None if given and given.until and given.until <= now else given


def answer(
    store: AnswerStore,
    key: ScorecardKey,
    kind: AnswerKind,
    by: str,
    via: str,
    now: datetime,
    *,
    until: datetime | None = None,
    to_id: str | None = None,
    reason: str | None = None,
) -> Answered | Refused:
    """Take an answer. Pressed twice it is one answer, the one that is in force already.

    ``by``: the mail address of whoever pressed; ``via``: ``slack``, ``mail`` or ``page``;
    ``until`` of a snooze, ``to_id`` of a hand over, ``reason`` (a ``Why``) of what did not happen;
    the others are ignored. May raise StoreProblem, and then nothing was kept.
    """
    panel = store.panels(key.ats, [key.interview_id]).get(key.interview_id, [])
    facts = next((each for each in panel if each.key == key), None)
    if facts is None:
        return Refused("This interview is not known here any more, so nothing is asked of you.")
    refused = _not_theirs(facts, by) or closed(facts, now)
    if refused:
        return Refused(refused)
    given = Answer(
        uuid4().hex,
        kind,
        now,
        by.strip().casefold(),
        via,
        until=until if kind is AnswerKind.SNOOZE else None,
        to_id=to_id if kind is AnswerKind.HAND_OVER else None,
        reason=reason if kind is AnswerKind.DID_NOT_HAPPEN else None,
    )
    refused = _not_offered(given, facts, panel, now)
    if refused:
        return Refused(refused)
    return Answered(key, store.give_answer(key, given, facts.ends_at))


def undo(store: AnswerStore, answer_id: str, by: str, via: str, now: datetime) -> Undone | Refused:
    """Take an answer back. ``by``: whoever gave it, or OPERATOR. Undone twice it is undone once.

    What was answered before it, and was not undone, holds again. May raise StoreProblem.
    """
    known = store.answer(answer_id)
    if known is None:
        return Refused("This answer is not known here.")
    given = known[1]
    who = by.strip().casefold()
    if who not in (given.by.casefold(), OPERATOR):
        return Refused("Only whoever gave this answer can take it back.")
    undone = store.undo_answer(answer_id, who, via, now) or store.answer(answer_id)
    return Undone(*undone) if undone else Refused("This answer is not known here.")


def _not_theirs(facts: ScorecardFacts, by: str) -> str | None:
    own = (facts.interviewer.email or "").strip().casefold()
    if not own or by.strip().casefold() != own:
        return "This scorecard is asked of somebody else, so only they can answer here."
    if facts.interviewer.shares_address:
        return (
            "Several people share your address in the ATS, so it is not clear who answers. "
            "Please tell your recruiter."
        )
    return None


def _not_offered(
    given: Answer, facts: ScorecardFacts, panel: Sequence[ScorecardFacts], now: datetime
) -> str | None:
    if given.kind is AnswerKind.SNOOZE:
        if given.until is None or given.until <= now:
            return "That moment is over already. Please choose a later one."
        if given.until > now + LONGEST_SNOOZE:
            return (
                f"A candidate waits on this, so {LONGEST_SNOOZE.days} days is the longest. "
                "Please choose an earlier day."
            )
    if given.kind is AnswerKind.HAND_OVER and given.to_id not in {
        each.id for each in _colleagues(facts, panel)
    }:
        return "It cannot be handed to this person. Please choose somebody from the list."
    if given.kind is AnswerKind.DID_NOT_HAPPEN and given.reason not in set(Why):
        return "Please choose one of the reasons."
    return None


def _colleagues(facts: ScorecardFacts, panel: Sequence[ScorecardFacts]) -> Iterator[Colleague]:
    """The panel first, then whoever looks after the job; nobody twice, and not oneself."""
    around: list[tuple[str, PersonFacts]] = [
        ("on the panel", each.interviewer) for each in panel if each.removed_at is None
    ]
    around += [("recruiter", each) for each in facts.recruiters]
    around += [("coordinator", each) for each in facts.coordinators]
    around += [("hiring manager", each) for each in facts.hiring_managers]
    seen = {facts.interviewer.id, (facts.interviewer.email or "").casefold()}
    for role, person in around:
        address = (person.email or "").casefold()
        if (
            person.active
            and address
            and not person.shares_address
            and not {person.id, address} & seen
        ):
            seen |= {person.id, address}
            yield Colleague(person.id, clean(person.name) or "A colleague", role)


def _working_day(day: date, hours: Hours) -> date:
    """This day or the first worked one after it; a calendar without any ends the search."""
    for ahead in range(LONGEST_SNOOZE.days):
        if hours.calendar.is_workday(day + timedelta(days=ahead)):
            return day + timedelta(days=ahead)
    return day
