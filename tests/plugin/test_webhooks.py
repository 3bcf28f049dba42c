"""The doorbell: believed, stored, answered 200; in that order."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.serve import MOST_BODY
from scheduler.store import Delivery, Received, Store, StoreProblem
from tests.plugin.web import NOW, SECRET, Web, deleted, exchange, headers, served, signed, web
from tests.stores import store_at

URL = "/webhooks/greenhouse"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "afterword.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(store_at(path), busy_timeout=0.2) as opened:
        yield opened


@pytest.fixture
def site(store: Store) -> Web:
    return web(store)


@pytest.fixture
def client(site: Web) -> FlaskClient:
    return site.app.test_client()


def post(
    client: FlaskClient, body: bytes, event_id: str | None = None, **more: Any
) -> TestResponse:
    return client.post(URL, data=body, headers=headers(body, event_id), **more)


def rows(path: Path, columns: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(f"SELECT {columns} FROM deliveries ORDER BY id").fetchall()


def deliveries(path: Path) -> list[tuple[Any, ...]]:
    return rows(path, "event_id, state, action, body, secret_id")


def test_a_proven_event_is_stored_before_it_is_answered_and_wakes_the_sync(
    client: FlaskClient, site: Web, path: Path, store: Store
) -> None:
    answer = post(client, deleted(7), "e-1")
    assert (answer.status_code, answer.data) == (200, b"")
    assert deliveries(path) == [("e-1", "waiting", "interview_deleted", deleted(7), "secret-1")]
    assert [ref.id for each in store.waiting("greenhouse") for ref in each.refs] == ["7"]
    assert site.rung == ["greenhouse"]


def test_a_ping_is_answered_200_and_asks_for_nothing(client: FlaskClient, path: Path) -> None:
    answer = post(client, b'{"action": "ping", "payload": {"web_hook_id": 1}}', "e-1")
    assert answer.status_code == 200
    assert [row[1] for row in deliveries(path)] == ["ignored"]


def test_the_same_event_again_is_200_and_one_row(client: FlaskClient, path: Path) -> None:
    """Case 1."""
    assert [post(client, deleted(7), "e-1").status_code for _ in range(3)] == [200] * 3
    assert len(deliveries(path)) == 1


def test_the_same_event_at_the_same_moment_is_200_and_one_row(site: Web, path: Path) -> None:
    """Case 2: eight threads of a real server."""
    body = deleted(7)
    with served(site.app) as server:
        gate = threading.Barrier(8)
        answers: list[bytes] = []

        def ask() -> None:
            asked = raw(body, f"Signature: {signed(body)}", "Greenhouse-Event-ID: e-1")
            gate.wait(5)
            answers.append(exchange(server.port, asked))

        asking = [threading.Thread(target=ask) for _ in range(8)]
        for each in asking:
            each.start()
        for each in asking:
            each.join(20)
    assert [answer.split(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 200 OK"] * 8
    assert len(deliveries(path)) == 1


def test_one_event_id_with_two_bodies_keeps_both(client: FlaskClient, path: Path) -> None:
    """Case 3."""
    assert post(client, deleted(7), "e-1").status_code == 200
    assert post(client, deleted(8), "e-1").status_code == 200
    assert [(row[0], row[1]) for row in deliveries(path)] == [
        ("e-1", "waiting"),
        ("e-1", "conflict"),
    ]


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        signed(deleted(7), "another secret"),
        signed(deleted(8)),
        signed(deleted(7)).upper(),
        signed(deleted(7)).replace(" ", "="),
        signed(deleted(7)).removeprefix("sha256 "),
        f"{signed(deleted(7))}, {signed(deleted(7))}",
    ],
)
def test_what_cannot_be_proved_is_401_and_leaves_only_a_count(
    client: FlaskClient, site: Web, path: Path, signature: str | None
) -> None:
    """Cases 5, 6 and 7."""
    sent = {} if signature is None else {"Signature": signature}
    answer = client.post(URL, data=deleted(7), headers=sent)
    assert answer.status_code == 401
    assert deliveries(path) == []
    assert site.counters.refused == 1
    assert site.rung == []


def test_a_signature_header_that_comes_twice_is_401(site: Web, path: Path) -> None:
    """Case 6: on the wire, where the server joins the two into one value."""
    body = deleted(7)
    with served(site.app) as server:
        twice = raw(body, f"Signature: {signed(body)}", f"Signature: {signed(body)}")
        assert exchange(server.port, twice).startswith(b"HTTP/1.1 401")
    assert deliveries(path) == []


def test_refusals_are_logged_once_a_minute_with_a_hint_and_never_with_the_body(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Cases 5 and 24."""
    with caplog.at_level(logging.INFO):
        for number in range(5):
            body = b'{"name": "Noor Vermeer %d"}' % number
            client.post(URL, data=body, headers={"Signature": signed(b"the body before the proxy")})
    lines = [r.getMessage() for r in caplog.records if r.name.startswith("plugin")]
    assert len(lines) == 1
    assert "a proxy in front of Afterword" in lines[0]
    assert "Noor" not in caplog.text
    assert SECRET not in caplog.text


def test_a_body_beyond_a_mebibyte_is_413(site: Web, path: Path) -> None:
    """Case 11: announced, and in chunks that never say how much is to come."""
    with served(site.app) as server:
        head = b"POST /webhooks/greenhouse HTTP/1.1\r\nHost: x\r\n"
        announced = exchange(server.port, head + b"Content-Length: %d\r\n\r\n" % (MOST_BODY + 1))
        assert announced.startswith(b"HTTP/1.1 413")
        chunk = b"20000\r\n" + b" " * 0x20000 + b"\r\n"
        chunked = exchange(server.port, head + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 9)
        assert chunked == b"" or chunked.startswith(b"HTTP/1.1 413")
    assert deliveries(path) == []


def test_the_largest_body_that_is_allowed_is_taken(site: Web, path: Path) -> None:
    body = b'{"action": "ping", "payload": {}}'.ljust(MOST_BODY)
    with served(site.app) as server:
        asked = raw(body, f"Signature: {signed(body)}")
        assert exchange(server.port, asked).startswith(b"HTTP/1.1 200")
    assert len(deliveries(path)) == 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", ""])
def test_a_packed_body_is_415_and_is_not_unpacked(
    client: FlaskClient, path: Path, encoding: str
) -> None:
    """Case 16."""
    body = deleted(7)
    answer = client.post(URL, data=body, headers={**headers(body), "Content-Encoding": encoding})
    assert answer.status_code == 415
    assert deliveries(path) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\x00\xff\xfe",
        b"null",
        b'{"action": 7}',
        b'{"action": "interview_deleted", "payload": []}',
        b'{"action": "interview_deleted", "payload": {"interview": {"id": 1e400}}}',
        b'{"action": "interview_deleted", "payload": {"interview": {"id": "\\u0000"}}}',
        b'{"action": "\\ud800", "payload": {"a": 1, "a": 2}}',
        b"[" * 10_000,
        b'{"action": "interview_deleted", "payload": {"interview": {"id": ' + b"9" * 5000 + b"}}}",
    ],
)
def test_junk_with_a_good_signature_is_kept_as_it_came_and_answered_200(
    client: FlaskClient, path: Path, body: bytes
) -> None:
    """Cases 13 and 15: anything else would make the vendor come again for hours."""
    assert post(client, body).status_code == 200
    assert [row[3] for row in deliveries(path)] == [body]


def test_junk_is_parked_and_counted_with_a_reason_without_the_value(
    client: FlaskClient, site: Web, path: Path
) -> None:
    post(client, b'{"action": "interview_deleted", "payload": {"interview": {"id": "Noor"}}}')
    reason = "payload.interview.id: should be a whole number of at most 64 bits"
    assert rows(path, "state, reason") == [("parked", reason)]
    assert site.counters.unreadable == 1


def test_where_names_are_not_stored_the_body_is_not_kept_and_repetition_is_still_seen(
    store: Store, path: Path
) -> None:
    client = web(store, store_names=False).app.test_client()
    for body in (deleted(7), deleted(7), b"Noor V. as junk"):
        assert post(client, body).status_code == 200
    assert rows(path, "state, body") == [("waiting", None), ("parked", None)]
    assert [ref.id for each in store.waiting("greenhouse") for ref in each.refs] == ["7"]
    assert b"Noor" not in path.read_bytes()


def test_an_unknown_event_is_stored_and_counted(client: FlaskClient, site: Web, path: Path) -> None:
    """Case 14."""
    answer = post(client, b'{"action": "moon_landed", "payload": {}, "extra": [1]}', "e-1")
    assert answer.status_code == 200
    assert [row[1:3] for row in deliveries(path)] == [("ignored", "moon_landed")]
    assert site.counters.unknown == 1


def test_a_locked_store_is_503_with_a_time_to_come_again(
    client: FlaskClient, site: Web, path: Path
) -> None:
    """Case 18: somebody else holds the file longer than we wait."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = post(client, deleted(7), "e-1")
    other.execute("ROLLBACK")
    other.close()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert site.rung == []
    assert post(client, deleted(7), "e-1").status_code == 200
    assert len(deliveries(path)) == 1


class FullDisk(Store):
    """Refuses every row until there is space again."""

    full = True

    def receive(self, ats: str, delivery: Delivery) -> Received:
        if self.full:
            raise StoreProblem("The database file cannot grow: the disk is full.")
        return super().receive(ats, delivery)


def test_a_full_disk_is_503_and_the_next_try_is_taken_without_a_restart(path: Path) -> None:
    """Case 17."""
    with FullDisk.open(store_at(path)) as store:
        site = web(store)
        client = site.app.test_client()
        assert post(client, deleted(7)).status_code == 503
        store.full = False
        assert post(client, deleted(7)).status_code == 200
    assert site.counters.turned_away == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_another_method_is_405(client: FlaskClient, method: str) -> None:
    """Case 23."""
    answer = client.open(URL, method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("address", ["/webhooks/lever", "/webhooks/", "/webhooks/greenhouse/x"])
def test_an_address_that_is_not_there_is_404(client: FlaskClient, address: str) -> None:
    """Case 23, and an account that is not connected."""
    answer = client.post(address, data=deleted(7), headers=headers(deleted(7)))
    assert answer.status_code == 404
    assert answer.mimetype == "text/plain"


def test_without_a_secret_it_is_404_and_the_log_says_what_to_set(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    client = web(store, doorbells=()).app.test_client()
    with caplog.at_level(logging.WARNING):
        assert post(client, deleted(7)).status_code == 404
    assert "Set its webhook secret" in caplog.text


def test_no_answer_is_kept_by_a_cache(client: FlaskClient) -> None:
    assert post(client, deleted(7)).headers["Cache-Control"] == "no-store"


def test_the_moment_of_arrival_is_the_one_of_our_clock(client: FlaskClient, path: Path) -> None:
    post(client, deleted(7))
    ((received_at,),) = rows(path, "received_at")
    assert received_at.startswith(f"{NOW:%Y-%m-%d %H:%M:%S}")


def raw(body: bytes, *lines: str) -> bytes:
    """A request as it goes over the wire."""
    head = ["POST /webhooks/greenhouse HTTP/1.1", "Host: x", "Connection: close", *lines]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body
