"""The generated company: the same each time, believable, and with every rare thing in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from plugin.sandbox.entities import Interview
from plugin.sandbox.expected import State
from plugin.sandbox.generate import generate
from plugin.sandbox.resources import RESOURCES
from plugin.sandbox.rows import Row, View
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.world import World
from tests.plugin.sandbox_kit import Client

ANCHOR = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
PRINT_IT = """
import hashlib, sys
from tests.plugin.test_sandbox_generate import ANCHOR, rendered
from plugin.sandbox.generate import generate
sys.stdout.write(hashlib.sha256(rendered(generate(11, ANCHOR)).encode()).hexdigest())
"""


def rendered(world: World, now: datetime = ANCHOR) -> str:
    """Everything the API would say, hidden records included."""
    view = View(world, now, sees_private=True)
    return json.dumps({name: list(each.rows(view)) for name, each in RESOURCES.items()})


def rows(world: World, name: str, now: datetime = ANCHOR) -> list[Row]:
    return list(RESOURCES[name].rows(View(world, now)))


def dated(world: World) -> list[Interview]:
    return [each for each in world.interviews if each.schedule.last.over_at]


company = cache(generate)


SLOW_SEEDS = [pytest.param(seed, marks=pytest.mark.slow) for seed in (7, 2026)]


@pytest.fixture(params=[1, *SLOW_SEEDS])
def world(request: pytest.FixtureRequest) -> World:
    return company(request.param, ANCHOR)


def test_the_same_seed_and_anchor_give_the_same_bytes() -> None:
    later = ANCHOR + timedelta(days=14)
    one, two = generate(5, ANCHOR), generate(5, ANCHOR)
    assert rendered(one) == rendered(two)
    assert rendered(one, later) == rendered(two, later)
    assert one.expected(later) == two.expected(later)
    assert rendered(one) != rendered(company(1, ANCHOR))


@pytest.mark.slow
def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", PRINT_IT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_the_company_has_the_promised_size(world: World) -> None:
    assert len(world.departments) == 8
    assert len(world.jobs) == 25
    assert 85 <= len(world.people) <= 100
    assert 340 <= len(dated(world)) <= 460
    undated = [row for row in rows(world, "interviews") if not row["starts_at"]]
    assert len(undated) > 1000
    assert len({person.zone for person in world.people}) >= 6


def test_interviews_lie_from_eight_weeks_before_the_anchor_to_two_after(world: World) -> None:
    firsts = [each.schedule.at(each.created_at).over_at for each in dated(world)]
    ends = [end for end in firsts if end]
    assert min(ends) > ANCHOR - timedelta(weeks=8, days=1)
    assert max(ends) < ANCHOR + timedelta(weeks=2, days=3)
    assert sum(end > ANCHOR for end in ends) > 20


def test_most_scorecards_come_in_time_some_late_and_some_not_at_all(world: World) -> None:
    asked = [e for e in world.expected(ANCHOR) if e.state in (State.OPEN, State.SUBMITTED)]
    delays = [e.submitted_at - e.ends_at for e in asked if e.submitted_at and e.ends_at]
    quick = sum(delay <= timedelta(hours=48) for delay in delays) / len(asked)
    late = sum(delay > timedelta(hours=48) for delay in delays) / len(asked)
    missing = sum(e.state is State.OPEN for e in asked) / len(asked)
    assert 0.6 < quick < 0.85
    assert 0.07 < late < 0.25
    assert 0.06 < missing < 0.25
    assert any(delay > timedelta(days=10) for delay in delays)
    assert min(delays) > timedelta(0)


def test_every_rare_thing_is_in_it(world: World) -> None:
    truths = world.expected(ANCHOR)
    reasons = {each.reason for each in truths}
    quiet = {reason for each in truths if each.state is State.OPEN for reason in each.quiet}
    assert {"skipped", "deleted", "off_the_panel", "not_required"} <= reasons
    assert {"application_rejected", "person_left", "application_hidden"} <= quiet
    assert State.UNKNOWN in {each.state for each in truths}
    assert any(each.ends_on for each in truths)
    seats = rows(world, "interviewers")
    assert any(row["user_id"] is None for row in seats)
    assert any(row["user_id"] and row["scorecard_id"] is None for row in seats)
    assert {"declined", "delegated"} <= {row["response_status"] for row in seats}
    assert {1, 2, 3, 4} <= set(Counter(row["interview_id"] for row in seats).values())
    statuses = {row["status"] for row in rows(world, "interviews")}
    assert {"collect_feedback", "to_be_scheduled", "to_be_sent", "sent", "received"} <= statuses
    assert any(e.schedule.changes(e.created_at, ANCHOR) for e in dated(world))
    cards = rows(world, "scorecards")
    assert any(c["submitter_id"] not in (None, c["interviewer_id"]) for c in cards)
    assert any(c["id"] not in {row["scorecard_id"] for row in seats} for c in cards)
    assert sum(job.confidential for job in world.jobs) == 1
    assert len(rows(world, "jobs")) == 24
    assert "" in {person.email for person in world.people}


def test_meetings_are_held_in_the_working_hours_of_different_zones(world: World) -> None:
    hours = {
        each.schedule.at(each.created_at).starts_at for each in dated(world) if each.slot.minutes
    }
    utc_hours = {start.hour for start in hours if start}
    assert min(utc_hours) <= 4
    assert max(utc_hours) >= 22
    assert all(start.minute in (0, 30) for start in hours if start)


def test_nobody_invented_has_an_address_outside_the_reserved_domains(world: World) -> None:
    addresses = [p.email for p in world.people if p.email]
    addresses += [c.email for c in world.candidates]
    addresses += [seat.email for seat in world.seats if seat.email]
    assert {each.rpartition("@")[2] for each in addresses} == {"example.org", "example.net"}
    assert all(each.isascii() for each in addresses)
    assert len({p.email for p in world.people}) == len(world.people)


def test_ids_are_unique_and_grow_with_time(world: World) -> None:
    for name in RESOURCES:
        ids = [row["id"] for row in rows(world, name)]
        assert len(ids) == len(set(ids)), name
    booked = [each.created_at for each in sorted(dated(world), key=lambda each: each.id)]
    assert booked == sorted(booked)


def test_every_row_that_names_another_names_one_that_exists(world: World) -> None:
    view = View(world, ANCHOR, sees_private=True)
    ids = {name: {row["id"] for row in each.rows(view)} for name, each in RESOURCES.items()}
    links = {
        "interviews": {
            "application_id": "applications",
            "job_id": "jobs",
            "job_interview_id": "job_interviews",
        },
        "interviewers": {"interview_id": "interviews", "user_id": "users"},
        "scorecards": {
            "application_id": "applications",
            "interview_kit_id": "interview_kits",
            "interviewer_id": "users",
        },
        "applications": {
            "candidate_id": "candidates",
            "job_id": "jobs",
            "recruiter_id": "users",
            "coordinator_id": "users",
            "stage_id": "application_stages",
            "job_interview_stage_id": "job_interview_stages",
        },
    }
    for name, columns in links.items():
        for row in RESOURCES[name].rows(view):
            for column, target in columns.items():
                assert row[column] is None or row[column] in ids[target], (name, column)


def test_a_served_world_pages_through_completely_and_moves_with_the_clock(world: World) -> None:
    with SandboxServer(world, now=ANCHOR) as server, Client(server) as client:
        found = client.everything("interviews", per_page="500", fields="id,status")
        assert len(found) == len(rows(world, "interviews"))
        waiting = client.everything("scorecards", status="draft", fields="id")
        server.advance(ANCHOR + timedelta(days=5))
        later = client.everything("scorecards", status="draft", fields="id")
    assert {row["id"] for row in waiting} != {row["id"] for row in later}
