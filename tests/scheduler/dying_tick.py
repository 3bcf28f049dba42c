"""Two weeks of the service in a process of its own that is killed at its n-th point.

Points lie before and after every commit of the store but those of a sync (test_sync_resume.py has
them), and before and after every call by which something is sent or changed outside. The process
dies by ``os._exit(137)``, as by ``kill -9``: nothing is flushed, no ``finally`` runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.sharedctypes import Synchronized
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, event

from connectors.model import Interview
from connectors.notify.base import Notifier
from connectors.notify.mail import Mail
from connectors.notify.slack import Slack
from plugin.service import Service
from plugin.variables import Settings
from plugin.wiring import Afterword
from scheduler.answering import answer, undo
from scheduler.answers import AnswerKind
from scheduler.store import Store
from tests.connectors.fake_slack import TOKEN
from tests.scheduler.builders import DAY, HOUR, FakeAts, card, interview, key, person, world

KILLED = 137
MONDAY = datetime(2023, 11, 6, 9, tzinfo=UTC)
MOMENTS = [
    MONDAY,
    *(MONDAY + days * DAY + hours * HOUR for days in range(1, 14) for hours in (1, 6)),
]
FIRST, SECOND = MONDAY + 2 * DAY + 6 * HOUR, MONDAY + 3 * DAY + HOUR
"""When p1 answers, and when they take it back."""
OPS, HIRING = "ops@example.org", "hiring@example.org"


class Points:
    """Dies at the n-th; 0: never."""

    def __init__(self, dies_at: int, passed: Synchronized[int]) -> None:
        self._dies_at = dies_at
        self._passed = passed
        self.asleep = False

    def __call__(self) -> None:
        if self.asleep:
            return
        self._passed.value += 1
        if self._passed.value == self._dies_at:
            os._exit(KILLED)


class MortalStore(Store):
    points: Callable[[], None] = staticmethod(lambda: None)

    def _connectable(self) -> Engine:
        """Without syncs to the disk: a killed process leaves the system's memory as it is."""
        engine = super()._connectable()
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _lazily)
        return engine

    @contextmanager
    def _write(self, scope: str | None = None) -> Iterator[Connection]:
        with super()._write(scope) as db:
            yield db
            self.points()
        self.points()


def _lazily(connection: Any, record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


class Mortal:
    """Around a notifier: every call that does something outside is between two points."""

    def __init__(self, notifier: Any, points: Callable[[], None]) -> None:
        self._notifier = notifier
        self._points = points
        self.name = notifier.name
        for name in ("deliver", "rewrite"):
            if hasattr(notifier, name):
                setattr(self, name, self._between(getattr(notifier, name)))
        for name in ("check", "look_up", "can_answer"):
            if hasattr(notifier, name):
                setattr(self, name, getattr(notifier, name))

    def _between(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def mortal(*words: Any) -> Any:
            self._points()
            value = call(*words)
            self._points()
            return value

        return mortal


@dataclass(frozen=True)
class Outside:
    """What lives on in the process that watches."""

    database: str
    slack_url: str
    mail_url: str
    on_ambiguous: str = "hold"


def talks() -> list[Interview]:
    """p1 owes two, p3 one; p3 is not in Slack and hands theirs in after the second nudge."""
    at = MONDAY
    return [
        interview("i1", ends_at=at),
        interview("i2", ends_at=at),
        interview("i3", card("p3"), ends_at=at),
    ]


def live(
    outside: Outside,
    start: int,
    dies_at: int,
    passed: Synchronized[int],
    reached: Synchronized[int],
) -> None:
    """From the moment of that number on; ``passed`` counts points, ``reached`` moments."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    points = Points(dies_at, passed)
    clock = _Clock()
    ats = FakeAts(page_size=50).with_records(*world(*talks()), person("p3", "Zoë Dahl"))
    with MortalStore.open(outside.database) as store:
        store.points = points
        channels: dict[str, Notifier] = {
            "slack": _mortal(_slack(outside.slack_url), points),
            "mail": _mortal(Mail(outside.mail_url, "a@example.org", clock=clock), points),
        }
        service = Service(_afterword(outside, store, ats, channels, clock), "test")
        for number in range(start, len(MOMENTS)):
            reached.value = number
            clock.now = MOMENTS[number]
            points.asleep = True
            _changes(ats, clock.now)
            service.sync()
            points.asleep = False
            _moment(service, store, clock.now)


def _changes(ats: FakeAts, now: datetime) -> None:
    ats.at(now)
    if now >= MONDAY + 7 * DAY:
        handed_in = replace(talks()[2], scorecards=(card("p3", submitted_at=MONDAY + 7 * DAY),))
        ats.with_records(handed_in)


def _moment(service: Service, store: Store, now: datetime) -> None:
    if now == FIRST:
        until = now + DAY
        answer(store, key("i2"), AnswerKind.SNOOZE, "p1@example.org", "page", now, until=until)
    if now == SECOND:
        for _, given in store.answers_between(MONDAY, now):
            undo(store, given.id, "p1@example.org", "page", now)
        store.pause("a trial", "the page", now)
    if now == SECOND + 5 * HOUR:
        store.resume()
    service.nudges()
    service.report()
    service.faces()
    service.watch.audit()
    service.watch.alarms()


@dataclass
class _Clock:
    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now


def _slack(url: str) -> Slack:
    """Its pace is kept by a clock of its own, which costs no time."""
    passed = [0.0]

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    return Slack(TOKEN, url, monotonic=lambda: passed[0], sleep=sleep)


def _mortal(notifier: Notifier, points: Callable[[], None]) -> Notifier:
    mortal: Any = Mortal(notifier, points)
    return mortal  # type: ignore[no-any-return]


def _afterword(
    outside: Outside,
    store: Store,
    ats: FakeAts,
    channels: dict[str, Notifier],
    clock: _Clock,
) -> Afterword:
    given = {
        "AFTERWORD_LIVE": "true",
        "AFTERWORD_REPORT_TO": HIRING,
        "AFTERWORD_ALARMS_TO": OPS,
        "AFTERWORD_ON_AMBIGUOUS": outside.on_ambiguous,
        "AFTERWORD_DATABASE_URL": outside.database,
    }
    return Afterword(Settings.model_validate(given), store, {ats.name: ats}, channels, clock)


PATIENCE = timedelta(seconds=60)
"""Of real time, for one life."""
