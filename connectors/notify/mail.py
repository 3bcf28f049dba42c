"""Delivers a message by SMTP.

Facts: email-and-teams.md sections 1 to 3. smtplib has no time-out by default and its STARTTLS
verifies nothing without a context: both are always given here. Until the final dot is sent a lost
connection is a plain failure; after it, nobody knows.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr

from connectors.ats.base import Finding
from connectors.notify.base import Delivery, DeliveryState, Message, MessageKind
from connectors.notify.smtp_url import SmtpServer
from connectors.options import Channel, Option, mail_address

TIMEOUT = 30.0
ADDRESS = re.compile(r"(?P<local>[^\s\x00-\x1f\x7f\"(),:;<>@\[\\\]]+)@(?P<domain>[\w.-]+)")
LOGIN_REFUSED = {530, 534, 535}
NO_BASIC_LOGIN = "5.7.30"
MICROSOFT = (
    "Microsoft switches password login off by default at the end of December 2026 and then "
    "answers 550 5.7.30"
)
MICROSOFT_REMEDY = (
    "Ask your administrator to allow SMTP AUTH for this mailbox, or use a relay "
    "(connector, High Volume Email, another provider)."
)


class _InOnePiece(UnstructuredHeader):
    """A header of ASCII that is read by programs. The library would write one longer than a line as
    encoded words, in which nobody looks for an address."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


def _policy() -> Policy:
    registry = HeaderRegistry()
    for name in ("list-unsubscribe", "in-reply-to", "references"):
        registry.map_to_type(name, _InOnePiece)  # type: ignore[arg-type]
    return SMTP.clone(header_factory=registry)


class Mail:
    """``clock`` stamps the Date header, aware. ``timeout``: seconds each step may take.

    Raises ValueError, one sentence without secrets, for an SMTP_URL or address that cannot work.
    """

    name = "mail"

    def __init__(
        self,
        smtp_url: str,
        mail_from: str,
        *,
        clock: Callable[[], datetime],
        timeout: float = TIMEOUT,
        reply_to: str | None = None,
    ) -> None:
        self._server = SmtpServer.parse(smtp_url)
        self._from = _setting("MAIL_FROM", mail_from)
        self._reply_to = _setting("AFTERWORD_MAIL_REPLY_TO", reply_to) if reply_to else None
        self._clock = clock
        self._timeout = timeout

    def deliver(self, message: Message) -> Delivery:
        """Try once, on a connection of its own. ``reference`` is the Message-ID."""
        try:
            mail = self.mail_of(message)
        except (ValueError, MessageError):
            return Delivery(
                DeliveryState.FAILED, "The person's mail address is not one.", permanent=True
            )
        try:
            client = self._connected()
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            return _no_connection(problem, self._server)
        try:
            return self._hand_over(client, mail)
        finally:
            client.close()

    def check(self) -> Iterable[Finding]:
        """Connection, TLS, login and NOOP. Sends nothing."""
        subject = f"Mail server {self._server.host}"
        try:
            client = self._connected()
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            failed = _no_connection(problem, self._server)
            yield Finding(subject, False, failed.reason, "Correct SMTP_URL, then check again.")
        else:
            try:
                client.noop()
                how = "without TLS" if self._server.tls == "never" else "over TLS"
                login = "logged in" if self._server.user else "no login"
                yield Finding(subject, True, f"answers {how}, {login}")
            except (smtplib.SMTPException, OSError):
                lost = "hung up after the login"
                yield Finding(subject, False, lost, "Check again; ask whoever runs the server.")
            finally:
                client.close()
        yield from microsoft(self._server)

    def mail_of(self, message: Message) -> EmailMessage:
        """The mail as it goes out. ValueError when the recipient's address is none."""
        mail = EmailMessage(policy=_policy())
        mail["From"] = self._from
        mail["To"] = _address(message.to.name, message.to.address)
        if self._reply_to:
            mail["Reply-To"] = self._reply_to
        mail["Subject"] = _one_line(message.subject)
        mail["Date"] = format_datetime(self._clock())
        mail["Message-ID"] = self._message_id(message.id)
        if message.in_reply_to:
            mail["In-Reply-To"] = mail["References"] = self._message_id(message.in_reply_to)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["X-Afterword-Id"] = _one_line(message.id)
        if message.kind is MessageKind.REPORT:
            mail["List-Id"] = f"Weekly report <weekly-report.afterword.{self._domain}>"
        if message.unsubscribe_url:
            mail["List-Unsubscribe"] = f"<{_one_line(message.unsubscribe_url)}>"
            if message.unsubscribe_url.startswith("https://"):  # RFC 8058 asks for it
                mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        # Quoted-printable keeps every line short and needs nothing of the relays on the way.
        mail.set_content(message.text, cte="quoted-printable")
        if message.html is not None:
            mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
        for each in message.attachments:
            main, _, sub = each.media_type.partition("/")
            mail.add_attachment(each.content, maintype=main, subtype=sub, filename=each.filename)
        return mail

    @property
    def _domain(self) -> str:
        return self._from.domain

    def _message_id(self, id: str) -> str:
        """Always the same for an ``id``: many servers drop a twin by it."""
        return f"<{re.sub(r'[^A-Za-z0-9._-]', '-', id)}@{self._domain}>"

    def _connected(self) -> smtplib.SMTP:
        server, context = self._server, self._server.context()
        if server.tls == "implicit":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._timeout, context=context
            )
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            if server.tls == "starttls":
                client.ehlo_or_helo_if_needed()
                client.starttls(context=context)
            client.ehlo_or_helo_if_needed()
            if server.user:
                client.login(server.user, server.password)
        except BaseException:
            client.close()
            raise
        return client

    def _hand_over(self, client: smtplib.SMTP, mail: EmailMessage) -> Delivery:
        """MAIL, RCPT, DATA by hand: smtplib's own call hides whether the final dot went out."""
        dot_sent = False
        try:
            sender, to = mail["From"].addresses[0].addr_spec, mail["To"].addresses[0].addr_spec
            options: list[str] = []
            if not (sender + to).isascii():
                if not client.has_extn("smtputf8"):
                    reason = "The mail server cannot write to an address with such letters."
                    return Delivery(DeliveryState.FAILED, reason, permanent=True)
                client.command_encoding = "utf-8"
                options = ["SMTPUTF8", "BODY=8BITMIME"]
            code, said = client.mail(sender, options)
            if code != 250:
                return _refused(code, said, "the sender", person=False)
            code, said = client.rcpt(to)
            if code not in (250, 251):
                return _refused(code, said, "the recipient", person=True)
            code, said = client.docmd("DATA")
            if code != 354:
                return _refused(code, said, "the message", person=True)
            client.send(_dotted(mail.as_bytes(policy=SMTP.clone(utf8=bool(options)))))
            dot_sent = True
            code, said = client.getreply()
        except (smtplib.SMTPException, OSError):
            if dot_sent:
                reason = "The mail was handed over and no answer came back: it may have arrived."
                return Delivery(DeliveryState.UNKNOWN, reason, reference=str(mail["Message-ID"]))
            return Delivery(
                DeliveryState.FAILED, "The mail server hung up before it had the whole mail."
            )
        if code != 250:
            return _refused(code, said, "the message", person=True)
        with suppress(smtplib.SMTPException, OSError):
            client.quit()
        return Delivery(DeliveryState.SENT, reference=str(mail["Message-ID"]))


def microsoft(server: SmtpServer) -> Iterable[Finding]:
    """A warning for the one provider that has announced an end of password login."""
    if server.host == "smtp.office365.com" and server.user:
        yield Finding("Microsoft 365", False, MICROSOFT, MICROSOFT_REMEDY, optional=True)


def _dotted(content: bytes) -> bytes:
    """With leading dots doubled and the end mark (RFC 5321, 4.5.2)."""
    end = b"" if content.endswith(b"\r\n") else b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", content) + end + b".\r\n"


def _address(name: str, address: str) -> Address:
    """ValueError when it is not one address. A domain with other letters goes by its ASCII form;
    quoted local parts, which nobody has, are not taken."""
    parts = ADDRESS.fullmatch(address.strip())
    if parts is None:
        raise ValueError("not a mail address")
    domain = parts["domain"]
    if not domain.isascii():
        domain = domain.encode("idna").decode()
    return Address(_one_line(name), username=parts["local"], domain=domain)


def _setting(variable: str, value: str) -> Address:
    try:
        return _address(*parseaddr(value))
    except (ValueError, MessageError):
        remedy = "write it like hiring@example.com"
        raise ValueError(f"{variable} is not a mail address: {remedy}.") from None


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _refused(code: int, said: bytes, what: str, *, person: bool) -> Delivery:
    """An answer by its code. The server's words stay out: they repeat the address."""
    detail = re.match(rb"\d\.\d{1,3}\.\d{1,3}", said)
    shown = f"{code} {detail[0].decode()}" if detail else str(code)
    if detail and detail[0].decode() == NO_BASIC_LOGIN:
        reason = f"Microsoft no longer takes a password for SMTP ({shown}). {MICROSOFT_REMEDY}"
        return Delivery(DeliveryState.FAILED, reason, channel_down=True)
    if code in LOGIN_REFUSED:
        reason = f"The mail server wants a login that works ({shown}): check SMTP_URL."
        return Delivery(DeliveryState.FAILED, reason, channel_down=True)
    if 400 <= code < 500:
        reason = f"The mail server put {what} off ({shown}); it is tried again later."
        return Delivery(DeliveryState.FAILED, reason)
    reason = f"The mail server refused {what} for good ({shown})."
    if not person:
        return Delivery(DeliveryState.FAILED, reason, channel_down=True)
    return Delivery(DeliveryState.FAILED, reason, permanent=True)


def _no_connection(problem: Exception, server: SmtpServer) -> Delivery:
    """Nothing was handed over yet."""
    failed, where = DeliveryState.FAILED, f"{server.host}:{server.port}"
    if isinstance(problem, smtplib.SMTPResponseException):
        said = problem.smtp_error
        return _refused(
            problem.smtp_code,
            said if isinstance(said, bytes) else said.encode(),
            "the connection",
            person=False,
        )
    if isinstance(problem, smtplib.SMTPNotSupportedError):
        reason = (
            f"{where} offers no STARTTLS or no login: use the submission port 587, or smtps:// "
            "for port 465."
        )
        return Delivery(failed, reason, channel_down=True)
    if isinstance(problem, ssl.SSLCertVerificationError):
        reason = f"The certificate of {where} cannot be trusted ({problem.verify_message}). "
        remedy = "For a private authority add ?ca=/path/to/ca.pem to SMTP_URL."
        return Delivery(failed, reason + remedy, channel_down=True)
    if isinstance(problem, ssl.SSLError):
        reason = f"{where} does not speak TLS as expected: smtp:// is for 587, smtps:// for 465."
        return Delivery(failed, reason, channel_down=True)
    if isinstance(problem, FileNotFoundError | ValueError):
        reason = "The ca file of SMTP_URL cannot be read."
        return Delivery(failed, reason, channel_down=True)
    cause = problem.strerror if isinstance(problem, OSError) and problem.strerror else "no answer"
    return Delivery(failed, f"The mail server {where} could not be reached: {cause}.")


def smtp_url(value: str) -> str:
    """An option's reader: the URL as it is, when it can be used."""
    try:
        SmtpServer.parse(value)
    except ValueError as error:
        raise ValueError(str(error).removeprefix("SMTP_URL").lstrip(": ")) from None
    return value


CHANNEL = Channel(
    name="mail",
    title="Mail",
    options=(
        Option(
            "SMTP_URL",
            "smtp_url",
            "The mail server, smtp://user:password@host:587 (STARTTLS) or smtps://… (TLS at once).",
            "Write it like smtp://user:password@mail.example.com:587.",
            required=True,
            secret=True,
            read=smtp_url,
        ),
        Option(
            "MAIL_FROM",
            "mail_from",
            "The sender of mails, e.g. Afterword <afterword@example.com>.",
            "Write it like Afterword <afterword@example.com>.",
            required=True,
            read=mail_address,
        ),
        Option(
            "AFTERWORD_MAIL_REPLY_TO",
            "reply_to",
            "Where answers to mails go; empty: to the sender.",
            "Write it like recruiting@example.com.",
            read=mail_address,
        ),
    ),
    build=lambda given: Mail(
        given.one("smtp_url"),
        given.one("mail_from"),
        clock=given.clock,
        reply_to=given.maybe("reply_to"),
    ),
)
