"""Webhooks of Ashby: proof by signature, and what each action rings for (ashby.md 4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ats.ashby import Ashby
from connectors.ats.ashby_config import AshbyConfig
from connectors.ats.ashby_rows import EVENTS, LOOSELY
from connectors.ats.base import Rung, Unreadable, WebhookRequest
from connectors.errors import BadSignature
from connectors.model import Kind, Ref
from connectors.signature import hmac_sha256
from tests.connectors.fake_ashby import NOW, uid

OLD, NEW = "the-old-secret", "the-new-secret"
ACCOUNT = Ashby(AshbyConfig("key", (NEW, OLD)), clock=lambda: NOW)
SCHEDULE = {
    "id": uid("schedule"),
    "status": "WaitingOnFeedback",
    "applicationId": uid("application"),
    "interviewEvents": [{"id": uid("event"), "interviewers": [{"lastName": "Gómez"}]}],
}


def request(body: bytes, **headers: str) -> WebhookRequest:
    return WebhookRequest({name.replace("_", "-"): value for name, value in headers.items()}, body)


def ring(action: str, data: Any) -> Rung:
    envelope = {"webhookActionId": uid("delivery"), "action": action, "data": data}
    return ACCOUNT.rung(request(json.dumps(envelope).encode()))


# -- the signature


@pytest.mark.parametrize(("secret", "name"), [(NEW, "secret-1"), (OLD, "secret-2")])
def test_either_live_secret_proves(secret: str, name: str) -> None:
    """Case 8."""
    body = b'{"action":"ping","data":{}}'
    signed = request(body, ashby_signature=f"sha256={hmac_sha256(secret, body)}")
    assert ACCOUNT.verify(signed, NOW) == name


@pytest.mark.parametrize(
    "form",
    ["sha256 {}", "{}", "sha256= {}", "sha256={},sha256={}", "sha256={} ", "SHA256={}", "", None],
)
def test_any_other_form_is_refused(form: str | None) -> None:
    """Cases 5 to 7."""
    digest = hmac_sha256(NEW, b"{}")
    headers = {} if form is None else {"ashby_signature": form.format(digest, digest)}
    with pytest.raises(BadSignature):
        ACCOUNT.verify(request(b"{}", **headers), NOW)


def test_other_encodings_of_the_right_digest_are_refused() -> None:
    """Case 7."""
    raw = hmac.new(NEW.encode(), b"{}", hashlib.sha256).digest()
    for text in (raw.hex().upper(), base64.b64encode(raw).decode(), raw.hex()[:-1]):
        with pytest.raises(BadSignature):
            ACCOUNT.verify(request(b"{}", ashby_signature=f"sha256={text}"), NOW)


def test_another_secret_and_another_body_are_refused() -> None:
    """Case 5."""
    for secret, body in (("guess", b"{}"), (NEW, b"{ }")):
        signed = request(b"{}", ashby_signature=f"sha256={hmac_sha256(secret, body)}")
        with pytest.raises(BadSignature):
            ACCOUNT.verify(signed, NOW)


def test_the_raw_bytes_are_proved_and_not_their_meaning() -> None:
    """Case 24: escaped and plain Unicode mean the same and are signed differently."""
    plain = json.dumps(SCHEDULE, ensure_ascii=False).encode()
    escaped = json.dumps(SCHEDULE).encode()
    assert plain != escaped
    header = f"sha256={hmac_sha256(NEW, escaped)}"
    assert ACCOUNT.verify(request(escaped, ashby_signature=header), NOW) == "secret-1"
    with pytest.raises(BadSignature):
        ACCOUNT.verify(request(plain, ashby_signature=header), NOW)


def test_without_a_secret_nothing_is_proved() -> None:
    """Ashby signs nothing then, so anybody could have sent it."""
    open_account = Ashby(AshbyConfig("key"), clock=lambda: NOW)
    signed = request(b"{}", ashby_signature=f"sha256={hmac_sha256('', b'{}')}")
    for each in (request(b"{}"), signed):
        with pytest.raises(BadSignature, match="No webhook secret is set"):
            open_account.verify(each, NOW)


def test_a_repetition_proves_again_and_has_the_same_id() -> None:
    """Case 9: there is no time in the signature; whoever stores deliveries tells them apart."""
    body = json.dumps({"webhookActionId": "w-1", "action": "ping", "data": {}}).encode()
    signed = request(body, ashby_signature=f"sha256={hmac_sha256(NEW, body)}")
    assert ACCOUNT.verify(signed, datetime(2036, 1, 1, tzinfo=UTC)) == "secret-1"
    assert ACCOUNT.rung(signed).event_id == "w-1"


# -- what rings


@pytest.mark.parametrize("action", ["interviewScheduleCreate", "interviewScheduleUpdate"])
def test_a_schedule_rings_for_its_application(action: str) -> None:
    rung = ring(action, {"interviewSchedule": SCHEDULE})
    assert rung == Rung(action, uid("delivery"), (Ref(Kind.APPLICATION, uid("application")),))


def test_a_ping_is_known_and_rings_for_nothing() -> None:
    assert ring("ping", {"webhookActionType": "ping"}) == Rung("ping", uid("delivery"))


@pytest.mark.parametrize("action", ["offerCreate", "pushToHRIS", "jobCreate", "surveySubmit"])
def test_what_does_not_matter_is_known_all_the_same(action: str) -> None:
    assert ring(action, {"anything": 1}) == Rung(action, uid("delivery"))


def test_every_documented_type_is_known() -> None:
    documented = (
        "applicationSubmit applicationUpdate candidateHire candidateStageChange candidateDelete "
        "candidateMerge interviewPlanTransition interviewScheduleCreate interviewScheduleUpdate "
        "jobPostingUpdate jobPostingPublish jobPostingUnpublish offerCreate offerUpdate "
        "offerDelete pushToHRIS surveySubmit jobCreate jobUpdate jobPostingDelete openingCreate "
        "signatureRequestUpdate ping"
    )
    assert set(documented.split()) == set(EVENTS)
    assert set(LOOSELY) <= set(EVENTS)


def test_a_type_that_nobody_documented_is_told_apart() -> None:
    """Case 14: take-home ones are in beta, and one for feedback does not exist."""
    assert ring("applicationFeedbackSubmit", {"id": uid("x")}).known is False


@pytest.mark.parametrize(
    "data",
    [
        {"candidate": {"id": uid("Noor")}},
        {"candidateId": uid("Noor")},
        {"deletedCandidateIds": [uid("Noor")]},
        {"candidates": [{"id": uid("Noor"), "tags": [{"id": uid("tag")}]}]},
        {"merge": {"fromCandidate": {"id": uid("Noor")}, "by": {"id": uid("Pia")}}},
    ],
)
@pytest.mark.parametrize("action", ["candidateDelete", "candidateMerge"])
def test_a_candidate_is_found_wherever_the_undocumented_body_has_it(
    action: str, data: dict[str, Any]
) -> None:
    """The sheet shows no body of these: their form is not relied upon."""
    assert ring(action, data).refs == (Ref(Kind.CANDIDATE, uid("Noor")),)


def test_trap_13_a_merge_rings_for_both() -> None:
    rung = ring("candidateMerge", {"candidateId": uid("a"), "into": {"candidateId": uid("b")}})
    assert set(rung.refs) == {Ref(Kind.CANDIDATE, uid("a")), Ref(Kind.CANDIDATE, uid("b"))}


def test_a_deletion_that_names_nobody_is_not_passed_over() -> None:
    """Case 13: somebody wants to be forgotten, so it is seen."""
    with pytest.raises(Unreadable, match="names no candidate") as caught:
        ring("candidateDelete", {"candidate": {"name": "Noor Vance"}})
    assert caught.value.path == "data"
    assert "Noor" not in str(caught.value)


@pytest.mark.parametrize("action", ["applicationUpdate", "candidateHire", "candidateStageChange"])
def test_news_of_an_application_ring_for_it_if_they_name_it(action: str) -> None:
    data = {"application": {"id": uid("application"), "candidate": {"id": uid("Noor")}}}
    assert ring(action, data).refs == (Ref(Kind.APPLICATION, uid("application")),)
    assert ring(action, {"offer": {}}).refs == ()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", "body"),
        (b"[]", "body"),
        (b"\xff", "body"),
        (b"{}", "action"),
        (b'{"action": 5, "data": {}}', "action"),
        (b'{"action": "ping"}', "data"),
        (b'{"action": "ping", "data": []}', "data"),
        (b'{"action": "interviewScheduleUpdate", "data": {}}', "data.interviewSchedule"),
        (
            b'{"action": "interviewScheduleUpdate", "data": {"interviewSchedule": {}}}',
            "data.interviewSchedule.applicationId",
        ),
        (
            b'{"action":"interviewScheduleUpdate","data":{"interviewSchedule":{"applicationId":7}}}',
            "data.interviewSchedule.applicationId",
        ),
    ],
)
def test_a_body_that_is_not_as_documented_is_named_by_path(body: bytes, path: str) -> None:
    """Case 13."""
    with pytest.raises(Unreadable) as caught:
        ACCOUNT.rung(request(body))
    assert caught.value.path == path


@pytest.mark.parametrize("name", ["null", "5", '""', "[]"])
def test_a_delivery_without_a_usable_id_has_none(name: str) -> None:
    """Case 4, at the level of the connector."""
    body = f'{{"webhookActionId": {name}, "action": "ping", "data": {{}}}}'.encode()
    assert ACCOUNT.rung(request(body)).event_id is None


def test_odd_ids_survive_and_can_be_stored() -> None:
    """Case 15."""
    body = b'{"webhookActionId": "a\\u0000\\ud800' + b"x" * 999 + b'", "action": "p", "data": {}}'
    event_id = ACCOUNT.rung(request(body)).event_id or ""
    event_id.encode()
    assert "\x00" not in event_id
    assert len(event_id) == 256


def test_a_body_nested_as_deep_as_json_goes_is_no_harm() -> None:
    """Case 15."""
    for depth in (900, 100_000):
        data = b'{"a":' * depth + b"1" + b"}" * depth
        with pytest.raises(Unreadable):
            ACCOUNT.rung(request(b'{"action": "candidateDelete", "data": ' + data + b"}"))


KEYS = "id application candidate candidateId applicationIds interviewSchedule applicationId x"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4)
    ),
    max_leaves=8,
)
ENVELOPE = st.fixed_dictionaries({"action": st.sampled_from(sorted(EVENTS)), "data": JSON})


@pytest.mark.slow
@given(JSON | ENVELOPE)
def test_any_json_is_a_rung_or_unreadable(content: object) -> None:
    """Case 15, as a property."""
    with suppress(Unreadable):
        ACCOUNT.rung(request(json.dumps(content).encode()))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_rung_or_unreadable(body: bytes) -> None:
    with suppress(Unreadable):
        ACCOUNT.rung(request(body))
