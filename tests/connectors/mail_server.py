"""A mail server on loopback with real TLS and login; it can refuse, put off and hang up.

with MailServer() as server:
    server.refuse("gone@example.com", "550 5.1.1 no such person")
    ... Mail(server.url, "hiring@example.com", clock=...) ...
    server.received[0]["Subject"]
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "afterword", "p@ss/w:rd"


@dataclass
class MailServer:
    """``tls``: ``starttls`` (required), ``implicit``, or ``never``. With a login unless ``never``
    or ``login`` is False."""

    tls: Literal["starttls", "implicit", "never"] = "starttls"
    login: bool = True
    smtputf8: bool = True
    received: list[EmailMessage] = field(default_factory=list)
    """Parsed with the modern policy, in the order of arrival."""
    raw: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    """Sender and recipients as the server saw them, one entry a mail."""
    refusals: dict[str, str] = field(default_factory=dict)
    """Reply to RCPT by address."""

    def __post_init__(self) -> None:
        self._once: dict[str, list[str]] = {}
        self._drops = 0
        self._lock = threading.Lock()

    def __enter__(self) -> MailServer:
        self._folder = tempfile.TemporaryDirectory()
        authority = trustme.CA()
        self.ca = str(Path(self._folder.name) / "ca.pem")
        authority.cert_pem.write_to_path(self.ca)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        options: dict[str, Any] = {"enable_SMTPUTF8": self.smtputf8}
        if self.tls == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        if self.tls != "never" and self.login:
            # With TLS from the first byte aiosmtpd does not know that the line is safe, and a
            # login can be offered but not demanded.
            starttls = self.tls == "starttls"
            options |= {"authenticator": _authenticate}
            options |= {"auth_required": starttls, "auth_require_tls": starttls}
        self._controller = _Controller(
            _Handler(self),
            hostname="127.0.0.1",
            port=0,
            ssl_context=context if self.tls == "implicit" else None,
            **options,
        )
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop()
        self._folder.cleanup()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def url(self) -> str:
        """SMTP_URL that works, with the password %-encoded."""
        login = "afterword:p%40ss%2Fw%3Ard@" if self.tls != "never" and self.login else ""
        if self.tls == "never":
            return f"smtp://127.0.0.1:{self.port}?starttls=never"
        scheme = "smtps" if self.tls == "implicit" else "smtp"
        return f"{scheme}://{login}127.0.0.1:{self.port}?ca={self.ca}"

    def refuse(self, address: str, reply: str) -> None:
        """Until further notice RCPT of this address gets this reply."""
        self.refusals[address] = reply

    def accept(self, address: str) -> None:
        self.refusals.pop(address, None)

    def answer_next(self, command: Literal["MAIL", "RCPT", "DATA"], reply: str) -> None:
        """The next such command gets this reply; DATA: after the whole mail was read."""
        self._once.setdefault(command, []).append(reply)

    def drop_next_after_data(self) -> None:
        """Keep the next mail and hang up instead of saying so."""
        self._drops += 1

    def _scripted(self, command: str) -> str | None:
        with self._lock:
            waiting = self._once.get(command)
            return waiting.pop(0) if waiting else None

    def _keep(self, envelope: Envelope) -> bool:
        """Whether to answer."""
        content = envelope.content
        assert isinstance(content, bytes)
        parsed = message_from_bytes(content, policy=SMTPUTF8)
        assert isinstance(parsed, EmailMessage)
        with self._lock:
            self.raw.append(content)
            self.received.append(parsed)
            self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
            if self._drops:
                self._drops -= 1
                return False
            return True


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """The base class knocks at the port it was given, which is 0: tell it the real one."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._server._scripted("MAIL")
        if refusal is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return refusal or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._server._scripted("RCPT") or self._server.refusals.get(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        refusal = self._server._scripted("DATA")
        if refusal is None and not self._server._keep(envelope):
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return refusal or "250 2.0.0 OK: queued"


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any
) -> AuthResult:
    good = isinstance(login, LoginPassword) and (login.login, login.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=good, handled=False)
