"""What is told again is what real runs send, message for message, over a generated company."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from connectors.ats.base import Window
from connectors.model import Application, ApplicationState, Interview, Person, Record
from plugin.sandbox.dialect import Place
from plugin.sandbox.dialects import DIALECTS
from plugin.sandbox.generate import generate
from plugin.sandbox.truth import records
from scheduler.answers import Answer, AnswerKind, Why
from scheduler.facts import Audience, ScorecardKey
from scheduler.hours import Hours, Working
from scheduler.policy import ClosedApplication, Policy, Rule
from scheduler.policy import Place as Step
from scheduler.rulebook import Rulebook
from scheduler.store import Store
from scheduler.workdays import DayCount, WorkCalendar, zone
from tests.scheduler.retold import Past, lived, replayed

UNTIL = datetime(2026, 11, 20, 17, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=14)
EVERY = timedelta(minutes=97)
"""No divisor of anything, so that looks fall on all sides of every hour."""
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Dubai", "Asia/Riyadh", None)
BERLIN = zone("Europe/Berlin")

USUAL = Rulebook(
    policy=Policy(zone=BERLIN),
    working=Working(Hours(zone=BERLIN)),
)
LADDER = (
    Step("nudge 1", Audience.INTERVIEWER, 0),
    Step("escalation 1", Audience.HIRING_MANAGER, 1),
    Step("nudge 2", Audience.INTERVIEWER, 1),
    Step("escalation 2", Audience.FIXED, 0, "#hiring"),
)
BOOKS = {
    "as it is out of the box": USUAL,
    "due at once, by calendar days, another ladder, no back-off": Rulebook(
        policy=Policy(
            due_after_days=0,
            day_count=DayCount.CALENDAR,
            zone=BERLIN,
            ladder=LADDER,
            closed_application=ClosedApplication.NUDGE,
        ),
        working=Working(Hours(zone=BERLIN, calendar=WorkCalendar.of("DE-BE"))),
        gaps=(1,),
    ),
    "exceptions, short hours with a break, few messages a run": Rulebook(
        policy=Policy(
            due_after_days=1,
            zone=BERLIN,
            declined_is_excused=False,
            closed_application=ClosedApplication.STOP,
            rules=(
                Rule(departments=("Eng*",), due_after_days=2, day_count=DayCount.CALENDAR),
                Rule(final_round=True, ladder=LADDER, closed_application=ClosedApplication.NUDGE),
            ),
        ),
        working=Working(
            Hours(zone=BERLIN, work=(time(8), time(12)), quiet=((time(9), time(10)),)),
            calendars={"Asia/Riyadh": WorkCalendar.of("SA")},
        ),
        most_messages=2,
        gaps=(1, 2, 3),
    ),
    "half the company on the allow-list": replace(
        USUAL, allowed=("*[a-m]@*", "#hiring"), policy=replace(USUAL.policy, due_after_days=1)
    ),
}


def company(seed: int) -> list[Record]:
    """Everything about two weeks of interviews as it is at their end; people in many zones."""
    world = generate(seed, UNTIL)
    greenhouse = DIALECTS["greenhouse"]()
    greenhouse.place = Place(world, lambda: UNTIL, lambda: UNTIL, lambda: "http://localhost")
    rng = random.Random(seed)
    return [
        replace(each, zone=rng.choice(ZONES)) if isinstance(each, Person) else each
        for each in records(greenhouse, Window(SINCE - timedelta(days=2), UNTIL))
    ]


def closings(told: Sequence[Record], rng: random.Random) -> dict[str, datetime]:
    """For half of what is closed, when we saw that."""
    over = [
        each.id
        for each in told
        if isinstance(each, Application) and each.state is not ApplicationState.ACTIVE
    ]
    return {id: moment(rng, SINCE) for id in over if rng.random() < 0.5}


def moment(rng: random.Random, after: datetime) -> datetime:
    return after + (UNTIL - after) * rng.random()


def answers(told: Sequence[Record], rng: random.Random) -> list[tuple[ScorecardKey, Answer]]:
    """A tenth of the panels' members answers something, some take it back."""
    people = {each.id: each for each in told if isinstance(each, Person)}
    found: list[tuple[ScorecardKey, Answer]] = []
    for meeting in told:
        if not isinstance(meeting, Interview) or meeting.ends_at is None:
            continue
        for card in meeting.scorecards:
            owner = people.get(card.interviewer_id)
            if rng.random() > 0.15 or owner is None or not owner.email:
                continue
            at = moment(rng, max(meeting.ends_at, SINCE))
            kind = rng.choice(list(AnswerKind))
            answer = Answer(
                id=f"{len(found):04}-{seat(meeting, card.interviewer_id)}",
                kind=kind,
                at=at,
                by=owner.email.lower(),
                via="page",
                until=at + timedelta(days=2) if kind is AnswerKind.SNOOZE else None,
                to_id=rng.choice(list(people)) if kind is AnswerKind.HAND_OVER else None,
                reason=Why.NO_SHOW.value if kind is AnswerKind.DID_NOT_HAPPEN else None,
                undone_at=moment(rng, at) if rng.random() < 0.3 else None,
            )
            found.append((ScorecardKey("greenhouse", meeting.id, card.interviewer_id), answer))
    return found


def seat(meeting: Interview, who: str) -> str:
    return f"{meeting.id}-{who}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'lived.db'}") as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize("name", BOOKS)
def test_what_is_told_again_is_what_real_runs_sent(store: Store, name: str) -> None:
    book = BOOKS[name]
    seed = list(BOOKS).index(name)
    told, rng = company(seed), random.Random(seed)
    past = Past(store, told, answers(told, rng), closings(told, rng))
    past.begin(SINCE)
    sent = lived(past, book, UNTIL, EVERY)
    assert replayed(store, book, SINCE, UNTIL, EVERY) == sent
    assert {kind for _, kind, _, _ in sent} >= {"nudge", "escalation"}
    assert len(sent) > 20
