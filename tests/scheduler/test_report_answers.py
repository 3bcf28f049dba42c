"""Answers in the weekly report."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler.answers import Answer, AnswerKind
from scheduler.facts import ScorecardFacts
from scheduler.judging import judge
from scheduler.messages import report_html
from scheduler.policy import Policy
from scheduler.report import WIDTH, ComplianceReport, compile_report
from scheduler.report_view import view_of
from scheduler.workdays import Week
from tests.scheduler.cards import DUE, card

ASOF = datetime(2026, 11, 16, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def said(kind: AnswerKind, *, undone: bool = False, at: datetime = DUE) -> Answer:
    more: dict[str, Any] = {"until": ASOF + HOUR} if kind is AnswerKind.SNOOZE else {}
    back: dict[str, Any] = (
        {"undone_at": at + HOUR, "undone_by": "ivo@example.com"} if undone else {}
    )
    return Answer(f"{kind}{undone}", kind, at, "ivo@example.com", "page", **more, **back)


DONE, SNOOZE = AnswerKind.DONE_ELSEWHERE, AnswerKind.SNOOZE
ANSWERED = (
    card("1", answers=(said(DONE),)),
    card("2", answers=(said(AnswerKind.HAND_OVER),)),
    card("3", answers=(said(AnswerKind.HAND_OVER),)),
    card("4", answers=(said(SNOOZE),)),
    card("5", answers=(said(SNOOZE, at=DUE - HOUR), said(DONE))),  # first put off, then excused
    card("6", answers=(said(SNOOZE, undone=True),)),
    card("7", answers=(said(DONE),), submitted_at=DUE + 2 * HOUR),  # the submission counts
    card("8", answers=(said(DONE, at=ASOF + HOUR),)),  # not known yet
    card("9", answers=(said(SNOOZE, at=ASOF + timedelta(minutes=30)),)),
)


def report_of(*cards: ScorecardFacts, asof: datetime = ASOF) -> ComplianceReport:
    judged = [(each, judge(each, Policy(), asof)) for each in cards]
    return compile_report(Week.parse("2026-W46"), judged, asof=asof, policy=Policy())


def test_answers_are_counted_as_they_stood_at_the_time_of_the_report() -> None:
    report = report_of(*ANSWERED)
    assert report.answers is not None
    assert report.answers.excused == {"done_elsewhere": 2, "handed_over": 2}
    assert (report.answers.snoozed, report.answers.undone) == (2, 1)
    assert report.total.counts["excused"] == 4
    assert sum(report.total.excused_by_reason.values()) == 4


def test_an_undone_answer_counts_until_it_is_undone() -> None:
    facts = card(answers=(said(DONE, undone=True),))
    before, after = report_of(facts, asof=DUE), report_of(facts, asof=DUE + HOUR)
    assert before.answers is not None
    assert after.answers is not None
    assert (before.answers.excused, before.answers.undone) == ({"done_elsewhere": 1}, 0)
    assert (after.answers.excused, after.answers.undone) == ({}, 1)


def test_the_text_says_how_many_and_what_is_meant() -> None:
    text = report_of(*ANSWERED).as_text()
    assert "  Answers: 4 excused (2 done elsewhere, 2 handed over), 2 snoozed, 1 undone" in text
    assert "put off at least once and still expected" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= WIDTH


def test_a_week_without_answers_says_nothing_of_them() -> None:
    report = report_of(card())
    assert "Answers" not in report.as_text()
    assert "answer" not in json.dumps([list(each) for each in view_of(report.as_json()).figures])


def test_the_mail_shows_them_among_the_figures() -> None:
    view = view_of(report_of(*ANSWERED).as_json())
    words = "4 excused (2 done elsewhere, 2 handed over), 2 snoozed, 1 undone"
    assert ("Excused by an answer", "4", words) in view.figures
    assert "Excused by an answer" in report_html(report_of(*ANSWERED))


@pytest.mark.parametrize("cards", [ANSWERED, (card(),), ()])
def test_a_report_comes_back_from_its_json(cards: tuple[ScorecardFacts, ...]) -> None:
    report = report_of(*cards)
    assert ComplianceReport.from_json(json.loads(json.dumps(report.as_json()))) == report


def test_a_report_of_before_anybody_could_answer_is_still_shown() -> None:
    stored = report_of(card()).as_json()
    del stored["answers"]
    old = ComplianceReport.from_json(stored)
    assert old.answers is None
    assert "Answers" not in old.as_text()
    assert view_of(stored).figures
