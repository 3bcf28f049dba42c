"""What people answered, as whoever runs Afterword sees it and takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from scheduler.answering import answer
from scheduler.answers import AnswerKind
from scheduler.store import Store
from tests.plugin.answering_kit import (
    BO,
    DID_NOT_HAPPEN,
    DONE,
    HAND_OVER,
    SNOOZE,
    answers,
    browser,
    company,
    press,
    stamp_in,
    token,
    words,
)
from tests.plugin.web import NOW, TOKEN, Web, web
from tests.scheduler.builders import DAY, HOUR, KEY
from tests.stores import emptied, opened, store_at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(emptied()) as store:
        company(store)
        yield store


@pytest.fixture
def site(store: Store) -> Web:
    return web(store)


@pytest.fixture
def operator(site: Web) -> FlaskClient:
    client = site.app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


def test_the_newest_answers_stand_first_with_who_and_what(
    store: Store, operator: FlaskClient
) -> None:
    answer(store, KEY, DONE, BO, "slack", NOW - 3 * HOUR)
    answer(store, KEY, DID_NOT_HAPPEN, BO, "mail", NOW - 2 * HOUR, reason="no_show")
    answer(store, KEY, HAND_OVER, BO, "page", NOW - HOUR, to_id="p2")
    shown = words(operator.get("/answers").text)
    line = "Bo Ek Noor V. · Systems talk i1 Handed over to Ada Lund Tue 24 Nov, 08:30 by a link"
    assert line in shown
    assert "It did not happen: the candidate did not come" in shown
    assert shown.index("Handed over") < shown.index("It did not") < shown.index("Done elsewhere")
    assert "Done elsewhere Tue 24 Nov, 06:30 in Slack" in shown
    assert shown.count("No longer counts") == 2


def test_the_operator_takes_an_answer_back(site: Web, store: Store, operator: FlaskClient) -> None:
    answer(store, KEY, SNOOZE, BO, "page", NOW, until=NOW + DAY)
    page = operator.get("/answers").text
    given = page.partition('name="id" value="')[2].partition('"')[0]
    fields = {"stamp": stamp_in(page), "id": given}
    done = operator.post("/answers/undo", data=fields, follow_redirects=True)
    assert "Undone here" in words(done.text)
    assert answers(store)[0].undone_by == "operator"
    assert site.answered == [NOW], "messages that show the answer are brought up to date at once"
    again = operator.post("/answers/undo", data=fields, follow_redirects=True)
    assert again.status_code == 200


def test_a_form_without_the_stamp_takes_nothing_back(store: Store, operator: FlaskClient) -> None:
    answer(store, KEY, DONE, BO, "page", NOW)
    refused = operator.post("/answers/undo", data={"stamp": "x", "id": answers(store)[0].id})
    assert refused.status_code == 400
    assert answers(store)[0].undone_at is None


def test_an_answer_that_is_not_known_is_said_to_be_so(operator: FlaskClient) -> None:
    stamp = stamp_in(operator.get("/login").text)
    refused = operator.post("/answers/undo", data={"stamp": stamp, "id": "nonsense"})
    assert (refused.status_code, "not known here" in refused.text) == (409, True)


@pytest.mark.parametrize(("method", "path"), [("GET", "/answers"), ("POST", "/answers/undo")])
def test_a_link_of_a_message_does_not_open_the_list(site: Web, method: str, path: str) -> None:
    client = browser(site)
    press(client, f"/answer/{token(DONE)}", done="yes")
    assert client.open(path, method=method).status_code == 401


def test_an_empty_list_says_what_could_be_answered(operator: FlaskClient) -> None:
    assert "Nobody has answered yet" in operator.get("/answers").text


def test_markup_in_names_is_text(tmp_path: Path) -> None:
    """Case 56."""
    with Store.open(store_at(tmp_path / "hostile.db")) as store:
        company(store, who="<img src=x>", candidate="<script>x</script>", colleague="<b>Ada")
        for kind in AnswerKind:
            answer(store, KEY, kind, BO, "page", NOW, until=NOW + DAY, to_id="p2", reason="other")
        client = web(store).app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
        page = client.get("/answers").text
    assert "<img" not in page
    assert "<script" not in page
    assert "Handed over to &lt;b&gt;Ada" in page
