"""Weekly reports for the tests of what people receive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduler.facts import Judgement, ScorecardFacts, Status
from scheduler.policy import Policy
from scheduler.report import ComplianceReport, compile_report
from scheduler.workdays import Week
from tests.scheduler.sample_owed import ZONE, facts

ASOF = datetime(2026, 11, 16, 8, tzinfo=UTC)
ENDED = datetime(2026, 11, 11, 15, tzinfo=UTC)
TURN = (
    Status.SUBMITTED,
    Status.SUBMITTED,
    Status.OVERDUE,
    Status.SUBMITTED_LATE,
    Status.AWAITING,
    Status.EXCUSED,
)


def a_report(
    interviewers: int = 12, *, name: str = "Interviewer", job: str = "Platform engineer"
) -> ComplianceReport:
    """One scorecard an interviewer, over three departments, in week 46 of 2026."""
    judged = [_one(n, f"{name} {n}", job) for n in range(interviewers)]
    return compile_report(Week.parse("2026-W46"), judged, asof=ASOF, policy=Policy(zone=ZONE))


def _one(n: int, name: str, job: str) -> tuple[ScorecardFacts, Judgement]:
    status = TURN[n % len(TURN)]
    handed_in = ENDED + timedelta(hours=6 * n % 100)
    card = facts(
        interviewer_name=name,
        interview_id=f"i{n}",
        ends_at=ENDED,
        department=("Engineering", "Design", "Sales")[n % 3],
        job=f"{job} {n % 7}",
        job_id=f"j{n % 7}",
        submitted_at=handed_in if status.startswith("submitted") else None,
    )
    due = ENDED + timedelta(days=30 if status is Status.AWAITING else 2)
    return card, Judgement(status, "", ENDED, due)
