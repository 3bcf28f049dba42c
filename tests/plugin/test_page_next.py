"""What the page says comes next for an overdue scorecard."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from plugin.overview import Overview, overview, speech
from scheduler.answers import AnswerKind
from scheduler.facts import Audience, Status, Told
from scheduler.policy import Place, Policy, Rule
from tests.scheduler.cards import DUE, END, answer, card, person

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
POLICY = Policy(nudge_since=END - 30 * DAY)
BOTH = (Told("nudge 1", "sent", DUE), Told("nudge 2", "sent", DUE + 2 * DAY))


def comes_next(
    now: datetime, *told: Told, policy: Policy = POLICY, live: bool = True, **changes: Any
) -> tuple[str, str]:
    rows = overview([card(**changes)], lambda ats: policy, now)
    found = speech((*rows.overdue, *rows.closed)[0], told, policy, now, live=live)
    return found.said, found.next


def test_who_hears_the_next_step_is_named_by_what_they_are() -> None:
    late = DUE + 7 * DAY
    assert comes_next(DUE + DAY)[1] == "Nudge 1 to the interviewer goes out next"
    assert comes_next(late, *BOTH)[1] == "Escalation 1 to the recruiter goes out next"
    help_: dict[str, Any] = {"recruiters": (), "managers": (person("mona"),)}
    assert comes_next(late, *BOTH, live=False, **help_)[1] == (
        "Escalation 1 to the manager would go out next"
    )
    room = Place("escalation 1", Audience.FIXED, 2, "#hiring")
    policy = replace(POLICY, rules=(Rule(ladder=(*POLICY.ladder[:2], room)),))
    assert comes_next(late, *BOTH, policy=policy)[1] == "Escalation 1 to #hiring goes out next"


def test_what_was_said_is_summed_up() -> None:
    said, _ = comes_next(DUE + 9 * DAY, *BOTH, Told("escalation 1", "sent", DUE + 6 * DAY))
    assert said.replace("\N{NO-BREAK SPACE}", " ") == (
        "Reminded 12 Nov and 14 Nov; help asked 18 Nov"
    )


def test_what_one_channel_could_not_carry_and_another_did_is_simply_said() -> None:
    failed = Told("nudge 1", "failed", DUE)
    assert comes_next(DUE + HOUR, failed, BOTH[0])[0] == "Reminded today"
    assert comes_next(DUE + HOUR, failed)[0] == "Nudge 1 could not be delivered"


def test_a_step_that_waits_for_the_day_after_the_last_one_is_not_forgotten() -> None:
    late = DUE + 9 * DAY
    caught_up = Told("nudge 2", "sent", late - HOUR)
    assert comes_next(late, caught_up)[1] == "Escalation 1 to the recruiter follows tomorrow"
    last = Told("escalation 1", "sent", late - HOUR)
    assert comes_next(late, *BOTH, last)[1] == "Every step was taken: ask in person"


def test_a_snooze_is_said_and_a_closed_job_waits_for_nothing() -> None:
    snoozed = answer(AnswerKind.SNOOZE, DUE + DAY, until=DUE + 5 * DAY)
    assert comes_next(DUE + 2 * DAY, BOTH[0], answers=(snoozed,))[1] == (
        "Snoozed until Tue 17 Nov 2026 at 10:00 UTC"
    )
    assert comes_next(DUE + DAY, job_is_open=False)[1] == ""


@pytest.mark.parametrize(
    ("counts", "headline", "below"),
    [
        ({}, "Nothing to see yet.", "As soon as the first sync is done, whoever owes"),
        ({Status.AWAITING: 1}, "Nobody waits on a scorecard today.", "1 scorecard is on the way"),
        ({Status.AWAITING: 2}, "Nobody waits on a scorecard today.", "2 scorecards are on the"),
        ({Status.SUBMITTED: 1}, "Nobody waits on a scorecard today.", "No open application waits"),
    ],
)
def test_a_page_without_anybody_overdue_says_why(
    counts: dict[Status, int], headline: str, below: str
) -> None:
    view = Overview((), (), dict.fromkeys(Status, 0) | counts, 0, 0)
    assert view.headline == headline
    assert view.nothing_overdue.startswith(below)
