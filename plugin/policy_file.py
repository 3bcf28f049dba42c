"""Reads ``policy.toml``: everything but its [connections], and all that is wrong with it at once.

What the file does not say is None; the environment's defaults come in later (rulebooks.py).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from plugin.policy_keys import (
    LADDER_KEY,
    NESTED,
    PEOPLE_KEY,
    PERSON,
    RULE_KEY,
    STEP,
    TOP,
    WHAT,
    WHERE,
    ZONE,
    ZONES_KEY,
    Key,
)
from plugin.policy_values import ADDRESS, Carrier, Target
from plugin.values import Problem, nearest, read_zone
from scheduler.facts import Audience
from scheduler.hours import Own, Span
from scheduler.policy import ClosedApplication, Place, Rule
from scheduler.workdays import DayCount, WorkCalendar

CONNECTIONS_KEY = "connections"
MOST_STEPS = 8
"""Of one ladder. Who has not moved after eight messages will not after nine."""


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What a policy file says; None and empty: nothing."""

    path: Path | None = None
    due_after_days: int | None = None
    day_count: DayCount | None = None
    declined_is_excused: bool | None = None
    closed_application: ClosedApplication | None = None
    work: Span | None = None
    quiet: tuple[Span, ...] | None = None
    final_rounds: tuple[str, ...] | None = None
    most_messages: int | None = None
    gaps: tuple[int, ...] | None = None
    allowed: tuple[str, ...] | None = None
    ladder: tuple[Place, ...] | None = None
    rules: tuple[Rule, ...] = ()
    people: Mapping[str, Own] = field(default_factory=dict)
    """By lower-case mail address."""
    slack_ids: Mapping[str, str] = field(default_factory=dict)
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    """By the name of a zone."""


def content_of(file: Path, problems: list[Problem]) -> dict[str, Any] | None:
    """The file as TOML; None after it was told why it cannot be read."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        remedy = "Check its path and its permissions."
        if isinstance(error, UnicodeDecodeError):
            remedy = "Save it as UTF-8."
        problems.append(Problem(str(file), f"cannot be read: {why}.", remedy))
    except RecursionError:
        remedy = "No value here needs more than a list of tables."
        problems.append(Problem(str(file), "is nested too deeply.", remedy))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line \d+, column \d+|at end of document", str(error))
        where = f" {place[0]}" if place else ""
        if re.search(r"twice|overwrite|Duplicate|Cannot (?:declare|mutate|redefine)", str(error)):
            fault, remedy = f"says one key or table twice{where}.", "Keep one of them."
        else:
            fault = f"is not TOML{where}."
            remedy = (
                'Write tables like [connections.name] and lines like key = "text"; in the name of '
                "a table, @ and / stand between quotation marks."
            )
        problems.append(Problem(str(file), fault, remedy))
    return None


def policy_of(file: Path, content: Mapping[str, Any], problems: list[Problem]) -> PolicyFile:
    """What the file says, [connections] left out; what is wrong is left out and told."""
    reading = _Reading(file, problems)
    also = (*NESTED, CONNECTIONS_KEY)
    said = reading.keys(content, TOP, "", also)
    said["rules"] = reading.rules(content.get(RULE_KEY, []))
    if LADDER_KEY in content:
        said["ladder"] = reading.ladder(content[LADDER_KEY], "")
    said |= reading.people(content.get(PEOPLE_KEY, {}))
    said["calendars"] = reading.zones(content.get(ZONES_KEY, {}))
    return PolicyFile(file, **said)


@dataclass
class _Reading:
    """One file being read, and where to complain about it."""

    file: Path
    problems: list[Problem]

    def wrong(self, place: str, fault: str, remedy: str) -> None:
        self.problems.append(Problem(f"{self.file}: {place}", fault, remedy))

    def keys(
        self, content: Mapping[str, Any], keys: Sequence[Key], where: str, also: Iterable[str] = ()
    ) -> dict[str, Any]:
        """The values of one table, by the name of their field. ``where``: "rule 2, "."""
        known = {key.name: key for key in keys}
        found = {}
        for name, value in content.items():
            key = known.get(name)
            if key is not None:
                try:
                    found[key.field or name] = key.read(value)
                except ValueError as error:
                    self.wrong(f"{where}{name}", str(error), key.remedy)
            elif name not in also:
                self._unknown(name, where, (*known, *also))
        return found

    def _unknown(self, name: str, where: str, known: Sequence[str]) -> None:
        if name in {key.name for key in TOP} | {*NESTED}:
            remedy = "It belongs at the top of the file, above the first line in brackets."
            if name in NESTED:
                remedy = f"Write it as a table of its own: {_AS_TABLE[name]}."
        else:
            remedy = nearest(name, known).strip() or f"Use one of: {', '.join(known)}."
        self.wrong(f"{where}{name}", "is not known here.", remedy)

    def tables(self, content: object, kind: str, form: str) -> list[tuple[int, dict[str, Any]]]:
        """The members of a list of tables, with their numbers from 1."""
        if not isinstance(content, list):
            self.wrong(kind, "is not a list of tables.", form)
            return []
        found = []
        for number, table in enumerate(content, start=1):
            if isinstance(table, dict):
                found.append((number, table))
            else:
                self.wrong(f"{kind} {number}", "is not a table.", form)
        return found

    def named(self, content: object, kind: str) -> list[tuple[str, str, dict[str, Any]]]:
        """Tables with a name each: where to complain, the name, the table."""
        form = _AS_TABLE[kind]
        if not isinstance(content, dict):
            self.wrong(kind, "is not a table.", f"Write {form} and its keys.")
            return []
        found = []
        for name, table in content.items():
            where = f'[{kind}."{name}"]'
            if not isinstance(table, dict):
                self.wrong(where, "is not a table.", f"Write {form} and its keys.")
            else:
                found.append((where, name, table))
        return found

    # -- the ladder

    def ladder(self, content: object, where: str) -> tuple[Place, ...] | None:
        """Every step by its place; None after it was told what is wrong."""
        before = len(self.problems)
        form = "Write [[ladder]] above each step."
        if where:
            form = 'Write it like ladder = [{after_days = 0, to = "interviewer"}].'
        places: list[Place] = []
        counts = {"nudge": 0, "escalation": 0}
        steps = self.tables(content, f"{where}{LADDER_KEY}", form)
        for number, table in steps:
            here = f"{where}{LADDER_KEY} {number}, "
            place = self._place(self.keys(table, STEP, here), "to" in table, here, counts)
            if place is not None:
                places.append(place)
        if len(self.problems) == before:
            self._whole(places, f"{where}{LADDER_KEY}")
        return tuple(places) if len(self.problems) == before else None

    def _place(
        self, said: dict[str, Any], is_given: bool, here: str, counts: dict[str, int]
    ) -> Place | None:
        to: Target | None = said.get("to")
        if to is None:
            if not is_given:
                self.wrong(f"{here}to", "is missing.", 'Say whom: to = "interviewer".')
            return None
        by: str | None = said.get("by")
        if by is not None and to.channel not in (None, by):
            remedy = "Remove it: the address says enough."
            self.wrong(f"{here}by", f"cannot be {by}, as to is {to.address}.", remedy)
        if by == Carrier.SLACK and to.address is not None and "@" in to.address:
            remedy = "Remove it, or name a #channel."
            self.wrong(f"{here}by", f"cannot be slack, as to is {to.address}.", remedy)
        kind = "nudge" if to.audience is Audience.INTERVIEWER else "escalation"
        counts[kind] += 1
        return Place(
            f"{kind} {counts[kind]}",
            to.audience,
            said.get("after_days", 0),
            to.address,
            by or to.channel,
        )

    def _whole(self, places: Sequence[Place], where: str) -> None:
        if not places:
            remedy = 'Give it a step like {after_days = 0, to = "interviewer"}, or remove it.'
            self.wrong(where, "has no step.", remedy)
        elif places[0].audience is not Audience.INTERVIEWER:
            fault = "begins with somebody else than the interviewer; nobody is escalated unasked."
            self.wrong(where, fault, 'Put a step with to = "interviewer" before it.')
        elif len(places) > MOST_STEPS:
            remedy = "Remove the last ones."
            self.wrong(where, f"has {len(places)} steps; {MOST_STEPS} are the most.", remedy)
        for number, (earlier, place) in enumerate(pairwise(places), start=2):
            same = (earlier.audience, earlier.address) == (place.audience, place.address)
            if place.days_later == 0 and same:
                fault = "is 0, and the step before it says the same to the same person."
                self.wrong(f"{where} {number}, after_days", fault, "Write it like after_days = 2.")

    # -- the exceptions

    def rules(self, content: object) -> tuple[Rule, ...]:
        rules = []
        for number, table in self.tables(content, RULE_KEY, "Write [[rule]] above each."):
            before, here = len(self.problems), f"rule {number}, "
            said = self.keys(table, (*WHERE, *WHAT), here, (LADDER_KEY,))
            if LADDER_KEY in table:
                said["ladder"] = self.ladder(table[LADDER_KEY], here)
            where, what = [key.name for key in WHERE], [*(key.name for key in WHAT), LADDER_KEY]
            strange = table.keys() - {*where, *what}  # perhaps a key that is meant, misspelt
            if not strange and not table.keys() & set(where):
                fault = "does not say where it applies."
                remedy = f"Give it one of {', '.join(where)}, or move its keys to the top."
                self.wrong(f"rule {number}", fault, remedy)
            if not strange and not table.keys() & set(what):
                remedy = f"Give it one of {', '.join(what)}, or remove it."
                self.wrong(f"rule {number}", "changes nothing.", remedy)
            if len(self.problems) == before:
                rules.append(Rule(**said))
        return tuple(rules)

    # -- people and zones

    def people(self, content: object) -> dict[str, Any]:
        people: dict[str, Own] = {}
        slack_ids: dict[str, str] = {}
        for where, name, table in self.named(content, PEOPLE_KEY):
            said = self.keys(table, PERSON, f"{where} ")
            address = name.strip().lower()
            if not ADDRESS.fullmatch(address):
                remedy = f"Write the person's address in the ATS: {_AS_TABLE[PEOPLE_KEY]}."
                self.wrong(where, "is not a mail address.", remedy)
            elif address in people:
                self.wrong(where, "is there twice, in capitals and small.", "Keep one of them.")
            elif not table:
                self.wrong(where, "says nothing.", "Give it a key, or remove it.")
            if slack := said.pop("slack", None):
                if slack in slack_ids.values():
                    fault, remedy = "is somebody else's in this file.", "Correct one of the two."
                    self.wrong(f"{where} slack", fault, remedy)
                slack_ids[address] = slack
            people[address] = Own(**said)
        return {"people": people, "slack_ids": slack_ids}

    def zones(self, content: object) -> dict[str, WorkCalendar]:
        calendars: dict[str, WorkCalendar] = {}
        for where, name, table in self.named(content, ZONES_KEY):
            said = self.keys(table, ZONE, f"{where} ")
            try:
                read_zone(name)
            except ValueError as error:
                self.wrong(where, f"{error}", "Use a name like Asia/Dubai.")
            if "country" not in table:
                self.wrong(f"{where} country", "is missing.", ZONE[0].remedy)
            elif said:
                calendars[name] = said["calendar"]
        return calendars


_AS_TABLE = {
    LADDER_KEY: "[[ladder]]",
    RULE_KEY: "[[rule]]",
    PEOPLE_KEY: '[people."bo@example.org"]',
    ZONES_KEY: '[zones."Asia/Dubai"]',
}
