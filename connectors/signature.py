"""Proof that a webhook comes from whoever shares the secret. Pure.

Only the vendor's documented spelling of the header is accepted; a near miss is a refusal, because
a form that nobody documents is a form that somebody made up.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence

from connectors.errors import BadSignature

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def hmac_sha256(secret: str, body: bytes) -> str:
    """Lower-case hex HMAC-SHA256 of the raw bytes."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def prove(header: str | None, body: bytes, secrets: Sequence[str], *, prefix: str) -> str:
    """The id (``secret-1``, in the order given) of the secret that signed ``body``.

    ``header`` must be exactly ``prefix`` and 64 lower-case hex digits. ``body`` is what came over
    the wire, before any decoding. Every secret is compared, in constant time. Raises BadSignature.
    """
    live = [secret for secret in secrets if secret]
    if not live:
        raise BadSignature("No webhook secret is set, so no webhook can be proved. Set one.")
    if not header:
        raise BadSignature("The signature header is missing or empty.")
    digest = header.removeprefix(prefix)
    if not header.startswith(prefix) or not _DIGEST.fullmatch(digest):
        raise BadSignature("The signature header is not in the documented form.")
    matches = [hmac.compare_digest(hmac_sha256(secret, body), digest) for secret in live]
    if True not in matches:
        raise BadSignature(
            "The signature does not fit the body: another secret, or something between the sender "
            "and us (a proxy) changed the bytes."
        )
    return f"secret-{matches.index(True) + 1}"


def prove_path(path: str, secrets: Sequence[str]) -> str:
    """The id of the secret that stands in the address, for vendors that sign nothing.

    ``path`` must be exactly one of ``secrets``. Raises BadSignature.
    """
    live = [secret for secret in secrets if secret]
    if not live:
        raise BadSignature("No webhook secret is set, so no webhook can be proved. Set one.")
    matches = [hmac.compare_digest(secret.encode(), path.encode()) for secret in live]
    if True not in matches:
        raise BadSignature("The address does not end in the webhook secret.")
    return f"secret-{matches.index(True) + 1}"
