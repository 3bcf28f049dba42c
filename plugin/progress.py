"""How far a sync has come: a bar on a terminal, a few plain lines otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
)
from rich.text import Text

from connectors.model import Page

STEP = 0.1
"""Away from a terminal, a line for each tenth."""
WORTH_SAYING = 5.0
"""Seconds; shorter waits are not spoken of in lines."""

Stopwatch = Callable[[], float]
"""Seconds that only ever grow, as of ``time.monotonic``."""


class Remaining:
    """How long one account will take yet, by all the time it took so far, waits included.

    At its rate limit a connector works in bursts: a speed taken over the last seconds would leave
    the waits out, and promise too much.
    """

    def __init__(self, begun: float) -> None:
        self._begun = begun
        self._first: float | None = None
        self._fraction = 0.0
        self._over_at: float | None = None

    def page(self, fraction: float, now: float) -> None:
        """This much of the whole (0 to 1) is done; an interrupted sync does not begin at 0."""
        self._first = fraction if self._first is None else self._first
        self._fraction = fraction
        self._reckon(now)

    def wait(self, seconds: float, now: float) -> None:
        """Nothing will happen for so long."""
        self._reckon(now + seconds)

    def _reckon(self, at: float) -> None:
        done = self._fraction - (self._first or 0.0)
        if done > 0:
            self._over_at = at + (at - self._begun) * (1 - self._fraction) / done

    def left(self, now: float) -> float | None:
        """Seconds; None while nobody can know."""
        return None if self._over_at is None else max(0.0, self._over_at - now)


class _Remainders:
    """Of every account, one after the other."""

    def __init__(self, stopwatch: Stopwatch) -> None:
        self._stopwatch = stopwatch
        self._free_since = stopwatch()
        self._of: dict[str, Remaining] = {}
        self._current = ""

    def page(self, account: str, page: Page) -> Remaining:
        now = self._stopwatch()
        self._current = account
        remaining = self._of.setdefault(account, Remaining(self._free_since))
        remaining.page(page.fraction or 0.0, now)
        self._free_since = now
        return remaining

    def wait(self, seconds: float) -> None:
        if self._current in self._of:
            self._of[self._current].wait(seconds, self._stopwatch())

    def words(self, account: str) -> str:
        """``, 1:02:09 left``; empty while nobody can know."""
        left = self._of[account].left(self._stopwatch())
        return f", {clock_face(left)} left" if left else ""


def clock_face(seconds: float) -> str:
    """``4:05`` or ``1:02:09``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Lines:
    """Plain lines, for a log file or a pipe."""

    def __init__(self, console: Console, stopwatch: Stopwatch = time.monotonic) -> None:
        self._console = console
        self._records: dict[str, int] = {}
        self._said: dict[str, float] = {}
        self._remainders = _Remainders(stopwatch)

    def page(self, account: str, page: Page) -> None:
        """After each stored page."""
        records = self._records[account] = self._records.get(account, 0) + len(page.records)
        fraction = page.fraction or 0.0
        self._remainders.page(account, page)
        if fraction - self._said.get(account, 0.0) >= STEP or fraction == 1.0:
            self._said[account] = fraction
            left = self._remainders.words(account)
            self._console.print(f"{account}: {fraction:.0%}, {records:,} records{left}")

    def wait(self, seconds: float, why: str) -> None:
        """Before a connector waits."""
        self._remainders.wait(seconds)
        if seconds >= WORTH_SAYING:
            self._console.print(f"waiting {seconds:.0f} s: {why}")


class Bar:
    """A bar for each account with the time that remains."""

    def __init__(self, progress: Progress, stopwatch: Stopwatch = time.monotonic) -> None:
        self._progress = progress
        self._remainders = _Remainders(stopwatch)
        self._tasks: dict[str, TaskID] = {}
        self._records: dict[str, int] = {}
        self._current: TaskID | None = None

    def page(self, account: str, page: Page) -> None:
        if account not in self._tasks:
            self._tasks[account] = self._progress.add_task(account, total=1.0, note="")
        task = self._current = self._tasks[account]
        records = self._records[account] = self._records.get(account, 0) + len(page.records)
        note, remaining = f"{records:,} records", self._remainders.page(account, page)
        fraction = page.fraction or 0.0
        self._progress.update(task, completed=fraction, note=note, remaining=remaining)

    def wait(self, seconds: float, why: str) -> None:
        self._remainders.wait(seconds)
        if self._current is None:
            self._current = self._progress.add_task("connecting", total=None, note="")
        self._progress.update(self._current, note=f"waiting {seconds:.0f} s: {why}")


class TimeLeft(ProgressColumn):
    """By ``Remaining``, not by rich's own reckoning."""

    def __init__(self, stopwatch: Stopwatch = time.monotonic) -> None:
        super().__init__()
        self._stopwatch = stopwatch

    def render(self, task: Task) -> Text:
        remaining = task.fields.get("remaining")
        left = remaining.left(self._stopwatch()) if remaining else None
        words = "-:--" if left is None else clock_face(left)
        return Text(words, style="progress.remaining")


@contextmanager
def shown(console: Console) -> Iterator[Bar | Lines]:
    """Progress for as long as the block lasts. Use a console on stderr, so that stdout is free."""
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeLeft(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, transient=False) as progress:
        yield Bar(progress)


@contextmanager
def counting(
    console: Console, stopwatch: Stopwatch = time.monotonic
) -> Iterator[Callable[[str, float], None]]:
    """Bars for work that says how much of it (0 to 1) is done, by its title. Gone at the end, and
    nothing away from a terminal: for what takes seconds."""
    if not console.is_terminal:
        yield lambda title, fraction: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeLeft(stopwatch),
    )
    bars: dict[str, tuple[TaskID, Remaining]] = {}
    with Progress(*columns, console=console, transient=True) as progress:

        def tell(title: str, fraction: float) -> None:
            if title not in bars:
                bars[title] = (progress.add_task(title, total=1.0), Remaining(stopwatch()))
            task, remaining = bars[title]
            remaining.page(fraction, stopwatch())
            progress.update(task, completed=fraction, remaining=remaining)

        yield tell
