"""Interviews as most vendors see them: two instants, a panel, and forms that exist once written.

Greenhouse alone has placeholder cards and undated rows; everybody else has this. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from plugin.sandbox.entities import Application, Card, Interview, Person, Schedule, Seat
from plugin.sandbox.world import World


@dataclass(frozen=True)
class Meeting:
    """An interview that has or had a date. ``called_off_at``: since when it is not held."""

    interview: Interview
    starts_at: datetime
    ends_at: datetime
    called_off_at: datetime | None
    changed_at: datetime
    """Of its time, its panel or its being held; not of its forms."""

    @property
    def minutes(self) -> int:
        return max(1, (self.ends_at - self.starts_at) // timedelta(minutes=1))


def meeting(interview: Interview, now: datetime) -> Meeting | None:
    """None when it does not exist, or has never had a date (scaffolding, take-home tests)."""
    if not interview.exists(now):
        return None
    dated = [s for _, _, s in interview.schedule.periods(now) if s.over_at is not None]
    if not dated:
        return None
    starts_at, ends_at = _instants(dated[-1])
    called_off_at = None
    if interview.fixed.at(now) == "skipped":
        called_off_at = interview.fixed.changed_at(now)
    elif interview.schedule.at(now).over_at is None:
        called_off_at = interview.schedule.changed_at(now)
    changes = [interview.updated_at(now)]
    for seat in interview.seats:
        changes += [each for each in (seat.created_at, seat.gone_at) if each and each <= now]
    return Meeting(interview, starts_at, ends_at, called_off_at, max(changes))


def _instants(schedule: Schedule) -> tuple[datetime, datetime]:
    """Of an all-day event: from the first midnight to the last, in UTC."""
    over_at = schedule.over_at
    assert over_at is not None
    if schedule.starts_at is not None:
        return schedule.starts_at, over_at
    assert schedule.start_on is not None
    return datetime.combine(schedule.start_on, time(), over_at.tzinfo), over_at


@dataclass(frozen=True)
class Form:
    """Something that an interviewer (or somebody for them) has written."""

    card: Card
    author: Person
    """Who pressed the button."""
    created_at: datetime
    completed_at: datetime | None
    """None: a draft."""
    deleted_at: datetime | None
    rating: str | None

    @property
    def interview(self) -> Interview:
        return self.card.interview

    @property
    def linked(self) -> bool:
        """Whether it was written for its interview, or by hand beside it."""
        return not self.card.extra


def forms(interview: Interview, now: datetime) -> list[Form]:
    """Everything written by ``now``, also what was deleted after it was handed in."""
    found = []
    for card in interview.cards:
        submission = card.submission.at(now)
        saved_at = card.saved.changed_at(now) if card.saved.at(now) else None
        deleted_at = card.gone_at if card.gone_at and card.gone_at <= now else None
        if card.created_at > now or not (submission or (saved_at and not deleted_at)):
            continue
        began = [each for each in (saved_at, submission.at if submission else None) if each]
        found.append(
            Form(
                card=card,
                author=submission.submitter if submission else card.interviewer,
                created_at=min(began),
                completed_at=submission.at if submission else None,
                deleted_at=deleted_at,
                rating=submission.rating if submission else None,
            )
        )
    return found


def handed_in(interview: Interview, now: datetime) -> list[Form]:
    """The forms that count: complete and not deleted."""
    return [each for each in forms(interview, now) if each.completed_at and not each.deleted_at]


def unmatched(interview: Interview, now: datetime) -> list[Form]:
    """Handed in for this interview by somebody who does not sit on its panel."""
    seated = [seat.person for seat in interview.panel(now)]
    return [each for each in handed_in(interview, now) if each.linked and each.author not in seated]


def asked(seat: Seat) -> bool:
    """Whether this panel member is asked for feedback at all."""
    return (
        seat.person is not None
        and seat.card is not None
        and seat.interview.slot.require_scorecard is not False
    )


class Agenda:
    """The interviews of each application, looked up instead of searched for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._version = -1
        self._by_application: dict[int, list[Interview]] = {}

    def of(self, application: Application) -> list[Interview]:
        if self._version != self._world.version:
            found: dict[int, list[Interview]] = defaultdict(list)
            for each in self._world.interviews:
                found[each.application.id].append(each)
            self._version, self._by_application = self._world.version, dict(found)
        return self._by_application.get(application.id, [])

    def meetings(self, application: Application, now: datetime) -> list[Meeting]:
        return [m for each in self.of(application) if (m := meeting(each, now))]
