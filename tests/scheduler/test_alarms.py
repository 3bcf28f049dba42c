"""One message when something breaks, one when it works again, and no more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.notify.base import MessageKind
from scheduler.alarms import Alarming, Problem, over, tell
from scheduler.store import Store
from tests.scheduler.builders import DAY, HOUR, MONDAY
from tests.scheduler.speaking import LATER, UNSURE, FakeNotifier

MINUTE = timedelta(minutes=1)
SLACK = Problem("channel slack", "Slack does not work: the token is revoked.")
TO = ("ops@example.org",)


def alarming(store: Store, mail: FakeNotifier, *to: str) -> Alarming:
    return Alarming(store, (mail,), to or TO, "https://afterword.example.org")


@pytest.fixture
def mail() -> FakeNotifier:
    return FakeNotifier("mail")


def test_a_problem_is_said_when_it_begins_and_when_it_is_over(
    store: Store, mail: FakeNotifier
) -> None:
    for minutes in range(0, 60, 5):
        tell(alarming(store, mail), [SLACK], MONDAY + minutes * MINUTE)
    for minutes in range(60, 120, 5):
        tell(alarming(store, mail), [], MONDAY + minutes * MINUTE)
    began, ended = mail.taken
    assert (began.kind, began.to.address) == (MessageKind.ALARM, "ops@example.org")
    assert "the token is revoked. Since 2026-11-16 09:00 UTC." in began.text
    assert "Slack works again. The trouble began on 2026-11-16 09:00 UTC." in ended.text
    assert "needs a hand" not in ended.subject + ended.text


def test_a_problem_that_comes_and_goes_is_said_once_a_day(store: Store, mail: FakeNotifier) -> None:
    for hours in range(24):
        tell(alarming(store, mail), [SLACK] if hours % 2 else [], MONDAY + hours * HOUR)
    assert len(mail.taken) == 2
    tell(alarming(store, mail), [SLACK], MONDAY + DAY + HOUR)
    assert len(mail.taken) == 3


def test_after_a_restart_and_in_a_second_process_nothing_is_said_again(
    store_url: str, mail: FakeNotifier
) -> None:
    """What was said is in the rows."""
    for _ in range(3):
        with Store.open(store_url) as store:
            tell(alarming(store, mail), [SLACK], MONDAY)
    assert len(mail.taken) == 1


def test_an_alarm_that_could_not_be_sent_is_tried_again(store: Store, mail: FakeNotifier) -> None:
    mail.answers.append(LATER)
    (problem,) = tell(alarming(store, mail), [SLACK], MONDAY)
    assert "An alarm to ops@example.org was not surely sent" in problem
    for minutes in (1, 5, 10):
        tell(alarming(store, mail), [SLACK], MONDAY + minutes * MINUTE)
    assert len(mail.taken) == 2


def test_an_alarm_in_doubt_is_not_sent_again(store: Store, mail: FakeNotifier) -> None:
    mail.answers.append(UNSURE)
    for minutes in (0, 5, 10, 60):
        tell(alarming(store, mail), [SLACK], MONDAY + minutes * MINUTE)
    assert len(mail.taken) == 1


def test_alarms_go_on_while_everything_else_is_paused(store: Store, mail: FakeNotifier) -> None:
    store.pause("all", "test", MONDAY)
    tell(alarming(store, mail), [SLACK], MONDAY)
    assert len(mail.taken) == 1


def test_every_address_is_told_once_and_one_without_a_channel_is_said(
    store: Store, mail: FakeNotifier
) -> None:
    problems = tell(alarming(store, mail, "A@b.c", "a@b.c", "#ops"), [SLACK], MONDAY)
    assert [each.to.address for each in mail.taken] == ["a@b.c"]
    assert problems == [
        "An alarm cannot go to #ops: Slack is not set up. Correct AFTERWORD_ALARMS_TO, or set the "
        "channel up."
    ]


def test_without_anybody_to_tell_nothing_is_kept(store: Store, mail: FakeNotifier) -> None:
    assert tell(Alarming(store, (mail,), ()), [SLACK], MONDAY) == []
    assert store.open_alarms() == {}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("account greenhouse", "greenhouse is read again."),
        ("audit", "The auditor finds no difference any more."),
        ("doubt", "For a day no message has been in doubt."),
        ("else", "else is over."),
    ],
)
def test_what_is_over_has_a_sentence(name: str, words: str) -> None:
    assert over(name) == words
