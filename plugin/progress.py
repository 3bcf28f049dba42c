"""How far a sync has come: a bar on a terminal, a few plain lines otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from connectors.model import Page

STEP = 0.1
"""Away from a terminal, a line for each tenth."""
WORTH_SAYING = 5.0
"""Seconds; shorter waits are not spoken of in lines."""


class Lines:
    """Plain lines, for a log file or a pipe."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._records: dict[str, int] = {}
        self._said: dict[str, float] = {}

    def page(self, account: str, page: Page) -> None:
        """After each stored page."""
        records = self._records[account] = self._records.get(account, 0) + len(page.records)
        fraction = page.fraction or 0.0
        if fraction - self._said.get(account, 0.0) >= STEP or fraction == 1.0:
            self._said[account] = fraction
            self._console.print(f"{account}: {fraction:.0%}, {records:,} records")

    def wait(self, seconds: float, why: str) -> None:
        """Before a connector waits."""
        if seconds >= WORTH_SAYING:
            self._console.print(f"waiting {seconds:.0f} s: {why}")


class Bar:
    """A bar for each account with the time that remains."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._records: dict[str, int] = {}
        self._current: TaskID | None = None

    def page(self, account: str, page: Page) -> None:
        if account not in self._tasks:
            self._tasks[account] = self._progress.add_task(account, total=1.0, note="")
        task = self._current = self._tasks[account]
        records = self._records[account] = self._records.get(account, 0) + len(page.records)
        note = f"{records:,} records"
        self._progress.update(task, completed=page.fraction or 0.0, note=note)

    def wait(self, seconds: float, why: str) -> None:
        if self._current is None:
            self._current = self._progress.add_task("connecting", total=None, note="")
        self._progress.update(self._current, note=f"waiting {seconds:.0f} s: {why}")


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
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, transient=False) as progress:
        yield Bar(progress)
