"""Whatever is sent to the door, the answer is 2xx, 4xx or 503."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from tests.plugin.web import signed, web
from tests.stores import emptied, opened

NAMES = st.sampled_from(
    ["Signature", "Greenhouse-Event-ID", "Content-Encoding", "Content-Type", "Content-Length"]
) | st.from_regex(r"\A[A-Za-z][A-Za-z0-9-]{0,20}\Z")
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=300)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
MANY = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    with opened(emptied()) as store:
        yield web(store).app.test_client()


def acceptable(status: int) -> bool:
    return 200 <= status < 300 or 400 <= status < 500 or status == 503


@MANY
@given(sent=HEADERS, body=st.binary(max_size=500))
def test_any_headers_and_any_body(
    client: FlaskClient, sent: list[tuple[str, str]], body: bytes
) -> None:
    answer = client.post("/webhooks/greenhouse", data=body, headers=Headers(sent))
    assert acceptable(answer.status_code)


@MANY
@given(
    sent=HEADERS,
    body=st.binary(max_size=500) | JSON.map(lambda value: json_bytes({"payload": value})),
    action=st.text(max_size=200),
)
def test_any_body_with_a_good_signature_is_taken(
    client: FlaskClient, sent: list[tuple[str, str]], body: bytes, action: str
) -> None:
    body = body.replace(b'{"payload"', json_bytes({"action": action})[:-1] + b', "payload"', 1)
    kept = [(k, v) for k, v in sent if k.lower() not in ("signature", "content-encoding")]
    kept = [(k, v) for k, v in kept if k.lower() not in ("content-length", "transfer-encoding")]
    answer = client.post(
        "/webhooks/greenhouse", data=body, headers=Headers([*kept, ("Signature", signed(body))])
    )
    assert answer.status_code == 200


@MANY
@given(path=st.text(max_size=60), method=st.sampled_from(["GET", "POST", "PUT", "HEAD"]))
def test_any_address(client: FlaskClient, path: str, method: str) -> None:
    answer = client.open("/" + path.lstrip("/"), method=method)
    assert acceptable(answer.status_code) or answer.status_code in (301, 308)


def json_bytes(value: object) -> bytes:
    return json.dumps(value).encode()
