"""Odoo's webhooks: unsigned, proved by the secret in the address, a hint and nothing more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from connectors.ats.base import Rung, Unreadable, WebhookRequest
from connectors.ats.odoo import CONNECTOR, Odoo
from connectors.ats.odoo_json2 import OdooConfig
from connectors.errors import BadSignature
from connectors.model import Kind, Ref
from plugin.webhooks import Counters, webhooks
from scheduler.store import Delivery, Received
from tests.connectors.fake_odoo import NOW, SECRET

BODY = {
    "_action": "Tell Afterword(#412)",
    "_id": 700,
    "_model": "survey.user_input",
    "id": 700,
    "applicant_id": 200,
}


def ats(*secrets: str) -> Odoo:
    config = OdooConfig("http://127.0.0.1:9", "acme", "key", webhook_secrets=secrets)
    return Odoo(config, clock=lambda: NOW)


def rung(body: Any) -> Rung:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ats(SECRET).rung(WebhookRequest({}, raw))


def proved(path: str, *secrets: str) -> str:
    return ats(*secrets).verify(WebhookRequest({}, b"{}", path), NOW)


def test_the_secret_in_the_address_proves_it_and_the_one_used_is_told() -> None:
    """Case 8."""
    assert proved(SECRET, SECRET, "another-secret") == "secret-1"
    assert proved("another-secret", SECRET, "another-secret") == "secret-2"


@pytest.mark.parametrize(
    "path", ["", "x", SECRET[:-1], f"{SECRET}x", f"{SECRET}/", SECRET.upper(), "é"]
)
def test_anything_else_is_refused(path: str) -> None:
    """Cases 5, 6, 7."""
    with pytest.raises(BadSignature):
        proved(path, SECRET)


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_nothing_is_proved_not_even_by_an_empty_one(
    secrets: tuple[str, ...],
) -> None:
    with pytest.raises(BadSignature):
        proved("", *secrets)


def test_the_address_takes_a_secret_and_the_registry_knows_which_option_holds_it() -> None:
    assert Odoo.capabilities.secret_path is True
    assert CONNECTOR.doorbell in {option.key for option in CONNECTOR.options if option.secret}


class Shelf:
    def __init__(self) -> None:
        self.taken: list[Delivery] = []

    def receive(self, ats: str, delivery: Delivery) -> Received:
        self.taken.append(delivery)
        return Received.STORED


@pytest.mark.parametrize(
    ("end", "status"),
    [(f"/{SECRET}", 200), (f"/{SECRET}/x", 401), ("/x", 401), ("", 401), (f"?{SECRET}", 401)],
)
def test_the_door_opens_to_the_secret_alone(end: str, status: int) -> None:
    shelf = Shelf()
    app = Flask(__name__)
    door = webhooks(
        store=shelf,
        accounts={"odoo": ats(SECRET)},
        doorbells={"odoo"},
        clock=lambda: NOW,
        ring=lambda name: None,
        counters=Counters(),
    )
    app.register_blueprint(door)
    answer = app.test_client().post(f"/webhooks/odoo{end}", json=BODY)
    assert answer.status_code == status
    assert [each.refs for each in shelf.taken] == (
        [(Ref(Kind.APPLICATION, "200"),)] if status == 200 else []
    )


@pytest.mark.parametrize(
    ("model", "more", "ref"),
    [
        ("calendar.event", {}, Ref(Kind.INTERVIEW, "700")),
        ("hr.applicant", {}, Ref(Kind.APPLICATION, "700")),
        ("hr.job", {}, Ref(Kind.JOB, "700")),
        ("res.users", {}, Ref(Kind.PERSON, "700")),
        ("survey.user_input", {"applicant_id": 200}, Ref(Kind.APPLICATION, "200")),
        ("calendar.attendee", {"event_id": 100}, Ref(Kind.INTERVIEW, "100")),
        ("mail.activity", {"calendar_event_id": 100}, Ref(Kind.INTERVIEW, "100")),
    ],
)
def test_what_changed_is_read_again(model: str, more: dict[str, int], ref: Ref) -> None:
    found = rung({"_action": "x", "_id": 700, "_model": model, "id": 700, **more})
    assert found == Rung(action=model, event_id=None, refs=(ref,))


def test_a_form_about_no_applicant_does_not_matter() -> None:
    assert rung({**BODY, "applicant_id": False}).refs == ()


def test_a_field_that_was_not_ticked_is_named() -> None:
    body = {name: value for name, value in BODY.items() if name != "applicant_id"}
    with pytest.raises(Unreadable, match=r"applicant_id: is missing: tick this field"):
        rung(body)


def test_another_model_is_unknown() -> None:
    """Case 14."""
    assert rung({**BODY, "_model": "sale.order"}).known is False


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"null",
        b"[]",
        b"{}",
        b'{"_model": null}',
        b'{"_model": 7}',
        {**BODY, "applicant_id": None},
        {**BODY, "applicant_id": "x"},
        {**BODY, "applicant_id": 10**30},
        {**BODY, "applicant_id": [200]},
        {**BODY, "applicant_id": True},
    ],
)
def test_junk_is_unreadable_and_nothing_else(body: Any) -> None:
    """Cases 13, 15."""
    with pytest.raises(Unreadable):
        rung(body)
