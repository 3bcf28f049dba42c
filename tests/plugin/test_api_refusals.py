"""What the push API refuses, in words that help; whatever comes, only 2xx, 4xx and 503."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.auth import MOST_WRONG
from plugin.pushed import PushedInterview, PushedScorecard
from plugin.serve import MOST_BODY
from scheduler.store import Store
from tests.plugin.test_api import AUTH, BODY, PUSH, URL, facts, problems, put
from tests.plugin.web import web
from tests.stores import store_at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "push.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(store_at(path), busy_timeout=0.05) as store:
        yield store


@pytest.fixture
def client(store: Store) -> FlaskClient:
    return web(store, push_token=PUSH).app.test_client()


PERSON = {"email": "ivo@example.org"}


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        ({"ends_at": None}, "ends_at", "missing"),
        ({"ends_at": "2026-11-20T13:00:00+01:00"}, "ends_at", "before"),
        ({"ends_at": "2026-11-20T15:00:00"}, "ends_at", "time zone"),
        ({"ends_at": "tomorrow"}, "ends_at", "ISO 8601"),
        ({"ends_at": 5}, "ends_at", "ISO 8601"),
        ({"ends_at": "9999-12-31T23:59:59Z"}, "ends_at", "2199"),
        ({"ends_at": "0001-01-01T00:00:00+09:00"}, "ends_at", "ISO 8601"),
        ({"ends_on": "2026-11-20"}, "ends_on", "both"),
        ({"ends_at": None, "ends_on": "20.11.2026"}, "ends_on", "date"),
        ({"ends_at": None, "ends_on": "1066-10-14"}, "ends_on", "1970"),
        ({"state": "postponed"}, "state", "standing"),
        ({"id": "int-2"}, "id", "address"),
        ({"endsAt": "2026-11-20T15:00:00Z"}, "endsAt", "not permitted"),
        ({"name": ""}, "name", "at least 1"),
        ({"name": None}, "name", "string"),
        ({"job": {"name": 5}}, "job.name", "string"),
        ({"job": {}}, "job.name", "required"),
        ({"candidate": "Noor"}, "candidate", "dictionary"),
        ({"application": {"id": "a b"}}, "application.id", "match"),
        ({"application": {"state": "gone"}}, "application.state", "active"),
        ({"recruiter": {"email": "pia"}}, "recruiter.email", "mail address"),
        ({"interviewers": []}, "interviewers", "at least 1"),
        ({"interviewers": [PERSON] * 101}, "interviewers", "100"),
        ({"interviewers": [PERSON, PERSON]}, "interviewers.1.email", "twice"),
        ({"interviewers": [{}]}, "interviewers.0.email", "required"),
        ({"interviewers": [PERSON | {"required": 1}]}, "interviewers.0.required", "boolean"),
        ({"interviewers": [PERSON | {"url": "javascript:x"}]}, "interviewers.0.url", "https://"),
        (
            {"interviewers": [{"email": "x" * 130 + "@example.org"}]},
            "interviewers.0.email",
            "mail address",
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_path_and_nothing_is_stored(
    client: FlaskClient, store: Store, change: dict[str, Any], where: str, says: str
) -> None:
    answer = put(client, **change)
    assert answer.status_code == 400
    found = problems(answer)
    assert says in found[where], found
    assert found[where].endswith(".")
    assert store.scorecards() == []
    assert store.connections() == []


def test_everything_that_is_wrong_is_told_at_once(client: FlaskClient) -> None:
    answer = put(client, name=5, state="x", interviewers=[{"email": "nobody"}])
    assert set(problems(answer)) == {"name", "state", "interviewers.0.email"}


def test_no_refusal_repeats_what_was_sent(client: FlaskClient) -> None:
    answer = put(client, candidate={"name": ["SECRET"]}, state="SECRET", job="SECRET")
    assert "SECRET" not in answer.get_data(as_text=True)


def test_a_refused_change_leaves_what_was_stored(client: FlaskClient, store: Store) -> None:
    put(client)
    before = facts(store)
    assert put(client, name="Other", ends_at="?").status_code == 400
    assert facts(store) == before


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 5000, b"1" * 5000, b"[]", b"null"])
def test_what_is_no_json_object_is_400(client: FlaskClient, body: bytes) -> None:
    kind = {"Content-Type": "application/json"}
    answer = client.put(URL, data=body, headers={**AUTH, **kind})
    assert answer.status_code == 400
    assert problems(answer)["body"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_what_does_not_come_as_plain_json_is_415(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    answer = client.put(URL, data=json.dumps(BODY), headers={**AUTH, **headers})
    assert answer.status_code == 415
    assert problems(answer)


def test_a_body_beyond_the_limit_is_413(client: FlaskClient) -> None:
    answer = put(client, name="x" * MOST_BODY)
    assert answer.status_code == 413
    assert problems(answer)


@pytest.mark.parametrize("name", ["a b", "-x", "x" * 129, "%00", "ümlaut", "a%0Ab", "a%0A"])
def test_an_id_that_is_none_is_400(client: FlaskClient, name: str) -> None:
    for answer in (
        put(client, f"/api/v1/interviews/{name}"),
        client.get(f"/api/v1/interviews/{name}", headers=AUTH),
        client.delete(f"/api/v1/interviews/{name}", headers=AUTH),
    ):
        assert answer.status_code == 400
        assert "letters" in problems(answer)["id"]


@pytest.mark.parametrize(
    "offered",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {PUSH}", PUSH, "Bearer \xe9"],
)
def test_without_the_token_it_is_401_and_nothing_is_looked_at(
    client: FlaskClient, store: Store, offered: str | None
) -> None:
    headers = {} if offered is None else {"Authorization": offered}
    for answer in (
        client.put(URL, data=b"{", headers=headers),
        client.get(URL, headers=headers),
        client.delete(URL, headers=headers),
        client.put(f"{URL}/scorecards/ivo@example.org", json={}, headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert store.connections() == []


def test_guessing_is_slowed_down(client: FlaskClient) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    answers = [client.get(URL, headers=wrong).status_code for _ in range(MOST_WRONG + 1)]
    assert answers == [401] * MOST_WRONG + [429]
    last = client.get(URL, headers=AUTH)
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0


def test_without_a_token_set_there_is_nothing(store: Store) -> None:
    client = web(store).app.test_client()
    for headers in ({}, AUTH, {"Authorization": "Bearer "}):
        for path in (URL, "/api/v1/schema"):
            assert client.get(path, headers=headers).status_code == 404
        assert client.put(URL, json=BODY, headers=headers).status_code == 404
    assert store.connections() == []


def test_a_locked_store_is_503_and_the_next_try_is_taken(
    client: FlaskClient, store: Store, path: Path
) -> None:
    """Case 18."""
    lock = sqlite3.connect(path)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        answer = put(client)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert problems(answer)
    finally:
        lock.close()
    assert store.scorecards() == []
    assert put(client).status_code == 201


def test_other_methods_and_addresses_are_refused_in_short(client: FlaskClient) -> None:
    assert client.post(URL, json=BODY, headers=AUTH).status_code == 405
    nowhere = client.get("/api/v1/candidates", headers=AUTH)
    assert nowhere.status_code == 404
    assert "<html" not in nowhere.get_data(as_text=True)


# -- the schema


def test_the_schema_is_published_without_a_token_and_is_of_the_models(
    client: FlaskClient,
) -> None:
    answer = client.get("/api/v1/schema")
    assert answer.status_code == 200
    content = answer.get_json()
    assert content["openapi"].startswith("3.1")
    schemas = content["components"]["schemas"]
    for model in (PushedInterview, PushedScorecard):
        assert set(schemas[model.__name__]["properties"]) == set(model.model_fields)
    assert schemas["PushedInterview"]["additionalProperties"] is False
    assert schemas["PushedInterview"]["properties"]["ends_at"]["anyOf"][0] == {
        "type": "string",
        "format": "date-time",
    }
    assert set(content["paths"]) == {
        "/interviews/{id}",
        "/interviews/{id}/scorecards/{interviewer}",
    }
    assert json.dumps(content).count('"$ref": "#/components/schemas/') == (
        json.dumps(content).count('"$ref"')
    )


# -- whatever comes

VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["2026-11-20T15:00:00Z", "2026-11-20", "cancelled", "a@b", "https://a.b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*PushedInterview.model_fields, "email", "department", "required"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
CHANGES = st.dictionaries(st.sampled_from(sorted(PushedInterview.model_fields)), VALUE, max_size=4)
NAMES = st.text(max_size=6).map(lambda text: text.replace("/", "") or "x")


@pytest.mark.parametrize("below", ["", "/scorecards/ivo@example.org"])
def test_whatever_is_pushed_is_taken_or_refused(client: FlaskClient, below: str) -> None:
    put(client)

    @settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
    @given(CHANGES.map(lambda changes: {**BODY, **changes}) | VALUE, NAMES | st.just("int-1"))
    def check(content: object, name: str) -> None:
        url = f"/api/v1/interviews/{name}{below}"
        kind = {"Content-Type": "application/json"}
        answer = client.put(url, data=json.dumps(content), headers={**AUTH, **kind})
        assert answer.status_code in {200, 201, 308, 400, 404}, answer.get_data(as_text=True)
        assert client.get(url if not below else URL, headers=AUTH).status_code in {200, 400, 404}

    check()


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_taken_or_refused(client: FlaskClient, body: bytes) -> None:
    kind = {"Content-Type": "application/json"}
    assert client.put(URL, data=body, headers={**AUTH, **kind}).status_code == 400
