"""What holds for every dialect of the practice ATS, and how several live on one server."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from connectors.ats.base import Window
from connectors.model import Interview, Job, Kind, Person, Record
from plugin.sandbox.dialect import Dialect
from plugin.sandbox.dialects import DIALECTS
from plugin.sandbox.expected import State
from plugin.sandbox.faults import MISSING
from plugin.sandbox.generate import generate
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.truth import differences, records
from tests.connectors.loopback import Answer, serving
from tests.plugin.sandbox_kit import DAY, HOUR, MONDAY, Client, Story, story

ANCHOR = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
AROUND = Window(ANCHOR - timedelta(days=200), ANCHOR + timedelta(days=200))
MANY = 10**6
KEYED = ("lever", "ashby")
PRINT_IT = """
from tests.plugin.test_sandbox_dialects import digest
print(digest())
"""


def lists(server: SandboxServer, name: str) -> requests.Response:
    """A first page of people, with the key of the environment."""
    environment = server.environment(name)
    if name == "lever":
        url = f"{environment['LEVER_API_URL']}/users"
        return requests.get(url, auth=(environment["LEVER_API_KEY"], ""), timeout=2)
    url = f"{environment['ASHBY_API_URL']}/user.list"
    headers = {"Accept": "application/json; version=1"}
    auth = (environment["ASHBY_API_KEY"], "")
    return requests.post(url, json={}, headers=headers, auth=auth, timeout=2)


def path_of(name: str) -> str:
    return "users" if name == "lever" else "user.list"


def serve(told: Story, *names: str) -> SandboxServer:
    return SandboxServer(told.world, now=MONDAY + DAY, dialects=names or KEYED, limit=MANY)


def digest() -> str:
    """Everything that Lever and Ashby say of a generated company."""
    told = []
    with SandboxServer(generate(4, ANCHOR), now=ANCHOR, dialects=KEYED, limit=MANY) as server:
        told = [repr(records(server.dialects[name], AROUND)) for name in KEYED]
        told += [lists(server, name).text for name in KEYED]
        everything = "".join(told).replace(server.url, "")
    return hashlib.sha256(everything.encode()).hexdigest()


@pytest.mark.slow
def test_another_process_with_another_hash_seed_says_the_same() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", PRINT_IT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_every_dialect_is_made_with_the_same_keywords_and_named_as_in_the_table(name: str) -> None:
    made = DIALECTS[name](secret="s", webhook_secret="w", limit=5, sees_private=True)
    assert made.name == name
    assert made.sees_private
    assert made.prefix.startswith("/")
    assert made.prefix.endswith("/")


def test_the_settings_of_all_dialects_come_together_or_one_by_one() -> None:
    with serve(story(), "greenhouse", *KEYED) as server:
        whole = server.environment()
        parts = [server.environment(name) for name in server.dialects]
    assert whole == {name: value for part in parts for name, value in part.items()}
    assert len(whole) == sum(map(len, parts))


def test_one_world_moves_for_all_of_its_dialects_at_once() -> None:
    told = story()
    told.world.leave(told.zoe, MONDAY + 2 * DAY)
    with serve(told, "greenhouse", *KEYED) as server, Client(server) as greenhouse:
        before = [len(lists(server, "lever").json()["data"])]
        before += [len(lists(server, "ashby").json()["results"])]
        before += [len(greenhouse.rows("users", deactivated="false"))]
        server.advance(MONDAY + 3 * DAY)
        after = [len(lists(server, "lever").json()["data"])]
        after += [len(lists(server, "ashby").json()["results"])]
        after += [len(greenhouse.rows("users", deactivated="false"))]
    assert (before, after) == ([4, 4, 4], [3, 3, 3])


def test_the_front_page_names_every_dialect() -> None:
    with serve(story(), "greenhouse", *KEYED) as server:
        text = requests.get(server.url, timeout=2).text
    assert all(title in text for title in ("Greenhouse Harvest v3", "Lever", "Ashby"))
    assert all(path in text for path in ("interviewSchedule.list", "/lever/v1/", "interviewers"))


def test_the_log_holds_what_a_posted_question_asked_for() -> None:
    with serve(story()) as server:
        lists(server, "ashby")
        lists(server, "lever")
        bodies = [(each.method, each.body) for each in server.requests]
    assert bodies == [("POST", {}), ("GET", {})]


def test_a_hook_belongs_to_one_dialect_and_takes_its_events_only() -> None:
    told = story()
    told.world.reject(told.noor, MONDAY + DAY + HOUR)
    with serving(lambda asked: Answer(200)) as door, serve(told, "greenhouse", *KEYED) as server:
        server.register_webhook(f"{door.url}/lever", dialect="lever")
        server.register_webhook(f"{door.url}/ashby", dialect="ashby")
        posted = server.advance(MONDAY + 2 * DAY)
    assert {each.action for each in posted} == {
        "candidateArchiveChange",
        "candidateStageChange",
        "applicationUpdate",
    }
    assert {each.path for each in door.asked} == {"/lever", "/ashby"}


# -- faults


@pytest.mark.parametrize("name", KEYED)
def test_a_fault_strikes_the_path_below_the_dialects_own_prefix(name: str) -> None:
    with serve(story()) as server:
        server.faults.status(path_of(name), 503)
        answers = [lists(server, name).status_code for _ in range(2)]
    assert answers == [503, 200]


def test_a_fault_may_name_one_dialect_of_several() -> None:
    with serve(story()) as server:
        server.faults.status("lever/*", 500, times=None)
        assert lists(server, "lever").status_code == 500
        assert lists(server, "ashby").status_code == 200


@pytest.mark.parametrize("name", KEYED)
def test_a_limit_reached_by_script_says_when_to_come_back(name: str) -> None:
    with serve(story()) as server:
        server.faults.rate_limited("*", "17")
        answer = lists(server, name)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")


@pytest.mark.parametrize("name", KEYED)
def test_a_revoked_key_stays_revoked(name: str) -> None:
    with serve(story()) as server:
        server.faults.revoke_token("*", nth=2)
        answers = [lists(server, name).status_code for _ in range(3)]
    refused = {"lever": 401, "ashby": 403}[name]
    assert answers == [200, refused, refused]


@pytest.mark.parametrize("name", KEYED)
@pytest.mark.parametrize("value", [None, 7, MISSING])
def test_a_column_of_a_record_inside_an_envelope_is_spoiled(name: str, value: object) -> None:
    with serve(story()) as server:
        server.faults.mangle(path_of(name), "email", value)
        content = lists(server, name).json()
    rows = content["data" if name == "lever" else "results"]
    missing = [row for row in rows if "email" not in row]
    assert len(missing) == (4 if value is MISSING else 0)
    assert value is MISSING or {row["email"] for row in rows} == {value}


@pytest.mark.parametrize("name", KEYED)
@pytest.mark.parametrize("spoil", ["truncated", "html"])
def test_an_answer_is_no_json_any_more(name: str, spoil: str) -> None:
    with serve(story()) as server:
        getattr(server.faults, spoil)("*")
        answer = lists(server, name)
    with pytest.raises(ValueError):
        answer.json()


@pytest.mark.parametrize("name", KEYED)
@pytest.mark.parametrize("spoil", ["dropped", "reset", "cut_off"])
def test_the_line_goes_dead(name: str, spoil: str) -> None:
    with serve(story()) as server:
        getattr(server.faults, spoil)("*")
        with pytest.raises(requests.RequestException):
            lists(server, name)


@pytest.mark.parametrize("name", KEYED)
def test_the_way_to_the_next_page_may_lead_in_a_circle(name: str) -> None:
    with serve(story()) as server:
        server.faults.loop("*")
        content = lists(server, name).json()
    assert content["hasNext" if name == "lever" else "moreDataAvailable"] is True
    assert content["next" if name == "lever" else "nextCursor"]


# -- the truth


def truth(told: Story, name: str, now: datetime = MONDAY + DAY, **options: Any) -> list[Record]:
    dialect: Dialect = DIALECTS[name](**options)
    with SandboxServer(told.world, now=now, dialects=[dialect]):
        return records(dialect, AROUND)


def meetings(found: list[Record]) -> list[Interview]:
    return [each for each in found if isinstance(each, Interview)]


@pytest.mark.parametrize("name", ["greenhouse", *KEYED])
def test_the_truth_says_of_every_scorecard_what_the_story_says(name: str) -> None:
    """And a generated company has leads and debriefs."""
    world = generate(6, ANCHOR)
    dialect = DIALECTS[name](sees_private=True)
    with SandboxServer(world, now=ANCHOR, dialects=[dialect]):
        everything = records(dialect, AROUND)
        people = {dialect.id_of(Kind.PERSON, each): str(each.id) for each in world.people}
        ids = {dialect.id_of(Kind.INTERVIEW, each): str(each.id) for each in world.interviews}
    told = {
        (ids[each.id], people[card.interviewer_id]): card
        for each in meetings(everything)
        for card in each.scorecards
    }
    checked = 0
    for each in world.expected(ANCHOR):
        card = told.get((each.interview_id, each.interviewer_id))
        if card is None or not card.can_tell or each.state not in (State.OPEN, State.SUBMITTED):
            continue
        checked += 1
        assert (card.submitted_at is not None) == (each.state is State.SUBMITTED)
        assert card.required
    assert checked > 400
    if name == "ashby":
        known = {each.id: each for each in everything if isinstance(each, Person)}
        assert len([each for each in known.values() if each.manager_id in known]) > 50
        assert any(each.slot.debrief for each in world.interviews)


@pytest.mark.parametrize(
    ("name", "tells"), [("greenhouse", True), ("lever", False), ("ashby", True)]
)
def test_where_a_vendor_cannot_tell_whose_it_is_the_truth_does_not_either(
    name: str, tells: bool
) -> None:
    told = story()
    told.world.submit(told.talk, told.ivo, told.ends_at, by=told.pia)
    (talk,) = meetings(truth(told, name))
    assert len(talk.scorecards) == 2
    assert {card.can_tell for card in talk.scorecards} == {tells}
    assert any(card.submitted_at for card in talk.scorecards) is tells


def test_a_form_by_hand_leaves_open_at_lever_what_it_was_meant_for() -> None:
    told = story()
    told.world.submit_extra(told.talk, told.ivo, told.ends_at)
    (talk,) = meetings(truth(told, "lever"))
    assert sorted(card.can_tell for card in talk.scorecards) == [False, True]


@pytest.mark.parametrize(("name", "count"), [("greenhouse", 1), ("lever", 1), ("ashby", 0)])
def test_an_event_that_vanishes_is_in_no_truth(name: str, count: int) -> None:
    told = story()
    at = told.starts_at + DAY
    other = told.world.interview(told.noor, "Other", at, at + HOUR, [told.zoe], created_at=MONDAY)
    told.world.cancel(told.talk, MONDAY + HOUR)
    kept = [each.name for each in meetings(truth(told, name))]
    assert kept.count("Systems talk") == count
    assert kept.count(other.slot.name) == 1


@pytest.mark.parametrize("name", KEYED)
def test_what_is_hidden_is_in_no_truth_unless_the_account_may_see_it(name: str) -> None:
    told = story(confidential=True)
    assert truth(told, name) == []
    assert len(meetings(truth(told, name, sees_private=True))) == 1


SPOIL: dict[str, Callable[[Interview], Interview]] = {
    "name": lambda each: replace(each, name="Another"),
    "submitted_at": lambda each: replace(
        each, scorecards=(replace(each.scorecards[0], submitted_at=MONDAY), *each.scorecards[1:])
    ),
    "panel": lambda each: replace(each, scorecards=each.scorecards[1:]),
}


@pytest.mark.parametrize("what", sorted(SPOIL))
def test_a_wrong_record_is_named_with_the_field_that_is_wrong(what: str) -> None:
    told = truth(story(), "lever")
    spoiled = [SPOIL[what](each) if isinstance(each, Interview) else each for each in told]
    (line,) = differences(told, spoiled)
    assert what in line
    masked = {f"interview.{what}", f"scorecard.{what}"}
    assert len(differences(told, spoiled, masked)) == (1 if what == "panel" else 0)


def test_missing_and_invented_records_are_named_and_further_people_are_not() -> None:
    told = truth(story(), "ashby")
    (line,) = differences(told, [each for each in told if not isinstance(each, Job)])
    assert line.startswith("missing: Job")
    (line,) = differences(told, [*told, Job("x", "Invented")])
    assert line.startswith("not true: Job")
    assert differences(told, [*told, Person("x", "Somebody else", None)]) == []
