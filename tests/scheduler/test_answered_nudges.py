"""What an answer changes in what is said next, through the store: from the press to the message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from connectors.model import Interview
from plugin.links import Links, answer_links
from scheduler.answering import Answered, answer, undo
from scheduler.answers import Answer, AnswerKind
from scheduler.facts import Status
from scheduler.judging import judge
from scheduler.nudges import run
from scheduler.store import Store
from tests.scheduler.builders import DAY, HOUR, KEY, MONDAY, card, interview, moved, person, save
from tests.scheduler.speaking import POLICY, WEDNESDAY, Company, company

BO, ALI = "p1@example.org", "p2@example.org"
ASKED = WEDNESDAY + HOUR
LATER = WEDNESDAY + 6 * DAY
"""Every step of the ladder has fallen due."""
EXCUSING: list[tuple[AnswerKind, dict[str, Any]]] = [
    (AnswerKind.DONE_ELSEWHERE, {}),
    (AnswerKind.DID_NOT_HAPPEN, {"reason": "no_show"}),
]


@pytest.fixture
def firm(sqlite_store: Store) -> Company:
    """Bo talked to Noor on Monday and was nudged on Wednesday; Ali recruits."""
    found = company(sqlite_store, interview("i1"))
    run(found.nudging(), WEDNESDAY)
    assert found.slack.addresses == [BO]
    found.slack.taken.clear()
    return found


def says(firm: Company, kind: AnswerKind, now: datetime = ASKED, **more: Any) -> Answer:
    taken = answer(firm.store, KEY, kind, BO, "mail", now, **more)
    assert isinstance(taken, Answered), taken
    return taken.answer


def status(firm: Company, now: datetime) -> Status:
    return judge(firm.store.scorecards(keys=[KEY])[0], POLICY, now).status


def days(firm: Company, since: datetime, until: datetime) -> list[str]:
    """Who is written to, with a run every day."""
    while since <= until:
        run(firm.nudging(), since)
        since += DAY
    return firm.slack.addresses


@pytest.mark.parametrize(("kind", "more"), EXCUSING)
def test_after_an_answer_that_excuses_nobody_is_written_to(
    firm: Company, kind: AnswerKind, more: dict[str, Any]
) -> None:
    says(firm, kind, **more)
    assert status(firm, ASKED) is Status.EXCUSED
    assert days(firm, WEDNESDAY + DAY, LATER) == []


@pytest.mark.parametrize(("kind", "more"), EXCUSING)
def test_what_is_undone_is_asked_for_again(
    firm: Company, kind: AnswerKind, more: dict[str, Any]
) -> None:
    given = says(firm, kind, **more)
    undo(firm.store, given.id, BO, "mail", ASKED + HOUR)
    assert status(firm, ASKED) is Status.EXCUSED  # the past stays what it was
    assert status(firm, ASKED + HOUR) is Status.OVERDUE
    assert BO in days(firm, WEDNESDAY + DAY, LATER)


def test_a_snooze_is_silent_until_its_end_and_the_candidate_still_counts_as_waiting(
    firm: Company,
) -> None:
    says(firm, AnswerKind.SNOOZE, until=WEDNESDAY + 5 * DAY)
    assert status(firm, WEDNESDAY + DAY) is Status.OVERDUE
    assert days(firm, WEDNESDAY + DAY, WEDNESDAY + 4 * DAY) == []
    assert days(firm, WEDNESDAY + 5 * DAY, WEDNESDAY + 6 * DAY) != []


def test_whom_it_was_handed_to_is_told_once_and_its_owner_no_more(firm: Company) -> None:
    says(firm, AnswerKind.HAND_OVER, to_id="p2")
    assert days(firm, WEDNESDAY + DAY, LATER) == [ALI]


@pytest.mark.parametrize("kind", [AnswerKind.DONE_ELSEWHERE, AnswerKind.SNOOZE])
def test_a_submission_beats_an_answer(firm: Company, kind: AnswerKind) -> None:
    says(firm, kind, until=WEDNESDAY + 3 * DAY)
    at = WEDNESDAY + DAY
    firm.changes(at, interview("i1", card("p1", submitted_at=at)))
    firm.knows(interview("i1", card("p1", submitted_at=at)))
    assert status(firm, at) is Status.SUBMITTED_LATE
    assert days(firm, at, LATER) == []


def test_an_interview_that_is_moved_after_its_answer_is_asked_for_anew(firm: Company) -> None:
    says(firm, AnswerKind.DID_NOT_HAPPEN, reason="moved")
    again: Interview = moved(interview("i1"), MONDAY + 7 * DAY)
    firm.changes(ASKED + HOUR, again)
    save(firm.store, again, at=ASKED + HOUR)
    assert status(firm, MONDAY + 8 * DAY) is Status.AWAITING
    assert status(firm, MONDAY + 10 * DAY) is Status.OVERDUE
    assert BO in days(firm, MONDAY + 9 * DAY + HOUR, MONDAY + 12 * DAY)


def test_every_link_of_a_message_is_for_its_reader_and_for_one_answer(
    sqlite_store: Store,
) -> None:
    firm = company(sqlite_store, interview("i1"), interview("i2", card("p1"), card("p9")))
    firm.knows(person("p9", "Ada"))
    public, secret = "https://afterword.example.org", "a-secret-of-tests"
    run(firm.nudging(firm.mail, links=answer_links(public, secret)), WEDNESDAY)
    reader = Links(secret)
    for message in firm.mail.taken:
        texts = f"{message.text} {message.html}".replace('"', " ").split()
        tokens = {each.partition("/answer/")[2] for each in texts if "/answer/" in each}
        tokens = {each.strip("<>").partition("<")[0] for each in tokens}
        read = [reader.read_answer(each, WEDNESDAY + DAY) for each in tokens]
        assert {each.kind for each in read} == set(AnswerKind)
        who = {f"{each.key.interviewer_id}@example.org" for each in read}
        assert who == {message.to.address}
