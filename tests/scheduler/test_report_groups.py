"""Who and what the report's groups are of."""

from __future__ import annotations

from scheduler.facts import ScorecardKey
from tests.scheduler.cards import card, person
from tests.scheduler.test_report import report_of


def test_two_people_of_one_name_are_two_rows() -> None:
    same = [person(id, name="Kim Lee") for id in ("k1", "k2")]
    groups = report_of([card("1", interviewer=each) for each in same]).groups
    assert [g.name for g in groups if g.by == "interviewer"] == [
        "Kim Lee (k1@example.com)",
        "Kim Lee (k2@example.com)",
    ]


def test_one_person_in_two_accounts_is_one_row_and_jobs_of_one_name_say_which_account() -> None:
    here, there = (person(id, name="Kim Lee", email="kim@example.com") for id in ("k1", "l7"))
    cards = [
        card("1", interviewer=here),
        card("2", interviewer=there, key=ScorecardKey("lever", "i2", "l7"), job_id="j9"),
        card("3", interviewer=person("k2", name="Kim Lee", email=None)),
    ]
    rows = [(g.by, g.name, g.figures.expected) for g in report_of(cards).groups]
    assert ("interviewer", "Kim Lee (kim@example.com)", 2) in rows
    assert ("interviewer", "Kim Lee (greenhouse)", 1) in rows
    assert ("job", "Platform engineer (greenhouse)", 2) in rows
    assert ("job", "Platform engineer (lever)", 1) in rows
