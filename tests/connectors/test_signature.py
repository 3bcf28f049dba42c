"""Who may ring (faults.md cases 5 to 8, at the level of the connector)."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from connectors.errors import BadSignature
from connectors.signature import hmac_sha256, prove

BODY = b'{"action": "ping", "payload": {"name": "\\u003cNoor\\u003e"}}'
DIGEST = hmac.new(b"topsecret", BODY, hashlib.sha256).hexdigest()
RAW = base64.b64encode(bytes.fromhex(DIGEST)).decode()


def proved(header: str | None, *secrets: str, body: bytes = BODY) -> str:
    return prove(header, body, secrets or ("topsecret",), prefix="sha256 ")


def test_the_documented_form_over_the_raw_bytes_is_proof() -> None:
    assert proved(f"sha256 {DIGEST}") == "secret-1"


def test_a_fixed_vector_is_signed_as_the_rfc_says() -> None:
    """RFC 4231, test case 2."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hmac_sha256("Jefe", b"what do ya want for nothing?") == expected


@pytest.mark.parametrize("body", [b"", b"\x00\xff not JSON", BODY * 1000])
def test_any_bytes_can_be_signed(body: bytes) -> None:
    assert proved(f"sha256 {hmac_sha256('topsecret', body)}", body=body) == "secret-1"


def test_another_secret_or_another_body_is_no_proof() -> None:
    """Case 5."""
    with pytest.raises(BadSignature, match="does not fit"):
        proved(f"sha256 {DIGEST}", "another")
    with pytest.raises(BadSignature, match="does not fit"):
        proved(f"sha256 {DIGEST}", body=BODY.replace(b"\\u003c", b"<"))


@pytest.mark.parametrize("header", [None, ""])
def test_a_missing_or_empty_header_is_no_proof(header: str | None) -> None:
    """Case 6."""
    with pytest.raises(BadSignature, match="missing or empty"):
        proved(header)


@pytest.mark.parametrize(
    "header",
    [
        f"sha256 {DIGEST},sha256 {DIGEST}",
        f"sha256 {DIGEST}, sha256 {DIGEST}",
        f"sha256 {DIGEST}\nsha256 {DIGEST}",
        f"sha256 {DIGEST} {DIGEST}",
    ],
)
def test_a_doubled_header_is_no_proof(header: str) -> None:
    """Case 6."""
    with pytest.raises(BadSignature, match="documented form"):
        proved(header)


@pytest.mark.parametrize(
    "header",
    [
        f"sha256={DIGEST}",
        f"sha256  {DIGEST}",
        f"sha256\t{DIGEST}",
        f" sha256 {DIGEST}",
        f"sha256 {DIGEST} ",
        f"sha256 {DIGEST}\n",
        f"sha256 {DIGEST.upper()}",
        f"SHA256 {DIGEST}",
        f"sha1 {DIGEST}",
        f"sha256{DIGEST}",
        DIGEST,
        f"sha256 {RAW}",
        f"sha256 {DIGEST[:-1]}",
        f"sha256 {DIGEST}0",
        "sha256 ",
        f"sha256 {chr(0xFF10)}{DIGEST[1:]}",
    ],
)
def test_the_right_signature_in_another_form_is_no_proof(header: str) -> None:
    """Case 7."""
    with pytest.raises(BadSignature, match="documented form"):
        proved(header)


def test_two_live_secrets_both_prove_and_the_one_used_is_told_but_not_shown() -> None:
    """Case 8."""
    assert proved(f"sha256 {DIGEST}", "topsecret", "older") == "secret-1"
    assert proved(f"sha256 {DIGEST}", "newer", "topsecret") == "secret-2"


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_is_proved(secrets: list[str]) -> None:
    """Also not by a signature made with the empty secret."""
    with pytest.raises(BadSignature, match="No webhook secret"):
        prove(f"sha256 {hmac_sha256('', BODY)}", BODY, secrets, prefix="sha256 ")
