"""What is repeated: one bug stops one job, a ring is not lost, a stop waits for the step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from structlog.testing import capture_logs

from scheduler.jobs import MOST_STEPS, Job, Jobs
from tests.scheduler.builders import MONDAY

RARELY = timedelta(hours=1)
SOON = 10
"""Seconds after which a test gives up waiting."""


@contextmanager
def ticking(*table: Job) -> Iterator[Jobs]:
    jobs = Jobs(table, lambda: MONDAY)
    jobs.start()
    try:
        yield jobs
    finally:
        jobs.stop()


class Counted:
    """A step that finds no work; it can be made to wait in the middle."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()
        self.go.set()
        self.runs = 0

    def __call__(self) -> bool:
        self.runs += 1
        self.begun.release()
        assert self.go.wait(SOON)
        return False

    def wait(self) -> None:
        assert self.begun.acquire(timeout=SOON)


def test_every_job_runs_at_once_after_the_start() -> None:
    steps = {name: Counted() for name in ("sync", "nudges", "report")}
    with ticking(*(Job(name, RARELY, step) for name, step in steps.items())):
        for step in steps.values():
            step.wait()


def test_a_job_comes_again_at_its_interval() -> None:
    step = Counted()
    with ticking(Job("sync", timedelta(seconds=1), step)):
        for _ in range(2):
            step.wait()


def test_a_job_goes_on_while_it_finds_work_but_lets_the_others_breathe() -> None:
    left = [3]

    def three_pieces() -> bool:
        left[0] -= 1
        return left[0] > 0

    endless: list[int] = []

    def always() -> bool:
        endless.append(1)
        return True

    jobs = Jobs([Job("some", RARELY, three_pieces), Job("all", RARELY, always)], lambda: MONDAY)
    jobs.tick("some")
    assert left == [0]
    jobs.tick("all")
    assert len(endless) == MOST_STEPS


def test_a_bug_stops_one_job_and_is_logged_and_the_next_tick_tries_again() -> None:
    results: list[Callable[[], bool]] = [lambda: bool(1 / 0), lambda: False]
    jobs = Jobs(
        [Job("sync", RARELY, lambda: results.pop(0)()), Job("report", RARELY, lambda: False)],
        lambda: MONDAY,
    )
    structlog.reset_defaults()
    with capture_logs() as logs:
        jobs.tick("sync")
        jobs.tick("report")
    assert [(each["event"], each["job"]) for each in logs] == [("a job stopped on a bug", "sync")]
    pulses = {each.job: each for each in jobs.pulses()}
    assert pulses["sync"].problem == "sync stopped on a bug (ZeroDivisionError); the log has it"
    assert pulses["report"].problem is None
    jobs.tick("sync")
    assert {each.problem for each in jobs.pulses()} == {None}


def test_rings_while_it_runs_become_one_more_run() -> None:
    """What rang after it had looked must be looked at; ten rings are not ten runs."""
    step = Counted()
    with ticking(Job("doorbells", RARELY, step)) as jobs:
        step.wait()
        step.go.clear()
        jobs.ring("doorbells")
        step.wait()
        for _ in range(10):
            jobs.ring("doorbells")
        assert step.runs == 2
        step.go.set()
        step.wait()
    assert step.runs == 3


def test_two_ticks_of_one_job_are_never_at_work_together() -> None:
    step = Counted()
    step.go.clear()
    jobs = Jobs([Job("sync", RARELY, step)], lambda: MONDAY)
    threads = [threading.Thread(target=jobs.tick, args=("sync",)) for _ in range(2)]
    for each in threads:
        each.start()
    step.wait()
    assert not step.begun.acquire(timeout=0.1)
    step.go.set()
    step.wait()
    for each in threads:
        each.join()


def test_a_stop_waits_for_the_step_at_hand_and_starts_no_other() -> None:
    pieces: list[int] = []
    begun, go, stopped = threading.Event(), threading.Event(), threading.Event()

    def step() -> bool:
        pieces.append(1)
        begun.set()
        assert go.wait(SOON)
        return True  # there would be more

    stopping = threading.Event()
    jobs = Jobs([Job("nudges", RARELY, step)], lambda: MONDAY, stopping)
    jobs.start()
    assert begun.wait(SOON)
    jobs.ring("nudges")

    def stop() -> None:
        jobs.stop()
        stopped.set()

    waiting = threading.Thread(target=stop)
    waiting.start()
    assert stopping.wait(SOON)
    assert not stopped.is_set()
    go.set()
    assert stopped.wait(SOON)
    waiting.join()
    assert pieces == [1]
    jobs.ring("nudges")  # too late, and no error
    assert pieces == [1]


def test_a_ring_before_the_start_is_no_error() -> None:
    Jobs([], lambda: MONDAY).ring("doorbells")


def test_the_heartbeat_is_the_last_end_of_a_tick() -> None:
    clock = iter([MONDAY, MONDAY + RARELY])
    jobs = Jobs([Job(name, RARELY, lambda: False) for name in "ab"], lambda: next(clock))
    assert jobs.heartbeat() is None
    jobs.tick("a")
    jobs.tick("b")
    assert jobs.heartbeat() == MONDAY + RARELY


@pytest.mark.parametrize(
    "now", [datetime(1999, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)]
)
def test_no_job_waits_for_the_clock_that_stamps_the_pulse(now: datetime) -> None:
    step = Counted()
    jobs = Jobs([Job("sync", RARELY, step)], lambda: now)
    jobs.start()
    step.wait()
    jobs.stop()


def test_jobs_tick_in_utc() -> None:
    """Local time would fire twice or never when the clocks change."""
    with ticking(Job("sync", RARELY, lambda: False)) as jobs:
        assert str(jobs._scheduler.timezone) == "UTC"
        (job,) = [each for each in jobs._scheduler.get_jobs() if each.id == "sync"]
        assert str(job.trigger.timezone) == "UTC"
