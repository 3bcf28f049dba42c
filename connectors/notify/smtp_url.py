"""SMTP_URL: where the mail server is and how to speak to it. Pure but for reading a CA file."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from connectors.options import loopback

FORM = "write it like smtp://user:password@mail.example.com:587"
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    host: str
    port: int
    tls: Literal["starttls", "implicit", "never"]
    user: str = ""
    """Empty: no login."""
    password: str = field(default="", repr=False)
    ca: str | None = None
    """Path of a PEM file with a private certificate authority."""

    @classmethod
    def parse(cls, url: str) -> SmtpServer:
        """Raises ValueError with one sentence that holds no part of the URL: it has a password."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(f"SMTP_URL cannot be read: {FORM}, %-encode / @ : in it.") from None
        if parts.scheme not in PORTS or not host:
            raise ValueError(f"SMTP_URL must begin with smtp:// or smtps://: {FORM}.")
        if parts.path.strip("/") or parts.fragment:
            raise ValueError(f"SMTP_URL has something after the port: {FORM}, %-encode / and #.")
        options = parse_qs(parts.query, keep_blank_values=True)
        if set(options) - {"starttls", "ca"}:
            raise ValueError("SMTP_URL knows only the options ?starttls=never and ?ca=/path.")
        return cls(
            host=host,
            port=port or PORTS[parts.scheme],
            tls=_tls(parts.scheme, options.get("starttls", [""])[-1], host),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            ca=options.get("ca", [None])[-1] or None,
        )

    def context(self) -> ssl.SSLContext:
        """Verifies certificate and host name. OSError when the CA file cannot be read."""
        return ssl.create_default_context(cafile=self.ca)


def _tls(scheme: str, starttls: str, host: str) -> Literal["starttls", "implicit", "never"]:
    if starttls not in {"", "never", "required"}:
        raise ValueError("SMTP_URL: ?starttls= may be never (a relay on this machine) or required.")
    if scheme == "smtps":
        if starttls:
            raise ValueError("SMTP_URL: smtps:// is TLS from the first byte, without ?starttls=.")
        return "implicit"
    if starttls == "never":
        if not loopback(host):
            raise ValueError(
                "SMTP_URL: ?starttls=never is only for a relay on this machine (localhost, "
                "127.0.0.1); mail to another host must be encrypted."
            )
        return "never"
    return "starttls"
