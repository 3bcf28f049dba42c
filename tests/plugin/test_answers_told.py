"""Answers where people look for the story: explain, status and the kept report."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.answering import OPERATOR, Answered, answer, undo
from scheduler.answers import AnswerKind
from scheduler.facts import ScorecardKey
from scheduler.store import Store
from tests.plugin.conftest import Run
from tests.stores import store_at

HEADINGS = "interview id,interviewer id,email,interviewer,candidate,job,interview,end"
ROWS = (
    "1,bo,bo@example.com,Bo,Noor V.,Engineer,Systems,2026-11-03 15:00",
    "1,cy,cy@example.com,Cy,Noor V.,Engineer,Systems,2026-11-03 15:00",
)
BEFORE = "2026-11-02T09:00:00Z"
MORNING = datetime(2026, 11, 10, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def told(afterword: Run, place: Path) -> Run:
    """Bo put it off at 9 and handed it to Cy at 10; the operator undid that at 11."""
    (place / "a.csv").write_text("\n".join([HEADINGS, *ROWS]))
    assert afterword("import", "a.csv", "--now", BEFORE).exit_code == 0
    with Store.open(store_at(place / "afterword.db")) as store:
        facts = {each.interviewer.name: each.key for each in store.scorecards()}
        until = MORNING + 2 * timedelta(days=1)
        _take(store, facts["Bo"], AnswerKind.SNOOZE, MORNING, until=until)
        given = _take(
            store,
            facts["Bo"],
            AnswerKind.HAND_OVER,
            MORNING + HOUR,
            to_id=facts["Cy"].interviewer_id,
        )
        undo(store, given.answer.id, OPERATOR, "page", MORNING + 2 * HOUR)
    return afterword


def _take(
    store: Store,
    key: ScorecardKey,
    kind: AnswerKind,
    at: datetime,
    *,
    until: datetime | None = None,
    to_id: str | None = None,
) -> Answered:
    taken = answer(store, key, kind, "bo@example.com", "slack", at, until=until, to_id=to_id)
    assert isinstance(taken, Answered), taken
    return taken


def test_explain_tells_who_answered_what_and_that_it_was_undone(told: Run) -> None:
    out = " ".join(told("explain", "1", "--now", "2026-11-10T12:00:00Z").stdout.split())
    assert "09:00 Bo answered: snooze until 2026-11-12 09:00, in Slack." in out
    assert "10:00 Bo answered: hand over, in Slack." in out
    assert "11:00 What Bo answered was undone: hand over, on the page." in out
    assert "Answered 2026-11-10 09:00: snoozed until Thu 12 Nov 2026, 09:00." in out


def test_explain_stands_at_the_moment_that_is_asked_for(told: Run) -> None:
    out = " ".join(told("explain", "1", "--now", "2026-11-10T10:30:00Z").stdout.split())
    assert "Answered 2026-11-10 10:00: handed over to Cy." in out
    assert "undone" not in out


def test_status_counts_the_answers_by_kind_and_the_undone_apart(told: Run) -> None:
    at = ("--now", "2026-11-10T12:00:00Z")
    assert json.loads(told("status", "--json", *at).stdout)["answers"] == {
        "done_elsewhere": 0,
        "snooze": 1,
        "hand_over": 0,
        "did_not_happen": 0,
        "undone": 1,
    }
    assert "Answers: snooze 1, undone 1." in told("status", *at).stdout


def test_the_report_of_the_week_tells_of_them(told: Run) -> None:
    report = ("report", "--week", "2026-W45", "--now", "2026-11-10T12:00:00Z")
    assert "Answers: 1 snoozed, 1 undone" in told(*report).stdout
    assert json.loads(told(*report, "--format", "json").stdout)["answers"] == {
        "excused": {},
        "snoozed": 1,
        "undone": 1,
    }
