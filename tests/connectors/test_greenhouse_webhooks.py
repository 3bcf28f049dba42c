"""Proving and reducing Greenhouse's webhooks (greenhouse.md 4; faults.md A)."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ats.base import Rung, Unreadable, WebhookRequest
from connectors.ats.greenhouse import Greenhouse
from connectors.ats.greenhouse_config import GreenhouseConfig
from connectors.ats.greenhouse_rows import EVENTS
from connectors.errors import BadSignature
from connectors.model import Kind, Ref
from connectors.signature import hmac_sha256

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NEW, OLD = "new-hook-secret", "old-hook-secret"
GREENHOUSE = Greenhouse(
    GreenhouseConfig("client", "secret", webhook_secrets=(NEW, OLD)), clock=lambda: NOW
)


def request(body: bytes, **headers: str) -> WebhookRequest:
    return WebhookRequest({name.replace("_", "-"): v for name, v in headers.items()}, body)


def ring(action: Any, payload: Any, event_id: str = "e-1") -> Rung:
    body = json.dumps({"action": action, "payload": payload}).encode()
    return GREENHOUSE.rung(request(body, greenhouse_event_id=event_id))


APPLICATION = {
    "application": {"id": 60055501004, "status": "active", "candidate": {"id": 70011122004}}
}
PERSON = {"id": 70011122004, "first_name": "Noor", "deleted_application_ids": [1, 2**62]}
CARD = {"id": 81234500456, "candidate_id": 70011122004, "scorecard_status": "complete"}


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_either_live_secret_proves(secret: str) -> None:
    """Case 8."""
    body = b'{"action":"ping","payload":{}}'
    signed = request(body, signature=f"sha256 {hmac_sha256(secret, body)}")
    assert GREENHOUSE.verify(signed, NOW) == {NEW: "secret-1", OLD: "secret-2"}[secret]


@pytest.mark.parametrize("form", ["sha256={}", "{}", "sha256  {}", "sha256 {},sha256 {}", "", None])
def test_any_other_header_is_refused(form: str | None) -> None:
    """Cases 5 to 7."""
    digest = hmac_sha256(NEW, b"{}")
    headers = {} if form is None else {"signature": form.format(digest, digest)}
    with pytest.raises(BadSignature):
        GREENHOUSE.verify(request(b"{}", **headers), NOW)


def test_an_old_request_still_proves_because_there_is_no_time_in_it() -> None:
    """Case 9: whoever stores deliveries sees that it is the same one."""
    signed = request(b"{}", signature=f"sha256 {hmac_sha256(NEW, b'{}')}")
    assert GREENHOUSE.verify(signed, datetime(2036, 1, 1, tzinfo=UTC)) == "secret-1"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_sender_whose_clock_is_off_is_believed_because_greenhouse_tells_no_time(
    minutes: int,
) -> None:
    """Case 10: nothing in the request or its signature is a time, so no tolerance is needed."""
    body = f'{{"at": "{NOW + timedelta(minutes=minutes)}"}}'.encode()
    signed = request(body, signature=f"sha256 {hmac_sha256(NEW, body)}")
    assert GREENHOUSE.verify(signed, NOW) == "secret-1"


def test_there_are_29_documented_actions_and_ping() -> None:
    assert len(EVENTS) == 30
    assert "scorecard_submitted" not in EVENTS


@pytest.mark.parametrize(
    "action",
    [
        "new_candidate_application",
        "application_updated",
        "candidate_stage_change",
        "hire_candidate",
        "unhire_candidate",
        "reject_candidate",
        "unreject_candidate",
    ],
)
def test_the_application_envelope_rings_for_its_application(action: str) -> None:
    assert ring(action, APPLICATION).refs == (Ref(Kind.APPLICATION, "60055501004"),)


@pytest.mark.parametrize(
    ("action", "payload", "refs"),
    [
        (
            "interview_deleted",
            {"interview": {"id": 90000000123}},
            [(Kind.INTERVIEW, "90000000123")],
        ),
        ("scorecard_deleted", {"scorecard": CARD}, [(Kind.CANDIDATE, "70011122004")]),
        (
            "delete_application",
            {"application": {"id": 5, "candidate_id": 6}},
            [(Kind.APPLICATION, "5")],
        ),
        ("update_candidate", {"candidate": {"id": 6}}, [(Kind.CANDIDATE, "6")]),
        (
            "candidate_anonymized",
            {"candidate_id": 6, "anonymized_fields": ["full_name"]},
            [(Kind.CANDIDATE, "6")],
        ),
        (
            "delete_candidate",
            {"person": PERSON},
            [
                (Kind.CANDIDATE, "70011122004"),
                (Kind.APPLICATION, "1"),
                (Kind.APPLICATION, str(2**62)),
            ],
        ),
        (
            "merge_candidate",
            {"person": {"id": 6, "new_candidate_id": 7}},
            [(Kind.CANDIDATE, "6"), (Kind.CANDIDATE, "7")],
        ),
        ("job_updated", {"job": {"id": 50001}}, [(Kind.JOB, "50001")]),
    ],
)
def test_what_else_matters_rings_for_what_changed(
    action: str, payload: dict[str, Any], refs: list[tuple[Kind, str]]
) -> None:
    rung = ring(action, payload)
    assert rung.refs == tuple(Ref(kind, id) for kind, id in refs)
    assert rung.known


def test_a_ping_is_known_and_rings_for_nothing() -> None:
    """The hyphenated key is the vendor's own."""
    rung = ring("ping", {"web_hook_id": 51001, "content-type": "application/json"})
    assert rung == Rung("ping", "e-1", (), True)


@pytest.mark.parametrize("action", ["offer_created", "job_post_updated", "department_deleted"])
def test_what_does_not_matter_is_known_all_the_same(action: str) -> None:
    assert ring(action, {"anything": 1}) == Rung(action, "e-1", (), True)


def test_an_action_that_nobody_documented_is_told_apart() -> None:
    """Case 14."""
    assert ring("scorecard_submitted", {"x": 1}) == Rung("scorecard_submitted", "e-1", (), False)


def test_a_delivery_without_an_event_id_has_none() -> None:
    """Case 4, at the level of the connector."""
    assert GREENHOUSE.rung(request(b'{"action":"ping","payload":{}}')).event_id is None


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", "body"),
        (b"not JSON", "body"),
        (b"\xff\xfe\xff", "body"),
        (b"[]", "body"),
        (b"null", "body"),
        (b"{}", "action"),
        (b'{"action": 5, "payload": {}}', "action"),
        (b'{"action": "", "payload": {}}', "action"),
        (b'{"action": "ping"}', "payload"),
        (b'{"action": "ping", "payload": []}', "payload"),
        (b'{"action": "reject_candidate", "payload": {}}', "payload.application"),
        (b'{"action": "reject_candidate", "payload": {"application": 1}}', "payload.application"),
        (
            b'{"action": "reject_candidate", "payload": {"application": {}}}',
            "payload.application.id",
        ),
        (
            b'{"action": "reject_candidate", "payload": {"application": {"id": "Noor"}}}',
            "payload.application.id",
        ),
        (
            b'{"action": "reject_candidate", "payload": {"application": {"id": 1e400}}}',
            "payload.application.id",
        ),
        (
            b'{"action": "reject_candidate", "payload": {"application": {"id": 1.0}}}',
            "payload.application.id",
        ),
        (
            b'{"action": "delete_candidate", "payload": {"person": {"id": 1}}}',
            "payload.person.deleted_application_ids",
        ),
        (
            b'{"action":"delete_candidate","payload":{"person":{"id":1,"deleted_application_ids":2}}}',
            "payload.person.deleted_application_ids",
        ),
    ],
)
def test_a_body_that_is_not_as_documented_is_named_by_path_and_never_by_value(
    body: bytes, path: str
) -> None:
    """Case 13."""
    with pytest.raises(Unreadable) as caught:
        GREENHOUSE.rung(request(body))
    assert caught.value.path == path
    assert caught.value.reason
    assert "Noor" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b'{"action": "a\\u0000b", "payload": {}}',
        b'{"action": "\\ud800", "payload": {}}',
        b'{"action": "ping", "payload": {"n": 1e400}}',
        b'{"action": "ping", "payload": {"n": NaN}}',
        b'{"action": "ping", "action": "ping", "payload": 1, "payload": {}}',
        b'{"action": "' + b"x" * 5000 + b'", "payload": {}}',
    ],
)
def test_odd_but_valid_json_survives_and_can_be_stored(body: bytes) -> None:
    """Case 15: NUL, lone surrogates, 1e400, duplicate keys."""
    action = GREENHOUSE.rung(request(body)).action
    action.encode()
    assert "\x00" not in action
    assert len(action) <= 128


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10_000 + b"]" * 10_000,
        b'{"action":"ping","payload":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
        b'{"action": "ping", "payload": {"n": ' + b"9" * 10_000 + b"}}",
        b'{"action": "reject_candidate", "payload": {"application": {"id": ' + b"9" * 40 + b"}}}",
    ],
    ids=["lists in lists", "objects in objects", "an endless number", "a large id"],
)
def test_hostile_json_is_unreadable_and_nothing_worse(body: bytes) -> None:
    """Case 15: 10,000 levels, big integers."""
    with pytest.raises(Unreadable):
        GREENHOUSE.rung(request(body))


KEYS = (
    "id application person candidate scorecard candidate_id deleted_application_ids "
    "new_candidate_id interview job"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS.split()) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=8,
)
ENVELOPE = st.fixed_dictionaries({"action": st.sampled_from(sorted(EVENTS)), "payload": JSON})


@given(JSON | ENVELOPE)
def test_any_json_is_a_rung_or_unreadable(content: object) -> None:
    """Case 15, as a property."""
    try:
        rung = GREENHOUSE.rung(request(json.dumps(content).encode()))
    except Unreadable:
        return
    assert all(0 <= int(ref.id) < 2**63 for ref in rung.refs)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_rung_or_unreadable(body: bytes) -> None:
    with suppress(Unreadable):
        GREENHOUSE.rung(request(body))
