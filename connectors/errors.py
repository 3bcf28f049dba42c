"""What can go wrong outside, in few kinds. The caller asks one question: permanent or not?"""

from __future__ import annotations


class ConnectorError(Exception):
    """Something outside failed. The message says which thing, what happened and what to do.

    ``permanent``: trying again later cannot help without somebody changing something.
    ``retry_after``: seconds the other side asked us to wait, if it did.
    """

    permanent = False

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


class Unreachable(ConnectorError):
    """No usable answer: refused, reset, timed out, 5xx, cut off, not what was promised."""


class RateLimited(ConnectorError):
    """Asked to wait longer than one run is willing to."""


class AccessRefused(ConnectorError):
    """The credential was refused (401): missing, expired, revoked."""

    permanent = True


class ScopeMissing(ConnectorError):
    """The credential works but may not read this (403). ``scope`` names what to grant."""

    permanent = True

    def __init__(self, message: str, *, scope: str) -> None:
        super().__init__(message)
        self.scope = scope


class BadRequest(ConnectorError):
    """The other side refuses the question itself (other 4xx): a bug or a changed API."""

    permanent = True


class NotFound(BadRequest):
    """There is nothing at this address (404): gone, or never there."""


class BrokenPaging(ConnectorError):
    """A next link that loops, or leads to another host or path."""

    permanent = True


class BadSignature(ConnectorError):
    """A webhook that cannot be proved to come from the vendor."""

    permanent = True
