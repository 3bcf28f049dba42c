"""Answers in a mail, the warning before an escalation, what an escalation says, alarms."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.notify.base import Message, MessageKind, Recipient
from connectors.notify.mail import Mail
from scheduler import messages
from scheduler.answers import Answer, AnswerKind
from scheduler.facts import Audience, ScorecardKey, Step
from scheduler.letters import MOST_BYTES
from scheduler.owed import LABELS, Ahead, Owed
from tests.scheduler.sample_owed import (
    BO,
    FORM,
    NOW,
    PAGE,
    ZONE,
    escalation,
    many,
    nudge,
    owed,
    told,
)
from tests.scheduler.test_messages_hostile import HOSTILE, Shape

DAY = timedelta(days=1)
BASE = "https://afterword.example.com/answer/"


def links(key: ScorecardKey, kind: AnswerKind) -> str:
    """As long as the real ones, which hold a signature."""
    return f"{BASE}{'x' * 110}.{key.interview_id}.{kind}"


def asked(*scorecards: Owed, **more: Any) -> Message:
    given = {"links": links} | more
    return messages.nudge("m1", BO, scorecards, now=NOW, zone=ZONE, **given)


def links_in(text: str) -> list[str]:
    return re.findall(r"https?://[^\s\"<>]+", text)


def test_a_nudge_carries_the_form_and_four_answers_in_both_bodies() -> None:
    message = asked(owed(5))
    key = owed(5).facts.key
    four = [links(key, kind) for kind in LABELS]
    assert message.text.endswith(
        f"Write the scorecard: {FORM}\n\nIf that does not fit:\n"
        f"Done elsewhere: {four[0]}\nSnooze: {four[1]}\nHand over: {four[2]}\n"
        f"It did not happen: {four[3]}\n"
    )
    assert Shape(str(message.html)).links == [FORM, *four]


def test_one_action_is_a_button_and_the_answers_are_small() -> None:
    html = str(asked(owed(5)).html)
    assert html.count('class="press"') == 1
    [answers] = re.findall(r'<td class="ways" style="([^"]*)">', html)
    assert "font-size:14px" in answers


def test_every_scorecard_of_a_digest_can_be_answered_by_itself() -> None:
    message = asked(*many(3))
    for body in (message.text, str(message.html)):
        for each in many(3):
            assert {links(each.facts.key, kind) for kind in LABELS} <= set(links_in(body))


@pytest.mark.parametrize("n", [2, 6, 60, 500])
def test_a_digest_with_answers_stays_below_the_size_that_gmail_cuts(n: int) -> None:
    message = asked(*many(n, candidate="Wilhelmina Featherstonehaugh", interview="Systems talk 2"))
    html = str(message.html)
    assert len(html.encode()) < MOST_BYTES
    shown = html.count(">Write</a>")
    assert shown == min(n, messages.MOST_ROWS)
    whole = html.count(">It\u00a0did\u00a0not\u00a0happen</a>")
    assert whole + html.count(">Answer</a>") == shown
    assert whole >= min(n, 20)
    assert set(links_in(html)) <= set(links_in(message.text))
    assert len(set(links_in(message.text))) == 5 * n


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("n", [1, 6, 60])
def test_case_56_hostile_names_neither_break_the_budget_nor_add_a_link(text: str, n: int) -> None:
    message = asked(*many(n, candidate=text, interview=text, job=text))
    assert len(str(message.html).encode()) < MOST_BYTES
    assert all(each.startswith((FORM, BASE)) for each in Shape(str(message.html)).links)


def test_an_address_of_the_longest_kind_still_fits() -> None:
    long = f"{FORM}?{'y' * 900}"
    html = str(
        asked(*[replace(each, facts=replace(each.facts, url=long)) for each in many(60)]).html
    )
    assert len(html.encode()) < MOST_BYTES
    assert re.search(r"and \d+ more; those above", html)


def test_without_a_public_address_a_mail_asks_for_a_reply_only_if_somebody_reads_it() -> None:
    for scorecards in ([owed(5)], many(3)):
        silent, read = asked(*scorecards, links=None), asked(*scorecards, links=None, replies=True)
        assert "reply" not in silent.text + str(silent.html)
        assert "If that does not fit, reply to this mail." in read.text
        assert "If that does not fit, reply to this mail." in str(read.html)
        assert "reply" not in asked(*scorecards, replies=True).text


def warned(days: int, at: int = 2, whom: str = "Rae Okafor", **changes: Any) -> Owed:
    return replace(owed(days, "nudge 2", **changes), warns=Ahead(whom, NOW + at * DAY))


@pytest.mark.parametrize(
    ("at", "said"),
    [(0, "Today"), (1, "Tomorrow"), (2, "On Thursday"), (6, "On Monday"), (9, "On 26 November")],
)
def test_whoever_is_asked_to_help_is_announced_in_private_first(at: int, said: str) -> None:
    message = asked(warned(7, at))
    assert f"{said} Rae Okafor will be asked to help." in message.text
    assert f"{said} Rae Okafor will be asked to help." in str(message.html)
    assert len(message.text.split("\n\n")[0].splitlines()) == 2


def test_a_digest_says_once_for_how_many_somebody_will_be_asked() -> None:
    one, two = warned(7), warned(6, interview_id="i2", application_id="a2")
    new = owed(1, interview_id="i3", application_id="a3")
    assert " On Thursday Rae Okafor will be asked to help.\n" in asked(one, two).text
    assert (
        "On Thursday Rae Okafor will be asked to help with two of them."
        in asked(one, two, new).text
    )
    other = warned(6, 1, "Ann Ode", interview_id="i4")
    assert "From tomorrow on others will be asked to help." in asked(one, other).text


def test_an_escalation_says_why_somebody_was_not_asked() -> None:
    unreachable = replace(
        owed(9, "escalation 1"), unreachable="the ATS has no address for the interviewer"
    )
    text = escalation(unreachable).text
    assert "Bo Larsen could not be asked: the ATS has no address for the interviewer." in text
    assert "reminded" not in text


def test_an_escalation_does_not_say_that_nobody_asked_whoever_left_after_a_reminder() -> None:
    left = replace(
        owed(9, "escalation 1", told=[told("nudge 1", 6)]),
        unreachable="the interviewer's account is deactivated",
    )
    text = escalation(left).text
    assert " and cannot be asked again: the interviewer's account is deactivated." in text
    assert "Bo Larsen was reminded " in text
    assert "could not be asked" not in text


def snoozed(until: int, undone: bool = False) -> Owed:
    answer = Answer(
        "s1", AnswerKind.SNOOZE, NOW - 5 * DAY, "bo@example.com", "mail", until=NOW + until * DAY
    )
    if undone:
        answer = replace(answer, undone_at=NOW - 4 * DAY, undone_by="bo@example.com")
    return owed(9, "escalation 1", told=[told("nudge 1", 6)], answers=(answer,))


def test_an_escalation_says_until_when_it_was_put_off() -> None:
    assert (
        "Bo Larsen was reminded on Wednesday. Bo Larsen put it off until yesterday."
        in escalation(snoozed(-1)).text
    )
    assert "put it off until Thursday." in escalation(snoozed(2)).text
    assert "put it off" not in escalation(snoozed(-1, undone=True)).text


def handed(**changes: Any) -> Owed:
    return replace(owed(5, **changes), step=Step("hand over", Audience.COLLEAGUE, NOW))


def test_whoever_it_was_handed_to_hears_who_waits_from_whom_it_comes_and_what_to_do() -> None:
    message = escalation(handed())
    assert message.kind is MessageKind.ESCALATION
    assert message.subject == "Handed to you: Systems talk (Platform engineer)"
    assert message.text == (
        "Noor V. has been waiting 5 days to hear about Thursday's Systems talk (Platform "
        "engineer). Bo Larsen handed this to you.\n"
        f"Open the candidate: {PAGE}\n"
        "\n"
        "If you were there, two honest lines are enough; if not, you may want to ask who was.\n"
    )
    assert "handed this to you" in str(message.html)
    assert "handed this to you" in str(message.blocks)
    assert "handed this to you" in str(message.card)
    assert f"Open the candidate: {FORM}" in escalation(handed(candidate_url=None)).text


PROBLEMS = ["Slack refuses the token (token_revoked): put a working one into SLACK_BOT_TOKEN."]


@pytest.mark.parametrize("n", [1, 6, 60])
@pytest.mark.parametrize("text", [*PROBLEMS, *HOSTILE], ids=range(len(HOSTILE) + 1))
def test_an_alarm_names_what_does_not_work_in_every_form(text: str, n: int) -> None:
    page = "https://afterword.example.com/"
    message = messages.alarm("a1", Recipient("", "ops@example.com"), [text] * n, page_url=page)
    assert message.kind is MessageKind.ALARM
    assert message.subject == f"Afterword needs a hand: {n} problem{'s' if n > 1 else ''}"
    assert Shape(str(message.html)).links == [page]
    left = n - messages.MOST_PROBLEMS
    for form in (message.text, str(message.html), str(message.card)):
        assert (f"and {left} more" in form) == (left > 0)


def test_an_alarm_without_a_page_has_no_link() -> None:
    message = messages.alarm("a1", BO, PROBLEMS, page_url=None)
    assert message.text == (
        f"Afterword cannot do all of its work and needs a hand.\n\n- {PROBLEMS[0]}\n"
    )
    assert "href" not in str(message.html)


def test_a_second_mail_about_one_scorecard_has_the_subject_of_the_first_and_answers_it() -> None:
    mail = Mail("smtp://mail.example.com", "hiring@example.com", clock=lambda: NOW)
    first = mail.mail_of(asked(owed(5)))
    again = mail.mail_of(replace(asked(owed(7, "nudge 2"), in_reply_to="m1"), id="m2"))
    assert again["Subject"] == first["Subject"]
    assert again["In-Reply-To"] == again["References"] == first["Message-ID"]
    assert again["Message-ID"] != first["Message-ID"]
    assert again["Auto-Submitted"] == "auto-generated"
    assert nudge(owed(5)).in_reply_to is None
