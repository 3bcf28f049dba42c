"""Who gets to see the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from scheduler.store import Store
from tests.plugin.web import TOKEN, Web, web
from tests.stores import emptied, opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(emptied()) as store:
        yield store


@pytest.fixture
def site(store: Store) -> Web:
    return web(store)


@pytest.fixture
def client(site: Web) -> FlaskClient:
    return site.app.test_client()


def sign_in(client: FlaskClient, token: str = TOKEN, following: str = "/") -> TestResponse:
    stamp = re.findall(r'name="stamp" value="([^"]+)"', client.get("/login").text)[0]
    form = {"stamp": stamp, "token": token, "following": following}
    return client.post("/login", data=form)


@pytest.mark.parametrize("address", ["/", "/report/2026-W46", "/report/2026-W46.csv"])
def test_without_the_token_there_is_only_the_form(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Afterword"'
    assert "Overdue" not in answer.text


def test_the_token_in_the_form_opens_the_page_for_this_browser(client: FlaskClient) -> None:
    answer = sign_in(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/").status_code == 200


def test_the_cookie_holds_no_token_and_is_closed_to_scripts_and_other_sites(
    client: FlaskClient,
) -> None:
    cookie = sign_in(client).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert TOKEN not in cookie


def test_behind_https_the_cookie_never_travels_in_the_clear(store: Store) -> None:
    client = web(store, public_url="https://afterword.example.org").app.test_client()
    cookie = client.get("/login", base_url="https://afterword.example.org").headers["Set-Cookie"]
    assert "Secure" in cookie


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "ü\x00"])
def test_a_wrong_token_is_401_and_says_where_the_right_one_is(
    client: FlaskClient, token: str
) -> None:
    answer = sign_in(client, token)
    assert answer.status_code == 401
    assert "AFTERWORD_PAGE_TOKEN" in answer.text
    assert client.get("/").status_code == 401


@pytest.mark.parametrize("stamp", [None, "", "made-up", "ü"])
def test_a_form_from_another_site_signs_nobody_in(client: FlaskClient, stamp: str | None) -> None:
    client.get("/login")
    form = {"token": TOKEN} if stamp is None else {"token": TOKEN, "stamp": stamp}
    assert client.post("/login", data=form).status_code == 400
    assert client.get("/").status_code == 401


def test_a_form_without_our_cookie_signs_nobody_in(client: FlaskClient) -> None:
    """Another site can post an empty stamp; a browser that drops our cookie has none to match."""
    assert client.post("/login", data={"token": TOKEN, "stamp": ""}).status_code == 400


def test_a_token_in_the_address_opens_nothing(client: FlaskClient) -> None:
    assert client.get(f"/?token={TOKEN}").status_code == 401
    assert client.post(f"/login?token={TOKEN}").status_code == 400


def test_after_ten_wrong_tokens_this_address_has_to_wait(client: FlaskClient, site: Web) -> None:
    for _ in range(10):
        assert sign_in(client, "wrong").status_code == 401
    refused = sign_in(client)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "301"
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/", headers=bearer).status_code == 429
    assert client.get("/", headers=bearer, environ_base={"REMOTE_ADDR": "::1"}).status_code == 200
    site.clock.now += timedelta(minutes=5)
    assert sign_in(client).status_code == 303


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer  {TOKEN} "])
def test_a_program_may_send_the_token_in_a_header(client: FlaskClient, header: str) -> None:
    assert client.get("/", headers={"Authorization": header}).status_code == 200


@pytest.mark.parametrize("header", ["Bearer", "Bearer wrong", f"Basic {TOKEN}", "x" * 500])
def test_another_header_opens_nothing(client: FlaskClient, header: str) -> None:
    assert client.get("/", headers={"Authorization": header}).status_code == 401


def test_signing_out_forgets_this_browser(client: FlaskClient) -> None:
    sign_in(client)
    assert client.post("/logout").status_code == 303
    assert client.get("/").status_code == 401


def test_another_sites_form_signs_nobody_out(client: FlaskClient) -> None:
    """It comes without our cookie (SameSite), and must not make the browser drop it."""
    assert "Set-Cookie" not in client.post("/logout").headers


def test_a_new_token_signs_everybody_out(store: Store) -> None:
    old = web(store).app.test_client()
    sign_in(old)
    cookie = old.get_cookie("afterword")
    assert cookie is not None
    new = web(store, page_token="another-token-9876543210").app.test_client()
    new.set_cookie("afterword", cookie.value)
    assert new.get("/").status_code == 401


@pytest.mark.parametrize(
    ("following", "place"),
    [
        ("/report/2026-W46", "/report/2026-W46"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\nevil", "/"),
    ],
)
def test_signing_in_leads_only_to_places_of_ours(
    client: FlaskClient, following: str, place: str
) -> None:
    assert sign_in(client, following=following).headers["Location"] == place


def test_a_form_that_is_far_too_large_is_413(client: FlaskClient) -> None:
    answer = client.post("/login", data={"token": "x" * 10_000})
    assert answer.status_code == 413
    assert "more than Afterword takes" in answer.text


def test_an_empty_token_in_the_settings_opens_nothing(store: Store) -> None:
    client = web(store, page_token="").app.test_client()
    assert sign_in(client, "").status_code == 401
    assert client.get("/", headers={"Authorization": "Bearer "}).status_code == 401
