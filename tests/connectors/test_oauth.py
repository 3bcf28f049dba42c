"""The token: made once, shared, replaced in time (greenhouse.md 1)."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from connectors.errors import AccessRefused, Unreachable
from connectors.http import TRIES, Http, Service
from connectors.oauth import ClientCredentials
from tests.connectors.loopback import Answer, Asked, Loopback, serving, thing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SERVICE = Service("Vendor", "VENDOR_URL", "VENDOR_ID and VENDOR_SECRET", "there")


class Desk:
    def __init__(self, server: Loopback, subject: str | None) -> None:
        self.now, self.asked = NOW, server.asked
        http = Http(SERVICE, clock=lambda: self.now, sleep=lambda seconds: None)
        self.credentials = ClientCredentials(
            http, f"{server.url}/token", "me", "p:ä", subject=subject, clock=lambda: self.now
        )


@contextmanager
def desk(*answers: Answer, subject: str | None = None, **fields: object) -> Iterator[Desk]:
    """Gives the answers in order, and then token-1, token-2, … with these fields."""
    script, count = iter(answers), iter(range(1, 1000))

    def answer(asked: Asked) -> Answer:
        given = next(script, None)
        return given or thing({"access_token": f"token-{next(count)}", **fields})

    with serving(answer) as server:
        yield Desk(server, subject)


def test_a_token_is_asked_for_with_basic_login_and_a_form() -> None:
    with desk(expires_at="2026-11-24T13:00:00.000Z") as here:
        assert here.credentials.token() == "token-1"
    [asked] = here.asked
    assert asked.method == "POST"
    assert asked.headers["authorization"].split() == [
        "Basic",
        base64.b64encode("me:p:ä".encode()).decode(),
    ]
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(asked.body.decode()) == {"grant_type": ["client_credentials"]}


def test_a_configured_user_is_the_subject() -> None:
    with desk(subject="4004") as here:
        here.credentials.token()
    assert parse_qs(here.asked[0].body.decode())["sub"] == ["4004"]


def test_expires_at_decides_and_expires_in_is_not_looked_at() -> None:
    """Trap 9; and a token is replaced a little before its end."""
    with desk(expires_at="2026-11-24T14:00:00+01:00", expires_in=5) as here:
        here.credentials.token()
        here.now = NOW + timedelta(minutes=58)
        assert here.credentials.token() == "token-1"
        here.now = NOW + timedelta(minutes=59, seconds=30)
        assert here.credentials.token() == "token-2"


@pytest.mark.parametrize("odd", [None, "soon", 1764000000, [], "2026-11-24T13:00:00"])
def test_without_a_readable_end_a_token_is_used_for_a_short_while(odd: object) -> None:
    with desk(expires_at=odd) as here:
        here.credentials.token()
        here.now = NOW + timedelta(minutes=3)
        assert here.credentials.token() == "token-1"
        here.now = NOW + timedelta(minutes=5)
        assert here.credentials.token() == "token-2"


def test_a_clock_that_is_wrong_by_hours_does_not_mint_for_every_request() -> None:
    with desk(expires_at="2026-11-24T08:00:00Z") as here:
        assert [here.credentials.token() for _ in range(3)] == ["token-1"] * 3


def test_many_threads_share_one_token() -> None:
    """Trap 10: a second one might revoke the first."""
    start = threading.Barrier(8)

    def ask() -> str:
        start.wait()
        return here.credentials.token()

    with desk(expires_at="2026-11-24T13:00:00Z") as here, ThreadPoolExecutor(8) as pool:
        tokens = {future.result() for future in [pool.submit(ask) for _ in range(8)]}
    assert tokens == {"token-1"}
    assert len(here.asked) == 1


def test_a_refused_token_is_replaced_once_however_many_found_out() -> None:
    """Trap 10: the second thread that was refused must not throw away the new token."""
    with desk(expires_at="2026-11-24T13:00:00Z") as here:
        old = here.credentials.token()
        here.credentials.forget(old)
        assert here.credentials.token() == "token-2"
        here.credentials.forget(old)
        assert here.credentials.token() == "token-2"


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_a_refused_login_says_what_to_check_and_hides_the_secret(status: int) -> None:
    said = thing({"error": "invalid_client", "error_description": "p:ä is wrong"}, status)
    with desk(said) as here, pytest.raises(AccessRefused) as caught:
        here.credentials.token()
    assert caught.value.message.startswith("Vendor gave no token. ")
    assert caught.value.message.count("Check VENDOR_ID and VENDOR_SECRET.") == 1
    assert "[secret] is wrong" in caught.value.message
    assert len(here.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [thing({}), thing([]), thing({"access_token": 5}), thing({"access_token": "a\nb"})],
)
def test_an_answer_without_a_token_is_asked_for_again_and_then_given_up(answer: Answer) -> None:
    with desk(answer, answer) as here:
        assert here.credentials.token() == "token-1"
    with desk(*[answer] * TRIES) as here, pytest.raises(Unreachable, match="no access_token"):
        here.credentials.token()


def test_an_empty_token_is_no_token() -> None:
    with desk(thing({"access_token": ""})) as here:
        assert here.credentials.token() == "token-1"
