"""What a replay found, for people: two columns side by side, then single scorecards in full.

Names of colleagues only; nobody's who was interviewed. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import fill
from zoneinfo import ZoneInfo

from connectors.notify.base import MessageKind
from scheduler.facts import Closing
from scheduler.phrases import clean, counted, listed
from scheduler.policy import Policy, ended_at
from scheduler.replay import History, Spoken, Where
from scheduler.replay_figures import KINDS, Apart, Kinds, Most, ReplayFigures, Wait

WIDTH = 80
OURS = "today's rules"
WEEK_COLUMNS = (("all", 6), ("nudges", 8), ("digests", 9), ("escal.", 8))
LABEL, VALUE = 30, 24


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sets of rules."""

    name: str
    figures: ReplayFigures

    @property
    def title(self) -> str:
        return shortened(self.name, VALUE - 2)


def shortened(name: str, limit: int) -> str:
    """Of a long path the end, which tells more."""
    name = clean(name, 1000)
    return name if len(name) <= limit else f"…{name[1 - limit :]}"


def opening(history: History, zone: ZoneInfo) -> str:
    """What was told again."""
    stretch = f"{_day(history.since, zone)} to {_day(history.until, zone)}"
    cards = counted(len(history.facts), "scorecard")
    return (
        f"{stretch}, as if Afterword had been switched on at its beginning: "
        f"the interviews that ended since then, {cards}."
    )


def really(sent: Mapping[str, int]) -> str:
    """What was sent in truth, for comparison with the first column."""
    kinds = {kind: sent.get(kind.value, 0) for kind in MessageKind}
    return f"Really sent in that time: {_kinds(kinds)}." if any(kinds.values()) else ""


def limits(closings: Mapping[Where, Closing]) -> str:
    """What the stored history cannot tell."""
    guessed = sum(each.application is not None and not each.seen for each in closings.values())
    said = (
        "The ATS gives no moment for interviews that were moved, called off or deleted and for "
        "people who left a panel or the company: for these the present state holds all along."
    )
    if guessed:
        those = counted(guessed, "interview")
        said += (
            f" The applications of {those} count as closed since the last change the ATS tells of."
        )
    return said


def weeks(sides: Sequence[Side]) -> Iterator[str]:
    """By ISO week: messages of each kind."""
    width = sum(each for _, each in WEEK_COLUMNS)
    yield f"{'':10}" + "".join(f"{side.title:>{width}}" for side in sides)
    heads = "".join(f"{name:>{size}}" for name, size in WEEK_COLUMNS)
    yield f"{'week':10}" + heads * len(sides)
    for week in sides[0].figures.weeks:
        yield f"{week.label:10}" + "".join(_cells(side.figures.weeks[week]) for side in sides)
    yield f"{'in all':10}" + "".join(_cells(side.figures.total) for side in sides)


def _cells(kinds: Kinds) -> str:
    numbers = [sum(kinds.values()), *(kinds.get(kind, 0) for kind in KINDS)]
    pairs = zip(numbers, WEEK_COLUMNS, strict=True)
    return "".join(f"{number or '·':>{size}}" for number, (_, size) in pairs)


def summary(sides: Sequence[Side]) -> Iterator[str]:
    """The same questions to both."""
    rows = [
        ("", [side.title for side in sides]),
        ("messages", [f"{side.figures.messages:,}" for side in sides]),
        ("people reached", [f"{side.figures.people:,}" for side in sides]),
        ("escalations", [f"{side.figures.escalations:,}" for side in sides]),
        ("scorecards spoken about", [f"{side.figures.scorecards:,}" for side in sides]),
        ("one person's worst day", [_much(side.figures.worst_day) for side in sides]),
        ("one person's worst week", [_much(side.figures.worst_week) for side in sides]),
        ("longest until a first nudge", [_days(side.figures.longest_wait) for side in sides]),
    ]
    for label, values in rows:
        yield f"{label:{LABEL}}" + "".join(f"{value:>{VALUE}}" for value in values)


def _much(most: Most | None) -> str:
    if most is None:
        return "none"
    return f"{counted(most.messages, 'message')} about {most.scorecards}"


def _days(wait: Wait | None) -> str:
    return "none" if wait is None else f"{wait.length.total_seconds() / 86400:.1f} days"


def whose(sides: Sequence[Side], zone: ZoneInfo) -> Iterator[str]:
    """Whose the worst day and week were, and which scorecard waited longest."""
    days, weeks, waits = [], [], []
    for side in sides:
        figures, of = side.figures, f" ({side.title})" if len(sides) > 1 else ""
        if (most := figures.worst_day) is not None:
            days.append(f"{clean(most.name)}, {most.day:%a %d %b %Y}{of}")
        if (most := figures.worst_week) is not None:
            weeks.append(f"{clean(most.name)}, from {most.day:%a %d %b %Y}{of}")
        if (wait := figures.longest_wait) is not None:
            until = _moment(wait.until, zone)
            waits.append(f"interview {clean(wait.key.interview_id)}, until {until}{of}")
    for question, found in (("Worst day", days), ("Worst week", weeks), ("Longest wait", waits)):
        if found:
            yield fill(f"{question}: {'; '.join(found)}.", WIDTH, subsequent_indent="  ")


def apart(number: int, each: Apart, theirs: str, policy: Policy) -> Iterator[str]:
    """One scorecard about which the two say different things."""
    facts, zone = each.facts, policy.zone
    where = f"{facts.key.ats} interview {facts.key.interview_id}"
    job = f" ({facts.job})" if facts.job else ""
    ended = ended_at(facts, policy)
    when = f", ended {_moment(ended, zone)}" if ended else ""
    yield _wrapped(
        f"{number:>2}. ", f"{where}, {facts.interview}{job}: {facts.interviewer.name}{when}"
    )
    names = (OURS, theirs)
    for name, spoken, silence in zip(
        names, (each.ours, each.theirs), (each.our_silence, each.their_silence), strict=True
    ):
        yield f"    {shortened(name, WIDTH - 4)}"
        for one in spoken:
            yield _wrapped("      ", told(one, zone))
        if silence:
            then = "then nothing" if spoken else "nothing"
            yield _wrapped("      ", f"{_moment(each.at, zone)}: {then}, as {silence}")


def told(spoken: Spoken, zone: ZoneInfo) -> str:
    """``Thu 12 Nov 2026, 09:00: nudge 1 to Bo Ek (fell due on …)``."""
    at, why = _moment(spoken.at, zone), spoken.why.removeprefix(f"{spoken.step} ")
    return f"{at}: {spoken.step} to {clean(spoken.name)} ({why})"


def _wrapped(indent: str, text: str) -> str:
    under = " " * (len(indent) + 2)
    return fill(clean(text, 600), WIDTH, initial_indent=indent, subsequent_indent=under)


def filled(text: str) -> str:
    """A paragraph."""
    return fill(text, WIDTH)


def _kinds(kinds: Kinds) -> str:
    return listed([counted(number, kind.value) for kind, number in kinds.items() if number])


def _day(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d %b %Y}"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %d %b %Y, %H:%M}"
