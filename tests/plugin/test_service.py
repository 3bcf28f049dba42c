"""What the service does at each tick, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from connectors.errors import Unreachable
from connectors.model import Kind, Ref
from plugin.service import KEEP_BODIES, Service
from plugin.variables import Settings
from plugin.wiring import Afterword
from scheduler.store import Store, StoreProblem
from scheduler.store.values import Delivery
from tests.scheduler.builders import DAY, HOUR, MONDAY, FakeAts, interview, save, world
from tests.scheduler.speaking import BROKEN, WEDNESDAY, FakeNotifier
from tests.stores import emptied, opened, store_at


@dataclass
class Clock:
    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Office:
    store: Store
    ats: FakeAts = field(default_factory=FakeAts)
    slack: FakeNotifier = field(default_factory=FakeNotifier)
    clock: Clock = field(default_factory=Clock)

    def service(self, **settings: Any) -> Service:
        given = {"AFTERWORD_LIVE": "true", "AFTERWORD_NUDGE_SINCE": "2026-11-02", **settings}
        parts = Afterword(
            Settings.model_validate(given),
            self.store,
            {self.ats.name: self.ats},
            {self.slack.name: self.slack},
            self.clock,
        )
        return Service(parts, "test")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    structlog.reset_defaults()
    with opened(emptied()) as store:
        ats = FakeAts().with_records(*world(interview("i1")))
        yield Office(store, ats)


def at(office: Office, service: Service, moment: datetime) -> list[Any]:
    """One tick of every job at a moment; what was logged."""
    office.clock.now = moment
    office.ats.at(moment)
    with capture_logs() as logs:
        for job in service.jobs():
            assert job.step() is False  # one step a tick: the interval is the pause
    return list(logs)


def test_the_table_says_what_runs_and_how_often(office: Office) -> None:
    table = {job.name: job.every for job in office.service().jobs()}
    assert set(table) >= {"sync", "doorbells", "nudges", "report", "tidy", "faces", "members"}
    assert min(table.values()) >= timedelta(minutes=1)


def test_it_reads_and_writes_to_people_in_working_hours(office: Office) -> None:
    service = office.service(AFTERWORD_TIMEZONE="Europe/Berlin")
    at(office, service, MONDAY)
    night = WEDNESDAY.replace(hour=21)
    at(office, service, night)
    at(office, service, WEDNESDAY + 7 * HOUR + timedelta(minutes=1))  # 18:01 in Berlin
    assert office.slack.taken == []
    at(office, service, WEDNESDAY + DAY - 2 * HOUR)  # 09:00 in Berlin
    assert office.slack.addresses == ["p1@example.org"]


def test_nobody_is_written_to_at_the_week_end(office: Office) -> None:
    service = office.service()
    at(office, service, MONDAY)
    for days in (5, 6):
        at(office, service, MONDAY + days * DAY)
    assert office.slack.taken == []


def test_in_a_dry_run_nothing_is_sent_and_nothing_claimed(office: Office) -> None:
    service = office.service(AFTERWORD_LIVE="false", AFTERWORD_REPORT_TO="#hiring")
    for moment in (MONDAY, WEDNESDAY, MONDAY + 7 * DAY):
        at(office, service, moment)
    assert office.slack.taken == []
    assert office.store.told([each.key for each in office.store.scorecards()]) == {}
    assert office.store.latest_report() is None


def test_the_weekly_report_is_made_from_a_fresh_sync(office: Office) -> None:
    service = office.service(AFTERWORD_REPORT_TO="#hiring")
    at(office, service, MONDAY)
    office.clock.now = MONDAY + 7 * DAY
    asked = len(office.ats.windows)
    service.report()
    assert len(office.ats.windows) == asked + 1
    assert [each.to.address for each in office.slack.taken] == ["#hiring"]
    service.report()
    assert len(office.ats.windows) == asked + 1


def test_what_stays_wrong_is_said_once_and_again_after_it_was_well(office: Office) -> None:
    service = office.service(AFTERWORD_REPORT_TO="a@example.org")
    at(office, service, MONDAY)
    said = [at(office, service, MONDAY + 7 * DAY + n * HOUR) for n in range(3)]
    reported = [[e for e in logs if e["event"] == "reported"] for logs in said]
    assert [len(each) for each in reported] == [1, 0, 0]
    assert "Mail is not set up" in reported[0][0]["problems"][0]


def test_a_broken_channel_is_logged_once(office: Office) -> None:
    """Case 48."""
    service = office.service()
    office.slack.always = BROKEN
    at(office, service, MONDAY)
    logs = [at(office, service, WEDNESDAY + n * timedelta(minutes=5)) for n in range(3)]
    problems = [e["problems"] for each in logs for e in each if e["event"] == "nudged"]
    assert sum(map(len, problems)) == 1
    assert "the token is revoked" in problems[0][0]


def test_an_ats_that_does_not_answer_is_logged_and_the_other_jobs_go_on(office: Office) -> None:
    """Case 29."""
    service = office.service(AFTERWORD_REPORT_TO="#hiring")
    at(office, service, MONDAY)
    office.ats.refusing(Ref(Kind.INTERVIEW, "i1"), Unreachable("greenhouse is away."))
    office.ats.failing_after(0, Unreachable("greenhouse is away."))
    logs = at(office, service, MONDAY + 8 * DAY)  # on Tuesday the report waits no longer
    synced = [each for each in logs if each["event"] == "synced"]
    assert synced[0]["problem"] == "greenhouse is away."
    assert [each.to.address for each in office.slack.taken] == ["#hiring"]


def test_a_store_that_is_away_is_said_and_nothing_is_raised(office: Office, tmp_path: Path) -> None:
    class Away(Store):
        def connections(self) -> Any:
            raise StoreProblem("The database is locked.")

    with Away.open(store_at(tmp_path / "away.db")) as office.store:
        logs = at(office, office.service(), WEDNESDAY)
    said = [each for each in logs if each["event"] == "the store did not answer"]
    assert {each["problem"] for each in said} == {"The database is locked."}


def test_imported_interviews_get_their_due_moment_too(office: Office) -> None:
    """What is due must not move when N is changed later."""
    service = office.service()
    office.store.save_page(
        "csv",
        next(FakeAts().with_records(*world(interview("i9"))).read([Ref(Kind.INTERVIEW, "i9")])),
        store_names=True,
    )
    run = office.store.begin_sync("csv", "test", MONDAY - DAY)
    assert run is not None
    office.store.finish_sync(run, "ok", None, MONDAY - DAY)
    at(office, service, MONDAY + HOUR)
    (facts,) = office.store.scorecards(ats="csv")
    assert facts.due_for == MONDAY


def test_bodies_of_webhooks_are_forgotten_in_time(office: Office) -> None:
    save(office.store, *world())
    ping = Delivery(MONDAY, "e1", "h" * 64, "s", b"{}", "ping", state="ignored")
    office.store.receive("greenhouse", ping)
    service = office.service()
    office.clock.now = MONDAY + KEEP_BODIES + HOUR
    with capture_logs() as logs:
        service.tidy()
        office.clock.now += HOUR
        service.tidy()
    assert [each["count"] for each in logs] == [1]
