"""``overdue``, ``status`` and ``report``: what the store knows, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from plugin.commands.common import (
    Start,
    iso,
    json_option,
    now_option,
    print_json,
    shown,
    terminal,
)
from plugin.commands.pause import pause_words, trouble_words
from plugin.overview import Overview, Row, overview
from plugin.wiring import Afterword
from scheduler.answers import AnswerKind
from scheduler.facts import Status
from scheduler.messages import report_html
from scheduler.owed import LABELS
from scheduler.phrases import counted
from scheduler.weekly import compile_week
from scheduler.workdays import Week

BAR = 24


def seen(afterword: Afterword, now: datetime) -> Overview:
    """Every scorecard, judged at ``now``."""
    policies = afterword.policies()
    return overview(afterword.store.scorecards(), policies.__getitem__, now)


@click.command()
@json_option
@now_option
@click.pass_obj
def overdue(start: Start, as_json: bool, now: datetime) -> None:
    """List who still owes a scorecard, oldest first."""
    with start.opened() as afterword:
        found = seen(afterword, now)
        if as_json:
            rows = sorted([*found.overdue, *found.closed], key=lambda r: (r.due_at, r.facts.key))
            print_json([_entry(row, now) for row in rows])
            return
    print_overdue(terminal(), found)


def print_overdue(console: Console, found: Overview, most: int | None = None) -> None:
    """For people: a block a scorecard, oldest first, at most ``most`` of them."""
    console.print(found.headline if found.overdue else found.nothing_overdue)
    for row in found.overdue[:most]:
        _print_row(console, row)
    if most is not None and len(found.overdue) > most:
        console.print(f"\n… and {len(found.overdue) - most:,} more.")
    if found.closed and most is None:
        console.print(
            f"\n{counted(len(found.closed), 'more scorecard')} overdue where the application is "
            "closed: counted, and nobody is nudged."
        )
        for row in found.closed:
            _print_row(console, row)


def _print_row(console: Console, row: Row) -> None:
    console.print()
    console.print(Text.assemble((row.who, "bold"), f" · {row.late} overdue"))
    console.print(f"  {row.interview} with {row.candidate} ({row.job})")
    if row.facts.url:
        console.print("  ", shown(row.facts.url, 1000), sep="", soft_wrap=True)


def _entry(row: Row, now: datetime) -> dict[str, Any]:
    facts = row.facts
    return {
        "ats": facts.key.ats,
        "interview_id": facts.key.interview_id,
        "application_id": facts.application_id,
        "interviewer": {
            "id": facts.interviewer.id,
            "name": facts.interviewer.name,
            "email": facts.interviewer.email,
        },
        "candidate": facts.candidate,
        "job": facts.job,
        "interview": facts.interview,
        "ended_at": iso(row.ended_at),
        "due_at": iso(row.due_at),
        "overdue_hours": round((now - row.due_at).total_seconds() / 3600, 2),
        "url": facts.url,
    }


@click.command()
@json_option
@now_option
@click.pass_obj
def status(start: Start, as_json: bool, now: datetime) -> None:
    """Count the scorecards, and say how the last sync went."""
    with start.opened() as afterword:
        found = seen(afterword, now)
        parked = afterword.store.count_parked()
        parked_webhooks = afterword.store.count_parked_webhooks()
        hidden = afterword.store.hidden_counts()
        answers, undone = afterword.store.count_answers(now)
        syncs = {name: afterword.store.last_sync(name) for name in afterword.policies()}
        if as_json:
            print_json(
                {
                    "scorecards": {each.value: found.counts[each] for each in Status},
                    "paused": afterword.store.paused(now) is not None,
                    "channels_down": list(afterword.store.channel_pauses()),
                    "parked": parked,
                    "parked_webhooks": parked_webhooks,
                    "hidden": hidden,
                    "not_in_slack": afterword.store.unmatched(),
                    "answers": {**{kind.value: n for kind, n in answers.items()}, "undone": undone},
                    "last_sync": {name: _sync(run) for name, run in syncs.items()},
                }
            )
            return
        notes = [*_notes(parked, hidden, syncs), *_answered(answers, undone)]
        notes += _next(afterword, found, syncs)
        notes[:0] = map(trouble_words, afterword.store.channel_pauses().values())
        if (standing := afterword.store.paused(now)) is not None:
            notes.insert(0, pause_words(standing))
        if unmatched := len(afterword.store.unmatched()):
            who = counted(unmatched, "address")
            notes.append(f"{who} of the ATS not known in Slack: the page and --json list them.")
        if parked_webhooks:
            notes.append(f"{counted(parked_webhooks, 'webhook')} could not be understood (parked).")
    console = terminal()
    console.print(_counts(found))
    for note in notes:
        console.print(note)


def _sync(run: dict[str, Any] | None) -> dict[str, Any] | None:
    return run and {k: iso(v) if isinstance(v, datetime) else v for k, v in run.items()}


def _counts(found: Overview) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    most = max(*(each.count for each in found.statuses), 1)
    for each in found.statuses:
        bar = "█" * -(-each.count * BAR // most)
        table.add_row(each.words, Text(f"{each.count:,}", justify="right"), bar)
    return table


def _answered(answers: Mapping[AnswerKind, int], undone: int) -> list[str]:
    """What people answered to nudges, of all time."""
    given = [f"{LABELS[kind].lower()} {n:,}" for kind, n in answers.items() if n]
    if not given and not undone:
        return []
    said = [*given, *([f"undone {undone:,}"] if undone else [])]
    return [f"Answers: {', '.join(said)}."]


def _notes(
    parked: int, hidden: dict[str, int], syncs: dict[str, dict[str, Any] | None]
) -> list[str]:
    notes = []
    if parked:
        notes.append(f"{counted(parked, 'record')} could not be read (parked).")
    if hidden:
        kinds = ", ".join(counted(n, kind) for kind, n in hidden.items())
        notes.append(f"Hidden from this account: {kinds}.")
    for name, run in syncs.items():
        if run is None:
            notes.append(f"{name}: never synced.")
            continue
        at = run["finished_at"] or run["started_at"]
        notes.append(f"{name}: last sync {at:%Y-%m-%d %H:%M} UTC, {run['outcome']}.")
        if run["error"]:
            notes.append(f"  {run['error']}")
    return notes


def _next(
    afterword: Afterword, found: Overview, syncs: dict[str, dict[str, Any] | None]
) -> list[str]:
    """What to do next, in a sentence."""
    if not syncs:
        return ["Next: connect an ATS (`afterword check` tells what is missing) or import a file."]
    if None in syncs.values():
        return ["Next: `afterword sync`."]
    if not found.overdue:
        return [found.nothing_overdue]
    live = afterword.settings.live
    return [
        "Next: `afterword overdue` lists them, `afterword nudge --dry-run` shows the messages.",
        *([] if live else ["Nothing is sent as long as AFTERWORD_LIVE is not true."]),
    ]


@click.command()
@click.option("--week", "label", help="An ISO week such as 2026-W46; without it, the last one.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "csv", "json"]),
    default="text",
    show_default=True,
)
@now_option
@click.pass_obj
def report(start: Start, label: str | None, form: str, now: datetime) -> None:
    """Print the compliance report of a week."""
    with start.opened() as afterword:
        try:
            zone = afterword.settings.timezone
            week = Week.parse(label) if label else Week.containing(now, zone).previous()
            compiled = compile_week(afterword.weekly(), week, now)
        except ValueError as error:
            raise click.BadParameter(f"{error}.", param_hint="--week") from None
    if form == "json":
        print_json(compiled.as_json())
    elif form == "csv":
        click.echo(compiled.as_csv(), nl=False)
    elif form == "html":
        click.echo(report_html(compiled))
    else:
        click.echo(compiled.as_text())
