"""What a connector says of itself, as data: what can be set, and how it is built from that.

From it are made: what is read from the environment and the policy file, every complaint about it,
what a log must not show, ``.env.example``, the settings table and the lines of ``check``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from connectors.ats.base import Ats
from connectors.notify.base import Notifier

Reader = Callable[[str], str]
"""Text as it was set, to what is meant. Raises ValueError with the end of a sentence that begins
with the option's name; it never repeats a value that may be secret."""


def as_it_is(value: str) -> str:
    return value


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be set."""

    variable: str
    """In the environment, e.g. ``LEVER_API_KEY``; a secret also as ``LEVER_API_KEY_FILE``."""
    key: str
    """In the policy file, e.g. ``api_key``; a secret also as ``api_key_file``."""
    says: str
    """What it is for: one sentence."""
    remedy: str
    """What to do when it is wrong: one sentence."""
    default: str = ""
    required: bool = False
    """Without it there is no connection."""
    example: str = ""
    """A value of the right form, where neither a word nor an https:// address is one: what is held
    against every connector alike (no secret in a log, …) sets its options to such values."""
    secret: bool = False
    whole: bool = False
    """Of a secret address: all of it is secret, and not only a password in it."""
    several: bool = False
    """A list: words between commas."""
    phrases: bool = False
    """Of a list: its members may hold spaces, so that commas alone divide it."""
    read: Reader = as_it_is


@dataclass(frozen=True, slots=True)
class Given:
    """What one connection is built from."""

    name: str
    """The account's name in the store and in every list."""
    options: Mapping[str, tuple[str, ...]] = field(repr=False)
    """By key, read and with the defaults filled in; () is not set."""
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    on_wait: Callable[[float, str], None] | None = None

    def one(self, key: str) -> str:
        """The value of a required option, or of one with a default."""
        return self.options[key][0]

    def maybe(self, key: str) -> str | None:
        return next(iter(self.options[key]), None)

    def every(self, key: str) -> tuple[str, ...]:
        return self.options[key]


@dataclass(frozen=True, slots=True)
class Connector:
    """An ATS that can be connected."""

    name: str
    """Of the vendor; an account that is set up in the environment is called the same."""
    title: str
    options: tuple[Option, ...]
    build: Callable[[Given], Ats]
    doorbell: str = ""
    """Key of the option that proves webhooks; "" when this ATS has none."""
    address: str = "api_url"
    """Key of the option with the address whose clock ours is compared with."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A notifier that can be set up."""

    name: str
    title: str
    options: tuple[Option, ...]
    build: Callable[[Given], Notifier]


# -- readers


def matching(pattern: str) -> Reader:
    """Text that is ``pattern`` from its beginning to its end."""

    def read(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError("is not of the right form")
        return value

    return read


def one_of(*words: str) -> Reader:
    def read(value: str) -> str:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return value

    return read


def yes_or_no(value: str) -> str:
    """``true`` or ``false``; the policy file may also say it in TOML's own way."""
    return one_of("true", "false")(value)


def loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def web_url(value: str) -> str:
    """An address for people, without a slash at its end."""
    parts = _split(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not a URL that begins with https://")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("must be a plain URL without user, query or fragment")
    return value.rstrip("/")


def vendor_url(value: str) -> str:
    """An address that credentials are sent to: encrypted, unless it is on this machine."""
    value = web_url(value)
    if value.startswith("http://") and not loopback(urlsplit(value).hostname or ""):
        raise ValueError("begins with http://, which would send the credentials in the clear")
    return value


def mail_address(value: str) -> str:
    address = parseaddr(value)[1]
    if not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", address) or re.search(r"[\r\n]", value):
        raise ValueError(f"is not a mail address: {value!r}")
    return value


def _split(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    return parts
