"""``afterword pause`` and ``afterword resume``: the kill switch, for every process at once."""

from __future__ import annotations

from datetime import datetime

import click

from plugin.clock import wall
from plugin.commands.common import Start, fail, moment
from scheduler.store import Pause


@click.command()
@click.option("--until", type=moment, metavar="MOMENT", help="End by itself at this moment.")
@click.option("--reason", default="", help="Why, for whoever looks at the page next.")
@click.pass_obj
def pause(start: Start, until: datetime | None, reason: str) -> None:
    """Stop every nudge, escalation and report at once, also of a service that is running."""
    now = wall()
    if until is not None and until <= now:
        raise click.BadParameter("that moment has passed already.", param_hint="--until")
    with start.opened() as afterword:
        afterword.store.pause(reason, "the command line", now, until)
        found = afterword.store.paused(now)
    if found is None:
        fail("The pause was ended by somebody else in this very moment.")
    click.echo(pause_words(found))


@click.command()
@click.pass_obj
def resume(start: Start) -> None:
    """End the pause. What is still owed is spoken about again."""
    with start.opened() as afterword:
        ended = afterword.store.resume()
    click.echo("Messages go out again." if ended else "Nothing was paused.")


def pause_words(pause: Pause) -> str:
    """In one line, for a terminal."""
    until = f" until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else ""
    reason = f" ({pause.reason})" if pause.reason else ""
    end = "" if pause.until else "; `afterword resume` ends it"
    return (
        f"All messages are paused since {pause.since:%Y-%m-%d %H:%M} UTC{until}{reason}: no nudge, "
        f"escalation or report goes out{end}."
    )
