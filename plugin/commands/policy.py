"""``policy check`` and ``policy show``: whether the policy file holds, and what follows from it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from sqlalchemy.engine import make_url

from plugin import policy_words as words
from plugin.commands.common import Start, iso, json_option, now_option, print_json, terminal
from plugin.policy_hints import hints
from plugin.rehearsal import case_of, rehearse
from plugin.rulebooks import rulebook
from plugin.settings import Settings, SettingsProblem
from scheduler.facts import ScorecardFacts
from scheduler.hours import Own, Span, hour
from scheduler.phrases import clean, sentence
from scheduler.policy import Place, Policy, Rule, applies
from scheduler.rulebook import Rulebook
from scheduler.store import Named, Store, StoreProblem
from scheduler.workdays import WorkCalendar

file_argument = click.argument(
    "file", required=False, type=click.Path(path_type=Path, dir_okay=False)
)


@click.group()
def policy() -> None:
    """Look at the rules: who is written to, when, and how often.

    FILE is a policy file in place of the one that AFTERWORD_POLICY names.
    """


@policy.command()
@file_argument
@click.pass_obj
def check(start: Start, file: Path | None) -> None:
    """Say everything that is wrong with a policy file, or sum it up."""
    try:
        settings = start.settings(policy=file)
    except SettingsProblem as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(1)
    book, console = rulebook(settings), terminal()
    path = settings.policy_file.path
    console.print(_source(settings) if path is None else f"✓ {path} can be used.")
    console.print(words.summary(book))
    for hint in hints(book, settings, _stored(settings)):
        console.print(f"! {hint}", style="yellow")


@policy.command()
@file_argument
@json_option
@click.option("--department", help="What holds for this department …")
@click.option("--job", help="… for this job, by its name or id …")
@click.option("--stage", help="… for this stage …")
@click.option("--interview", help="… and for an interview of this name.")
@now_option
@click.pass_obj
def show(
    start: Start, /, file: Path | None, as_json: bool, now: datetime, **case: str | None
) -> None:
    """Tell the rules in force, in plain words; for one case, with the exceptions that apply."""
    settings = start.settings(policy=file)
    book = rulebook(settings)
    case = {kind: case[kind] for kind in ("department", "job", "stage", "interview")}
    asked = any(case.values())
    facts = case_of(**case)
    matching = [
        number
        for number, rule in enumerate(book.policy.rules, start=1)
        if asked and applies(rule, facts, book.policy.final_rounds)
    ]
    if asked:
        book = replace(book, policy=book.policy.of(facts))
    if as_json:
        told = _plain(book, facts, settings, now)
        print_json(told | ({"case": case, "rules_that_apply": matching} if asked else {}))
        return
    console = terminal()
    console.print(_source(settings))
    if asked:
        _section(console, "This case", _case(case, matching))
    _section(console, "When a scorecard is due", words.counting(book.policy))
    _example(console, book, words.example(book, facts, settings, now))
    if not asked:
        _exceptions(console, book.policy)
        named = settings.policy_file.calendars
        _section(console, "When people are written to", words.reaching(book, named))
        _section(console, "How much they hear", words.limits(book))


def _stored(settings: Settings) -> list[Named]:
    """What the interviews so far are called; none where there is no store to be read yet."""
    url = make_url(settings.database_url.get_secret_value())
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return []
    try:
        with Store.open(settings.database_url.get_secret_value()) as store:
            return store.named()
    except StoreProblem:
        return []  # `afterword check` tells what is wrong with it


def _source(settings: Settings) -> str:
    path = settings.policy_file.path
    if path is None:
        return "No policy file is named (AFTERWORD_POLICY): the settings of the environment hold."
    return f"{path}, over the settings of the environment:"


def _section(console: Console, title: str, lines: Iterable[str]) -> None:
    lines = list(lines)
    if lines:
        console.print()
        console.print(Text(title, style="bold"))
        for line in lines:
            console.print(_indented(Text(line)))


def _example(
    console: Console, book: Rulebook, lines: Iterable[tuple[datetime | None, str]]
) -> None:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    for at, text in lines:
        table.add_row(f"{at:%a %d %b %Y, %H:%M}" if at else "left out", Text(text))
    console.print()
    console.print(Text("If an interview ended now and nothing came in", style="bold"))
    console.print(_indented(table))
    after = (
        f"Then nobody hears more. So it is for people in {book.policy.zone.key}; others hear in "
        "their own working hours."
    )
    console.print(_indented(Text(after)))


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, 2), expand=False)


def _case(case: dict[str, str | None], matching: list[int]) -> Iterable[str]:
    yield ", ".join(f"{kind} “{clean(name)}”" for kind, name in case.items() if name) + "."
    if not matching:
        yield "No exception applies: what holds everywhere holds here."
    elif len(matching) == 1:
        yield f"Exception {matching[0]} applies."
    else:
        numbers = ", ".join(map(str, matching))
        yield f"Exceptions {numbers} apply; where two say something, the later one wins."


def _exceptions(console: Console, rules: Policy) -> None:
    if not rules.rules:
        return
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    for number, rule in enumerate(rules.rules, start=1):
        changed = "; ".join(words.changes(rule, rules))
        table.add_row(f"{number}.", Text(f"{sentence(words.where(rule))}: {changed}."))
    console.print()
    console.print(Text("Exceptions", style="bold"))
    console.print(_indented(table))
    if len(rules.rules) > 1:
        after = "Where several apply, the later one wins, each point for itself."
        console.print(_indented(Text(after)))


# -- for programs


def _plain(
    book: Rulebook, case: ScorecardFacts, settings: Settings, now: datetime
) -> dict[str, Any]:
    rules, working = book.policy, book.working
    due, spoken = rehearse(book, case, now)
    file = settings.policy_file
    return {
        "file": None if file.path is None else str(file.path),
        "due_after_days": rules.due_after_days,
        "day_count": rules.day_count.value,
        "timezone": rules.zone.key,
        "country": _country(rules.calendar),
        "declined": "excuse" if rules.declined_is_excused else "ask",
        "closed_application": rules.closed_application.value,
        "final_rounds": list(rules.final_rounds),
        "ladder": [_place(each) for each in rules.ladder],
        "example": {
            "ended_at": iso(now),
            "due_at": iso(due),
            "steps": [
                {"step": e.step.name, "at": iso(e.step.at), "goes_out_at": iso(e.goes_out_at)}
                for e in spoken
            ],
        },
        "rules": [_rule(each) for each in rules.rules],
        "working_hours": _span(working.usual.work),
        "quiet_hours": [_span(each) for each in working.usual.quiet],
        "zones": {zone: _country(each) for zone, each in file.calendars.items()},
        "people": {
            address: _person(working.people.get(address, Own()), book.slack_ids.get(address))
            for address in sorted({*working.people, *book.slack_ids})
        },
        "gaps": list(book.gaps),
        "most_messages": book.most_messages,
        "allow": list(book.allowed),
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "step": place.name,
        "after_days": place.days_later,
        "to": place.address or place.audience.value,
        "by": place.channel,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    """As it would stand in the file, without what it does not say."""
    told = {
        "department": list(rule.departments),
        "job": list(rule.jobs),
        "stage": list(rule.stages),
        "interview": list(rule.interviews),
    }
    changed = {
        "final_round": rule.final_round,
        "due_after_days": rule.due_after_days,
        "day_count": rule.day_count,
        "closed_application": rule.closed_application,
        "ladder": None if rule.ladder is None else [_place(each) for each in rule.ladder],
    }
    return {k: v for k, v in told.items() if v} | {
        k: v for k, v in changed.items() if v is not None
    }


def _person(own: Own, slack: str | None) -> dict[str, Any]:
    told = {
        "zone": own.zone and own.zone.key,
        "country": None if own.calendar is None else _country(own.calendar),
        "working_hours": own.work and _span(own.work),
        "quiet_hours": None if own.quiet is None else [_span(each) for each in own.quiet],
        "slack": slack,
    }
    return {key: value for key, value in told.items() if value is not None}


def _country(calendar: WorkCalendar) -> str:
    return "-".join(filter(None, (calendar.country, calendar.subdivision)))


def _span(span: Span) -> str:
    return f"{hour(span[0])}-{hour(span[1])}"
