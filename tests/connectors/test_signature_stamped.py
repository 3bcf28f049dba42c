"""Signatures over more than the body, with a time in them (other-ats.md 6 and 10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import BadSignature
from connectors.signature import hmac_sha256, prove_smartrecruiters, prove_standard_webhook

Prove = Callable[..., str]

KEY = "HeBVky2bccvvkcXPimH8c"
JOINED = "2e9291f10d44ca10204a4cd81b05d73b6a316b2b605d4e2e0e0b37b40198ce1f"
JOINED_BODY = b'{"job_id":"jid","candidate_id":"cid"}'
JOINED_HEADERS = {
    "smartrecruiters-timestamp": "1574080897",
    "smartrecruiters-signature": f"v1={JOINED}",
    "event-id": "123",
    "event-name": "application.created",
    "event-version": "v201910",
    "link": "<http://smartrecruiters.com/endpoint>; rel=self",
}
JOINED_AT = datetime.fromtimestamp(1574080897, UTC)

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STANDARD = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
STANDARD_BODY = b'{"test": 2432232314}'
STANDARD_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": f"v1,{STANDARD}",
}
STANDARD_AT = datetime.fromtimestamp(1614265330, UTC)


def joined(
    *secrets: str, body: bytes = JOINED_BODY, now: datetime = JOINED_AT, **headers: str
) -> str:
    return prove_smartrecruiters(with_(JOINED_HEADERS, headers), body, secrets or (KEY,), now)


def standard(
    *secrets: str, body: bytes = STANDARD_BODY, now: datetime = STANDARD_AT, **headers: str
) -> str:
    return prove_standard_webhook(with_(STANDARD_HEADERS, headers), body, secrets or (WHSEC,), now)


def with_(headers: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """``changes`` with _ for -; an empty one takes the header away."""
    changed = {**headers, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return {name: value for name, value in changed.items() if value}


def test_the_published_vectors_prove() -> None:
    assert joined() == "secret-1"
    assert standard() == "secret-1"


@pytest.mark.parametrize("prove", [joined, standard])
def test_two_live_secrets_both_prove_and_the_one_used_is_told(prove: Prove) -> None:
    """Case 8."""
    secret = KEY if prove is joined else WHSEC
    assert prove(secret, "b2xkZXI=") == "secret-1"
    assert prove("bmV3ZXI=", secret) == "secret-2"


def test_one_good_signature_among_several_is_enough() -> None:
    """Case 8: while the sender changes its key, it signs with both."""
    other = "0" * 64
    assert joined(smartrecruiters_signature=f"v1={other};v1={JOINED}") == "secret-1"
    assert joined(smartrecruiters_signature=f"v2=new;v1={JOINED}") == "secret-1"
    other = "A" * 43 + "="
    assert standard(webhook_signature=f"v1,{other} v1,{STANDARD}") == "secret-1"
    assert standard(webhook_signature=f"v1a,asymmetric v1,{STANDARD}") == "secret-1"


@pytest.mark.parametrize("prove", [joined, standard])
def test_another_secret_or_another_body_is_no_proof(prove: Prove) -> None:
    """Case 5; a body with its escapes undone is another body."""
    with pytest.raises(BadSignature, match="does not fit"):
        prove("b3RoZXI=")
    with pytest.raises(BadSignature, match="does not fit"):
        prove(body=b"{}")


@pytest.mark.parametrize("value", ["other", ""])
@pytest.mark.parametrize("name", ["event-id", "event-name", "event-version", "link"])
def test_every_joined_header_is_signed(name: str, value: str) -> None:
    headers = with_(JOINED_HEADERS, {name: value})
    with pytest.raises(BadSignature, match="does not fit"):
        prove_smartrecruiters(headers, JOINED_BODY, [KEY], JOINED_AT)


def test_a_joined_header_that_is_not_there_counts_as_empty() -> None:
    signed = b".".join([b"1574080897", JOINED_BODY, b"", b"application.created", b"v201910", b""])
    digest = hmac_sha256(KEY, signed)
    assert joined(event_id="", link="", smartrecruiters_signature=f"v1={digest}") == "secret-1"


def test_the_id_is_signed() -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        standard(webhook_id="msg_other")
    with pytest.raises(BadSignature, match="webhook-id is missing"):
        standard(webhook_id="")


@pytest.mark.parametrize("prove", [joined, standard])
@pytest.mark.parametrize("seconds", [-300, 300])
def test_within_five_minutes_it_still_proves(prove: Prove, seconds: int) -> None:
    """Case 9."""
    at = JOINED_AT if prove is joined else STANDARD_AT
    assert prove(now=at + timedelta(seconds=seconds)) == "secret-1"


@pytest.mark.parametrize("prove", [joined, standard])
@pytest.mark.parametrize(("seconds", "words"), [(301, "301 seconds behind"), (-600, "600.*ahead")])
def test_an_old_delivery_sent_again_is_refused_with_the_measured_skew(
    prove: Prove, seconds: int, words: str
) -> None:
    """Cases 9 and 10."""
    at = JOINED_AT if prove is joined else STANDARD_AT
    with pytest.raises(BadSignature, match=words):
        prove(now=at + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "stamp", ["", "soon", "1574080897.5", "-1", "1" * 40, "１５７４０８０８９７"]
)
def test_a_timestamp_that_is_none_is_refused(stamp: str) -> None:
    with pytest.raises(BadSignature, match="not a number of seconds"):
        joined(smartrecruiters_timestamp=stamp)
    with pytest.raises(BadSignature, match="not a number of seconds"):
        standard(webhook_timestamp=stamp)


@pytest.mark.parametrize(
    "header",
    [
        JOINED,
        f"v1={JOINED.upper()}",
        f"V1={JOINED}",
        f"v1:{JOINED}",
        f"v1 = {JOINED}",
        f"v1={JOINED};v1=",
        f"v1={JOINED};v1={JOINED}, v1={JOINED}",
        f"v2={JOINED}",
        "v1=",
        ";",
    ],
)
def test_the_right_joined_signature_in_another_form_is_no_proof(header: str) -> None:
    """Cases 6 and 7."""
    with pytest.raises(BadSignature, match="documented form"):
        joined(smartrecruiters_signature=header)


@pytest.mark.parametrize(
    "header",
    [
        STANDARD,
        f"v1={STANDARD}",
        f"v1,{STANDARD.rstrip('=')}",
        f"v1,{STANDARD.replace('+', '-')}",
        f"v1,{STANDARD},v1,{STANDARD}",
        f"v1a,{STANDARD}",
        "v1,",
        " ",
    ],
)
def test_the_right_standard_signature_in_another_form_is_no_proof(header: str) -> None:
    """Cases 6 and 7."""
    with pytest.raises(BadSignature, match="documented form"):
        standard(webhook_signature=header)


def test_a_missing_signature_is_no_proof() -> None:
    """Case 6."""
    with pytest.raises(BadSignature, match="missing or empty"):
        joined(smartrecruiters_signature="")
    with pytest.raises(BadSignature, match="missing or empty"):
        standard(webhook_signature="")


def test_the_prefix_of_a_standard_secret_may_be_left_out() -> None:
    assert standard(WHSEC.removeprefix("whsec_")) == "secret-1"


def test_a_secret_that_is_no_base64_proves_nothing_and_hurts_no_other() -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        standard("whsec_not base64!")
    assert standard("whsec_not base64!", WHSEC) == "secret-2"


@pytest.mark.parametrize("prove", [joined, standard])
def test_without_a_secret_nothing_is_proved(prove: Prove) -> None:
    with pytest.raises(BadSignature, match="No webhook secret"):
        prove("")


@pytest.mark.parametrize("prove", [prove_smartrecruiters, prove_standard_webhook])
def test_a_sender_whose_clock_is_ten_minutes_off_is_believed_where_that_is_tolerated(
    prove: Prove,
) -> None:
    """Case 10."""
    ours = prove is prove_smartrecruiters
    headers, body, key, at = (
        (JOINED_HEADERS, JOINED_BODY, KEY, JOINED_AT)
        if ours
        else (STANDARD_HEADERS, STANDARD_BODY, WHSEC, STANDARD_AT)
    )
    late = at + timedelta(minutes=10)
    assert prove(headers, body, (key,), late, tolerance=600.0) == "secret-1"
    with pytest.raises(BadSignature, match="600 seconds behind our clock"):
        prove(headers, body, (key,), late)
