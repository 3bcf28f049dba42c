"""Who may ask, and how often: tokens and the fixed rate window (greenhouse.md 1 and 3.2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto


@dataclass(frozen=True)
class Token:
    text: str
    subject: int | None
    """The user it acts as; None: the credential's own service user."""
    expires_at: datetime


class Standing(Enum):
    """What a presented token is worth."""

    GOOD = auto()
    UNKNOWN = auto()
    EXPIRED = auto()
    REVOKED = auto()


@dataclass
class Tokens:
    """Mints and judges access tokens. ``new_revokes_old``: the worst case of trap 10."""

    secret: str
    lifetime: timedelta = timedelta(hours=1)
    new_revokes_old: bool = False
    _minted: dict[str, Token] = field(default_factory=dict)
    _revoked: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def count(self) -> int:
        """How many were minted so far."""
        return len(self._minted)

    def mint(self, subject: int | None, now: datetime) -> Token:
        with self._lock:
            expires_at = now + self.lifetime
            claims = {
                "sub": str(subject or 9_000_000_004),
                "exp": int(expires_at.timestamp()),
                "jti": len(self._minted) + 1,
            }
            if self.new_revokes_old:
                self._revoked.update(self._minted)
            token = Token(self._signed(claims), subject, expires_at)
            self._minted[token.text] = token
            return token

    def revoke_all(self) -> None:
        with self._lock:
            self._revoked.update(self._minted)

    def judge(self, text: str, now: datetime) -> tuple[Standing, Token | None]:
        token = self._minted.get(text)
        if token is None:
            return Standing.UNKNOWN, None
        if text in self._revoked:
            return Standing.REVOKED, token
        return (Standing.EXPIRED if now >= token.expires_at else Standing.GOOD), token

    def _signed(self, claims: Mapping[str, object]) -> str:
        """A JSON web token in the compact form, since clients may look into it."""
        head = _base64(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        body = _base64(json.dumps(claims).encode())
        mark = hmac.new(self.secret.encode(), f"{head}.{body}".encode(), hashlib.sha256)
        return f"{head}.{body}.{_base64(mark.digest())}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@dataclass(frozen=True)
class Turn:
    """What the window says to one request."""

    allowed: bool
    headers: dict[str, str]


@dataclass
class RateWindow:
    """A fixed window that starts at whole multiples of its length."""

    limit: int
    seconds: int
    _window: int = 0
    _used: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, now: datetime) -> Turn:
        epoch = now.timestamp()
        window = int(epoch // self.seconds)
        reset = (window + 1) * self.seconds
        with self._lock:
            if window != self._window:
                self._window, self._used = window, 0
            allowed = self._used < self.limit
            self._used += allowed
            remaining = self.limit - self._used
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(reset),
        }
        if not allowed:
            headers["Retry-After"] = str(max(1, -int(epoch - reset)))
        return Turn(allowed, headers)
