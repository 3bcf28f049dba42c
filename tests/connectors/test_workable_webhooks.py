"""Proving, reducing and checking: Workable's webhooks, and what an account can tell (sheet 5)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ats.base import Rung, Unreadable, WebhookRequest
from connectors.ats.workable import Workable
from connectors.ats.workable_config import WorkableConfig
from connectors.errors import BadSignature
from connectors.model import Kind, Ref
from tests.connectors.fake_workable import (
    NOW,
    WEBHOOK_SECRET,
    FakeWorkable,
    ago,
    connected,
    workable,
)


@pytest.fixture
def fake() -> Iterator[FakeWorkable]:
    with workable() as fake:
        yield fake


OLD = "an-older-secret"
HOOKED = Workable(
    WorkableConfig("t", "https://acme.example/spi/v3", (WEBHOOK_SECRET, OLD)), clock=lambda: NOW
)


def request(body: bytes, signature: str | None) -> WebhookRequest:
    headers = {} if signature is None else {"x-workable-signature": signature}
    return WebhookRequest(headers, body)


def digest(body: bytes, secret: str = WEBHOOK_SECRET) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


@pytest.mark.parametrize(("secret", "name"), [(WEBHOOK_SECRET, "secret-1"), (OLD, "secret-2")])
def test_hex_and_base64_prove_with_either_live_secret(secret: str, name: str) -> None:
    """Case 8; which of the two encodings Workable sends is documented nowhere."""
    body = b'{"data":{"id":"c1","name":"Zo\\u00eb"}}'
    for form in (digest(body, secret).hex(), base64.b64encode(digest(body, secret)).decode()):
        assert HOOKED.verify(request(body, form), NOW) == name


@pytest.mark.parametrize(
    "form",
    [
        None,
        "",
        "sha256={hex}",
        "{HEX}",
        "{hex},{hex}",
        "{hex} ",
        "{base64}{base64}",
        "{url}",
        "{short}",
    ],
)
def test_any_other_form_is_refused(form: str | None) -> None:
    """Cases 5 to 7."""
    bodies = (b"%d" % n for n in range(99))
    body = next(each for each in bodies if b"+" in base64.b64encode(digest(each)))
    raw = digest(body)
    standard = base64.b64encode(raw).decode()
    url = base64.urlsafe_b64encode(raw).decode()
    assert url != standard
    forms = {"hex": raw.hex(), "HEX": raw.hex().upper(), "base64": standard, "url": url}
    given = None if form is None else form.format(**forms, short=standard.rstrip("="))
    with pytest.raises(BadSignature):
        HOOKED.verify(request(body, given), NOW)


def test_another_secret_and_changed_bytes_are_refused() -> None:
    """Case 24."""
    body = b'{"data": {"id": "c1"}}'
    for wrong in (digest(body, "other").hex(), digest(body + b" ").hex()):
        with pytest.raises(BadSignature):
            HOOKED.verify(request(body, wrong), NOW)


def rung(content: Any) -> Rung:
    return HOOKED.rung(request(json.dumps(content).encode(), None))


@pytest.mark.parametrize("key", ["event_type", "event", "action", "type"])
@pytest.mark.parametrize("action", ["candidate_created", "candidate_moved", "candidate_deleted"])
def test_an_event_about_a_candidate_rings_for_them(key: str, action: str) -> None:
    told = rung({key: action, "id": "8f3", "data": {"id": "c1", "name": "Noor"}})
    assert told == Rung(action, None, (Ref(Kind.CANDIDATE, "c1"),), True)


def test_a_body_with_a_candidate_and_no_name_of_an_event_rings_for_them_too() -> None:
    assert rung({"data": {"id": "c1"}}) == Rung("candidate", None, (Ref(Kind.CANDIDATE, "c1"),))


def test_events_about_employees_do_not_matter_and_others_are_told_apart() -> None:
    """Case 14."""
    assert rung({"event_type": "timeoff_updated", "data": {}}) == Rung("timeoff_updated", None)
    assert rung({"event_type": "rating_made"}) == Rung("rating_made", None, (), known=False)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"data": {}}', b'{"data": {"id": 5}}'])
def test_a_body_without_a_candidate_is_unreadable(body: bytes) -> None:
    """Case 13."""
    with pytest.raises(Unreadable):
        HOOKED.rung(request(body, None))


@given(
    st.binary(max_size=60)
    | st.dictionaries(
        st.sampled_from(["event_type", "data", "type"]),
        st.none() | st.text(max_size=5) | st.dictionaries(st.just("id"), st.text() | st.none()),
    ).map(lambda content: json.dumps(content).encode())
)
def test_any_body_is_a_rung_or_unreadable(body: bytes) -> None:
    """Case 15."""
    try:
        found = HOOKED.rung(request(body, None))
    except Unreadable:
        return
    assert "\x00" not in found.action
    assert len(found.refs) <= 1


# -- check


def test_check_tells_what_this_account_can_and_cannot_tell(fake: FakeWorkable) -> None:
    fake.event()
    found = {each.subject: each for each in connected(fake).check()}
    assert [name for name, each in found.items() if not each.ok] == ["ratings"]
    assert found["ratings"].optional
    assert "cannot be told" in found["ratings"].detail
    fake.rate("ivo", ago(days=1))
    assert all(each.ok for each in connected(fake).check())


@pytest.mark.parametrize(
    ("denied", "subject"),
    [("events", "r_jobs"), ("members", "members"), ("candidates", "r_candidates")],
)
def test_check_names_a_missing_right(fake: FakeWorkable, denied: str, subject: str) -> None:
    fake.event()
    fake.denied = {denied}
    failed = [each for each in connected(fake).check() if not each.ok]
    assert subject in {each.subject for each in failed}
    assert all(each.remedy for each in failed)


def test_check_with_a_wrong_token_says_so_once(fake: FakeWorkable) -> None:
    [found] = connected(fake, token="wrong").check()
    assert not found.ok
    assert "WORKABLE_TOKEN" in found.remedy
    assert "wrong" not in found.detail


def test_no_secret_shows_in_a_repr() -> None:
    config = WorkableConfig("token-1", "https://acme.example", ("hook-1",))
    assert "token-1" not in repr(config)
    assert "hook-1" not in repr(config)
