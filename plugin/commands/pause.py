"""``afterword pause`` and ``afterword resume``: the kill switch, for every process at once."""

from __future__ import annotations

from datetime import datetime

import click

from plugin.clock import wall
from plugin.commands.common import Start, fail, moment
from scheduler.phrases import listed, sentence
from scheduler.store import Pause


@click.command()
@click.option("--until", type=moment, metavar="MOMENT", help="End by itself at this moment.")
@click.option("--reason", default="", help="Why, for whoever looks at the page next.")
@click.pass_obj
def pause(start: Start, until: datetime | None, reason: str) -> None:
    """Stop every nudge, escalation and report at once.

    A service that is running stops too, in the middle of a run if need be.
    """
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
    """End the pause. What is still owed is spoken about again.

    A channel that did not work, and was mended, is tried again at the next run.
    """
    with start.opened() as afterword:
        ended = afterword.store.resume()
        mended = afterword.store.probe_now(wall())
        over = "Messages go out again."
        if not afterword.settings.live:
            over = "The pause is over. Nothing is sent as long as AFTERWORD_LIVE is not true."
    if ended or not mended:
        click.echo(over if ended else "Nothing was paused.")
    if mended:
        verb = "is" if len(mended) == 1 else "are"
        click.echo(f"{sentence(listed(mended))} {verb} tried again at the next run.")


def pause_words(pause: Pause) -> str:
    """In one line, for a terminal."""
    until = f" until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else ""
    reason = f" ({pause.reason})" if pause.reason else ""
    end = "" if pause.until else "; `afterword resume` ends it"
    return (
        f"All messages are paused since {pause.since:%Y-%m-%d %H:%M} UTC{until}{reason}: no nudge, "
        f"escalation or report goes out{end}."
    )


def trouble_words(pause: Pause) -> str:
    """Of a channel, in one line, for a terminal."""
    after = f", next after {pause.until:%H:%M} UTC" if pause.until else ""
    return (
        f"{sentence(pause.scope)} does not work since {pause.since:%Y-%m-%d %H:%M} UTC: "
        f"{pause.reason} It is tried again by itself{after}; `afterword resume` tries at once."
    )
