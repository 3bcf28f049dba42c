"""The rules in force, in words that a recruiter understands. Pure: the settings and now come in."""

from __future__ import annotations

from calendar import day_name
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from plugin import zones
from plugin.rehearsal import rehearse
from plugin.variables import Settings
from scheduler.facts import Audience, ScorecardFacts
from scheduler.hours import Hours, Own, Span, hour
from scheduler.phrases import clean, counted, listed, sentence
from scheduler.policy import ClosedApplication, Place, Policy, Rule
from scheduler.rulebook import Rulebook
from scheduler.workdays import DayCount, WorkCalendar

WHOM = {
    Audience.INTERVIEWER: "the interviewer",
    Audience.RECRUITER: "the recruiter",
    Audience.COORDINATOR: "the coordinator",
    Audience.HIRING_MANAGER: "the hiring manager",
    Audience.MANAGER: "the interviewer's manager",
}
CLOSED = {
    ClosedApplication.NUDGE: "nudges go on all the same",
    ClosedApplication.ONLY_REPORT: "nobody is written to, and a missing scorecard still counts",
    ClosedApplication.STOP: "a missing scorecard is excused",
}
TITLES = {"slack": "Slack", "mail": "mail", "teams": "Teams"}


def days(number: int, count: DayCount) -> str:
    """``2 working days``."""
    return counted(number, "working day" if count is DayCount.BUSINESS else "calendar day")


def due(policy: Policy) -> str:
    """How long people have, as the end of a sentence about the scorecard."""
    if policy.due_after_days == 0:
        return "due as soon as the interview ends"
    return f"due {days(policy.due_after_days, policy.day_count)} after the interview ends"


def whom(place: Place) -> str:
    if place.audience is not Audience.FIXED:
        return WHOM[place.audience]
    address = clean(place.address or "", 100)
    return "the Teams channel" if address == "teams" else address


def by(place: Place, settings: Settings) -> str:
    """``by mail``; "" where the address says it."""
    if place.address is not None and "@" not in place.address:
        return ""
    able = [name for name in ("slack", "mail") if name in settings.channels]
    able.sort(key=lambda name: name != place.channel)  # a wish: the others stand in
    return f"by {', else by '.join(TITLES[name] for name in able)}" if able else ""


def example(
    book: Rulebook, case: ScorecardFacts, settings: Settings, now: datetime
) -> Iterator[tuple[datetime | None, str]]:
    """What happens about an interview that ends now, if nothing comes in: when, and what.

    In the company's zone; None: never.
    """
    due_moment, spoken = rehearse(book, case, now)
    zone = book.policy.zone
    yield now.astimezone(zone), "the interview ends"
    yield due_moment.astimezone(zone), "the scorecard is due"
    for place, each in zip(book.policy.of(case).ladder, spoken, strict=True):
        through = by(place, settings)
        text = f"{each.step.name} to {whom(place)}{f', {through}' if through else ''}"
        at = each.goes_out_at
        yield at and at.astimezone(zone), text if at else f"{text}: the step after it comes first"


def ladder(places: Sequence[Place], count: DayCount) -> str:
    """``the interviewer at once, the recruiter 2 working days later``."""
    told = []
    for number, place in enumerate(places):
        later = "later" if number else "after the due moment"
        when = f"{days(place.days_later, count)} {later}" if place.days_later else "at once"
        told.append(f"{whom(place)} {when}")
    return listed(told)


def where(rule: Rule) -> str:
    """``stage like "Onsite*" and department like "Sales" or "Data*"``."""
    kinds = (
        ("department", rule.departments),
        ("job", rule.jobs),
        ("stage", rule.stages),
        ("interview", rule.interviews),
    )
    told = [
        f"{kind} {' or '.join(f'“{clean(each, 80)}”' for each in patterns)}"
        for kind, patterns in kinds
        if patterns
    ]
    if rule.final_round is not None:
        told.append("a final round" if rule.final_round else "no final round")
    return listed(told)


def changes(rule: Rule, policy: Policy) -> list[str]:
    """What is different where a rule holds."""
    count = rule.day_count or policy.day_count
    told = []
    if rule.due_after_days is not None:
        after = f"after {days(rule.due_after_days, count)}"
        told.append(f"due {after if rule.due_after_days else 'as soon as the interview ends'}")
    elif rule.day_count is not None:
        told.append(f"days are counted as {'working' if _works(count) else 'calendar'} days")
    if rule.ladder is not None:
        told.append(f"its own ladder: {ladder(rule.ladder, count)}")
    if rule.closed_application is not None:
        told.append(f"once the application is closed, {CLOSED[rule.closed_application]}")
    return told


def _works(count: DayCount) -> bool:
    return count is DayCount.BUSINESS


def between(span: Span) -> str:
    return f"{hour(span[0])} to {hour(span[1])}"


def days_off(calendar: WorkCalendar) -> str:
    free = [f"{day_name[day]}s" for day in zones.weekend(calendar.country)]
    if not calendar.country:
        return listed(free)
    named = zones.country_names().get(calendar.country, calendar.country)
    code = "-".join(filter(None, (calendar.country, calendar.subdivision)))
    return listed([*free, f"the public holidays of {named} ({code})"])


def counting(policy: Policy) -> Iterator[str]:
    """When a scorecard is due, and what excuses it."""
    off = f"; {days_off(policy.calendar)} do not count" if _works(policy.day_count) else ""
    yield f"A scorecard is {due(policy)}{off}. Days are meant in {policy.zone.key}."
    yield (
        "An interviewer who declined the invitation owes nothing."
        if policy.declined_is_excused
        else "An interviewer who declined the invitation is asked all the same."
    )
    yield f"Once the application or the job is closed, {CLOSED[policy.closed_application]}."


def reaching(book: Rulebook, named: Mapping[str, WorkCalendar]) -> Iterator[str]:
    """When people may be written to. ``named``: the zones that the file names."""
    usual = book.working.usual
    yield (
        f"From {between(usual.work)} on working days, by the clock of each person's own time zone"
        f"{_pauses(usual, ', ')}. What falls outside waits for that person's next working hour."
    )
    yield (
        f"Days off in {usual.zone.key}: {days_off(usual.calendar)}. Elsewhere those of the country "
        "that the person's time zone lies in."
    )
    for zone, calendar in named.items():
        yield f"Days off in {zone}: {days_off(calendar)}."
    for address in sorted({*book.working.people, *book.slack_ids}):
        own = book.working.people.get(address, Own())
        yield f"{clean(address, 100)}: {'; '.join(_own(own, book.slack_ids.get(address)))}."


def _pauses(usual: Hours, before: str) -> str:
    quiet = listed([between(span) for span in usual.quiet])
    return f"{before}but not from {quiet}" if quiet else ""


def _own(own: Own, slack: str | None) -> list[str]:
    told = []
    if own.zone is not None:
        told.append(f"time zone {own.zone.key}")
    if own.calendar is not None:
        told.append(f"days off {days_off(own.calendar)}")
    if own.work is not None:
        told.append(f"works from {between(own.work)}")
    if own.quiet is not None:
        told.append(
            f"quiet from {listed([between(q) for q in own.quiet])}"
            if own.quiet
            else "no quiet hours"
        )
    if slack is not None:
        told.append(f"in Slack {slack}")
    return told


def limits(book: Rulebook) -> Iterator[str]:
    """How much people hear."""
    yield f"A person hears at most one message a working day.{_gaps(book.gaps)}"
    yield f"One run sends at most {counted(book.most_messages, 'message')}."
    if book.allowed:
        yield f"Nobody but {_allowed(book)} may be written to."
    else:
        yield "Everybody may be written to."


def _allowed(book: Rulebook) -> str:
    return listed([clean(each, 100) for each in book.allowed])


def _gaps(gaps: Sequence[int]) -> str:
    """``After 2 in a row that brought nothing, the next comes 2 working days later; after 3 …``"""
    told = [f"after one that was heeded, the next comes {_later(gaps[0])}"] if gaps[0] > 1 else []
    row = " in a row that brought nothing"
    for number in range(1, len(gaps)):
        if gaps[number] != gaps[number - 1]:
            more = " or more" if number == len(gaps) - 1 else ""
            told.append(f"after {number}{more}{row}, the next comes {_later(gaps[number])}")
            row = ""
    return f" {sentence('; '.join(told))}." if told else ""


def _later(number: int) -> str:
    return f"{counted(number, 'working day')} later"


def summary(book: Rulebook) -> str:
    """The whole in one paragraph."""
    policy, usual = book.policy, book.working.usual
    number = len(policy.rules)
    exceptions = f" There {'is' if number == 1 else 'are'} {counted(number, 'exception')}."
    only = f" Nobody but {_allowed(book)} is written to." if book.allowed else ""
    return (
        f"A scorecard is {due(policy)}. While it is missing, Afterword writes to "
        f"{ladder(policy.ladder, policy.day_count)}; then to nobody.{exceptions if number else ''} "
        f"Everybody hears at most one message a day, from {between(usual.work)}"
        f"{_pauses(usual, ' ')} on their own working days and by their own clock.{only}"
    )
