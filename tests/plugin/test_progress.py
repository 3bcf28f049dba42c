"""How far a sync has come, and for how long it will go on, at a rate limit above all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console
from rich.progress import Progress

from connectors.ats.base import Window
from connectors.ats.greenhouse import Greenhouse
from connectors.ats.greenhouse_config import GreenhouseConfig
from connectors.http import OnWait
from connectors.model import Page
from plugin.progress import Bar, Lines, Remaining, TimeLeft, clock_face
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.world import World

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LIMIT, WINDOW = 50, 30


class Stopwatch:
    """Stands still, except when somebody works or waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def clock(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


def page(fraction: float | None) -> Page:
    return Page((), NOW, fraction=fraction)


def left(remaining: Remaining, stopwatch: Stopwatch) -> float:
    seconds = remaining.left(stopwatch())
    assert seconds is not None
    return seconds


def test_nobody_knows_how_long_it_takes_before_something_is_done(stopwatch: Stopwatch) -> None:
    remaining = Remaining(stopwatch())
    stopwatch.pass_by(10)
    remaining.page(0.0, stopwatch())
    remaining.wait(30, stopwatch())
    assert remaining.left(stopwatch()) is None


def test_the_rest_takes_as_long_in_proportion_as_what_is_done(stopwatch: Stopwatch) -> None:
    remaining = Remaining(stopwatch())
    remaining.page(0.0, stopwatch())
    stopwatch.pass_by(60)
    remaining.page(0.25, stopwatch())
    assert left(remaining, stopwatch) == pytest.approx(180)
    stopwatch.pass_by(20)
    assert left(remaining, stopwatch) == pytest.approx(160)


def test_a_wait_counts_from_its_announcement(stopwatch: Stopwatch) -> None:
    """A tenth took 3 s of work and 30 s of waiting, and so will each of the others."""
    remaining = Remaining(stopwatch())
    remaining.page(0.0, stopwatch())
    stopwatch.pass_by(3)
    remaining.page(0.1, stopwatch())
    assert left(remaining, stopwatch) == pytest.approx(27)
    remaining.wait(30, stopwatch())
    assert left(remaining, stopwatch) == pytest.approx(30 + 33 * 9)


def test_a_resumed_sync_counts_only_what_it_does_itself(stopwatch: Stopwatch) -> None:
    remaining = Remaining(stopwatch())
    remaining.page(0.5, stopwatch())
    stopwatch.pass_by(30)
    remaining.page(0.75, stopwatch())
    assert left(remaining, stopwatch) == pytest.approx(30)


def test_what_takes_longer_than_thought_has_no_time_left_and_not_less(
    stopwatch: Stopwatch,
) -> None:
    remaining = Remaining(stopwatch())
    remaining.page(0.0, stopwatch())
    stopwatch.pass_by(10)
    remaining.page(0.9, stopwatch())
    stopwatch.pass_by(60)
    assert left(remaining, stopwatch) == 0


def test_a_second_account_begins_when_the_first_one_ends(stopwatch: Stopwatch) -> None:
    said = StringIO()
    lines = Lines(Console(file=said, width=100), stopwatch)
    stopwatch.pass_by(600)
    lines.page("greenhouse", page(1.0))
    lines.page("lever", page(0.0))
    stopwatch.pass_by(10)
    lines.page("lever", page(0.5))
    assert said.getvalue().splitlines()[-1] == "lever: 50%, 0 records, 0:10 left"


def test_the_bar_shows_the_time_left_with_the_waits_in_it(stopwatch: Stopwatch) -> None:
    column = TimeLeft(stopwatch)
    progress = Progress(column, console=Console(file=StringIO()))
    bar = Bar(progress, stopwatch)
    bar.page("greenhouse", page(0.0))
    assert column.render(progress.tasks[0]).plain == "-:--"
    stopwatch.pass_by(3)
    bar.page("greenhouse", page(0.1))
    bar.wait(30, "the rate limit's window is used up")
    assert column.render(progress.tasks[0]).plain == "5:27"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (65, "1:05"), (3599.6, "1:00:00"), (7384, "2:03:04")]
)
def test_a_length_reads_like_a_clock(seconds: float, words: str) -> None:
    assert clock_face(seconds) == words


def connected(server: SandboxServer, stopwatch: Stopwatch, on_wait: OnWait) -> Greenhouse:
    said = server.environment()
    config = GreenhouseConfig(
        client_id=said["GREENHOUSE_CLIENT_ID"],
        client_secret=said["GREENHOUSE_CLIENT_SECRET"],
        api_url=said["GREENHOUSE_API_URL"],
        token_url=said["GREENHOUSE_TOKEN_URL"],
    )
    return Greenhouse(config, clock=stopwatch.clock, sleep=stopwatch.pass_by, on_wait=on_wait)


def one_a_week(weeks: int) -> World:
    world = World.empty(founded=NOW - timedelta(weeks=weeks + 2))
    ivo = world.person("Ivo Brandt", "ivo@example.org")
    for week in range(weeks):
        noor = world.application(f"Noor {week}")
        ends_at = NOW - timedelta(weeks=week, hours=1)
        world.interview(noor, "Systems talk", ends_at - timedelta(hours=1), ends_at, [ivo])
    return world


def test_at_a_rate_limit_the_estimate_is_made_of_the_waiting(stopwatch: Stopwatch) -> None:
    """50 requests in 30 seconds. The stopwatch runs only while the connector waits, so without
    the waits every estimate would be 0; it is right to two windows from a third of the way on."""
    remaining, told = Remaining(stopwatch()), [(0.0, 0.0)]

    def on_wait(seconds: float, why: str) -> None:
        remaining.wait(seconds, stopwatch())

    window = Window(NOW - timedelta(weeks=30), NOW)
    with SandboxServer(one_a_week(30), now=NOW, limit=LIMIT, clock=stopwatch.clock) as server:
        for each in connected(server, stopwatch, on_wait).pull(window, {}):
            remaining.page(each.fraction or 0.0, stopwatch())
            told.append((stopwatch(), remaining.left(stopwatch()) or 0.0))
    whole = stopwatch()
    assert whole > 3 * WINDOW
    errors = [abs(at + said - whole) for at, said in told if at > whole / 3]
    assert len(errors) > 5
    assert max(errors) < 2 * WINDOW
