"""What is repeated, and the only home of APScheduler.

The scheduler is a dumb tick: what is due lives in rows, each job looks for work and says whether
it found any. A missed tick, a restart or a late start changes nothing but the minute.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor as PoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

GRACE = timedelta(hours=6)
"""A tick that comes this late is still run (the default of one second would drop it)."""
MOST_STEPS = 1000
"""Of one tick: a job that always finds work must let the others breathe."""

log = structlog.get_logger("afterword.jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """``step`` does one piece of work and says whether it found any; it must not raise for what
    the outside can cause."""

    name: str
    every: timedelta
    step: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a job is doing, for ``/readyz`` and the page."""

    job: str
    last_run: datetime | None
    problem: str | None
    """What went wrong in the last run, in one sentence."""


class Jobs:
    """The table of jobs, ticking. ``clock`` stamps the pulse only; no job is decided by it here."""

    def __init__(
        self,
        table: Sequence[Job],
        clock: Callable[[], datetime],
        stopping: threading.Event | None = None,
    ) -> None:
        """``stopping`` is set when the jobs are told to stop; a long step may look at it."""
        self._table = {job.name: job for job in table}
        self._clock = clock
        self._pulses = {job.name: Pulse(job.name, None, None) for job in table}
        self._running = {job.name: threading.Lock() for job in table}
        self._rung = {job.name: threading.Event() for job in table}
        self._stopping = stopping or threading.Event()
        self._ringing = ThreadPoolExecutor(max_workers=max(1, len(table)))
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": PoolExecutor(max_workers=max(1, len(table)))},
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": int(GRACE.total_seconds()),
            },
        )

    def start(self) -> None:
        """Every job runs at once, then at its interval."""
        for job in self._table.values():
            self._scheduler.add_job(
                self.tick,
                IntervalTrigger(seconds=int(job.every.total_seconds()), timezone=UTC),
                args=[job.name],
                id=job.name,
            )
        self._scheduler.start()
        for name in self._table:
            self.ring(name)

    def ring(self, name: str) -> None:
        """Run a job now rather than at its next tick; rung twice while it waits, it runs once.

        Rung while it runs, it runs once more: it may have looked before the news came.
        """
        if self._stopping.is_set() or not self._scheduler.running or self._rung[name].is_set():
            return
        self._rung[name].set()
        # Not as a job that runs once: APScheduler trips over removing it while it is shut down.
        with suppress(RuntimeError):  # stopped in this very moment
            self._ringing.submit(self.tick, name)

    def tick(self, name: str) -> None:
        """One job until it finds no more work. A bug in one job stops no other."""
        job = self._table[name]
        with self._running[name]:
            self._rung[name].clear()
            problem = None
            try:
                for _ in range(MOST_STEPS):
                    if self._stopping.is_set() or not job.step():
                        break
            except Exception as bug:
                problem = f"{job.name} stopped on a bug ({type(bug).__name__}); the log has it"
                log.exception("a job stopped on a bug", job=job.name)
            self._pulses[name] = Pulse(name, self._clock(), problem)

    def pulses(self) -> list[Pulse]:
        return list(self._pulses.values())

    def heartbeat(self) -> datetime | None:
        """When a job last ended a tick; None before the first."""
        runs = [pulse.last_run for pulse in self.pulses() if pulse.last_run is not None]
        return max(runs, default=None)

    def stop(self) -> None:
        """No new ticks; wait for the step that each running job is at."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._ringing.shutdown(wait=True)
