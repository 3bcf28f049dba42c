"""The button, the commands and what health says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from plugin.steady import Steady
from scheduler.audit import Difference
from scheduler.store import Store
from tests.plugin.test_health import synced
from tests.plugin.test_pages_login import sign_in
from tests.plugin.web import NOW, TOKEN, Web, web
from tests.scheduler.builders import HOUR, KEY
from tests.stores import emptied, opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(emptied()) as store:
        yield store


@pytest.fixture
def site(store: Store) -> Web:
    return web(store, live=True)


@pytest.fixture
def client(site: Web) -> FlaskClient:
    client = site.app.test_client()
    sign_in(client)
    return client


def stamp(client: FlaskClient) -> str:
    return str(re.findall(r'name="stamp" value="([^"]+)"', client.get("/").text)[0])


def test_the_button_stops_everything_and_the_page_says_so_until_it_is_resumed(
    client: FlaskClient, store: Store
) -> None:
    form = {"stamp": stamp(client), "reason": "<b>a wedding</b>"}
    assert client.post("/pause", data=form).headers["Location"] == "/"
    pause = store.paused(NOW)
    assert pause is not None
    assert (pause.reason, pause.since, pause.by) == ("<b>a wedding</b>", NOW, "the page")
    page = client.get("/").text
    assert "Since <time" in page
    assert "&lt;b&gt;a wedding" in page
    client.post("/resume", data={"stamp": stamp(client)})
    assert store.paused(NOW) is None
    assert "Pause all messages" in client.get("/").text


@pytest.mark.parametrize("form", [{}, {"stamp": ""}, {"stamp": "guessed"}])
@pytest.mark.parametrize("address", ["/pause", "/resume"])
def test_another_sites_form_changes_nothing(
    client: FlaskClient, store: Store, address: str, form: dict[str, str]
) -> None:
    store.pause("stays", "test", NOW)
    client.get("/")
    answer = client.post(address, data=form)
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.text
    pause = store.paused(NOW)
    assert pause is not None
    assert pause.reason == "stays"


def test_nobody_pauses_without_signing_in(site: Web, store: Store) -> None:
    stranger = site.app.test_client()
    assert stranger.post("/pause", data={"stamp": "x"}).status_code == 401
    with_token = {"Authorization": f"Bearer {TOKEN}"}
    assert stranger.post("/pause", headers=with_token).status_code == 400
    assert store.paused(NOW) is None


def test_a_channel_that_is_down_is_on_the_page(client: FlaskClient, store: Store) -> None:
    store.pause_channel("slack", "Slack refuses the token.", NOW)
    page = client.get("/").text
    assert "Slack does not work" in page
    assert "Slack refuses the token." in page


def test_a_pause_a_broken_channel_and_a_difference_degrade_and_do_not_take_it_out_of_service(
    site: Web, store: Store
) -> None:
    synced(store)
    client = site.app.test_client()
    assert client.get("/readyz").get_json()["status"] == "ok"
    store.pause("Bo's wedding", "test", NOW)
    store.pause_channel("slack", "Bo revoked it", NOW)
    sure = Difference("twice", KEY, "nudge 1", "m1")
    waits = Difference("missing", KEY, sure=False)
    store.save_audit(NOW, 5, [sure.as_row(), waits.as_row()])
    answer = client.get("/readyz")
    said = answer.get_json()
    assert (answer.status_code, said["status"]) == (200, "degraded")
    wrong = {check["name"]: check for check in said["checks"] if not check["ok"]}
    assert set(wrong) == {"pause", "channels", "audit"}
    assert wrong["audit"]["differences"] == [
        {
            "kind": "twice",
            "ats": "greenhouse",
            "interview": "i1",
            "interviewer": "p1",
            "step": "nudge 1",
            "message": "m1",
        }
    ]
    assert "Bo" not in answer.text


def test_a_clock_that_jumps_is_believed_at_its_second_reading() -> None:
    """Case 52, forward and back; each job reads for itself."""
    seconds = [0.0]
    steady = Steady(lambda: seconds[0])
    assert steady(NOW, "nudges")
    seconds[0] += 300
    assert not steady(NOW + 24 * HOUR, "nudges")
    assert steady(NOW + 24 * HOUR, "report")
    seconds[0] += 300
    assert steady(NOW + 24 * HOUR + HOUR / 12, "nudges")
    seconds[0] += 300
    assert not steady(NOW + 23 * HOUR, "nudges")
    seconds[0] += 300
    assert steady(NOW + 23 * HOUR + HOUR / 12, "nudges")
