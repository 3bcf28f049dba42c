"""Headers that mail programs read: the way off a list, the thread."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest

from connectors.notify.base import Message
from connectors.notify.mail import Mail
from tests.connectors.mail_server import MailServer
from tests.connectors.sample_messages import a_message, a_report

NOW = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)
LONG = f"https://afterword.example.com/unsubscribe/{'x' * 250}.a_b-c?list=report&to={'y' * 80}"


def raw_of(message: Message, sender: str = "hiring@example.com") -> bytes:
    with MailServer(tls="never") as relay:
        Mail(relay.url, sender, clock=lambda: NOW).deliver(message)
        return relay.raw[0]


def header_lines(raw: bytes, name: str) -> list[str]:
    """The header as it stands in the mail, unfolded and not decoded."""
    head = raw.split(b"\r\n\r\n")[0].decode("ascii").replace("\r\n ", " ")
    return [line for line in head.split("\r\n") if line.lower().startswith(f"{name.lower()}:")]


def test_a_report_can_be_left_with_one_click() -> None:
    raw = raw_of(a_report(unsubscribe_url=LONG))
    assert header_lines(raw, "List-Unsubscribe") == [f"List-Unsubscribe: <{LONG}>"]
    assert header_lines(raw, "List-Unsubscribe-Post") == [
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    ]
    assert len(header_lines(raw, "List-Id")) == 1
    assert max(map(len, raw.split(b"\r\n"))) < 998
    assert message_from_bytes(raw, policy=SMTP)["List-Unsubscribe"] == f"<{LONG}>"


def test_one_click_is_promised_only_over_https() -> None:
    raw = raw_of(a_report(unsubscribe_url="http://afterword.example.com/unsubscribe/x"))
    assert len(header_lines(raw, "List-Unsubscribe")) == 1
    assert header_lines(raw, "List-Unsubscribe-Post") == []


@pytest.mark.parametrize("message", [a_message(), a_report()], ids=["nudge", "report"])
def test_without_a_way_off_nothing_is_promised(message: Message) -> None:
    raw = raw_of(message)
    assert header_lines(raw, "List-Unsubscribe") == []
    assert header_lines(raw, "List-Unsubscribe-Post") == []


def test_case_56_an_address_with_a_line_break_adds_no_header() -> None:
    raw = raw_of(a_report(unsubscribe_url="https://a.example.com/\r\nBcc: all@example.com"))
    assert header_lines(raw, "Bcc") == []


def test_a_long_domain_does_not_break_the_thread() -> None:
    domain = f"{'a' * 60}.{'b' * 60}.example.com"
    raw = raw_of(a_message(id="m2" * 16, in_reply_to="m1" * 16), f"hiring@{domain}")
    wanted = f"<{'m1' * 16}@{domain}>"
    assert header_lines(raw, "In-Reply-To") == [f"In-Reply-To: {wanted}"]
    assert header_lines(raw, "References") == [f"References: {wanted}"]
    [own] = header_lines(raw, "Message-ID")
    assert own.split() == ["Message-ID:", f"<{'m2' * 16}@{domain}>"]
