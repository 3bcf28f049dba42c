"""Scorecards to judge: one ordinary one, and whatever a test changes about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.model import ApplicationState, InterviewState
from scheduler.answers import Answer, AnswerKind
from scheduler.facts import PersonFacts, ScorecardFacts, ScorecardKey

END = datetime(2026, 11, 10, 10, tzinfo=UTC)
"""A Tuesday; by the default policy its scorecards are due on Thursday at 10:00."""
DUE = END + timedelta(days=2)


def person(id: str, **changes: Any) -> PersonFacts:
    """An active colleague with an address of their own."""
    known: dict[str, Any] = {"name": f"Person {id}", "email": f"{id}@example.com", "active": True}
    return PersonFacts(id=id, **{**known, **changes})


RECRUITER = person("rita")


def answer(kind: AnswerKind, at: datetime, **more: Any) -> Answer:
    """Given in Slack; its id is the moment."""
    known: dict[str, Any] = {"id": f"{at:%d%H%M}-of-many", "by": "ivo@example.com", "via": "slack"}
    return Answer(kind=kind, at=at, **{**known, **more})


def card(interview: str = "1", who: str = "ivo", **changes: Any) -> ScorecardFacts:
    """A required scorecard of an interview that ended at END, not submitted."""
    who = changes["interviewer"].id if "interviewer" in changes else who
    known: dict[str, Any] = {
        "key": ScorecardKey("greenhouse", interview, who),
        "interviewer": person(who),
        "interview": "Systems talk",
        "interview_state": InterviewState.STANDING,
        "starts_at": None,
        "ends_at": END,
        "ends_on": None,
        "interview_deleted_at": None,
        "application_id": f"a{interview}",
        "application_state": ApplicationState.ACTIVE,
        "application_readable": True,
        "candidate": "Noor V.",
        "job_id": "j1",
        "job": "Platform engineer",
        "department": "Engineering",
        "candidate_url": None,
        "required": True,
        "can_tell": True,
        "attendance": None,
        "submitted_at": None,
        "submitter_id": None,
        "removed_at": None,
        "url": None,
        "due_at": None,
        "due_for": None,
        "recruiters": (RECRUITER,),
    }
    return ScorecardFacts(**{**known, **changes})
