"""What a run of `make mutants` found that no other test of Workable saw."""

from __future__ import annotations

import json

import pytest

from connectors.ats.base import WebhookRequest, Window
from connectors.errors import ConnectorError
from connectors.model import Kind, Ref
from tests.connectors.fake_workable import NOW, TOKEN, ago, connected, workable
from tests.connectors.loopback import thing


def test_an_error_repeats_what_workable_says_and_not_the_token() -> None:
    with workable() as fake:
        sentence = f"The subscription of {TOKEN} has ended"
        fake.script["events"].append(thing({"error": sentence}, 400))
        with pytest.raises(ConnectorError) as caught:
            list(connected(fake).pull(Window(ago(days=5), NOW), {}))
    assert "The subscription of [secret] has ended" in caught.value.message


def test_an_empty_word_is_no_event_so_the_candidate_is_read_again() -> None:
    """Where the event's name stands is told nowhere (other-ats.md 5): without one, ring."""
    body = json.dumps({"event_type": "", "type": None, "data": {"id": "1a2b3c"}}).encode()
    with workable() as fake:
        rung = connected(fake).rung(WebhookRequest({}, body))
    assert rung.refs == (Ref(Kind.CANDIDATE, "1a2b3c"),)
    assert rung.known
