"""The mail notifier against a real SMTP server on loopback, with TLS and a login."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, Literal

import pytest

from connectors.notify.base import Delivery, DeliveryState, Recipient
from connectors.notify.mail import Mail, microsoft
from connectors.notify.smtp_url import SmtpServer
from tests.connectors.mail_server import PASSWORD, MailServer
from tests.connectors.sample_messages import URL, a_message, a_report

FAILED, SENT, UNKNOWN = DeliveryState.FAILED, DeliveryState.SENT, DeliveryState.UNKNOWN
SENDER = "Hiring team <hiring@example.com>"


def clock() -> datetime:
    return datetime(2026, 11, 17, 9, 30, tzinfo=UTC)


def mail_for(server: MailServer, **more: Any) -> Mail:
    return Mail(more.pop("url", server.url), more.pop("mail_from", SENDER), clock=clock, **more)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def relay() -> Iterator[MailServer]:
    """Without TLS and login, where neither is what the test is about."""
    with MailServer(tls="never") as running:
        yield running


@pytest.mark.parametrize("tls", ["starttls", "implicit", "never"])
def test_a_mail_arrives_over_every_kind_of_line(
    tls: Literal["starttls", "implicit", "never"],
) -> None:
    with MailServer(tls=tls) as server:
        delivery = mail_for(server).deliver(a_message())
        assert delivery == Delivery(SENT, reference="<m1@example.com>")
        assert server.envelopes == [("hiring@example.com", ["bo@example.com"])]


def test_a_nudge_is_text_first_then_html_and_both_name_the_same_link(relay: MailServer) -> None:
    mail_for(relay).deliver(a_message())
    [mail] = relay.received
    assert mail.get_content_type() == "multipart/alternative"
    text, html = (part for part in mail.iter_parts() if isinstance(part, EmailMessage))
    assert [text.get_content_type(), html.get_content_type()] == ["text/plain", "text/html"]
    assert URL in text.get_content()
    assert URL in html.get_content()


def test_a_report_carries_the_csv_beside_text_and_html(relay: MailServer) -> None:
    mail_for(relay).deliver(a_report())
    [mail] = relay.received
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/csv",
    ]
    [csv] = mail.iter_attachments()
    assert csv.get_filename() == "scorecards.csv"
    assert csv.get_payload(decode=True) == "week,name\n".encode("utf-8-sig")
    assert "<weekly-report.afterword.example.com>" in mail["List-Id"]


def test_the_headers_are_those_of_an_automatic_mail_that_can_be_answered(
    relay: MailServer,
) -> None:
    mail_for(relay, reply_to="recruiting@example.com").deliver(a_message())
    [mail] = relay.received
    assert mail["From"] == SENDER
    assert mail["To"] == "Bo Larsen <bo@example.com>"
    assert mail["Reply-To"] == "recruiting@example.com"
    assert mail["Date"].datetime == clock()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["X-Afterword-Id"] == "m1"
    assert mail["List-Id"] is None
    assert mail["In-Reply-To"] is None


def test_the_message_id_comes_from_our_id_so_that_a_second_try_is_the_same_mail(
    relay: MailServer,
) -> None:
    for _ in range(2):
        mail_for(relay).deliver(a_message())
    first, second = relay.received
    assert first["Message-ID"] == second["Message-ID"] == "<m1@example.com>"


def test_a_later_mail_about_the_same_thing_answers_the_first(relay: MailServer) -> None:
    mail_for(relay).deliver(a_message(id="m2", in_reply_to="m1"))
    [mail] = relay.received
    assert mail["In-Reply-To"] == mail["References"] == "<m1@example.com>"


def test_case_56_a_hostile_subject_name_or_id_adds_no_header(relay: MailServer) -> None:
    evil = "Notes\r\nBcc: all@example.com\r\n\r\nhello\u2028x"
    message = a_message(subject=evil, to=Recipient(evil, "bo@example.com"), id="m\r\nX-Evil: 1")
    assert mail_for(relay).deliver(message).state is SENT
    [mail] = relay.received
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert mail["Subject"] == "Notes Bcc: all@example.com hello x"
    assert relay.envelopes[0][1] == ["bo@example.com"]


@pytest.mark.parametrize(
    "address",
    ["", "bo", "@example.com", "bo@example.com\r\nRCPT TO:<x@y.z>", "bo@a.com, x@b.com", "bo@ü..x"],
)
def test_case_55_what_is_not_one_address_is_a_permanent_failure_and_nothing_is_sent(
    relay: MailServer, address: str
) -> None:
    delivery = mail_for(relay).deliver(a_message(to=Recipient("Bo", address)))
    assert (delivery.state, delivery.permanent) == (FAILED, True)
    assert relay.envelopes == []


def test_names_subjects_and_texts_in_other_scripts_survive(relay: MailServer) -> None:
    message = a_message(
        to=Recipient("Zoë Ødegård 山田", "bo@example.com"),
        subject="Notes for 面接 🎨",
        text="Ça va ✓\n",
    )
    mail_for(relay).deliver(message)
    [mail] = relay.received
    assert mail["To"].addresses[0].display_name == "Zoë Ødegård 山田"
    assert mail["Subject"] == "Notes for 面接 🎨"
    body = mail.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    assert body.get_content().strip() == "Ça va ✓"
    assert relay.raw[0].isascii()


def test_an_address_with_other_letters_survives_where_the_server_can(relay: MailServer) -> None:
    assert (
        mail_for(relay).deliver(a_message(to=Recipient("Jörg", "jörg@bücher.example"))).state
        is SENT
    )
    assert relay.envelopes[0][1] == ["jörg@xn--bcher-kva.example"]
    assert "<jörg@xn--bcher-kva.example>".encode() in relay.raw[0]


def test_an_address_with_other_letters_fails_for_good_where_the_server_cannot() -> None:
    with MailServer(tls="never", smtputf8=False) as relay:
        delivery = mail_for(relay).deliver(a_message(to=Recipient("Jörg", "jörg@example.com")))
    assert (delivery.state, delivery.permanent) == (FAILED, True)


def test_lines_that_begin_with_a_dot_and_very_long_lines_arrive_whole(relay: MailServer) -> None:
    text = ".\n..two\n" + "x" * 3000 + "\n"
    mail_for(relay).deliver(a_message(text=text))
    body = relay.received[0].get_body(("plain",))
    assert isinstance(body, EmailMessage)
    assert body.get_content().splitlines() == text.splitlines()
    assert max(len(line) for line in relay.raw[0].splitlines()) < 998


def test_case_59_each_person_has_their_own_outcome(relay: MailServer) -> None:
    relay.refuse("gone@example.com", "550 5.1.1 no such person gone@example.com")
    relay.refuse("grey@example.com", "451 4.7.1 greylisted, come back")
    mail = mail_for(relay)

    def outcome(address: str) -> tuple[DeliveryState, bool]:
        delivery = mail.deliver(a_message(to=Recipient("x", address)))
        assert address not in delivery.reason
        return delivery.state, delivery.permanent

    assert outcome("gone@example.com") == (FAILED, True)
    assert outcome("grey@example.com") == (FAILED, False)
    assert outcome("bo@example.com") == (SENT, False)
    relay.accept("grey@example.com")
    assert outcome("grey@example.com") == (SENT, False)


@pytest.mark.parametrize(
    ("command", "reply", "permanent", "down"),
    [
        ("MAIL", "421 4.3.2 shutting down", False, False),
        ("MAIL", "450 4.1.8 later", False, False),
        ("MAIL", "530 5.7.0 login first", False, True),
        ("MAIL", "550 5.7.30 basic authentication is gone", False, True),
        ("MAIL", "553 5.7.1 not your sender", False, True),
        ("RCPT", "450 4.2.1 busy", False, False),
        ("RCPT", "452 4.5.3 too many", False, False),
        ("RCPT", "550 5.1.1 unknown", True, False),
        ("RCPT", "550 5.7.30 basic authentication is gone", False, True),
        ("DATA", "451 4.3.0 later", False, False),
        ("DATA", "454 throttled", False, False),
        ("DATA", "552 5.3.4 too big", True, False),
        ("DATA", "554 5.7.1 spam", True, False),
    ],
)
def test_case_59_a_reply_decides_between_later_never_and_a_broken_channel(
    relay: MailServer,
    command: Literal["MAIL", "RCPT", "DATA"],
    reply: str,
    permanent: bool,
    down: bool,
) -> None:
    relay.answer_next(command, reply)
    delivery = mail_for(relay).deliver(a_message())
    assert (delivery.state, delivery.permanent, delivery.channel_down) == (FAILED, permanent, down)
    assert reply[:3] in delivery.reason
    assert ("Microsoft" in delivery.reason) == ("5.7.30" in reply)


def test_case_47_a_line_that_drops_after_the_mail_was_handed_over_is_unknown(
    server: MailServer,
) -> None:
    server.drop_next_after_data()
    delivery = mail_for(server).deliver(a_message())
    assert (delivery.state, delivery.reference) == (UNKNOWN, "<m1@example.com>")
    assert len(server.received) == 1


def test_case_47_a_refused_connection_is_a_plain_failure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mail = Mail(f"smtp://127.0.0.1:{port}", SENDER, clock=clock)
    delivery = mail.deliver(a_message())
    assert (delivery.state, delivery.permanent, delivery.channel_down) == (FAILED, False, False)
    assert f"127.0.0.1:{port}" in delivery.reason


def test_case_47_a_server_that_never_greets_is_a_plain_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        mail = Mail(f"smtp://127.0.0.1:{port}", SENDER, clock=clock, timeout=0.2)
        delivery = mail.deliver(a_message())
    assert (delivery.state, delivery.permanent) == (FAILED, False)


def test_a_wrong_password_takes_the_channel_down_and_is_not_shown(server: MailServer) -> None:
    url = re.sub(r"afterword:[^@]+@", "afterword:hunter2@", server.url)
    delivery = mail_for(server, url=url).deliver(a_message())
    assert (delivery.state, delivery.channel_down) == (FAILED, True)
    assert "535" in delivery.reason
    assert "hunter2" not in delivery.reason


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    tls: Literal["starttls", "implicit"],
) -> None:
    with MailServer(tls=tls) as server:
        delivery = mail_for(server, url=server.url.split("?")[0]).deliver(a_message())
        assert (delivery.state, delivery.channel_down) == (FAILED, True)
        assert "?ca=" in delivery.reason
        assert server.envelopes == []


def test_a_server_without_starttls_is_refused_before_the_password_is_said(
    relay: MailServer,
) -> None:
    delivery = mail_for(relay, url=f"smtp://u:p@127.0.0.1:{relay.port}").deliver(a_message())
    assert (delivery.state, delivery.channel_down) == (FAILED, True)
    assert "STARTTLS" in delivery.reason


def test_check_logs_in_and_sends_nothing(server: MailServer) -> None:
    [finding] = mail_for(server).check()
    assert finding.ok
    assert finding.detail == "answers over TLS, logged in"
    assert server.envelopes == []


def test_check_says_in_one_sentence_what_is_wrong(server: MailServer) -> None:
    [finding] = mail_for(server, url=server.url.replace("p%40ss", "wrong")).check()
    assert not finding.ok
    assert "login" in finding.detail
    assert finding.remedy


def test_check_names_what_microsoft_is_going_to_do() -> None:
    [finding] = microsoft(SmtpServer.parse("smtp://user:hunter2@SMTP.office365.com"))
    assert "December 2026" in finding.detail
    assert (finding.ok, finding.optional) == (False, True)
    assert list(microsoft(SmtpServer.parse("smtp://user:hunter2@mail.example.com"))) == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 587, "starttls", "", "")),
        ("smtps://mail.example.com", ("mail.example.com", 465, "implicit", "", "")),
        ("smtp://u%40x:p%40%3A%2F@h:25", ("h", 25, "starttls", "u@x", "p@:/")),
        ("smtp://localhost:25?starttls=never", ("localhost", 25, "never", "", "")),
        ("smtp://[::1]:25?starttls=never", ("::1", 25, "never", "", "")),
        ("smtp://127.8.0.1?starttls=never", ("127.8.0.1", 587, "never", "", "")),
    ],
)
def test_the_forms_of_smtp_url(url: str, expected: tuple[str, int, str, str, str]) -> None:
    server = SmtpServer.parse(url)
    assert (server.host, server.port, server.tls, server.user, server.password) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://u:hunter2@h",
        "u:hunter2@h:587",
        "smtp://u:hunter2@",
        "smtp://u:hunter2/x@h",
        "smtp://u:hunter2@h/path",
        "smtp://u:hunter2@h:port",
        "smtp://u:hunter2@mail.example.com?starttls=never",
        "smtp://u:hunter2@localhost.example.com?starttls=never",
        "smtp://u:hunter2@h?starttls=perhaps",
        "smtp://u:hunter2@h?verify=no",
        "smtps://u:hunter2@localhost?starttls=never",
    ],
)
def test_a_smtp_url_that_cannot_work_is_refused_in_one_sentence_without_the_password(
    url: str,
) -> None:
    with pytest.raises(ValueError, match="SMTP_URL") as refused:
        Mail(url, SENDER, clock=clock)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize("sender", ["", "hiring", "a@b@", "Hiring <>"])
def test_a_mail_from_that_is_no_address_is_refused(sender: str) -> None:
    with pytest.raises(ValueError, match="MAIL_FROM"):
        Mail("smtp://h", sender, clock=clock)


def test_the_test_server_has_a_password_that_needs_percent_signs() -> None:
    assert {"@", "/", ":"} <= set(PASSWORD)
