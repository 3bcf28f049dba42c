"""The history told again, in worlds small enough to reckon by hand.

END is Tuesday 10 November 2026 at 10:00 UTC; by the rules out of the box it is due on Thursday 12,
nudge 2 comes on Monday 16, escalation 1 on Wednesday 18, all at 10:00. The service looks every five
minutes, and what is due at 10:00 is overdue only afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from connectors.model import ApplicationState
from scheduler.answers import AnswerKind
from scheduler.facts import Audience, Closing, ScorecardFacts
from scheduler.hours import Hours, Working
from scheduler.policy import LADDER as LADDER_OF
from scheduler.policy import Place, Policy
from scheduler.replay import History, retell
from scheduler.rulebook import Rulebook
from tests.scheduler.cards import DUE, END, RECRUITER, answer, card, person

SINCE = datetime(2026, 11, 9, tzinfo=UTC)
UNTIL = datetime(2026, 11, 27, tzinfo=UTC)
LOOK = timedelta(minutes=5)
USUAL = Rulebook()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
IVO, RITA = "ivo@example.com", "rita@example.com"


def past(*facts: ScorecardFacts, since: datetime = SINCE, **more: Any) -> History:
    return History(since, UNTIL, facts, **more)


def told(history: History, book: Rulebook = USUAL) -> list[tuple[str, str, str]]:
    """Day, time, kind and address of every message."""
    return [
        (f"{each.at:%a %d %H:%M}", each.kind.value, each.address)
        for each in retell(history, book, LOOK).said
    ]


def under(**policy: Any) -> Rulebook:
    return Rulebook(policy=Policy(**policy))


LADDER = [
    ("Thu 12 10:05", "nudge", IVO),
    ("Mon 16 10:00", "nudge", IVO),
    ("Wed 18 10:00", "escalation", RITA),
]


def test_somebody_who_keeps_silent_hears_the_whole_ladder() -> None:
    assert told(past(card())) == LADDER


def test_another_n_moves_everything_whatever_was_stamped() -> None:
    stamped = card(due_at=DUE, due_for=END)
    assert told(past(stamped), under(due_after_days=1)) == [
        ("Wed 11 10:05", "nudge", IVO),
        ("Fri 13 10:00", "nudge", IVO),
        ("Tue 17 10:00", "escalation", RITA),
    ]
    assert told(past(stamped)) == LADDER


def test_another_ladder() -> None:
    ladder = (
        Place("nudge 1", Audience.INTERVIEWER, 1),
        Place("escalation 1", Audience.FIXED, 0, "#hiring"),
    )
    assert told(past(card()), under(ladder=ladder)) == [
        ("Fri 13 10:00", "nudge", IVO),
        ("Mon 16 09:00", "escalation", "#hiring"),  # 20 hours later is at night, then a week-end
    ]


def test_other_hours_wait_for_their_beginning() -> None:
    book = Rulebook(working=Working(Hours(work=(time(14), time(15)))))
    assert told(past(card()), book) == [
        ("Thu 12 14:00", "nudge", IVO),
        ("Mon 16 14:00", "nudge", IVO),
        ("Wed 18 14:00", "escalation", RITA),
    ]


def test_whom_the_allow_list_does_not_hold_hears_nothing_and_is_not_escalated() -> None:
    retelling = retell(past(card()), Rulebook(allowed=("rita@*",)), LOOK)
    assert retelling.said == ()
    reason = retelling.why_not(card().key, DUE + DAY)
    assert reason == "the allow-list does not hold this person"
    assert told(past(card()), Rulebook(allowed=("*@example.com",))) == LADDER


def test_what_was_handed_in_ends_it_at_its_moment() -> None:
    assert told(past(card(submitted_at=DUE + DAY))) == LADDER[:1]
    assert told(past(card(submitted_at=DUE))) == []


@pytest.mark.parametrize(
    ("given", "heard"),
    [
        (answer(AnswerKind.DONE_ELSEWHERE, DUE + HOUR), LADDER[:1]),
        (answer(AnswerKind.DONE_ELSEWHERE, DUE + HOUR, undone_at=DUE + 5 * DAY), None),
        (answer(AnswerKind.SNOOZE, DUE + HOUR, until=DUE + 7 * DAY + HOUR), None),
    ],
    ids=["for good", "taken back on Tuesday", "until Thursday a week later"],
)
def test_what_was_answered_counts_at_its_moment(given: Any, heard: list[Any] | None) -> None:
    """What stood still goes on with one message, the second nudge; nobody is escalated unasked."""
    late = {DUE + 5 * DAY: "Tue 17 10:00", DUE + 7 * DAY + HOUR: "Thu 19 11:00"}
    on = late.get(given.undone_at or given.until)
    heard = heard or [*LADDER[:1], (on or "", "nudge", IVO)]
    said = told(past(card(answers=(given,))))
    assert said[: len(heard)] == heard
    assert len(said) == len(heard) + (on is not None)  # and the escalation 20 hours later


def test_a_colleague_hears_of_a_hand_over_once() -> None:
    given = answer(AnswerKind.HAND_OVER, DUE + HOUR, to_id="rita")
    assert told(past(card(answers=(given,)))) == [
        *LADDER[:1],
        ("Thu 12 11:00", "escalation", RITA),
    ]


def test_a_closed_application_ends_it_at_its_moment_and_all_along_if_nobody_knows_when() -> None:
    over = card(application_state=ApplicationState.REJECTED)
    where = ("greenhouse", "1")
    assert told(past(over)) == []
    assert told(past(over, closings={where: Closing(application=DUE + DAY)})) == LADDER[:1]
    assert told(past(over, closings={where: Closing(application=UNTIL)})) == LADDER


def test_a_closed_job_ends_it_too_and_the_earlier_of_both_counts() -> None:
    over = card(application_state=ApplicationState.HIRED, job_is_open=False)
    where = ("greenhouse", "1")
    for closing in (Closing(DUE + DAY, UNTIL), Closing(UNTIL, DUE + DAY)):
        assert told(past(over, closings={where: closing})) == LADDER[:1]
    both = Closing(DUE + 5 * DAY, DUE + 6 * DAY)
    assert told(past(over, closings={where: both})) == LADDER[:2]


def test_what_ended_before_the_beginning_is_history() -> None:
    assert told(past(card(), since=END + HOUR)) == []
    assert told(past(card(), since=END)) == LADDER


def test_who_joined_late_is_not_asked_before() -> None:
    late = card(joined_at=DUE + DAY)  # due two working days after that: Tuesday 17
    retelling = retell(past(late), USUAL, LOOK)
    assert [f"{each.at:%a %d %H:%M}" for each in retelling.said[:1]] == ["Tue 17 10:05"]
    assert retelling.why_not(late.key, DUE + HOUR) == "this person was not on the panel yet"


@pytest.mark.parametrize(
    ("moves", "second"),
    [({}, "Thu 19"), ({IVO: [DUE + HOUR]}, "Fri 13"), ({IVO: [DUE + 4 * DAY]}, "Mon 16")],
    ids=["nothing came in", "something did on the day", "something did on Monday"],
)
def test_backing_off_knows_what_came_in_meanwhile(
    moves: Mapping[str, Sequence[datetime]], second: str
) -> None:
    """A second interview is overdue on Friday: by then one message was ignored, or it was not."""
    book = Rulebook(gaps=(1, 5))
    cards = (card("1"), card("2", ends_at=END + DAY))
    said = [each for each in told(past(*cards, moves=moves), book) if each[2] == IVO]
    assert said[1][0].startswith(second)


def test_a_message_that_is_long_ago_is_not_held_against_anybody() -> None:
    """Ninety days after Thursday, long before the hundred working days are over."""
    history = History(SINCE, UNTIL + 90 * DAY, [card(), card("2", ends_at=END + 9 * DAY)])
    found = retell(history, Rulebook(gaps=(1, 100)), LOOK)
    said = [each.at for each in found.said if each.address == IVO]
    assert said[:2] == [DUE + LOOK, DUE + LOOK + 90 * DAY]


def test_everything_one_person_owes_by_then_is_one_message() -> None:
    """The third waits, as two messages in a row brought nothing: two working days after Thursday.
    By then the second step of the one that ended on Monday has come, too."""
    history = past(card("1"), card("2", ends_at=END + HOUR), card("3", ends_at=END - DAY))
    first, second, third, *_ = retell(history, USUAL, LOOK).said
    heard = [(f"{each.at:%a %d %H:%M}", len(each.keys)) for each in (first, second, third)]
    assert heard == [("Wed 11 10:05", 1), ("Thu 12 10:05", 1), ("Mon 16 09:00", 2)]
    assert [third.kind, third.keys] == ["digest", (card("3").key, card("2").key)]


def test_the_cap_of_a_run_holds_over_until_the_next_look() -> None:
    cards = [card("1", who) for who in ("ada", "ben", "cy")]
    said = told(past(*cards), replace(USUAL, most_messages=1))
    assert [each[0] for each in said[:3]] == ["Thu 12 10:05", "Thu 12 10:10", "Thu 12 10:15"]
    assert len({each[2] for each in said[:3]}) == 3


def test_what_waits_for_a_person_joins_what_is_said_to_them_by_another_account() -> None:
    """It waits for nine o'clock in UTC; the other account knows that the person is in Dubai, and
    what falls due there is said at 09:35 by their clock, with all that is owed."""
    waits = card("1", ends_at=END + 7 * HOUR)
    there = card("9", interviewer=person("ivo", zone="Asia/Dubai"), ends_at=END + 19.5 * HOUR)
    there = replace(there, key=replace(there.key, ats="lever"))
    (first, *_) = retell(past(waits, there), USUAL, LOOK).said
    assert (f"{first.at:%a %d %H:%M}", len(first.keys)) == ("Fri 13 05:35", 2)


def test_who_only_heard_of_others_is_not_backed_off_from() -> None:
    """Rita hears of Ivo's on Wednesday 18; her own falls due on the day after."""
    own = card("2", interviewer=RECRUITER, ends_at=END + 7 * DAY + HOUR)
    ladder = (LADDER_OF[0], replace(LADDER_OF[2], days_later=4))
    book = replace(under(ladder=ladder), gaps=(1, 9))
    said = [each for each in told(past(card(), own), book) if each[2] == RITA]
    assert said == [("Wed 18 10:00", "escalation", RITA), ("Thu 19 11:05", "nudge", RITA)]


def test_it_says_why_and_what_it_waited_for() -> None:
    retelling = retell(past(card(ends_at=END + 8 * HOUR)), USUAL, LOOK)
    (first, *_) = retelling.spoken[card().key]
    assert first.why == (
        "nudge 1 fell due on Thu 12 Nov 2026 at 18:00 UTC; before that: waits for Person ivo's "
        "working hours, from Fri 13 Nov 2026 at 09:00 UTC"
    )
    assert "not overdue: due on Thu 12 Nov" in retelling.why_not(card().key, DUE)
    assert retelling.why_not(card().key, DUE + 9 * HOUR).startswith("nudge 1 fell due")


def test_progress_grows_from_nothing_to_the_whole() -> None:
    heard: list[float] = []
    retell(past(card()), USUAL, LOOK, heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert 0 < heard[0] < 0.5


def test_an_empty_history_has_nothing_to_tell() -> None:
    retelling = retell(past(), USUAL, LOOK)
    assert (retelling.said, dict(retelling.spoken)) == ((), {})


def test_a_row_that_cannot_be_judged_is_counted_and_stops_no_other() -> None:
    """Case 57."""
    endless = card("0", "eve", ends_at=datetime(9999, 12, 31, tzinfo=UTC))
    retelling = retell(past(endless, card()), USUAL, LOOK)
    assert [each.address for each in retelling.said] == [IVO, IVO, RITA]
    assert retelling.set_aside == {endless.key}
