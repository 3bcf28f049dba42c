"""Case 56: names and titles from outside can neither format, mention, link, nor hide anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.notify.base import Message, Recipient
from connectors.notify.mail import Mail
from scheduler.phrases import clean
from tests.connectors.fake_slack import problems
from tests.scheduler.sample_owed import FORM, NOW, PAGE, escalation, nudge, owed

HOSTILE = [
    "<!channel>",
    "<!here|hello> & <@U123> <https://evil.example|click>",
    "*bold* _it_ ~no~ `code` ```block```",
    "line one\nline two\r\nBcc: all@example.com",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200bhidden\ufeff",
    "</td></tr></table><script>alert(1)</script><img src=x onerror=alert(1)>",
    '"><a href="https://evil.example">x</a>',
    "{{ 7 * 7 }} {% raw %} ${x} %s",
    "x" * 300,
    "🎨" * 300,
    "&amp;&lt;",
    "\x1b[2J\x07\x00 \ud800",
    "@channel @here #general",
]
MAKERS: dict[str, Callable[[str], Message]] = {
    "nudge": lambda s: nudge(owed(5, candidate=s, interview=s, job=s)),
    "second": lambda s: nudge(owed(7, "nudge 2", candidate=s, interview=s, job=s)),
    "digest": lambda s: nudge(
        *[owed(i, candidate=s, interview=s, job=s, application_id=f"a{i}") for i in range(60)]
    ),
    "one candidate": lambda s: nudge(*[owed(i, candidate=s, interview=s, job=s) for i in (1, 2)]),
    "escalation": lambda s: escalation(
        owed(9, candidate=s, interview=s, job=s, interviewer_name=s)
    ),
    "escalations": lambda s: escalation(
        *[
            owed(
                9, candidate=s, interview=s, job=s, interviewer_name=s or "x", interview_id=f"i{i}"
            )
            for i in range(60)
        ]
    ),
}


class Shape(HTMLParser):
    """The tags and links of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.names: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def mrkdwn_of(block: Any) -> list[str]:
    """Every mrkdwn string anywhere in a block."""
    if isinstance(block, dict):
        if block.get("type") == "mrkdwn":
            return [block["text"]]
        return [found for value in block.values() for found in mrkdwn_of(value)]
    if isinstance(block, list | tuple):
        return [found for value in block for found in mrkdwn_of(value)]
    return []


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", MAKERS)
def test_case_56_in_slack_it_is_only_text(kind: str, text: str) -> None:
    message = MAKERS[kind](text)
    blocks = [dict(block) for block in message.blocks]
    assert problems(blocks) == []
    assert len(json.dumps(blocks)) < 12_000
    for said in mrkdwn_of(message.blocks):
        assert not set(said.replace(f"<{FORM}|Write>", "")) & set("<>`~_")
        assert said.count("*") in (0, 2)  # our own bold or none


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", MAKERS)
def test_case_56_in_mail_it_adds_no_element_and_no_link(kind: str, text: str) -> None:
    hostile, calm = Shape(str(MAKERS[kind](text).html)), Shape(str(MAKERS[kind]("Calm").html))
    if len(hostile.tags) == len(calm.tags):
        assert hostile.tags == calm.tags
    else:  # wide letters left room for fewer rows
        assert set(hostile.tags) == set(calm.tags)
        assert " more; those above" in str(MAKERS[kind](text).html)
    assert hostile.names <= calm.names | {"colspan"}
    assert set(hostile.links) <= {FORM, PAGE}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", MAKERS)
def test_case_56_the_subject_stays_one_short_line_and_becomes_one_header(
    kind: str, text: str
) -> None:
    message = MAKERS[kind](text)
    assert message.subject == clean(message.subject, 150)
    mail = Mail("smtp://mail.example.com", "hiring@example.com", clock=lambda: NOW).mail_of(message)
    assert isinstance(mail, EmailMessage)
    assert mail["Bcc"] is None
    assert mail["Subject"] == message.subject


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_case_56_a_line_of_text_stays_a_line(text: str) -> None:
    assert len(MAKERS["nudge"](text).text.splitlines()) == 4


@given(text=st.text(), limit=st.integers(1, 80))
def test_a_cleaned_string_is_one_short_line_without_steering_characters(
    text: str, limit: int
) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert len(cleaned.splitlines()) <= 1
    assert clean(cleaned, limit) == cleaned
    assert not set(cleaned) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u200e\u200f\x00\x1b\r\n")


@settings(max_examples=40)
@given(name=st.text(max_size=80), title=st.text(max_size=80))
def test_any_name_gives_a_message_that_slack_takes(name: str, title: str) -> None:
    message = nudge(owed(5, candidate=name, interview=title, job=title))
    assert problems([dict(block) for block in message.blocks]) == []


def test_a_hostile_recipient_adds_no_header() -> None:
    to = Recipient("Bo\r\nBcc: all@example.com", "bo@example.com")
    message = MAKERS["nudge"]("Calm")
    changed = Message(message.id, message.kind, to, message.subject, message.text)
    mail = Mail("smtp://mail.example.com", "hiring@example.com", clock=lambda: NOW).mail_of(changed)
    assert mail["Bcc"] is None
