"""``afterword nudge``: send what is due, or show what would be sent."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from textwrap import fill
from typing import Any

import click

from connectors.notify.base import DeliveryState, MessageKind
from connectors.notify.console import Console as Preview
from plugin.commands.common import Start, fail, json_option, now_option, print_json, terminal
from plugin.commands.pause import pause_words
from scheduler import nudges
from scheduler.nudges import Entry, Outcome
from scheduler.phrases import clean, counted

WIDTH = 80
SHOWN = 10
"""Messages shown in full; the rest is counted, and in --json."""


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be sent; send and store nothing.")
@json_option
@now_option
@click.pass_obj
def nudge(start: Start, dry_run: bool, as_json: bool, now: datetime) -> None:
    """Send what is due now: one message a person. A dry run until AFTERWORD_LIVE=true."""
    with start.opened() as afterword:
        live = afterword.settings.live and not dry_run
        nudging = afterword.nudging()
        if not nudging.policies:
            first = "Nothing was ever synced: run `afterword sync` (or `afterword import`) first."
            if not as_json:
                fail(first)
            click.echo(first, err=True)
        if live:
            outcome = nudges.run(nudging, now, on_message=None if as_json else _progress)
        else:
            outcome = nudges.dry_run(nudging, now)
        read_to_the_end = afterword.store.last_complete_sync
        unread = [name for name in afterword.accounts if read_to_the_end(name) is None]
    if as_json:
        print_json([as_value(entry) for entry in outcome.entries])
    else:
        _show(outcome, live=live, asked_for=dry_run)
    if outcome.paused is not None:
        click.echo(pause_words(outcome.paused), err=True)
    for name in unread:
        click.echo(f"No sync of {name} has come to its end yet: run `afterword sync`.", err=True)
    for problem in outcome.problems:
        click.echo(problem, err=True)
    for aside in outcome.set_aside:
        where = f"{aside.key.ats} interview {aside.key.interview_id}"
        click.echo(f"Set aside, {where}: {aside.reason}. Please report this as a bug.", err=True)
    failed = [e for e in outcome.entries if e.delivery and e.delivery.state != DeliveryState.SENT]
    for entry in failed:
        assert entry.delivery is not None
        state = (
            "was not sent" if entry.delivery.state == DeliveryState.FAILED else "may have been lost"
        )
        reason = entry.delivery.reason
        click.echo(f"The message to {entry.message.to.address} {state}: {reason}", err=True)
    if failed or outcome.problems or outcome.set_aside:
        sys.exit(1)


def as_value(entry: Entry) -> dict[str, Any]:
    """One message in the form that programs may rely on."""
    message = entry.message
    value: dict[str, Any] = {
        "to": {"name": message.to.name, "email": message.to.address},
        "channel": entry.channel,
        "kind": message.kind.value,
        "scorecards": [
            {
                "ats": key.ats,
                "interview_id": key.interview_id,
                "interviewer_id": key.interviewer_id,
                "interviewer_email": email,
                "step": step,
            }
            for key, step, email in entry.owed
        ],
        "subject": message.subject,
        "text": message.text,
    }
    if entry.delivery is not None:
        value["state"] = entry.delivery.state.value
        value["reason"] = entry.delivery.reason or None
    return value


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done} of {counted(total, 'message')}", err=True, nl=done == total)


def _show(outcome: Outcome, *, live: bool, asked_for: bool) -> None:
    screen = terminal()
    for entry in outcome.entries[:SHOWN]:
        form = entry.channel if entry.channel in ("slack", "mail") else "mail"
        Preview(screen, channels=(form,)).deliver(entry.message)
    if len(outcome.entries) > SHOWN:
        more = counted(len(outcome.entries) - SHOWN, "more message")
        screen.print(f"… and {more}; --json has them all.")
    screen.print(_summary(outcome, live))
    if not live and outcome.entries:
        how = "it was asked for" if asked_for else "set AFTERWORD_LIVE=true to send"
        screen.print(f"This was a dry run ({how}): nothing was sent and nothing was stored.")
    _show_silence(outcome)


def _summary(outcome: Outcome, live: bool) -> str:
    arrived = [
        entry
        for entry in outcome.entries
        if entry.delivery is None or entry.delivery.state is DeliveryState.SENT
    ]
    kinds = Counter(entry.message.kind for entry in arrived)
    parts = [
        counted(kinds[kind], word)
        for kind, word in (
            (MessageKind.NUDGE, "nudge"),
            (MessageKind.DIGEST, "digest"),
            (MessageKind.ESCALATION, "escalation"),
        )
        if kinds[kind]
    ]
    said = ", ".join(parts) or "no message"
    held = ""
    if outcome.plan.held_back:
        waits = "waits" if outcome.plan.held_back == 1 else "wait"
        held = f" {counted(outcome.plan.held_back, 'more message')} {waits} for the next run."
    return f"{'Sent' if live else 'Would send'}: {said}.{held}"


def _show_silence(outcome: Outcome) -> None:
    """Whom nobody can reach, and why every other overdue scorecard is silent, by reason."""
    screen = terminal()
    plan = outcome.plan
    if plan.undeliverable:
        screen.print("\nNobody can be written to about")
        for each in plan.undeliverable[:SHOWN]:
            key = each.key
            who = f"interview {key.interview_id}, interviewer {key.interviewer_id} ({key.ats})"
            screen.print(_item("-", f"{who}: {each.reason}"))
        if len(plan.undeliverable) > SHOWN:
            screen.print(f"  … and {len(plan.undeliverable) - SHOWN} more.")
    quiet = [*plan.silent, *outcome.set_aside, *outcome.withdrawn]
    if quiet:
        screen.print(f"\nSilent about {counted(len(quiet), 'scorecard')}, because")
        for reason, count in Counter(each.reason for each in quiet).most_common(12):
            screen.print(_item(str(count), reason))


def _item(mark: str, text: str) -> str:
    """One line of a list, wrapped under itself."""
    return fill(clean(text, 500), WIDTH, initial_indent=f"{mark:>5}  ", subsequent_indent=" " * 7)
