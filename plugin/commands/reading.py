"""``sync`` and ``import``: bring in what an ATS or a file knows."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import click
from click.core import ParameterSource

from connectors.ats import spreadsheet
from connectors.ats.spreadsheet import DateOrder, SheetProblem, Spreadsheet
from plugin import progress
from plugin.commands.common import Start, day, fail, now_option, shown, terminal
from plugin.wiring import Afterword
from scheduler.phrases import counted
from scheduler.sync import SyncOutcome, stamp_due, sync_all
from scheduler.workdays import end_of_day

MOST_LINES = 50
"""Bad rows that are listed one by one."""


@click.command()
@click.option("--since", type=day, metavar="DAY", help="Go back to this day.")
@now_option
@click.pass_context
def sync(ctx: click.Context, since: date | None, now: datetime) -> None:
    """Read everything new from the connected ATS."""
    start: Start = ctx.obj
    with (
        progress.shown(terminal(err=True)) as shown_progress,
        start.opened(on_wait=shown_progress.wait) as afterword,
    ):
        if not afterword.accounts:
            fail(
                "No ATS is connected. Set the credentials of yours, e.g. GREENHOUSE_CLIENT_ID and "
                "GREENHOUSE_CLIENT_SECRET, or bring in a file with `afterword import FILE.csv`.",
                2,
            )
        real = ctx.get_parameter_source("now") is ParameterSource.DEFAULT
        outcomes = sync_all(
            afterword.accounts.values(),
            afterword.store,
            now=now,
            owner=owner(),
            store_names=afterword.settings.store_names,
            clock=afterword.clock if real else lambda: now,
            since=_midnight(since, afterword) if since else None,
            history_days=afterword.settings.history_days,
            on_page=shown_progress.page,
        )
        stamp_due(afterword.store, afterword.company_policy(), now)
    for outcome in outcomes:
        click.echo(_told(outcome))
        if outcome.error:
            click.echo(f"{outcome.ats}: {outcome.error}", err=True)
    if any(outcome.outcome != "ok" for outcome in outcomes):
        ctx.exit(1)


def owner() -> str:
    """Who this process is, for the lease of a sync."""
    return f"{socket.gethostname()[:32]} {os.getpid()}"


def _midnight(day: date, afterword: Afterword) -> datetime:
    return end_of_day(day - timedelta(days=1), afterword.settings.timezone)


def _told(outcome: SyncOutcome) -> str:
    rows = counted(outcome.written, "row")
    read = f"{counted(outcome.records, 'record')} read, {rows} new or changed"
    parked = f", {outcome.parked:,} unreadable" if outcome.parked else ""
    return f"{outcome.ats}: {outcome.outcome}, {read}{parked}"


def _meanings(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    """``Column=field`` as a mapping; the column's name may hold ``=`` itself."""
    found = {}
    for value in values:
        column, equals, name = value.rpartition("=")
        if not equals or not column.strip() or not name.strip():
            raise click.BadParameter(f"'{value}' is not Column=field, e.g. --map \"Finish=end\"")
        found[column.strip()] = name.strip()
    return found


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "columns",
    multiple=True,
    callback=_meanings,
    metavar='"Column=field"',
    help="What a column of the file is, where its heading does not say.",
)
@click.option(
    "--dates",
    type=click.Choice([each.value for each in DateOrder]),
    help="How 03/04/2026 is meant: day first or month first.",
)
@now_option
@click.pass_context
def import_file(
    ctx: click.Context, file: Path, columns: Mapping[str, str], dates: str | None, now: datetime
) -> None:
    """Bring in interviews from a CSV file.

    It has one row for each interview and interviewer.
    """
    start: Start = ctx.obj
    with start.opened() as afterword:
        try:
            sheet = spreadsheet.read(
                file,
                zone=afterword.settings.timezone,
                now=now,
                columns=columns,
                dates=DateOrder(dates) if dates else None,
            )
        except SheetProblem as problem:
            fail(str(problem), 2)
        _show_mapping(sheet)
        written = _store(afterword, sheet, file.name, now)
    for bad in sheet.bad_rows[:MOST_LINES]:
        click.echo(f"line {bad.line}: {bad.reason}", err=True)
    if len(sheet.bad_rows) > MOST_LINES:
        click.echo(f"… and {len(sheet.bad_rows) - MOST_LINES:,} more bad rows", err=True)
    click.echo(
        f"{counted(sheet.interviews, 'interview')}, {counted(sheet.scorecards, 'scorecard')}, "
        f"{counted(len(sheet.bad_rows), 'bad row')}; "
        f"{counted(written, 'row')} of the store new or changed"
    )
    if sheet.bad_rows:
        ctx.exit(1)


def _show_mapping(sheet: Spreadsheet) -> None:
    console = terminal()
    console.print("Columns of the file, and what they are taken for:")
    for name, heading in sheet.mapping.items():
        console.print("  ", shown(heading), " → ", name.replace("_", " "), sep="")
    for heading in sheet.unused:
        console.print("  ", shown(heading), " → not used", sep="")
    if sheet.encoding == "latin-1":
        console.print("The file is not UTF-8; it was read as Latin-1.")


def _store(afterword: Afterword, sheet: Spreadsheet, name: str, now: datetime) -> int:
    """Every page of the file, as one run of the account ``csv``; rows written."""
    store, written = afterword.store, 0
    run = store.begin_sync(spreadsheet.NAME, owner(), now)
    if run is None:
        fail("Another import is under way; try again when it is done.")
    outcome, error = "partial", "It was stopped before its end."
    try:
        for page in sheet.pages():
            saved = store.save_page(
                spreadsheet.NAME,
                page,
                store_names=afterword.settings.store_names,
                sync_run=run,
            )
            written += saved.written
        outcome, error = "ok", ""
        if sheet.bad_rows:
            outcome, error = "partial", f"{counted(len(sheet.bad_rows), 'row')} could not be read."
    finally:
        store.finish_sync(run, outcome, error or None, now)
    stamp_due(store, afterword.company_policy(), now, ats=spreadsheet.NAME)
    return written
