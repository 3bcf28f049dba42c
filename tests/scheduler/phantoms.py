"""Scorecards that only seem to be owed: what happened, what they are then, what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.model import SHADOW, ApplicationState, InterviewState, Kind, Ref
from scheduler.answers import Answer, AnswerKind, Why
from scheduler.facts import Status
from scheduler.store import Store
from tests.scheduler.builders import (
    DAY,
    HOUR,
    KEY,
    MONDAY,
    application,
    card,
    interview,
    job,
    moved,
    save,
    world,
)

DUE = MONDAY + 2 * DAY
NOW = DUE + 3 * HOUR


@dataclass(frozen=True)
class Phantom:
    happens: Callable[[Store, datetime], object]
    status: Status
    says: str
    """A piece of the reason."""
    event: str | None = None
    """What history keeps."""
    excuse: str | None = None


def _answered(store: Store, at: datetime, why: Why) -> None:
    said = Answer("x", AnswerKind.DID_NOT_HAPPEN, at, "p1@example.org", "slack", reason=why)
    store.give_answer(KEY, said, None)


PHANTOMS: dict[str, Phantom] = {
    "cancelled": Phantom(
        lambda store, at: save(store, interview(state=InterviewState.CANCELLED), at=at),
        Status.CANCELLED,
        "the interview was called off",
        "cancelled",
        "interview_cancelled",
    ),
    "deleted": Phantom(
        lambda store, at: save(store, at=at, missing=(Ref(Kind.INTERVIEW, "i1"),)),
        Status.CANCELLED,
        "the interview was deleted in the ATS",
        "deleted",
        "interview_deleted",
    ),
    "moved": Phantom(
        lambda store, at: save(store, moved(interview(), NOW + DAY), at=at),
        Status.UPCOMING,
        "the interview ends on Thu 19 Nov",
        "moved",
    ),
    "no-show": Phantom(
        lambda store, at: _answered(store, at, Why.NO_SHOW),
        Status.EXCUSED,
        "the candidate did not come",
        "answered",
        "did_not_happen",
    ),
    "held by somebody else": Phantom(
        lambda store, at: _answered(store, at, Why.NOT_ME),
        Status.EXCUSED,
        "somebody else held it",
        "answered",
        "did_not_happen",
    ),
    "declined": Phantom(
        lambda store, at: save(store, interview("i1", card(attendance="declined")), at=at),
        Status.EXCUSED,
        "the interviewer declined the invitation",
        None,
        "declined",
    ),
    "swapped": Phantom(
        lambda store, at: save(store, interview("i1", card("p2", submitted_at=DUE)), at=at),
        Status.CANCELLED,
        "no longer on the panel",
        "panel_removed",
        "off_the_panel",
    ),
    "not required": Phantom(
        lambda store, at: save(store, interview("i1", card(required=False)), at=at),
        Status.EXCUSED,
        "the ATS asks this interviewer for no scorecard",
        None,
        "not_required",
    ),
    "shadowing": Phantom(
        lambda store, at: save(
            store, interview("i1", card(required=False, attendance=SHADOW)), at=at
        ),
        Status.EXCUSED,
        "the interviewer only shadowed",
        None,
        "shadow",
    ),
    "requisition closed": Phantom(
        lambda store, at: save(store, job(recruiter_ids=("p2",), is_open=False), at=at),
        Status.OVERDUE,
        "the job is closed: the scorecard only counts",
    ),
    "application rejected": Phantom(
        lambda store, at: save(store, application(state=ApplicationState.REJECTED), at=at),
        Status.OVERDUE,
        "the application is rejected: the scorecard only counts",
        "application_state",
    ),
    "candidate erased": Phantom(
        lambda store, at: save(store, at=at, missing=(Ref(Kind.CANDIDATE, "c1"),)),
        Status.CANCELLED,
        "the interview was deleted in the ATS",
        "deleted",
        "interview_deleted",
    ),
}


def haunted(store: Store, phantom: Phantom) -> None:
    """A scorecard that was owed until an hour before NOW."""
    save(store, *world())
    phantom.happens(store, NOW - HOUR)
