"""Two retellings side by side, reckoned by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.notify.base import MessageKind
from scheduler.facts import ScorecardFacts
from scheduler.policy import Policy
from scheduler.replay import History, Retelling, retell
from scheduler.replay_figures import ReplayFigures, differences
from scheduler.rulebook import Rulebook
from tests.scheduler.cards import DUE, END, card, person

SINCE = datetime(2026, 11, 2, tzinfo=UTC)
UNTIL = datetime(2026, 11, 27, tzinfo=UTC)
LOOK = timedelta(minutes=5)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def told(*facts: ScorecardFacts, **policy: Any) -> tuple[History, Policy, Retelling]:
    history = History(SINCE, UNTIL, facts)
    book = Rulebook(policy=Policy(**policy))
    return history, book.policy, retell(history, book, LOOK)


def figures(*facts: ScorecardFacts, **policy: Any) -> ReplayFigures:
    history, rules, retelling = told(*facts, **policy)
    return ReplayFigures.of(retelling, history, rules)


def test_one_silent_interviewer_in_numbers() -> None:
    """Thursday 12 and Monday 16 to Ivo, Wednesday 18 to Rita."""
    found = figures(card())
    assert {week.label: dict(kinds) for week, kinds in found.weeks.items()} == {
        "2026-W45": {},
        "2026-W46": {MessageKind.NUDGE: 1},
        "2026-W47": {MessageKind.NUDGE: 1, MessageKind.ESCALATION: 1},
        "2026-W48": {},
    }
    assert (found.messages, found.people, found.escalations, found.scorecards) == (3, 2, 1, 1)
    assert found.longest_wait is not None
    assert found.longest_wait.length == timedelta(days=2, minutes=5)


def test_the_worst_day_and_week_are_one_persons() -> None:
    """Ada owes five, all due at once; Ivo owes two, due on different days of one week."""
    ada = [card(f"a{n}", "ada") for n in range(5)]
    ivo = [card("1", ends_at=END - DAY), card("2")]
    found = figures(*ada, *ivo, ladder=Policy().ladder[:1])
    day, week = found.worst_day, found.worst_week
    assert day is not None
    assert (day.address, day.day, day.messages, day.scorecards) == (
        "ada@example.com",
        date(2026, 11, 12),
        1,
        5,
    )
    assert week is not None
    assert (week.address, week.day, week.messages, week.scorecards) == (
        "ivo@example.com",
        date(2026, 11, 9),
        2,
        2,
    )


def test_weeks_are_those_of_the_companys_zone() -> None:
    """Monday 09:00 in Auckland is Sunday 20:00 in UTC."""
    there = person("ivo", zone="Pacific/Auckland")
    late = card(ends_at=datetime(2026, 11, 11, 20, tzinfo=UTC), interviewer=there)
    one = Policy().ladder[:1]
    found = [figures(late, ladder=one, zone=ZoneInfo(z)) for z in ("UTC", "Pacific/Auckland")]
    weeks = [[week.label for week, kinds in each.weeks.items() if kinds] for each in found]
    assert weeks == [["2026-W46"], ["2026-W47"]]


def test_a_room_is_not_a_person() -> None:
    room = tuple(
        place if place.name != "escalation 1" else type(place)(place.name, "fixed", 2, "#hiring")  # type: ignore[arg-type]
        for place in Policy().ladder
    )
    found = figures(card(), ladder=room)
    assert (found.people, found.escalations) == (1, 1)


def test_nothing_was_said_is_nothing() -> None:
    found = figures(card(submitted_at=END))
    assert (found.messages, found.people, found.worst_day, found.longest_wait) == (0, 0, None, None)


def test_equal_rules_do_not_differ() -> None:
    history, _, ours = told(card(), card("2", "ada"))
    _, _, theirs = told(card(), card("2", "ada"))
    assert differences(history.facts, ours, theirs, 10) == (0, [])


def test_the_first_differences_come_with_what_both_say_and_why_not() -> None:
    handed_in = card("3", "cy", submitted_at=DUE - HOUR)
    facts = (card("1"), card("2", "ada", ends_at=END - DAY), handed_in)
    history, _, ours = told(*facts)
    _, _, theirs = told(*facts, due_after_days=1)
    number, (first, second) = differences(history.facts, ours, theirs, 2)
    assert number == 3
    assert [first.facts.key.interviewer_id, first.at] == ["ada", DUE - 2 * DAY + 5 * LOOK / 5]
    assert second.facts.key.interview_id in {"1", "3"}
    assert first.our_silence is None  # later, something is
    third = differences(history.facts, ours, theirs, 3)[1][-1]
    gone = third if third.facts.key == handed_in.key else second
    assert gone.ours == ()
    assert [each.step for each in gone.theirs] == ["nudge 1"]
    assert gone.our_silence is not None
    assert gone.our_silence.startswith("it is awaiting, not overdue: due on Thu 12 Nov 2026")
    assert gone.their_silence is None


def test_a_ladder_that_ends_earlier_differs_where_it_ends() -> None:
    history, _, ours = told(card())
    _, _, theirs = told(card(), ladder=Policy().ladder[:1])
    _, (only,) = differences(history.facts, ours, theirs, 10)
    assert only.at == datetime(2026, 11, 16, 10, tzinfo=UTC)
    assert len(only.theirs) == 1
    assert only.their_silence == "nudge 1 was already decided"
