"""``afterword replay``: the stored history, told again under today's rules and under others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import click

from plugin import progress
from plugin import replay_words as words
from plugin.commands.common import (
    YEARS,
    Start,
    fail,
    iso,
    json_option,
    now_option,
    print_json,
    terminal,
)
from plugin.replay_words import OURS, Side
from plugin.service import SPEAK_EVERY
from plugin.wiring import load_rulebook
from scheduler.hours import Presence
from scheduler.phrases import counted
from scheduler.policy import Policy
from scheduler.replay import History, Retelling, Spoken, retell
from scheduler.replay_figures import KINDS, Apart, Kinds, Most, ReplayFigures, Wait, differences
from scheduler.rulebook import Rulebook
from scheduler.store import Store
from scheduler.workdays import end_of_day

SHOWN = 10
"""Differences in full."""
_AGO = re.compile(r"([1-9][0-9]{0,3})([dw])")


def ago(value: str) -> timedelta | date:
    """``90d``, ``12w``, or a day."""
    found = _AGO.fullmatch(value.strip().lower())
    if found:
        return timedelta(**{"d": {"days": int(found[1])}, "w": {"weeks": int(found[1])}}[found[2]])
    try:
        day = date.fromisoformat(value)
        if day.year in YEARS:
            return day
        raise ValueError
    except ValueError:
        raise click.BadParameter(
            f"'{value}' is not a stretch of time or a day. Write 90d, 12w or 2026-09-01."
        ) from None


@click.command()
@click.option(
    "--since",
    type=ago,
    default="90d",
    show_default=True,
    metavar="90d|12w|DAY",
    help="From when on the history is told again.",
)
@click.option(
    "--policy",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Compare with the rules of this policy file; without it, today's rules alone.",
)
@json_option
@now_option
@click.pass_obj
def replay(
    start: Start, since: timedelta | date, file: Path | None, as_json: bool, now: datetime
) -> None:
    """Tell the stored history again, under today's rules and others.

    Reads the store, asks no ATS, sends and stores nothing.
    """
    settings = start.settings()
    other = load_rulebook(file, settings) if file else None
    with start.opened() as afterword:
        ours = afterword.rulebook
        beginning = _beginning(since, ours.policy, now)
        if beginning >= now:
            fail("--since is not before now: there is nothing to tell again.", 2)
        history = history_of(afterword.store, beginning, now)
        sent = afterword.store.sent_between(beginning, now)
    if not history.facts:
        fail("No interview that ended in that time is stored. Run `afterword sync` first.")
    books = [(OURS, ours)] + ([(str(file), other)] if other else [])
    tellings = list(_told(history, books))
    sides = [
        Side(name, ReplayFigures.of(telling, history, ours.policy))
        for (name, _), telling in zip(books, tellings, strict=True)
    ]
    parted = differences(history.facts, tellings[0], tellings[-1], SHOWN)
    if as_json:
        print_json(_as_value(history, sides, parted, sent))
    else:
        _show(history, sides, parted, sent, ours.policy)
    if aside := frozenset().union(*(telling.set_aside for telling in tellings)):
        left_out = counted(len(aside), "scorecard")
        click.echo(f"Left out, as it could not be judged: {left_out}.", err=True)


def _beginning(since: timedelta | date, policy: Policy, now: datetime) -> datetime:
    if isinstance(since, timedelta):
        return now - since
    return end_of_day(since - timedelta(days=1), policy.zone)


def history_of(store: Store, since: datetime, until: datetime) -> History:
    """What is stored of that time. Who is out of office now was not all that time."""

    @cache
    def member(address: str) -> Presence | None:
        found = store.members([address]).get(address)
        return replace(found, away_until=None) if found else None

    return History(
        since,
        until,
        store.scorecards(ended_since=since, ended_until=until),
        store.closings(since),
        store.moves(since),
        member,
    )


def _told(history: History, books: Sequence[tuple[str, Rulebook]]) -> Iterator[Retelling]:
    with progress.counting(terminal(err=True)) as tell:
        for name, book in books:
            title = words.shortened(name, 30)
            yield retell(history, book, SPEAK_EVERY, partial(tell, title))


def _show(
    history: History,
    sides: Sequence[Side],
    parted: tuple[int, list[Apart]],
    sent: dict[str, int],
    policy: Policy,
) -> None:
    zone, (number, first) = policy.zone, parted
    click.echo(words.filled(words.opening(history, zone)))
    if truth := words.really(sent):
        click.echo(words.filled(truth))
    for lines in (words.weeks(sides), words.summary(sides), words.whose(sides, zone)):
        click.echo()
        for line in lines:
            click.echo(line.rstrip())
    click.echo()
    click.echo(words.filled(words.limits(history.closings)))
    if len(sides) == 1:
        return
    click.echo()
    if not number:
        click.echo("No difference: both write the same messages at the same moments.")
        return
    which = "" if number <= SHOWN else f"; the first {SHOWN}"
    click.echo(f"{counted(number, 'scorecard')} spoken about differently{which}:")
    for place, each in enumerate(first, start=1):
        click.echo()
        for line in words.apart(place, each, sides[1].name, policy):
            click.echo(line)


# -- for programs


def _as_value(
    history: History,
    sides: Sequence[Side],
    parted: tuple[int, list[Apart]],
    sent: dict[str, int],
) -> dict[str, Any]:
    closings = history.closings.values()
    value: dict[str, Any] = {
        "since": iso(history.since),
        "until": iso(history.until),
        "scorecards": len(history.facts),
        "closed_at_last_change": sum(c.application is not None and not c.seen for c in closings),
        "really_sent": sent,
        "today": _side(sides[0].figures),
    }
    if len(sides) > 1:
        number, first = parted
        value |= {
            "policy": sides[1].name,
            "new": _side(sides[1].figures),
            "different_scorecards": number,
            "first_differences": [_difference(each) for each in first],
        }
    return value


def _side(figures: ReplayFigures) -> dict[str, Any]:
    return {
        "messages": figures.messages,
        "by_kind": _kinds(figures.total),
        "people": figures.people,
        "escalations": figures.escalations,
        "scorecards": figures.scorecards,
        "weeks": {week.label: _kinds(kinds) for week, kinds in figures.weeks.items()},
        "worst_day": _most(figures.worst_day),
        "worst_week": _most(figures.worst_week),
        "longest_wait": _wait(figures.longest_wait),
    }


def _wait(wait: Wait | None) -> dict[str, Any] | None:
    if wait is None:
        return None
    return {
        "ats": wait.key.ats,
        "interview_id": wait.key.interview_id,
        "interviewer_id": wait.key.interviewer_id,
        "ended_at": iso(wait.since),
        "first_nudge_at": iso(wait.until),
        "hours": wait.length.total_seconds() / 3600,
    }


def _kinds(kinds: Kinds) -> dict[str, int]:
    return {kind.value: kinds.get(kind, 0) for kind in KINDS}


def _most(most: Most | None) -> dict[str, Any] | None:
    if most is None:
        return None
    return {
        "name": most.name,
        "email": most.address,
        "day": most.day.isoformat(),
        "messages": most.messages,
        "scorecards": most.scorecards,
    }


def _difference(each: Apart) -> dict[str, Any]:
    key = each.facts.key
    return {
        "ats": key.ats,
        "interview_id": key.interview_id,
        "interviewer_id": key.interviewer_id,
        "interview": each.facts.interview,
        "interviewer": each.facts.interviewer.name,
        "at": iso(each.at),
        "today": [_spoken(one) for one in each.ours],
        "new": [_spoken(one) for one in each.theirs],
        "today_silent_because": each.our_silence,
        "new_silent_because": each.their_silence,
    }


def _spoken(one: Spoken) -> dict[str, Any]:
    to = {"name": one.name, "email": one.address}
    return {"at": iso(one.at), "step": one.step, "to": to, "why": one.why}
