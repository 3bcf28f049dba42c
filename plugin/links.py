"""Signed links in messages: for one purpose, one scorecard and one address, and not for ever.

A token holds no name and, of an answer, no address: a digest of the address tells whether the
scorecard is still asked of the person to whom the message went. It is short, because a digest of
sixty scorecards holds hundreds of links and a mail is cut off at about 100 kB.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, TimestampSigner

from scheduler.answers import LONGEST_SNOOZE, AnswerKind
from scheduler.facts import ScorecardKey
from scheduler.owed import AnswerLinks
from scheduler.store.unsubscribed import REPORT

ANSWERS_LAST = LONGEST_SNOOZE
"""So long a link of an answer holds; a later message brings new ones."""
UNSUBSCRIBE_LASTS = timedelta(days=365)
"""Whoever finds an old report in a mailbox must still be able to leave the list."""
STAMPS_LAST = timedelta(hours=2)
"""So long a page may stay open before its button is pressed."""
_KINDS = tuple(AnswerKind)
_UUID = 0
"""In the place of a length: sixteen bytes that are a UUID follow."""


class DeadLink(Exception):
    """A token that opens nothing. ``expired``: it was ours once."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("expired" if expired else "not ours")
        self.expired = expired


@dataclass(frozen=True, slots=True)
class AnswerToken:
    """What a link in a message may do."""

    key: ScorecardKey
    kind: AnswerKind
    whose: bytes
    """Of the address the message went to: ``digest_of``."""
    made_at: datetime
    """To the second, UTC."""


@dataclass(frozen=True, slots=True)
class LeaveToken:
    """What the unsubscribe link of a report may do."""

    name: str
    """Of the list."""
    address: str


class Links:
    """Makes and reads tokens with one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def answer(self, key: ScorecardKey, kind: AnswerKind, address: str, now: datetime) -> str:
        token = AnswerToken(key, kind, digest_of(address), now)
        return self.another(token, kind)

    def another(self, token: AnswerToken, kind: AnswerKind) -> str:
        """The token of another kind for the same person and no longer time."""
        packed = bytes([_KINDS.index(kind)]) + token.whose
        for part in (token.key.ats, token.key.interview_id, token.key.interviewer_id):
            packed += _packed(part)
        return self._signed("answer", packed, token.made_at)

    def read_answer(self, token: str, now: datetime) -> AnswerToken:
        """Raises DeadLink."""
        packed, made_at = self._read("answer", token, now, ANSWERS_LAST)
        try:
            kind, whose, rest = _KINDS[packed[0]], packed[1:9], packed[9:]
            ats, rest = _unpacked(rest)
            interview_id, rest = _unpacked(rest)
            interviewer_id, _ = _unpacked(rest)
        except (IndexError, struct.error, UnicodeDecodeError, ValueError):
            raise DeadLink(expired=True) from None  # ours, from a version that wrote another form
        return AnswerToken(ScorecardKey(ats, interview_id, interviewer_id), kind, whose, made_at)

    def leave(self, name: str, address: str, now: datetime) -> str:
        """Of the unsubscribe link: it holds the address, for nothing else knows the reader."""
        return self._signed("unsubscribe", f"{name}\n{address}".encode(), now)

    def read_leave(self, token: str, now: datetime) -> LeaveToken:
        """Raises DeadLink."""
        packed, _ = self._read("unsubscribe", token, now, UNSUBSCRIBE_LASTS)
        name, _, address = packed.decode().partition("\n")
        return LeaveToken(name, address)

    def stamp(self, token: str, now: datetime) -> str:
        """What a page gives its own form: whoever presses has read the page."""
        return self._signed("stamp", _digest(token), now)

    def stamped(self, stamp: str, token: str, now: datetime) -> bool:
        try:
            packed, _ = self._read("stamp", stamp, now, STAMPS_LAST)
        except DeadLink:
            return False
        return hmac.compare_digest(packed, _digest(token))

    def _signed(self, purpose: str, packed: bytes, now: datetime) -> str:
        signer = _Signer(self._secret, purpose, now)
        return signer.sign(base64.urlsafe_b64encode(packed).rstrip(b"=")).decode()

    def _read(
        self, purpose: str, token: str, now: datetime, lasts: timedelta
    ) -> tuple[bytes, datetime]:
        signer = _Signer(self._secret, purpose, now)
        try:
            text, made_at = signer.unsign(token, return_timestamp=True)
            packed = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
        except (BadData, binascii.Error, ValueError):
            raise DeadLink(expired=False) from None
        if not timedelta(minutes=-5) <= now - made_at <= lasts:  # clocks differ a little
            raise DeadLink(expired=True)
        return packed, made_at


class _Signer(TimestampSigner):
    """Its clock is the caller's."""

    def __init__(self, secret: str, purpose: str, now: datetime) -> None:
        super().__init__(
            secret,
            salt=f"afterword {purpose}",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )
        self._now = now

    def get_timestamp(self) -> int:
        return int(self._now.timestamp())

    def timestamp_to_datetime(self, ts: int) -> datetime:
        return datetime.fromtimestamp(ts, tz=UTC)


def answer_link(
    public_url: str,
    secret: str,
    key: ScorecardKey,
    kind: AnswerKind,
    address: str,
    now: datetime,
) -> str:
    """Where an answer is confirmed on the web. ``address``: to whom the message goes."""
    return f"{public_url.rstrip('/')}/answer/{Links(secret).answer(key, kind, address, now)}"


def answer_links(public_url: str, secret: str) -> Callable[[str, datetime], AnswerLinks]:
    """The links of a message, once it is known to whom it goes and when."""

    def of(address: str, now: datetime) -> AnswerLinks:
        return lambda key, kind: answer_link(public_url, secret, key, kind, address, now)

    return of


def leave_links(public_url: str, secret: str) -> Callable[[str, datetime], str]:
    """Where one click takes an address off the list of the weekly report."""
    return lambda address, now: unsubscribe_link(public_url, secret, REPORT, address, now)


def unsubscribe_link(public_url: str, secret: str, name: str, address: str, now: datetime) -> str:
    """Where one click takes an address off a list (RFC 8058)."""
    return f"{public_url.rstrip('/')}/unsubscribe/{Links(secret).leave(name, address, now)}"


def digest_of(address: str) -> bytes:
    """Eight bytes by which an address is recognised, however it is written."""
    return _digest(address.strip().casefold())


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:8]


def _packed(text: str) -> bytes:
    """A UUID as its bytes, which halves the link of a vendor that names everything by them."""
    try:
        known = uuid.UUID(text)
    except ValueError:
        known = None
    if known is not None and str(known) == text:
        return struct.pack(">H", _UUID) + known.bytes
    raw = text.encode()
    return struct.pack(">H", len(raw) + 1) + raw


def _unpacked(packed: bytes) -> tuple[str, bytes]:
    (size,) = struct.unpack_from(">H", packed)
    if size == _UUID:
        return str(uuid.UUID(bytes=packed[2:18])), packed[18:]
    end = size + 1
    if len(packed) < end:
        raise ValueError("cut short")
    return packed[2:end].decode(), packed[end:]
