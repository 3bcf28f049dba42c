"""Who is left in peace now: the allow-list, working hours, one message a day, backing off. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase

from scheduler.facts import PersonFacts
from scheduler.hours import Hours, Presence, Working
from scheduler.phrases import clean, counted
from scheduler.rulebook import GAPS

STREAK = timedelta(days=90)
"""Messages from before that are not held against anybody any more."""
TODAY = "this person was already written to today"

LastWritten = Callable[[str], datetime | None]
Ignored = Callable[[Collection[str], datetime], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Manners:
    """What is known of people's hours and of what they did with earlier messages."""

    working: Working = field(default_factory=Working)
    member: Callable[[str], Presence | None] = lambda address: None
    """What Slack shows of somebody, by lower-case mail address."""
    ignored: Ignored = lambda addresses, since: {}
    """Nudges since a moment that an address got after its owner last handed something in or
    answered. Addresses without any may be absent."""
    gaps: tuple[int, ...] = GAPS
    allowed: tuple[str, ...] = ()

    def hours_of(self, person: PersonFacts) -> Hours:
        return self.working.of(person, self.member((person.email or "").strip().lower()))

    def may_hear(self, address: str) -> bool:
        patterns = [each.casefold() for each in self.allowed]
        return not patterns or any(fnmatchcase(address.casefold(), each) for each in patterns)

    def gap(self, ignored: int) -> int:
        """Working days from the last message to the next."""
        return self.gaps[min(ignored, len(self.gaps) - 1)] if self.gaps else 1

    def again(self, hours: Hours, last: datetime, ignored: int) -> date:
        """The day of this person on which they may hear the next message."""
        return hours.workdays_after(last, self.gap(ignored))


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who would be written to."""

    address: str
    name: str
    hours: Hours
    owes: bool
    """Whether it is about what they owe; who only hears of others is not backed off from."""


def spared(
    readers: Sequence[Reader], manners: Manners, last_written: LastWritten, now: datetime
) -> list[str | None]:
    """For each reader, most urgent first: why they are not written to now, or None.

    At most one message to an address on its owner's day, so of two the later is spared.
    """
    last = {each.address: last_written(each.address) for each in readers}
    chased = sorted({each.address for each in readers if each.owes and last[each.address]})
    ignored = manners.ignored(chased, now - STREAK) if chased else {}
    written: set[str] = set()
    found: list[str | None] = []
    for reader in readers:
        before = last[reader.address]
        count = ignored.get(reader.address, 0) if reader.owes else None
        reason = _asleep(reader, manners, now)
        if reason is None and reader.address in written:
            reason = TODAY
        if before is not None and manners.may_hear(reader.address):
            at_work = reader.hours.next_open(now) if reason else now
            # Who would not be written to at that hour either should not be told of it.
            reason = _enough(reader, manners, before, count, at_work or now) or reason
        if reason is None:
            written.add(reader.address)
        found.append(reason)
    return found


def _asleep(reader: Reader, manners: Manners, now: datetime) -> str | None:
    if not manners.may_hear(reader.address):
        return "the allow-list does not hold this person"
    if reader.hours.open_at(now):
        return None
    opens = reader.hours.next_open(now)
    name = clean(reader.name) or "this person"
    if opens is None:
        return f"waits for {name}'s working hours, of which there are none soon"
    here = opens.astimezone(reader.hours.zone)
    return f"waits for {name}'s working hours, from {here:%a %d %b %Y at %H:%M %Z}"


def _enough(
    reader: Reader, manners: Manners, last: datetime, ignored: int | None, now: datetime
) -> str | None:
    hours = reader.hours
    if hours.today(last) >= hours.today(now):
        return TODAY
    if ignored is None:
        return None
    again = manners.again(hours, last, ignored)
    if again <= hours.today(now):
        return None
    why = f"{counted(ignored, 'message')} in a row brought nothing"
    if not ignored:
        why = "the last message is not long ago"
    return f"{why}: the next one waits until {again:%a %d %b %Y}"
