"""The way outside, against a server on loopback that misbehaves as told (faults.md part B)."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, repeat

import pytest

from connectors.errors import (
    AccessRefused,
    BadRequest,
    BrokenPaging,
    ConnectorError,
    RateLimited,
    ScopeMissing,
    Unreachable,
)
from connectors.http import LONGEST_WAIT, PATIENCE, TRIES, Api, CursorRefused, Http, Service
from tests.connectors.loopback import Answer, Asked, Loopback, rows, serving, thing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SERVICE = Service("Vendor", "VENDOR_URL", "VENDOR_KEY", "in the vendor's settings")
Reply = Answer | Callable[[Asked], Answer]


class Keys:
    """Hands out key-1, key-2, … and remembers which were refused."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def token(self) -> str:
        return f"key-{len(self.refused) + 1}"

    def forget(self, token: str) -> None:
        self.refused.append(token)


class Trip:
    def __init__(self, server: Loopback) -> None:
        self.server, self.keys = server, Keys()
        self.sleeps: list[float] = []
        self.told: list[tuple[float, str]] = []
        self.http = Http(
            SERVICE,
            clock=lambda: NOW,
            sleep=self.sleeps.append,
            on_wait=lambda seconds, why: self.told.append((seconds, why)),
            timeout=(0.5, 0.2),
        )
        self.api = Api(self.http, f"{server.url}/v3", self.keys)

    def read(self, **params: str) -> list[object]:
        return list(chain(*self.api.pages("things", params, scope="things:list")))


@contextmanager
def trip(*replies: Reply) -> Iterator[Trip]:
    """The replies in order, the last one for ever."""
    script = chain(replies[:-1], repeat(replies[-1]))

    def answer(asked: Asked) -> Answer:
        reply = next(script)
        return reply if isinstance(reply, Answer) else reply(asked)

    with serving(answer) as server:
        yield Trip(server)


def linked(target: str, *content: object) -> Callable[[Asked], Answer]:
    """Rows with a next link; HERE stands for the server's own address."""

    def reply(asked: Asked) -> Answer:
        link = target.replace("HERE", f"http://{asked.headers['host']}")
        return rows(*content, Link=f'<{link}>; rel="next"')

    return reply


GOOD = rows({"id": 1})
BROKEN = {
    "status 500": Answer(500),
    "status 502": Answer(502),
    "status 503": Answer(503),
    "status 504": Answer(504),
    "a dropped connection": Answer(drop=True),
    "a body that breaks off": Answer(body=b'[{"id": 1}', short_by=20),
    "truncated JSON": Answer(body=b'[{"id": 1'),
    "an HTML page": Answer(body=b"<html>Mara Field</html>", headers={"Content-Type": "text/html"}),
    "an object": thing({"id": 1}),
    "nothing at all": Answer(body=b""),
    "JSON nested too deeply": Answer(body=b"[" * 100_000),
    "bad UTF-8": Answer(body=b'["\xff"]'),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_an_unusable_answer_is_asked_for_again_with_back_off(broken: Answer) -> None:
    """Cases 28 and 30."""
    with trip(broken, broken, GOOD) as here:
        assert here.read() == [{"id": 1}]
    assert len(here.sleeps) == 2
    assert 0 < here.sleeps[0] <= 2 <= here.sleeps[1] <= 4
    assert [why for _, why in here.told] == ["Vendor: no usable answer"] * 2


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_an_answer_that_stays_unusable_is_given_up_and_named_by_path(broken: Answer) -> None:
    """Cases 28 and 30: bounded, and nothing of the body or the query is told."""
    with trip(broken) as here, pytest.raises(Unreachable) as caught:
        here.read(email="mara@example.org")
    assert len(here.server.asked) == TRIES
    assert not caught.value.permanent
    assert "Vendor /v3/things" in caught.value.message
    assert "mara" not in caught.value.message.lower()


def test_a_host_that_does_not_answer_the_door_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        here = Trip(Loopback(f"http://127.0.0.1:{taken.getsockname()[1]}", []))
        with pytest.raises(Unreachable, match=r"Vendor /v3/things: could not be reached.*VENDOR"):
            here.read()
    assert len(here.sleeps) == TRIES - 1


def test_a_silent_server_runs_into_the_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        here = Trip(Loopback(f"http://127.0.0.1:{deaf.getsockname()[1]}", []))
        with pytest.raises(Unreachable, match="no answer in time"):
            here.read()


@pytest.mark.parametrize(
    ("told", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 8),
        ({"Retry-After": "Tue, 24 Nov 2026 12:00:45 GMT"}, 45, 46),
        ({}, 30, 31),
        ({"Retry-After": "soon"}, 30, 31),
        ({"Retry-After": "-5"}, 30, 31),
        ({"Retry-After": "nan"}, 30, 31),
        ({"Retry-After": "0"}, 0, 1),
        ({"Retry-After": "Tue, 24 Nov 2026 11:00:00 GMT"}, 0, 1),
        ({"Retry-After": "86400"}, LONGEST_WAIT, LONGEST_WAIT),
    ],
)
def test_a_429_is_waited_out_as_told_within_reason_and_the_same_page_asked_again(
    told: dict[str, str], least: float, most: float
) -> None:
    """Case 27: seconds, an HTTP date, absent, junk, 0, in the past, a whole day."""
    limited = Answer(429, headers=told)
    with trip(linked("HERE/v3/things?cursor=A", {"id": 2}), limited, GOOD) as here:
        assert here.read() == [{"id": 2}, {"id": 1}]
    assert len(here.sleeps) == 1
    assert least <= here.sleeps[0] <= most
    assert [asked.query for asked in here.server.asked] == [{}, {"cursor": "A"}, {"cursor": "A"}]


def test_a_retry_after_date_is_measured_on_the_senders_own_clock() -> None:
    """Case 27: our clock is an hour behind theirs, and we wait ten seconds all the same."""
    date = "Tue, 24 Nov 2026 13:00:{} GMT"
    limited = Answer(429, headers={"Date": date.format("00"), "Retry-After": date.format("10")})
    with trip(limited, GOOD) as here:
        here.read()
    assert 10 <= here.sleeps[0] <= 11


def test_an_endless_429_becomes_an_error_that_says_how_long_to_wait() -> None:
    """Case 27: waits are bounded in number, too."""
    with (
        trip(Answer(429, headers={"Retry-After": "90"})) as here,
        pytest.raises(RateLimited, match="429") as caught,
    ):
        here.read()
    assert caught.value.retry_after == 90
    assert not caught.value.permanent
    assert len(here.sleeps) == PATIENCE


@pytest.mark.parametrize("name", ["X-RateLimit", "X-Rate-Limit"])
def test_a_used_up_budget_is_waited_for_before_the_next_request(name: str) -> None:
    reset = str(int(NOW.timestamp()) + 20)
    used_up = linked("HERE/v3/things?cursor=A", {"id": 2})

    def reply(asked: Asked) -> Answer:
        answer = used_up(asked)
        spent = {f"{name}-Limit": "50", f"{name}-Remaining": "0", f"{name}-Reset": reset}
        return Answer(200, answer.body, {**answer.headers, **spent})

    with trip(reply, GOOD) as here:
        here.read()
        assert here.http.limit == 50
        here.read()
    assert len(here.sleeps) == 1, "an answer without a used-up budget ends the waiting"
    assert 19 < here.sleeps[0] <= 20
    assert "rate limit" in here.told[0][1]


def test_an_absurd_reset_is_waited_for_no_longer_than_the_cap() -> None:
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}
    with trip(Answer(headers=spent), GOOD) as here:
        here.read()
        here.read()
    assert LONGEST_WAIT - 1 < here.sleeps[0] <= LONGEST_WAIT


def test_a_refused_token_is_replaced_once_and_the_request_repeated() -> None:
    with trip(Answer(401), GOOD) as here:
        assert here.read() == [{"id": 1}]
    sent = [asked.headers["authorization"] for asked in here.server.asked]
    assert sent == ["Bearer key-1", "Bearer key-2"]
    assert here.sleeps == []


def test_a_token_refused_twice_ends_the_run_at_once() -> None:
    """Case 29: no retry storm."""
    with (
        trip(Answer(401, b'{"message": "revoked"}')) as here,
        pytest.raises(AccessRefused, match=r"401\): revoked\. Check VENDOR_KEY") as caught,
    ):
        here.read()
    assert len(here.server.asked) == 2
    assert caught.value.permanent


def test_a_missing_right_is_named_and_not_asked_for_again() -> None:
    """Case 29."""
    with trip(Answer(403, b"")) as here, pytest.raises(ScopeMissing) as caught:
        here.read()
    assert caught.value.scope == "things:list"
    assert "Grant things:list in the vendor's settings" in caught.value.message
    assert len(here.server.asked) == 1


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"errors": ["do not do that", "nor that"]}, "do not do that; nor that"),
        ({"message": "no", "errors": [{"message": "bad ids", "field": "ids"}]}, "bad ids; no"),
        ({"errors": [None, 5, {"field": "x"}], "message": 3}, r"\(422\)\.$"),
        ({"errors": "text"}, r"\(422\)\.$"),
        ([1], r"\(422\)\.$"),
    ],
)
def test_a_refused_question_repeats_the_vendors_own_sentences(body: object, sentence: str) -> None:
    with trip(thing(body, 422)) as here, pytest.raises(BadRequest, match=sentence) as caught:
        here.read()
    assert caught.value.permanent
    assert len(here.server.asked) == 1


def test_a_secret_that_the_other_side_echoes_is_blotted_out() -> None:
    """Case 67."""
    with trip(thing({"errors": ["token s3cr3t is odd"]}, 404)) as here:
        here.http.secrets.add("s3cr3t")
        with pytest.raises(BadRequest, match=r"token \[secret\] is odd"):
            here.read()


def test_a_redirect_is_not_followed() -> None:
    with serving(lambda asked: GOOD) as elsewhere:
        moved = Answer(302, headers={"Location": f"{elsewhere.url}/v3/things"})
        with trip(moved) as here, pytest.raises(BadRequest, match="another address"):
            here.read()
        assert elsewhere.asked == []


def test_an_address_that_is_none_is_told_from_an_outage() -> None:
    here = Trip(Loopback("nonsense", []))
    with pytest.raises(BadRequest, match=r"not an address\. Check VENDOR_URL"):
        here.read()


def test_the_cursor_goes_alone_and_a_get_has_no_body() -> None:
    """Traps 7 and 22."""
    with trip(linked("HERE/v3/things?cursor=A%3D", {"id": 2}), GOOD) as here:
        here.read(per_page="500", fields="id")
    first, second = here.server.asked
    assert first.query == {"per_page": "500", "fields": "id"}
    assert second.query == {"cursor": "A="}
    assert first.body == second.body == b""
    assert "content-length" not in first.headers


def test_a_relative_next_link_is_taken_from_where_it_was_found() -> None:
    with trip(linked("/v3/things?cursor=A", {"id": 2}), GOOD) as here:
        assert here.read() == [{"id": 2}, {"id": 1}]


@pytest.mark.parametrize(
    "target",
    [
        "http://elsewhere.example/v3/things?cursor=A",
        "https://127.0.0.1/v3/things?cursor=A",
        "http://127.0.0.1:1/v3/things?cursor=A",
        "HERE@elsewhere.example/v3/things",
        "HERE/other/things?cursor=A",
        "HERE/v3evil/things?cursor=A",
        "HERE/v3/../other?cursor=A",
        "HERE/v3/%2e%2e/other?cursor=A",
        "//elsewhere.example/v3/things",
        "file:///v3/things",
    ],
)
def test_a_link_that_leads_away_is_refused_and_nothing_is_sent_there(target: str) -> None:
    """Case 34."""
    with (
        trip(linked(target, {"id": 1})) as here,
        pytest.raises(BrokenPaging, match="leads away from the API"),
    ):
        here.read()
    assert len(here.server.asked) == 1


def test_a_link_that_loops_ends_the_run() -> None:
    """Case 33."""
    replies = [linked(f"HERE/v3/things?cursor={c}", {"id": i}) for i, c in enumerate("ABA")]
    with trip(*replies) as here, pytest.raises(BrokenPaging, match="circle"):
        here.read()
    assert len(here.server.asked) == 3


def test_a_page_that_comes_again_under_a_new_cursor_ends_the_run() -> None:
    """Case 33: the same first id twice."""
    replies = [linked(f"HERE/v3/things?cursor={c}", {"id": 9}) for c in "ABC"]
    with trip(*replies) as here, pytest.raises(BrokenPaging, match="circle"):
        here.read()
    assert len(here.server.asked) == 2


def test_the_number_of_pages_is_bounded() -> None:
    """Case 33."""
    count = iter(range(1000))

    def reply(asked: Asked) -> Answer:
        n = next(count)
        return linked(f"HERE/v3/things?cursor={n}", {"id": n})(asked)

    with trip(reply) as here, pytest.raises(BrokenPaging, match="more than 3 pages"):
        list(here.api.pages("things", {}, most=3))
    assert len(here.server.asked) == 3


def test_a_refused_cursor_is_told_from_a_refused_question() -> None:
    """Case 32: not permanent, because starting again helps."""
    expired = thing({"errors": ["cursor has expired"]}, 422)
    with (
        trip(linked("HERE/v3/things?cursor=A", {"id": 2}), expired) as here,
        pytest.raises(CursorRefused, match="cursor has expired") as caught,
    ):
        here.read()
    assert not caught.value.permanent


def test_no_error_holds_the_token() -> None:
    """Case 67."""
    for reply in (Answer(401), Answer(403), Answer(404), Answer(429), Answer(500), Answer(302)):
        with trip(reply) as here, pytest.raises(ConnectorError) as caught:
            here.read(name="Noor")
        assert "key-" not in repr(caught.value)
        assert "Noor" not in caught.value.message
        assert caught.value.__cause__ is None


def test_a_netrc_file_cannot_replace_the_token(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{tmp_path}/netrc"
    with open(path, "w") as file:
        file.write("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", path)
    with trip(GOOD) as here:
        here.read()
    assert here.server.asked[0].headers["authorization"] == "Bearer key-1"


def test_a_proxy_is_not_asked_for_what_is_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with trip(GOOD) as here:
        assert here.read() == [json.loads('{"id": 1}')]


def test_cookies_are_not_kept() -> None:
    with trip(Answer(headers={"Set-Cookie": "who=me"}), GOOD) as here:
        here.read()
        here.read()
    assert "cookie" not in here.server.asked[1].headers
