"""A practice ATS with as many interviews as one likes, in a process of its own.

    python bench/big_world.py 100000 --years 3 --limit 50

prints one line of JSON, the settings with which Afterword connects, and serves until its standard
input ends.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from datetime import UTC, datetime, timedelta

from plugin.sandbox.entities import Person
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.staff import Staff, hire_staff
from plugin.sandbox.world import World

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SUBMITTED = 0.8
"""Share of scorecards that are handed in at all."""


def big_world(interviews: int, years: float, seed: int = 7) -> World:
    """``interviews`` over the years before NOW, two to an application, a panel of two for each."""
    rng = random.Random(seed)
    span = timedelta(days=365 * years)
    world = World.empty(founded=NOW - span - timedelta(days=60))
    staff = hire_staff(world, rng)
    step = span / interviews
    for first in range(0, interviews, 2):
        job = rng.choice(staff.jobs)
        starts_at = NOW - span + step * first
        applied_at = starts_at - timedelta(days=14)
        number = first // 2
        application = world.application(
            world.candidate(f"Candidate {number}", created_at=applied_at),
            job,
            recruiter=job.recruiters[0],
            created_at=applied_at,
        )
        for slot in rng.sample(job.slots[:3], min(2, interviews - first)):
            ends_at = starts_at + timedelta(hours=1)
            panel = _panel(rng, staff, job.department.name if job.department else "")
            talk = world.interview(application, slot, starts_at, ends_at, panel)
            for person in panel:
                if rng.random() < SUBMITTED:
                    world.submit(talk, person, ends_at + timedelta(hours=rng.uniform(1, 90)))
            starts_at += step
    return world


def _panel(rng: random.Random, staff: Staff, department: str) -> list[Person]:
    return rng.sample(staff.interviewers[department], 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("interviews", type=int)
    parser.add_argument("--years", type=float, default=3)
    parser.add_argument("--limit", type=int, default=10**9, help="requests in 30 seconds")
    parser.add_argument("--dialect", default="greenhouse", help="whose: greenhouse, merge, …")
    given = parser.parse_args()
    world = big_world(given.interviews, given.years)
    dialects = (given.dialect,)
    with SandboxServer(world, now=NOW, dialects=dialects, limit=given.limit) as sandbox:
        settings = sandbox.environment()
        print(json.dumps(settings | {"NOW": NOW.isoformat()}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
