"""Proof that a webhook comes from whoever shares the secret. Pure.

Only the vendor's documented spelling of the header is accepted; a near miss is a refusal, because
a form that nobody documents is a form that somebody made up.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from connectors.errors import BadSignature

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{43}=?", re.ASCII)
_BASE64_DIGEST = re.compile(r"[A-Za-z0-9+/]{43}=", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
TOLERANCE = 300.0
"""Seconds that the sender's clock and ours may differ, where the time is signed (case 9)."""


def hmac_sha256(secret: str, body: bytes) -> str:
    """Lower-case hex HMAC-SHA256 of the raw bytes."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def prove(header: str | None, body: bytes, secrets: Sequence[str], *, prefix: str) -> str:
    """The id (``secret-1``, in the order given) of the secret that signed ``body``.

    ``header`` must be exactly ``prefix`` and 64 lower-case hex digits. ``body`` is what came over
    the wire, before any decoding. Every secret is compared, in constant time. Raises BadSignature.
    """
    live = _live(secrets)
    if not header:
        raise BadSignature("The signature header is missing or empty.")
    digest = header.removeprefix(prefix)
    if not header.startswith(prefix) or not _DIGEST.fullmatch(digest):
        raise BadSignature("The signature header is not in the documented form.")
    return _fitting(live, lambda secret: hmac_sha256(secret, body), [digest])


def prove_smartrecruiters(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    now: datetime,
    *,
    tolerance: float = TOLERANCE,
) -> str:
    """The id of the secret that signed a delivery of SmartRecruiters (other-ats.md 6).

    ``smartrecruiters-signature`` is ``scheme=value`` items joined by ``;``, several of them ``v1``
    while a key is changed: lower-case hex over timestamp, body, event-id, event-name, event-version
    and link, joined by dots; a header that is not there counts as empty. Raises BadSignature.
    """
    live = _live(secrets)
    items = _items(headers.get("smartrecruiters-signature"), ";", "=", _DIGEST)
    _require_recent(headers.get("smartrecruiters-timestamp"), now, tolerance)
    before = headers.get("smartrecruiters-timestamp", "").encode()
    rest = (headers.get(n, "") for n in ("event-id", "event-name", "event-version", "link"))
    signed = b".".join((before, body, *(each.encode() for each in rest)))
    return _fitting(live, lambda secret: hmac_sha256(secret, signed), items)


def prove_standard_webhook(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    now: datetime,
    *,
    tolerance: float = TOLERANCE,
) -> str:
    """The id of the secret that signed by the Standard Webhooks specification (other-ats.md 10).

    ``webhook-signature`` is ``v1,base64`` items joined by spaces, over ``webhook-id``,
    ``webhook-timestamp`` (seconds) and the body, joined by dots. Secrets are base64, with or
    without ``whsec_`` before it; one that is not proves nothing. Raises BadSignature.
    """
    live = _live(secrets)
    items = _items(headers.get("webhook-signature"), " ", ",", _BASE64_DIGEST)
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp")
    if not name:
        raise BadSignature("The header webhook-id is missing or empty.")
    _require_recent(stamp, now, tolerance)
    signed = f"{name}.{stamp}.".encode() + body

    def digest(secret: str) -> str:
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            return ""
        return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()

    return _fitting(live, digest, items)


def prove_base64url(header: str | None, body: bytes, secrets: Sequence[str]) -> str:
    """As ``prove``, of the URL-safe base64 HMAC-SHA256 of the raw bytes, padded or not."""
    live = _live(secrets)
    if not header:
        raise BadSignature("The signature header is missing or empty.")
    if not _BASE64URL.fullmatch(header):
        raise BadSignature("The signature header is not in the documented form.")

    def digest(secret: str) -> str:
        signed = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(signed).decode().rstrip("=")

    return _fitting(live, digest, [header.rstrip("=")])


def prove_path(path: str, secrets: Sequence[str]) -> str:
    """The id of the secret that stands in the address, for vendors that sign nothing.

    ``path`` must be exactly one of ``secrets``. Raises BadSignature.
    """
    live = _live(secrets)
    matches = [hmac.compare_digest(secret.encode(), path.encode()) for secret in live]
    if True not in matches:
        raise BadSignature("The address does not end in the webhook secret.")
    return f"secret-{matches.index(True) + 1}"


def _live(secrets: Sequence[str]) -> list[str]:
    live = [secret for secret in secrets if secret]
    if not live:
        raise BadSignature("No webhook secret is set, so no webhook can be proved. Set one.")
    return live


def _items(header: str | None, between: str, within: str, form: re.Pattern[str]) -> list[str]:
    """The ``v1`` values of a header; those of schemes to come are passed over."""
    if not header:
        raise BadSignature("The signature header is missing or empty.")
    pairs = [item.partition(within) for item in header.split(between)]
    values = [value for scheme, _, value in pairs if scheme == "v1"]
    if not values or not all(form.fullmatch(value) for value in values):
        raise BadSignature("The signature header is not in the documented form.")
    return values


def _require_recent(stamp: str | None, now: datetime, tolerance: float) -> None:
    if not stamp or not _SECONDS.fullmatch(stamp):
        raise BadSignature("The timestamp header is missing or is not a number of seconds.")
    skew = int(stamp) - now.timestamp()
    if abs(skew) > tolerance:
        raise BadSignature(
            f"The delivery says that it is {abs(skew):.0f} seconds "
            f"{'ahead of' if skew > 0 else 'behind'} our clock: an old one sent again, or a clock "
            "that is wrong."
        )


def _fitting(live: Sequence[str], digest: Callable[[str], str], given: Sequence[str]) -> str:
    """The id of the secret one of whose digests is given; every pair is compared."""
    pairs = [[hmac.compare_digest(digest(secret), each) for each in given] for secret in live]
    matches = [True in fits for fits in pairs]
    if True not in matches:
        raise BadSignature(
            "The signature does not fit the body: another secret, or something between the sender "
            "and us (a proxy) changed the bytes."
        )
    return f"secret-{matches.index(True) + 1}"
