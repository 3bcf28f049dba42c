"""``afterword bounce``: takes a delivery report that a mail server sent back."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from plugin.commands.common import Start, fail, now_option
from plugin.settings import SettingsProblem
from scheduler.bounces import NotABounce, read_bounce
from scheduler.store import StoreProblem

MOST_BYTES = 25_000_000
NOT_OURS = 65
"""EX_DATAERR: a mail server that pipes mails to this command gives such a one back."""
LATER = 75
"""EX_TEMPFAIL: a mail server tries it again later."""


@click.command()
@now_option
@click.pass_obj
def bounce(start: Start, now: datetime) -> None:
    """Take in a mail that came back, from standard input.

    Made for an alias of the mail server: the address of MAIL_FROM, piped to this command. The next
    message to that person goes another way, and the page lists the one that failed.
    """
    raw = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        fail("This mail is too large to be a delivery report.", NOT_OURS)
    try:
        found = read_bounce(raw)
    except NotABounce as problem:
        fail(f"{problem} Nothing was changed.", NOT_OURS)
    if not found.failed:
        click.echo("The mail is not given up yet: nothing was changed.")
        return
    try:
        with start.opened() as afterword:
            known = afterword.store.came_back(found.message_id, found.status, now)
    except (StoreProblem, SettingsProblem) as problem:
        fail(f"{problem} Nothing was changed; it can be taken up later.", LATER)
    if known is None:
        fail("The mail that came back is none of Afterword's. Nothing was changed.", NOT_OURS)
    code = f" ({found.status})" if found.status else ""
    if known:
        click.echo(f"Marked as failed{code}: the next message to this person goes another way.")
    else:
        click.echo("It is known already that this mail came back.")
