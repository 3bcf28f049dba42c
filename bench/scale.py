"""`make bench-scale`: what 100,000 scorecards cost, beside 10,000.

Two stores of each size are written straight into SQLite: in one every scorecard is open and
overdue (the worst plan there can be), in the other most of three years' are handed in. Each
measurement runs in a process of its own, so that its peak of memory is its own. Seconds are those
of the processor: what else runs on the machine does not count.

    python bench/scale.py 10000 100000
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask

from connectors.model import (
    Application,
    ApplicationState,
    Candidate,
    Interview,
    InterviewState,
    Job,
    Page,
    Person,
    Record,
    Scorecard,
)
from plugin.app import create_app
from plugin.pages import Pages
from plugin.webhooks import Counters
from scheduler.nudges import Nudging, make_plan
from scheduler.policy import Policy
from scheduler.store import Store
from scheduler.sync import stamp_due
from scheduler.weekly import Weekly, compile_week
from scheduler.workdays import Week

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ATS = "greenhouse"
PEOPLE, JOBS, PER_PAGE = 300, 40, 200
POLICY = Policy(nudge_since=NOW - timedelta(days=4000))
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Shape:
    """What the scorecards of one store are like."""

    name: str
    days: int
    """They are spread over so many days before now."""
    open_every: int
    """One in so many is not handed in."""


OPEN = Shape("all open", days=60, open_every=1)
MIXED = Shape("three years, one in ten open", days=1095, open_every=10)


def people_and_jobs() -> list[Record]:
    people = [Person(f"p{n}", f"Person {n}", f"person{n}@example.org") for n in range(PEOPLE)]
    jobs = [Job(f"j{n}", f"Job {n}", f"Department {n % 7}", (f"p{n}",)) for n in range(JOBS)]
    return [*people, *jobs]


def meeting(number: int, of: int, shape: Shape) -> list[Record]:
    """A candidate, an application, an interview of two."""
    ends_at = NOW - timedelta(days=6) - timedelta(days=shape.days) * (number / of)
    job, active = f"j{number % JOBS}", ApplicationState.ACTIVE
    cards = []
    for seat in (2 * number, 2 * number + 1):
        handed_in = None if seat % shape.open_every == 0 else ends_at + timedelta(hours=seat % 90)
        cards.append(Scorecard(f"p{seat % PEOPLE}", f"s{seat}", submitted_at=handed_in))
    return [
        Candidate(f"c{number}", f"Candidate {number}"),
        Application(f"a{number}", f"c{number}", job, active, "active", recruiter_id="p1"),
        Interview(
            id=f"i{number}",
            application_id=f"a{number}",
            job_id=job,
            name="Systems talk",
            state=InterviewState.STANDING,
            ats_status="awaiting_feedback",
            starts_at=ends_at - timedelta(hours=1),
            ends_at=ends_at,
            scorecards=tuple(cards),
        ),
    ]


def fill(url: str, scorecards: int, shape: Shape) -> None:
    interviews = scorecards // 2
    with Store.open(url) as store:
        run = store.begin_sync(ATS, "bench", NOW - timedelta(days=2000))
        assert run is not None
        page = Page(tuple(people_and_jobs()), read_at=NOW)
        store.save_page(ATS, page, store_names=True)
        for start in range(0, interviews, PER_PAGE):
            numbers = range(start, min(start + PER_PAGE, interviews))
            records = tuple(each for n in numbers for each in meeting(n, interviews, shape))
            store.save_page(ATS, replace(page, records=records), store_names=True)
        store.finish_sync(run, "ok", None, NOW)


def stamped(store: Store) -> str:
    return f"{stamp_due(store, POLICY, NOW):,} stamped"


def listed(store: Store) -> str:
    return f"{len(store.scorecards(open_only=True)):,} open"


def planned(store: Store) -> str:
    plan = make_plan(Nudging(store, {ATS: POLICY}, {}, ()), NOW)
    return f"{len(plan.drafts)} messages and {plan.held_back} for later"


def front_page(store: Store) -> str:
    app = create_app(
        store=store,
        accounts={},
        doorbells=(),
        policy_of=lambda ats: POLICY,
        zone=ZoneInfo("UTC"),
        clock=lambda: NOW,
        page_token="t" * 32,
        secret_key="k" * 32,
        public_url=None,
        live=False,
        ring=print,
        heartbeat=lambda: NOW,
    )
    zone = ZoneInfo("UTC")
    view = Pages(store, lambda now: [], lambda ats: POLICY, zone, lambda: NOW, False, Counters())
    return f"{len(_rendered(app, view)) // 1024} kB of HTML"


def _rendered(app: Flask, view: Pages) -> str:
    with app.test_request_context("/"):
        return view.front()


def report(store: Store) -> str:
    weekly = Weekly(store, {ATS: POLICY}, POLICY, (), ())
    compiled = compile_week(weekly, Week.containing(NOW - timedelta(days=14), POLICY.zone), NOW)
    return f"{compiled.total.size:,} scorecards in the week"


TASKS: tuple[tuple[str, Shape, Callable[[Store], str]], ...] = (
    ("stamp what has ended", OPEN, stamped),
    ("read all that is open", OPEN, listed),
    ("plan the nudges", OPEN, planned),
    ("stamp what has ended", MIXED, stamped),
    ("the front page", MIXED, front_page),
    ("the weekly report", MIXED, report),
)


@dataclass(frozen=True)
class Cost:
    seconds: float
    megabytes: float
    said: str


def cost(url: str, task: Callable[[Store], str]) -> Cost:
    """Of one task in a fresh process."""
    here, there = FORK.Pipe(duplex=False)
    child = FORK.Process(target=_work, args=(url, task, there))
    child.start()
    there.close()
    found: Cost = here.recv()
    child.join()
    return found


def _work(url: str, task: Callable[[Store], str], there: Connection) -> None:
    with Store.open(url) as store:
        began = time.process_time()
        said = task(store)
        seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    there.send(Cost(seconds, peak, said))
    there.close()
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scorecards", type=int, nargs="*", default=[10_000, 100_000])
    sizes = parser.parse_args().scorecards
    costs: dict[tuple[str, str], list[Cost]] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as home:
            for shape in (OPEN, MIXED):
                url = f"sqlite:///{Path(home) / shape.name[:5].strip()}.db"
                filling = FORK.Process(target=fill, args=(url, size, shape))
                filling.start()
                filling.join()
                for name, wanted, task in TASKS:
                    if wanted is shape:
                        found = cost(url, task)
                        costs.setdefault((name, shape.name), []).append(found)
                        print(f"{size:,} {name}, {shape.name}: {found}", flush=True)
    print(f"\n{'':22} {'store':28} " + "  ".join(f"{size:>17,}" for size in sizes) + "   ratio")
    for (name, shape_name), found_all in costs.items():
        cells = "  ".join(f"{c.seconds:7.1f} s {c.megabytes:5.0f} MB" for c in found_all)
        ratio = found_all[-1].seconds / found_all[0].seconds
        print(f"{name:22} {shape_name:28} {cells} {ratio:7.1f}")


if __name__ == "__main__":
    main()
