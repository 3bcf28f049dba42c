"""Pushing interviews over HTTP: stored whole or not at all, and the same again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connectors.model import ApplicationState, InterviewState
from plugin.api import NAME
from scheduler.deciding import decide
from scheduler.facts import ScorecardFacts
from scheduler.judging import judge
from scheduler.policy import Policy
from scheduler.store import Store
from tests.plugin.web import NOW, TOKEN, Web, web
from tests.stores import emptied, opened

PUSH = "a-token-for-pushing-0123"
AUTH = {"Authorization": f"Bearer {PUSH}"}
URL = "/api/v1/interviews/int-1"
BODY: dict[str, Any] = {
    "name": "Systems talk",
    "starts_at": "2026-11-20T14:00:00+01:00",
    "ends_at": "2026-11-20T15:00:00+01:00",
    "candidate": {"name": "Noor Vance"},
    "job": {"name": "Platform engineer", "department": "Engineering"},
    "recruiter": {"email": "pia@example.org", "name": "Pia Holt"},
    "interviewers": [
        {"email": "ivo@example.org", "name": "Ivo Brandt"},
        {"email": "Mara@Example.org", "name": "Mara Field"},
    ],
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(emptied()) as store:
        yield store


@pytest.fixture
def site(store: Store) -> Web:
    return web(store, push_token=PUSH)


@pytest.fixture
def client(site: Web) -> FlaskClient:
    return site.app.test_client()


def put(client: FlaskClient, url: str = URL, *, body: Any = None, **more: Any) -> TestResponse:
    content = BODY | more if body is None else body
    return client.put(url, json=content, headers=AUTH)


def problems(answer: TestResponse) -> dict[str, str]:
    assert answer.is_json
    return {each["path"]: each["problem"] for each in answer.get_json()["problems"]}


def facts(store: Store) -> dict[str, ScorecardFacts]:
    return {each.key.interviewer_id: each for each in store.scorecards(ats=NAME)}


def lines(store: Store) -> int:
    return sum(len(each.history) for each in store.story("int-1"))


def test_a_pushed_interview_is_stored_with_all_that_hangs_on_it(
    client: FlaskClient, store: Store
) -> None:
    assert put(client).status_code == 201
    ivo, mara = (facts(store)[f"{name}@example.org"] for name in ("ivo", "mara"))
    assert (ivo.interview, ivo.interview_state) == ("Systems talk", InterviewState.STANDING)
    assert (ivo.interviewer.name, ivo.interviewer.email) == ("Ivo Brandt", "ivo@example.org")
    assert (ivo.candidate, ivo.job, ivo.department) == (
        "Noor Vance",
        "Platform engineer",
        "Engineering",
    )
    assert ivo.ends_at == NOW.replace(day=20, hour=14, minute=0)
    assert ivo.application_state is ApplicationState.ACTIVE
    assert [each.email for each in ivo.recruiters] == ["pia@example.org"]
    assert mara.interviewer.name == "Mara Field"
    assert mara.submitted_at is None
    assert mara.can_tell


def test_the_same_put_again_changes_nothing(client: FlaskClient, store: Store, site: Web) -> None:
    first = put(client)
    before, told = facts(store), lines(store)
    site.clock.now += timedelta(hours=1)
    again = put(client)
    assert (again.status_code, again.get_json()) == (200, first.get_json())
    assert (facts(store), lines(store)) == (before, told)


def test_what_is_read_can_be_pushed_again_and_changes_nothing(
    client: FlaskClient, store: Store, site: Web
) -> None:
    put(client, interviewers=[{"email": "ivo@example.org", "attendance": "accepted"}])
    client.put(f"{URL}/scorecards/ivo@example.org", json={}, headers=AUTH)
    before, told = facts(store), lines(store)
    site.clock.now += timedelta(hours=1)
    stored = client.get(URL, headers=AUTH).get_json()
    assert stored["interviewers"][0]["submitted_at"] == "2026-11-24T09:30:00Z"
    assert put(client, body=stored).get_json() == stored
    assert (facts(store), lines(store)) == (before, told)


def test_an_overdue_scorecard_that_was_pushed_leads_to_a_nudge(
    client: FlaskClient, store: Store, site: Web
) -> None:
    put(client, ends_at="2026-11-10T15:00:00Z", starts_at=None)
    policy = Policy(nudge_since=NOW - timedelta(days=60))
    card = facts(store)["ivo@example.org"]
    judgement = judge(card, policy, NOW)
    assert judgement.status == "overdue"
    assert decide(card, judgement, (), policy, NOW).step


def test_the_first_push_is_the_beginning_of_the_account(client: FlaskClient, store: Store) -> None:
    assert store.connection(NAME) is None
    put(client)
    connection = store.connection(NAME)
    assert connection is not None
    assert connection.first_sync_at == NOW


@pytest.mark.parametrize(
    ("change", "state"),
    [("cancelled", InterviewState.CANCELLED), ("unscheduled", InterviewState.UNSCHEDULED)],
)
def test_an_interview_may_be_called_off_by_its_state(
    client: FlaskClient, store: Store, change: str, state: InterviewState
) -> None:
    put(client)
    assert put(client, state=change, ends_at=None, starts_at=None).status_code == 200
    assert {each.interview_state for each in facts(store).values()} == {state}


def test_a_closed_application_and_an_all_day_interview(client: FlaskClient, store: Store) -> None:
    application = {"id": "app-9", "state": "Rejected"}
    put(client, application=application, ends_at=None, starts_at=None, ends_on="2026-11-20")
    card = facts(store)["ivo@example.org"]
    assert (card.application_id, card.application_state) == ("app-9", ApplicationState.REJECTED)
    assert card.ends_on == date(2026, 11, 20)


def test_whoever_is_left_out_is_off_the_panel(client: FlaskClient, store: Store) -> None:
    put(client)
    answer = put(client, interviewers=[{"email": "ivo@example.org"}])
    assert [each["email"] for each in answer.get_json()["interviewers"]] == ["ivo@example.org"]
    assert facts(store)["mara@example.org"].removed_at == NOW
    assert answer.get_json()["interviewers"][0]["name"] == "Ivo Brandt", "a known name stays"


def test_a_recruiter_who_sits_on_the_panel_is_one_person(client: FlaskClient, store: Store) -> None:
    answer = put(client, recruiter={"email": "ivo@example.org"})
    assert answer.status_code == 201
    assert facts(store)["ivo@example.org"].recruiters[0].name == "Ivo Brandt"


def test_names_of_candidates_are_not_stored_where_that_is_switched_off(store: Store) -> None:
    client = web(store, push_token=PUSH, store_names=False).app.test_client()
    assert put(client).get_json()["candidate"] == {"name": None}
    before = facts(store)
    client.put(f"{URL}/scorecards/ivo@example.org", json={"required": True}, headers=AUTH)
    put(client)
    assert facts(store) == before


# -- scorecards


def test_an_empty_scorecard_says_handed_in_now_and_the_first_time_counts(
    client: FlaskClient, store: Store, site: Web
) -> None:
    put(client)
    for _ in range(2):
        answer = client.put(f"{URL}/scorecards/IVO%40example.org", json={}, headers=AUTH)
        assert answer.get_json()["submitted_at"] == "2026-11-24T09:30:00Z"
        site.clock.now += timedelta(hours=1)
    later = {"submitted_at": "2026-11-24T10:00:00Z"}
    client.put(f"{URL}/scorecards/ivo@example.org", json=later, headers=AUTH)
    assert facts(store)["ivo@example.org"].submitted_at == NOW
    assert facts(store)["mara@example.org"].removed_at is None


def test_what_a_scorecard_does_not_say_stays(client: FlaskClient, store: Store) -> None:
    put(client)
    url = f"{URL}/scorecards/ivo@example.org"
    client.put(url, json={"submitted_at": "2026-11-21T10:00:00Z"}, headers=AUTH)
    client.put(url, json={"attendance": "accepted", "url": "https://a.example/1"}, headers=AUTH)
    put(client)
    card = facts(store)["ivo@example.org"]
    assert card.submitted_at == NOW.replace(day=21, hour=10, minute=0)
    assert (card.attendance, card.url, card.required) == ("accepted", "https://a.example/1", True)


def test_null_says_that_it_is_not_handed_in_any_more(client: FlaskClient, store: Store) -> None:
    put(client)
    url = f"{URL}/scorecards/ivo@example.org"
    client.put(url, json={"submitted_at": "2026-11-21T10:00:00Z"}, headers=AUTH)
    assert client.put(url, json={"submitted_at": None}, headers=AUTH).status_code == 200
    assert facts(store)["ivo@example.org"].submitted_at is None


@pytest.mark.parametrize("who", ["zoe@example.org", "nobody", "%00"])
def test_a_scorecard_of_somebody_who_is_not_on_the_panel_is_404(
    client: FlaskClient, store: Store, who: str
) -> None:
    put(client)
    before = facts(store)
    answer = client.put(f"{URL}/scorecards/{who}", json={}, headers=AUTH)
    assert answer.status_code == 404
    assert "panel" in problems(answer)["interviewer"]
    assert facts(store) == before


# -- deleting


def test_a_deleted_interview_is_gone_and_its_scorecards_are_not_asked_for(
    client: FlaskClient, store: Store, site: Web
) -> None:
    put(client)
    assert client.delete(URL, headers=AUTH).status_code == 204
    assert client.delete(URL, headers=AUTH).status_code == 204
    assert client.get(URL, headers=AUTH).status_code == 404
    assert {each.interview_deleted_at for each in facts(store).values()} == {NOW}
    site.clock.now += timedelta(minutes=1)
    assert put(client).status_code == 201, "and may come back"
    assert {each.interview_deleted_at for each in facts(store).values()} == {None}


def test_what_was_never_pushed_is_404(client: FlaskClient) -> None:
    for answer in (
        client.get(URL, headers=AUTH),
        client.delete(URL, headers=AUTH),
        client.put(f"{URL}/scorecards/ivo@example.org", json={}, headers=AUTH),
    ):
        assert answer.status_code == 404
        assert problems(answer)


def test_the_page_token_does_not_push(client: FlaskClient) -> None:
    answer = client.put(URL, json=BODY, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 401
