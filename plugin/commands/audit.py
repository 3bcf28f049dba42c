"""``afterword audit``: whether what was said is what should have been said."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from plugin.commands.common import Start, iso, json_option, now_option, print_json
from plugin.watching import Watch
from scheduler.audit import MEANINGS, Difference
from scheduler.phrases import clean


@click.command()
@json_option
@now_option
@click.pass_obj
def audit(start: Start, as_json: bool, now: datetime) -> None:
    """Check what was said against the raw rows. Changes nothing.

    Derives anew what should have been said, by rules of its own.
    """
    with start.opened() as afterword:
        found = Watch(afterword).look(now)
    if as_json:
        rows = [each.as_row() for each in found.found]
        print_json({"at": iso(found.at), "compared": found.compared, "differences": rows})
    else:
        _show(found.found, found.compared, len(found.differences) - len(found.found))
    sys.exit(1 if found.found else 0)


def _show(found: tuple[Difference, ...], compared: int, waiting: int) -> None:
    click.echo(f"Compared scorecards and messages, {compared:,} in all.")
    if not found:
        click.echo("What was said is what should have been said.")
    for each in found:
        click.echo(f"- {words(each)}")
    if waiting:
        noun = "step seems" if waiting == 1 else "steps seem"
        click.echo(f"{waiting} more {noun} to be late; the next audits will tell.")
    if found:
        click.echo("`afterword explain INTERVIEW` shows what was known and decided when.")


def words(each: Difference) -> str:
    """One difference in one line, by ids alone."""
    about = f"message {each.message_id}"
    if each.key is not None:
        about = f"{each.key.ats} interview {each.key.interview_id}"
        about += f", interviewer {each.key.interviewer_id}"
        about += f", {each.step}" if each.step else ""
    detail = f" ({each.detail})" if each.detail else ""
    return clean(f"{about}: {MEANINGS.get(each.kind, each.kind)}{detail}", 400)
