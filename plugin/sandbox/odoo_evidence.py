"""What Odoo shows of who handed in, told off the story: no feedback is linked to a meeting.

other-ats.md 8.3: a form or a note counts for every meeting with the same applicant that had begun;
a to-do belongs to one meeting, and to its organiser alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from plugin.sandbox.entities import Card, Job, Seat
from plugin.sandbox.meetings import meeting
from plugin.sandbox.odoo_rows import View, begun_at, organiser, whole

LOOKED_BACK = timedelta(days=60)
"""How old a colleague's filled form may be to show that forms are in use, and can be seen."""


def handed_in_at(view: View, seat: Seat, evidence: str) -> datetime | None:
    """When, as far as it shows; in whole seconds."""
    held = meeting(seat.interview, view.now)
    if held is None:
        return None
    if evidence == "activity":
        mine = organiser(seat.interview) is seat.person
        return view.todo_done_at(seat.interview) if mine else None
    about = view.cards(seat.interview.application)
    if evidence == "message":
        done = [_noted_at(view, card, seat) for card in about]
    else:
        done = [view.filled_at(card) for card in about if card.interviewer is seat.person]
    return _first(done, begun_at(held))


def can_tell(view: View, seat: Seat, evidence: str) -> bool:
    """Whether it would have shown."""
    if evidence == "message":
        return True
    if evidence == "activity":
        return organiser(seat.interview) is seat.person
    about = view.cards(seat.interview.application)
    mine = [card for card in about if card.interviewer is seat.person]
    if handed_in_at(view, seat, evidence) or not all(map(view.filled_at, mine)):
        return True
    return _is_in_use(view, seat.interview.application.job)


def _is_in_use(view: View, job: Job) -> bool:
    """A form of this job's survey was filled lately, by a colleague who is still there."""
    since = whole(view.now) - LOOKED_BACK
    return any(
        (filled_at := view.filled_at(card)) and filled_at >= since
        for application in view.world.applications
        if application.job is job and view.shows(application)
        for card in view.cards(application)
        if card.interviewer.active.at(view.now)
    )


def _noted_at(view: View, card: Card, seat: Seat) -> datetime | None:
    submission = card.submission.at(view.now)
    return view.filled_at(card) if submission and submission.submitter is seat.person else None


def _first(moments: Iterable[datetime | None], since: datetime) -> datetime | None:
    return min((each for each in moments if each and each >= since), default=None)
