"""Owed scorecards for the tests of what people receive; today is Tuesday, 17 November 2026."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.model import ApplicationState, InterviewState
from connectors.notify.base import Message, Recipient
from scheduler import messages
from scheduler.facts import (
    Audience,
    Judgement,
    PersonFacts,
    ScorecardFacts,
    ScorecardKey,
    Status,
    Step,
    Told,
)
from scheduler.messages import Owed

NOW = datetime(2026, 11, 17, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
BO = Recipient("Bo Larsen", "bo@example.com")
FORM = "https://app.greenhouse.io/guides/7/people/9"
PAGE = "https://app.greenhouse.io/people/9"


def facts(**changes: Any) -> ScorecardFacts:
    person = str(changes.pop("interviewer_name", "Bo Larsen"))
    interview_id = str(changes.pop("interview_id", "i1"))
    values: dict[str, Any] = {
        "key": ScorecardKey("greenhouse", interview_id, person),
        "interviewer": PersonFacts(person, person, "bo@example.com", True),
        "interview": "Systems talk",
        "interview_state": InterviewState.STANDING,
        "starts_at": None,
        "ends_at": NOW,
        "ends_on": None,
        "interview_deleted_at": None,
        "application_id": "a1",
        "application_state": ApplicationState.ACTIVE,
        "application_readable": True,
        "candidate": "Noor V.",
        "job_id": "j1",
        "job": "Platform engineer",
        "department": "Engineering",
        "candidate_url": PAGE,
        "required": True,
        "can_tell": True,
        "attendance": None,
        "submitted_at": None,
        "submitter_id": None,
        "removed_at": None,
        "url": FORM,
        "due_at": None,
        "due_for": None,
    }
    return ScorecardFacts(**(values | changes))


def owed(
    days: int = 5,
    step: str = "nudge 1",
    *,
    size: int = 3,
    missing: int = 1,
    told: Sequence[Told] | None = None,
    **changes: Any,
) -> Owed:
    """A scorecard of an interview that ended ``days`` ago at this time of the day.

    Unless ``told`` says otherwise, the nudges before a nudge arrived, one a day.
    """
    if told is None:
        before = int(step.removeprefix("nudge ")) if step.startswith("nudge ") else 1
        told = [
            Told(f"nudge {n}", "sent", NOW - (before - n) * timedelta(days=1))
            for n in range(1, before)
        ]
    ended = NOW - timedelta(days=days)
    if isinstance(changes.get("ends_on"), date):
        changes.setdefault("ends_at", None)
    else:
        changes.setdefault("ends_at", ended)
    audience = Audience.RECRUITER if step.startswith("escalation") else Audience.INTERVIEWER
    return Owed(
        facts(**changes),
        Judgement(Status.OVERDUE, "", ended, ended),
        Step(step, audience, NOW),
        tuple(told),
        size,
        missing,
        days,
    )


def many(n: int, **changes: Any) -> list[Owed]:
    """``n`` scorecards of as many candidates, the longest wait last."""
    return [
        owed(
            1 + i % 30,
            interview_id=f"i{i}",
            application_id=f"a{i}",
            url=f"{FORM}?n={i}",
            candidate_url=f"{PAGE}?n={i}",
            **changes,
        )
        for i in range(n)
    ]


def nudge(*scorecards: Owed, in_reply_to: str | None = None) -> Message:
    return messages.nudge("m1", BO, scorecards, now=NOW, zone=ZONE, in_reply_to=in_reply_to)


def escalation(*scorecards: Owed) -> Message:
    to = Recipient("Rae", "rae@example.com")
    return messages.escalation("m1", to, scorecards, now=NOW, zone=ZONE)


def told(step: str, days_ago: int, state: str = "sent") -> Told:
    return Told(step, state, NOW - timedelta(days=days_ago))
