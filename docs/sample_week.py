"""The messages of one made-up week, for the pictures. The people in them do not exist."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.notify.base import Message, Recipient
from scheduler import messages
from scheduler.answers import AnswerKind
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
from scheduler.owed import Ahead, Owed
from scheduler.policy import Policy
from scheduler.report import ComplianceReport, compile_report
from scheduler.workdays import Week
from tests.scheduler.sample_owed import BO, ZONE, facts

NOW = datetime(2026, 11, 17, 8, 5, tzinfo=UTC)
ADA = Recipient("Ada Mensah", "ada@example.com")
RAE = Recipient("Rae Okafor", "rae@example.com")
JOBS = (
    ("Platform engineer", "Engineering"),
    ("Data analyst", "Engineering"),
    ("Product designer", "Design"),
    ("Account executive", "Sales"),
)
NAMES = (
    *("Bo Larsen", "Ada Mensah", "Chidi Rao", "Dana Weiss", "Emre Kaya", "Farah Nouri"),
    *("Gus Lindt", "Hana Sato", "Ivo Horak", "Jun Park", "Kai Moana", "Lena Brandt"),
    *("Mira Costa", "Nils Aas"),
)


def card(
    candidate: str, interview: str, job: int, ended: datetime, **changes: Any
) -> ScorecardFacts:
    """A scorecard of the made-up company."""
    person = str(changes.pop("person", "Bo Larsen"))
    name, department = JOBS[job % len(JOBS)]
    values: dict[str, Any] = {
        "key": ScorecardKey("greenhouse", f"{candidate}{interview}", person),
        "interviewer": PersonFacts(person, person, f"{person[:2].lower()}@example.com", True),
        "interview": interview,
        "ends_at": ended,
        "application_id": candidate,
        "candidate": candidate,
        "job_id": name,
        "job": name,
        "department": department,
        "candidate_url": "https://app.greenhouse.io/people/200017",
        "url": "https://app.greenhouse.io/guides/41/people/200017",
    }
    return facts(**(values | changes))


def owed(candidate: str, interview: str, job: int, days: int, step: str, **more: Any) -> Owed:
    ended = NOW - timedelta(days=days)
    told = tuple(Told("nudge 1", "sent", NOW - timedelta(days=ago)) for ago in more.pop("told", ()))
    size, missing = more.pop("panel", (3, 1))
    of = card(candidate, interview, job, ended, **more)
    judgement = Judgement(Status.OVERDUE, "", ended, ended)
    at = Step(step, Audience.INTERVIEWER, NOW)
    return Owed(of, judgement, at, told, size, missing, days)


def week_report() -> ComplianceReport:
    start = datetime(2026, 11, 9, 8, tzinfo=UTC)
    judged = []
    for n in range(86):
        ended = start + timedelta(hours=(n * 7) % 100)
        status = Status.SUBMITTED
        if n % 7 == 3:
            status = Status.SUBMITTED_LATE
        elif n % 9 == 5 or n % 14 == 2:
            status = Status.OVERDUE
        elif n % 17 == 1:
            status = Status.AWAITING
        elif n % 29 == 4:
            status = Status.EXCUSED
        handed_in = ended + timedelta(hours=2 + n % 40) if status.startswith("sub") else None
        told_of = card(f"c{n}", "Talk", n % 4, ended, person=NAMES[n % 14], submitted_at=handed_in)
        judged.append((told_of, Judgement(status, "", ended, start + timedelta(days=5))))
    asof = datetime(2026, 11, 16, 8, tzinfo=UTC)
    return compile_report(Week.parse("2026-W46"), judged, asof=asof, policy=Policy(zone=ZONE))


def links(key: ScorecardKey, kind: AnswerKind) -> str:
    """As long as the real ones, which hold a signature."""
    return f"https://afterword.example.com/answer/{'AsGnd' * 20}.{kind}"


def every_message() -> dict[str, Message]:
    at: dict[str, Any] = {"now": NOW, "zone": ZONE}
    asked: dict[str, Any] = {**at, "links": links}
    talk = ("Noor V.", "Systems talk", 0)
    soon = Ahead("Rae Okafor", NOW + timedelta(days=2))
    again = replace(owed(*talk, 7, "nudge 2", told=(2,)), warns=soon)
    digest = [
        replace(owed(*talk, 9, "nudge 2", told=(2,)), warns=soon),
        owed("Sam O.", "Portfolio review", 2, 4, "nudge 1"),
        owed("Ines B.", "Phone screen", 3, 2, "nudge 1"),
    ]
    cases = [
        owed(*talk, 9, "escalation 1", told=(5, 1)),
        owed("Sam O.", "Portfolio review", 2, 6, "escalation 1", person=NAMES[1], panel=(4, 2)),
        replace(
            owed("Ines B.", "Phone screen", 3, 4, "escalation 1", person=NAMES[2], panel=(1, 1)),
            unreachable="the ATS has no address for the interviewer",
        ),
    ]
    handed = replace(owed(*talk, 5, "hand over"), step=Step("hand over", Audience.COLLEAGUE, NOW))
    wrong = [
        "Slack refuses the token (token_revoked): put a working one into SLACK_BOT_TOKEN.",
        "greenhouse could not be read since Mon 16 November 2026 at 22:10 CET.",
    ]
    site = "https://afterword.example.com"
    return {
        "nudge": messages.nudge("m1", BO, [owed(*talk, 5, "nudge 1")], **asked),
        "nudge-again": messages.nudge("m2", BO, [again], **asked),
        "nudge-without-address": messages.nudge(
            "m9", BO, [owed(*talk, 5, "nudge 1")], **at, replies=True
        ),
        "digest": messages.nudge("m3", BO, digest, **asked),
        "escalation": messages.escalation("m4", RAE, cases[:1], **at),
        "escalations": messages.escalation("m5", RAE, cases, **at),
        "hand-over": messages.escalation("m7", ADA, [handed], **at),
        "report": messages.report(
            "m6",
            RAE,
            week_report(),
            page_url=f"{site}/reports/2026-W46",
            unsubscribe_url=f"{site}/unsubscribe/x",
        ),
        "alarm": messages.alarm("m8", RAE, wrong, page_url=f"{site}/"),
    }
