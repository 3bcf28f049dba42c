"""Who may ring (faults.md cases 5 to 9): the documented form over the raw bytes, nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache

import pytest

from connectors.ats.base import WebhookRequest
from connectors.errors import BadSignature
from tests.connectors.contract.bench import BENCHES, Bench, Practice, as_arrived
from tests.connectors.contract.worlds import DAY, MONDAY, NOW, turns
from tests.connectors.loopback import Answer, serving

SIGNED = [name for name, bench in BENCHES.items() if bench.signs_body]
SIGNED_ONE_BY_ONE = [name for name, bench in BENCHES.items() if bench.signs_delivery]
"""What the others promise instead is in test_doorbell.py: their body is a hint."""


@pytest.fixture
def practice(bench: Bench) -> Iterator[Practice]:
    with bench.serving(turns(), NOW) as practice:
        yield practice


@pytest.fixture
def posted(bench: Bench) -> list[WebhookRequest]:
    return list(posted_by(bench.name))


@cache
def posted_by(name: str) -> tuple[WebhookRequest, ...]:
    """Everything that this vendor posts of some days."""
    with (
        BENCHES[name].serving(turns(), MONDAY - 3 * DAY) as practice,
        serving(lambda asked: Answer(200)) as door,
    ):
        practice.server.register_webhook(f"{door.url}/webhooks/{name}")
        practice.server.advance(NOW)
        asked = list(door.asked)
    assert len(asked) > 2
    return tuple(as_arrived(each) for each in asked)


def refused(practice: Practice, request: WebhookRequest) -> str:
    with pytest.raises(BadSignature) as caught:
        practice.account().verify(request, practice.server.now)
    return str(caught.value)


def test_what_the_vendor_posts_proves_and_rings_for_something(
    practice: Practice, posted: list[WebhookRequest]
) -> None:
    account = practice.account()
    assert all(account.verify(each, practice.server.now).startswith("secret-") for each in posted)
    rungs = [account.rung(each) for each in posted]
    assert all(rung.known for rung in rungs)
    assert any(rung.refs for rung in rungs)


def test_another_secret_proves_nothing(practice: Practice, posted: list[WebhookRequest]) -> None:
    """Case 5."""
    account = practice.account(**{practice.secrets_variable(): "a-secret-of-somebody-else"})
    for each in posted:
        with pytest.raises(BadSignature):
            account.verify(each, practice.server.now)


def test_two_live_secrets_both_prove_and_the_one_used_is_told(
    practice: Practice, posted: list[WebhookRequest]
) -> None:
    """Case 8."""
    name = practice.secrets_variable()
    mine = practice.server.environment(practice.bench.name)[name]
    after = practice.account(**{name: f"{mine},the-older-secret-of-this-test"})
    before = practice.account(**{name: f"the-newer-secret-of-this-test,{mine}"})
    now = practice.server.now
    for each in posted:
        place = int(after.verify(each, now).removeprefix("secret-"))
        assert before.verify(each, now) == f"secret-{place + 1}"


def test_without_a_secret_nothing_is_proved(
    practice: Practice, posted: list[WebhookRequest]
) -> None:
    account = practice.account(**{practice.secrets_variable(): ""})
    with pytest.raises(BadSignature):
        account.verify(posted[0], practice.server.now)


FORMS = ("", "{0},{0}", "{0} {0}", "{0}\n", " {0}", "{0}0", "sha256={0}", "sha1 {0}", "{0}\x00")


def test_the_right_proof_in_another_form_is_none(
    practice: Practice, posted: list[WebhookRequest]
) -> None:
    """Cases 6 and 7."""
    seal = practice.bench.seal
    for form in FORMS:
        written = seal.write(posted[0], form.format(seal.read(posted[0])))
        assert refused(practice, written), form


def test_the_right_proof_in_another_encoding_is_none(
    practice: Practice, posted: list[WebhookRequest]
) -> None:
    """Case 7."""
    bench = practice.bench
    forms = recoded(bench.seal.read(posted[0]))
    documented = {forms[encoding] for encoding in bench.encodings}
    for other in {*forms.values()} - documented:
        assert refused(practice, bench.seal.write(posted[0], other))


def recoded(proof: str) -> dict[str, str]:
    """The same digest in every encoding."""
    try:
        raw = bytes.fromhex(proof)
    except ValueError:
        raw = base64.urlsafe_b64decode(proof + "=" * (-len(proof) % 4))
    return {
        "hex": raw.hex(),
        "upper-case hex": raw.hex().upper(),
        "base64": base64.b64encode(raw).decode(),
        "padded base64url": base64.urlsafe_b64encode(raw).decode(),
        "base64url": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "base32": base64.b32encode(raw).decode(),
    }


def test_a_missing_proof_is_none(practice: Practice, posted: list[WebhookRequest]) -> None:
    """Case 6."""
    assert refused(practice, practice.bench.seal.write(posted[0], None))


@pytest.mark.parametrize("bench", SIGNED_ONE_BY_ONE, indirect=True)
def test_the_proof_of_another_delivery_is_none(
    practice: Practice, posted: list[WebhookRequest]
) -> None:
    seal = practice.bench.seal
    first, other = posted[0], next(e for e in posted if seal.read(e) != seal.read(posted[0]))
    assert refused(practice, seal.write(first, seal.read(other)))


@pytest.mark.parametrize("bench", SIGNED, indirect=True)
def test_the_raw_bytes_are_what_is_proved(practice: Practice, posted: list[WebhookRequest]) -> None:
    """Case 24: a body whose escapes were undone on the way is another body."""
    changed = [
        replace(each, body=json.dumps(json.loads(each.body), ensure_ascii=False, indent=1).encode())
        for each in posted
    ]
    for each in changed:
        assert "proxy" in refused(practice, each)


def test_a_delivery_sent_again_years_later_is_refused_or_the_same_delivery(
    practice: Practice, posted: list[WebhookRequest]
) -> None:
    """Case 9: whoever stores deliveries tells them apart by event id or body."""
    account = practice.account()
    now = practice.server.now
    for each in posted:
        with suppress(BadSignature):
            assert account.verify(each, now + 3650 * DAY) == account.verify(each, now)


def test_no_refusal_says_a_secret_or_a_word_of_the_body(
    practice: Practice, posted: list[WebhookRequest]
) -> None:
    """Cases 5 and 67."""
    seal = practice.bench.seal
    said = refused(practice, seal.write(posted[0], "0" * 64)) + refused(
        practice, seal.write(posted[0], "nonsense")
    )
    secrets = practice.server.environment(practice.bench.name)[practice.secrets_variable()]
    for word in (*secrets.split(","), seal.read(posted[0]), "Noor", "nonsense"):
        assert word not in said
