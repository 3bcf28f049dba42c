"""Lever's webhooks: the signature is in the body and covers token and time only (lever.md 4)."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.ats.base import Unreadable, WebhookRequest
from connectors.ats.lever import Lever
from connectors.ats.lever_config import LeverConfig
from connectors.errors import BadSignature
from connectors.model import Kind, Ref
from tests.connectors.fake_lever import KEY, NOW, TOKENS, ms

EVENTS = [
    *("applicationCreated", "candidateHired", "candidateStageChange", "candidateArchiveChange"),
    *("candidateDeleted", "interviewCreated", "interviewUpdated", "interviewDeleted"),
    *("contactCreated", "contactUpdated"),
]


def connector(*tokens: str) -> Lever:
    return Lever(LeverConfig(KEY, tokens or TOKENS), clock=lambda: NOW)


def hook(signing: str = TOKENS[0], /, **changes: Any) -> dict[str, Any]:
    """A delivery as documented in 4.3 and 4.4, signed with the webhook's signature token."""
    body: dict[str, Any] = {
        "id": "11111111-aaaa-4bbb-8ccc-000000000001",
        "event": "interviewUpdated",
        "triggeredAt": ms(NOW),
        "token": "n" * 48,
        "data": {"opportunityId": "22222222-aaaa-4bbb-8ccc-000000000002"},
    } | changes
    message = f"{body['token']}{body['triggeredAt']}".encode()
    body.setdefault("signature", hmac.new(signing.encode(), message, hashlib.sha256).hexdigest())
    return body


def request(content: Any, **how: Any) -> WebhookRequest:
    body = content if isinstance(content, bytes) else json.dumps(content, **how).encode()
    return WebhookRequest({"user-agent": "Lever-Webhooks/1.0"}, body)


def test_each_live_token_proves_and_says_which() -> None:
    assert connector().verify(request(hook()), NOW) == "secret-1"
    assert connector().verify(request(hook(TOKENS[1])), NOW) == "secret-2"


def test_the_documented_vector() -> None:
    """Worked out by hand from 4.4: HMAC-SHA256 of token and decimal triggeredAt, lower-case hex."""
    content = hook("sig", token="abc", triggeredAt=1795521600000)
    expected = hmac.new(b"sig", b"abc1795521600000", "sha256").hexdigest()
    assert content["signature"] == expected
    assert connector("sig").verify(request(content), NOW) == "secret-1"


def test_the_spelling_of_the_body_does_not_matter_because_it_is_not_signed() -> None:
    content = hook(data={"opportunityId": "x", "name": "Zoë"})
    for how in ({"ensure_ascii": True}, {"ensure_ascii": False}, {"indent": 3}):
        assert connector().verify(request(content, **how), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": "0" * 64},
        {"signature": ""},
        {"signature": None},
        {"signature": 5},
        {"signature": ["x"]},
        {"signature": hook()["signature"].upper()},
        {"signature": "sha256=" + hook()["signature"]},
        {"signature": hook()["signature"] + "\n"},
        {"signature": hook()["signature"] + "," + hook()["signature"]},
        {"signature": hook()["signature"][:-1]},
        {"signature": hook()["signature"], "token": "m" * 48},
        {"signature": hook()["signature"], "triggeredAt": ms(NOW) + 1},
        {"triggeredAt": str(ms(NOW))},
        {"triggeredAt": float(ms(NOW))},
        {"triggeredAt": None},
        {"triggeredAt": True},
        {"token": ""},
        {"token": None},
        {"token": ["a"]},
    ],
)
def test_what_does_not_prove_is_refused(changes: dict[str, Any]) -> None:
    """Case 6 too."""
    with pytest.raises(BadSignature):
        connector().verify(request(hook(**changes)), NOW)


@pytest.mark.parametrize("key", ["signature", "token", "triggeredAt"])
def test_a_missing_part_is_refused(key: str) -> None:
    content = hook()
    del content[key]
    with pytest.raises(BadSignature):
        connector().verify(request(content), NOW)


@pytest.mark.parametrize("key", ["signature", "token", "triggeredAt", "data"])
def test_a_doubled_key_is_refused(key: str) -> None:
    """Case 6: what one reader proves, another would not read."""
    content = hook()
    body = json.dumps(content)[:-1] + f', "{key}": {json.dumps(content[key])}}}'
    with pytest.raises(BadSignature):
        connector().verify(request(body.encode()), NOW)


def test_a_header_proves_nothing() -> None:
    """4.4: texts that speak of a Lever-Signature header are wrong."""
    content = hook()
    header = {"lever-signature": content.pop("signature")}
    with pytest.raises(BadSignature):
        connector().verify(WebhookRequest(header, json.dumps(content).encode()), NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b'"x"',
        b"[" * 100_000,
        b"\xff\xfe",
        json.dumps(hook()).encode("utf-16"),
        b'{"triggeredAt": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_object_is_refused_and_nothing_else(body: bytes) -> None:
    """Case 15."""
    with pytest.raises(BadSignature):
        connector().verify(request(body), NOW)


def test_a_lone_surrogate_in_the_token_is_refused_and_no_crash() -> None:
    body = json.dumps(hook()).replace("n" * 48, "\\ud800")
    with pytest.raises(BadSignature):
        connector().verify(request(body.encode()), NOW)


@pytest.mark.parametrize("days", [0, 1, 13, 14.9, -1])
def test_a_repeated_or_re_run_delivery_is_taken(days: float) -> None:
    """4.5: when it repeats is unknown, people can re-run for two weeks; it only rings (case 9)."""
    at = ms(NOW - timedelta(days=days))
    assert connector().verify(request(hook(triggeredAt=at)), NOW) == "secret-1"


@pytest.mark.parametrize("days", [15.1, 400, -16])
def test_a_very_old_one_is_refused(days: float) -> None:
    at = ms(NOW - timedelta(days=days))
    with pytest.raises(BadSignature, match="15 days"):
        connector().verify(request(hook(triggeredAt=at)), NOW)


def test_a_time_beyond_all_calendars_is_refused() -> None:
    with pytest.raises(BadSignature, match="15 days"):
        connector().verify(request(hook(triggeredAt=10**40)), NOW)


def test_without_a_token_nothing_can_be_proved() -> None:
    config = LeverConfig(KEY, ("",))
    with pytest.raises(BadSignature):
        Lever(config, clock=lambda: NOW).verify(request(hook("")), NOW)


def test_no_secret_is_in_a_refusal() -> None:
    with pytest.raises(BadSignature) as caught:
        connector().verify(request(hook(signature="0" * 64)), NOW)
    assert not any(token in str(caught.value) for token in TOKENS)
    assert "nnnn" not in str(caught.value)


def test_a_ring_names_the_opportunity_only() -> None:
    """4.3: no other name in it is confirmed, and none is signed."""
    data = {"opportunityId": "opp-1", "interviewId": "int-1", "panelId": "p", "candidateId": "c"}
    rung = connector().rung(request(hook(data=data)))
    assert rung.refs == (Ref(Kind.APPLICATION, "opp-1"),)
    assert (rung.action, rung.known) == ("interviewUpdated", True)


def test_an_old_event_names_it_as_candidate() -> None:
    rung = connector().rung(request(hook(data={"candidateId": "opp-1"})))
    assert rung.refs == (Ref(Kind.APPLICATION, "opp-1"),)


def test_a_delivery_is_told_apart_by_id_and_token() -> None:
    """4.5: so that a repeated one has no effect."""
    once, again = (connector().rung(request(hook())).event_id for _ in range(2))
    assert once == again is not None
    assert connector().rung(request(hook(token="m"))).event_id != once
    assert connector().rung(request(hook(id="2"))).event_id != once
    assert connector().rung(request(hook(id=None))).event_id is None


@pytest.mark.parametrize("event", EVENTS)
def test_every_documented_event_is_known(event: str) -> None:
    rung = connector().rung(request(hook(event=event)))
    assert rung.known
    about_people = event in ("applicationCreated", "contactCreated", "contactUpdated")
    assert bool(rung.refs) is not about_people


def test_an_event_nobody_documents_is_unknown_and_asks_nothing() -> None:
    rung = connector().rung(request(hook(event="feedbackCreated")))
    assert (rung.known, rung.refs) == (False, ())


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (b"x", "body"),
        ([], "body"),
        ({"data": {}}, "event"),
        (hook(event=""), "event"),
        (hook(event=5), "event"),
        (hook(data=None), "data"),
        (hook(data=[]), "data"),
        (hook(data={}), "data.opportunityId"),
        (hook(data={"opportunityId": 5}), "data.opportunityId"),
        (hook(data={"opportunityId": "../users"}), "data.opportunityId"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_path(content: Any, path: str) -> None:
    with pytest.raises(Unreadable) as caught:
        connector().rung(request(content))
    assert caught.value.path == path
