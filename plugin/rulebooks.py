"""The rules in force: what the policy file says, over the environment's defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from plugin import zones
from plugin.policy_file import PolicyFile
from plugin.values import Declined, Problem
from plugin.variables import Settings
from scheduler.hours import Hours, Own, Span, Working
from scheduler.policy import Policy
from scheduler.rulebook import Rulebook
from scheduler.workdays import WorkCalendar

T = TypeVar("T")


def _or(said: T | None, usual: T) -> T:
    return usual if said is None else said


def rulebook(settings: Settings, said: PolicyFile | None = None) -> Rulebook:
    """Everything that rules can say. ``said``: another policy file than that of the settings."""
    said = said or settings.policy_file
    default = Rulebook()
    return Rulebook(
        policy=_policy(settings, said),
        working=_working(settings, said),
        gaps=_or(said.gaps, default.gaps),
        allowed=_or(said.allowed, default.allowed),
        most_messages=_or(said.most_messages, settings.max_messages),
        slack_ids=said.slack_ids,
    )


def _policy(settings: Settings, said: PolicyFile) -> Policy:
    default = Policy()
    return Policy(
        due_after_days=_or(said.due_after_days, settings.due_after_days),
        day_count=_or(said.day_count, settings.day_count),
        zone=settings.timezone,
        calendar=WorkCalendar.of(settings.country),
        nudge_since=settings.nudge_since,
        declined_is_excused=_or(said.declined_is_excused, settings.declined is Declined.EXCUSE),
        ladder=_or(said.ladder, default.ladder),
        closed_application=_or(said.closed_application, default.closed_application),
        rules=said.rules,
        final_rounds=_or(said.final_rounds, default.final_rounds),
    )


def _working(settings: Settings, said: PolicyFile) -> Working:
    company = WorkCalendar.of(settings.country)
    named = {name: found for zone, found in said.calendars.items() for name in zones.names_of(zone)}
    sent = settings.send_hours
    return Working(
        usual=Hours(
            zone=settings.timezone,
            calendar=company,
            work=_or(said.work, (sent.start, sent.end)),
            quiet=_or(said.quiet, ()),
        ),
        people=said.people,
        calendars={**zones.calendars(settings.timezone, company), **named},
    )


def conflicts(settings: Settings, said: PolicyFile | None = None) -> list[Problem]:
    """What is wrong only once the file and the environment come together."""
    said = said or settings.policy_file
    working = rulebook(settings, said).working
    usual = working.usual
    remedy = "Shorten them, or lengthen the working hours."
    return [
        Problem(
            f"{said.path}: {place}quiet_hours",
            "cover all the working hours, so that nobody could be written to.",
            remedy,
        )
        for place, work, quiet in _everybody(usual, working.people)
        if _never_open(work, quiet)
    ]


def _everybody(
    usual: Hours, people: Mapping[str, Own]
) -> Iterator[tuple[str, Span, Sequence[Span]]]:
    yield "", usual.work, usual.quiet
    for address, own in people.items():
        if own.work is not None or own.quiet is not None:
            yield (
                f'[people."{address}"] ',
                _or(own.work, usual.work),
                _or(own.quiet, usual.quiet),
            )


def _never_open(work: Span, quiet: Sequence[Span]) -> bool:
    at = work[0]
    for start, end in sorted(quiet):
        if start <= at:
            at = max(at, end)
    return at >= work[1]
