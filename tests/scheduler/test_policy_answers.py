"""What an answer changes, and what a new date, a scorecard or an undoing changes about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from connectors.model import InterviewState
from scheduler.answers import WHY, Answer, AnswerKind, Why
from scheduler.deciding import decide
from scheduler.facts import Audience, Decision, ScorecardFacts, Status, Told
from scheduler.judging import judge
from scheduler.policy import ClosedApplication, Policy
from tests.scheduler.cards import DUE, END, answer, card, person

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POLICY = Policy(nudge_since=END - 30 * DAY)
AT = DUE + HOUR
ELSEWHERE = answer(AnswerKind.DONE_ELSEWHERE, AT)
SNOOZED = answer(AnswerKind.SNOOZE, AT, until=AT + 5 * DAY)
HANDED = answer(AnswerKind.HAND_OVER, AT, id="0123456789abcdef0123456789abcdef", to_id="cleo")


def spoken(facts: ScorecardFacts, now: datetime, *told: str, policy: Policy = POLICY) -> Decision:
    said = [Told(name, "sent", AT - HOUR) for name in told]
    return decide(facts, judge(facts, policy, now), said, policy, now)


@pytest.mark.parametrize(
    ("given", "excuse"),
    [
        (ELSEWHERE, "done_elsewhere"),
        (answer(AnswerKind.DID_NOT_HAPPEN, AT, reason=Why.NO_SHOW), "did_not_happen"),
        (HANDED, "handed_over"),
    ],
)
def test_an_answer_excuses_from_its_own_moment_on_until_it_is_undone(
    given: Answer, excuse: str
) -> None:
    facts = card(answers=(given,))
    assert judge(facts, POLICY, AT - HOUR / 2).status is Status.OVERDUE
    judgement = judge(facts, POLICY, AT)
    assert (judgement.status, judgement.excuse) == (Status.EXCUSED, excuse)
    assert "on Thu 12 Nov 2026 at 11:00 UTC" in judgement.reason
    undone = card(answers=(replace(given, undone_at=AT + HOUR),))
    assert judge(undone, POLICY, AT + HOUR / 2).status is Status.EXCUSED
    assert judge(undone, POLICY, AT + HOUR).status is Status.OVERDUE


@pytest.mark.parametrize("given", [ELSEWHERE, SNOOZED, HANDED])
def test_a_scorecard_beats_every_answer(given: Answer) -> None:
    for submitted, status in ((DUE, Status.SUBMITTED), (AT + HOUR, Status.SUBMITTED_LATE)):
        facts = card(answers=(given,), submitted_at=submitted)
        assert judge(facts, POLICY, AT + DAY).status is status
        assert spoken(facts, AT + DAY).step is None


def test_what_is_off_is_off_whatever_was_answered() -> None:
    off = card(answers=(ELSEWHERE,), interview_state=InterviewState.CANCELLED)
    assert judge(off, POLICY, AT).status is Status.CANCELLED


@pytest.mark.parametrize("reason", [*Why, None, "a reason of tomorrow"])
def test_why_it_did_not_happen_is_said_in_words(reason: str | None) -> None:
    facts = card(answers=(answer(AnswerKind.DID_NOT_HAPPEN, AT, reason=reason),))
    words = {str(why): said.lower() for why, said in WHY.items()}
    said = judge(facts, POLICY, AT).reason
    assert said.endswith(f": {words.get(str(reason), 'no reason was given')}")


@pytest.mark.parametrize("given", [ELSEWHERE, SNOOZED, HANDED])
def test_an_interview_that_is_moved_into_the_future_makes_an_earlier_answer_void(
    given: Answer,
) -> None:
    """Case 50."""
    again = AT + 9 * DAY
    moved = card(answers=(given,), ends_at=again)
    assert judge(moved, POLICY, again - HOUR).status is Status.UPCOMING
    late = again + 5 * DAY
    assert judge(moved, POLICY, late).status is Status.OVERDUE
    assert spoken(moved, late).step is not None


def test_the_newest_answer_counts_and_below_an_undone_one_the_older_is_back() -> None:
    later = answer(AnswerKind.SNOOZE, AT + HOUR, until=AT + DAY)
    facts = card(answers=(ELSEWHERE, later))
    assert judge(facts, POLICY, AT + HOUR).status is Status.OVERDUE
    facts = card(answers=(ELSEWHERE, replace(later, undone_at=AT + 2 * HOUR)))
    assert judge(facts, POLICY, AT + 2 * HOUR).status is Status.EXCUSED


# -- snoozed


def test_a_snoozed_scorecard_stays_overdue_and_silent_at_every_step_until_its_end() -> None:
    facts = card(answers=(SNOOZED,))
    for told in ((), ("nudge 1",), ("nudge 1", "nudge 2")):
        for now in (AT, AT + 4 * DAY, AT + 5 * DAY - timedelta(seconds=1)):
            assert judge(facts, POLICY, now).status is Status.OVERDUE
            assert spoken(facts, now, *told) == Decision(
                None, "snoozed until Tue 17 Nov 2026 at 11:00 UTC"
            )


def test_after_a_snooze_the_newest_step_speaks_once() -> None:
    facts = card(answers=(SNOOZED,))
    step = spoken(facts, AT + 5 * DAY, "nudge 1").step
    assert step is not None
    assert step.name == "nudge 2"  # not the escalation: nobody is escalated unwarned
    step = spoken(facts, AT + 7 * DAY, "nudge 1", "nudge 2").step
    assert step is not None
    assert step.name == "escalation 1"


def test_a_snooze_without_an_end_or_undone_holds_nothing_up() -> None:
    for given in (replace(SNOOZED, until=None), replace(SNOOZED, undone_at=AT)):
        assert spoken(card(answers=(given,)), AT).step is not None


# -- handed over


def test_who_takes_it_over_hears_of_it_once_an_answer() -> None:
    facts = card(answers=(HANDED,))
    step = spoken(facts, AT, "nudge 1").step
    assert step is not None
    assert (step.name, step.audience, step.at) == (
        "hand over 0123456789abcdef",
        Audience.COLLEAGUE,
        AT,
    )
    assert len(step.name) <= 32
    assert spoken(facts, AT + DAY, step.name).step is None
    undone = replace(HANDED, undone_at=AT + HOUR)
    other = replace(HANDED, id="f" * 32, at=AT + 2 * HOUR, to_id="rita")
    again = spoken(card(answers=(undone, other)), AT + DAY, step.name).step
    assert again is not None
    assert again.name == "hand over ffffffffffffffff"


def test_a_hand_over_is_silent_where_a_nudge_would_be() -> None:
    facts = card(answers=(HANDED,))
    history = replace(POLICY, nudge_since=END + HOUR)
    assert "history" in spoken(facts, AT, policy=history).reason
    assert spoken(card(answers=(HANDED,), job_is_open=False), AT).step is None
    nudge = replace(POLICY, closed_application=ClosedApplication.NUDGE)
    assert spoken(card(answers=(HANDED,), job_is_open=False), AT, policy=nudge).step


def test_whoever_handed_over_may_have_left_since() -> None:
    """Case 55: the colleague hears of it, the owner is not told that nobody could be asked."""
    facts = card(answers=(HANDED,), interviewer=person("ivo", active=False))
    step = spoken(facts, AT).step
    assert step is not None
    assert step.audience is Audience.COLLEAGUE
