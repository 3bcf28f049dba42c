"""An Ashby of a few rows, as strict as ashby.md says the real one is.

It refuses whatever is not a POST with a key, an object and the versioned Accept header, unknown or
mistyped parameters, and sync tokens of other parameters; what it answers is full of what must
never be kept.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from connectors.ats.ashby import Ashby
from connectors.ats.ashby_config import AshbyConfig
from tests.connectors.loopback import Answer, Asked, Loopback, serving, thing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = "api-key-of-the-test"
WEBHOOK_SECRET = "hook-secret-of-the-test"
Row = dict[str, Any]

PERMISSIONS = {
    "interviewSchedule": "interviews",
    "interviewBriefing": "interviews",
    "interview": "interviews",
    "application": "candidates",
    "applicationFeedback": "candidates",
    "candidate": "candidates",
    "job": "jobs",
    "user": "organization",
    "department": "organization",
    "apiKey": "apiKeys",
}
PAGING = {"cursor": str, "limit": int, "syncToken": str}
LISTS: dict[str, dict[str, type]] = {
    "interviewSchedule.list": {"createdAfter": int, "applicationId": str, "interviewStageId": str},
    "applicationFeedback.list": {"createdAfter": int, "applicationId": str},
    "application.list": {"status": str, "jobId": str, "createdAfter": int, "expand": list},
    "job.list": {"status": list, "createdAfter": int},
    "user.list": {"includeDeactivated": bool},
    "department.list": {},
}
SINGLES: dict[str, tuple[str, str]] = {
    "interviewBriefing.info": ("interviewEventId", "interview_event_not_found"),
    "application.info": ("applicationId", "application_not_found"),
    "candidate.info": ("id", "candidate_not_found"),
    "interview.info": ("id", "interview_not_found"),
    "job.info": ("id", "job_not_found"),
    "user.info": ("userId", "user_not_found"),
}


def uid(word: str) -> str:
    """A UUID of that name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, word))


class Trouble(Exception):
    def __init__(self, code: str, status: int = 200) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class FakeAshby:
    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Row]] = defaultdict(dict)
        self.denied: set[str] = set()
        """Permissions that this key has not."""
        self.by_application_only = False
        """Whether this key may not read all feedback at once (ashby.md 10)."""
        self.script: dict[str, deque[Answer]] = defaultdict(deque)
        """By method: answers to give before the true ones."""
        self.shape = "info"
        """Of failures: info, strings or objects (2.2)."""
        self.page_size = 100
        self.token_trouble: str | None = None
        """The code with which sync tokens are answered."""
        self._tick = 0
        self._changed: dict[tuple[str, str], int] = {}
        self.server: Loopback

    # -- a world

    def put(self, table: str, word: str, row: Row) -> Row:
        self._tick += 1
        name = uid(word)
        self._changed[table, name] = self._tick
        self.tables[table][name] = {"id": name, **row}
        return self.tables[table][name]

    def drop(self, table: str, word: str) -> None:
        del self.tables[table][uid(word)]

    def user(self, word: str, **columns: Any) -> Row:
        first, _, last = word.partition(" ")
        usual: Row = {"firstName": first, "lastName": last, "email": f"{first.lower()}@example.org"}
        usual |= {"globalRole": "Limited Access", "isEnabled": True, "customFields": []}
        usual |= {"updatedAt": "2026-10-01T08:00:00.000Z", "managerId": None}
        return self.put("user", word, usual | columns)

    def seat(self, word: str, **columns: Any) -> Row:
        """An interviewer as an event embeds one."""
        usual: Row = {"interviewerPool": None, "trainingRole": None, "isFeedbackRequired": True}
        return self.user(word) | usual | columns

    def event(self, word: str = "event", *seats: Row, **columns: Any) -> Row:
        """One interview of an hour, two weeks ago unless ``endTime`` says otherwise."""
        name = uid(word)
        usual: Row = {
            "id": name,
            "interviewId": uid("talk"),
            "interviewScheduleId": uid("schedule"),
            "interviewerUserIds": ["not", "to", "be", "read"],
            "interviewers": list(seats) or [self.seat("Ivo Brandt")],
            "createdAt": "2026-11-01T08:00:00.000Z",
            "updatedAt": "2026-11-02T08:00:00.000Z",
            "startTime": "2026-11-10T14:00:00.000Z",
            "endTime": "2026-11-10T15:00:00.000Z",
            "feedbackLink": f"https://app.ashbyhq.com/interview-briefings/{name}/feedback",
            "location": "SECRET ROOM",
            "hasSubmittedFeedback": False,
            "extraData": {"note": "SECRET"},
        }
        self.briefing(word, *usual["interviewers"])
        return usual | columns

    def briefing(self, word: str, *seats: Row, done: tuple[str, ...] = ()) -> None:
        """``done``: names of those who have handed in."""
        ids = {uid(each) for each in done}
        told = [
            {
                "userId": each["id"],
                "isFeedbackRequired": True,
                "hasSubmittedFeedback": each["id"] in ids,
                "trainingRole": None,
            }
            for each in seats
        ]
        usual = {"applicationId": uid("application"), "interviewers": told}
        self.put("interviewBriefing", word, usual | {"hasSubmittedFeedback": bool(done)})

    def schedule(self, word: str = "schedule", *events: Row, **columns: Any) -> Row:
        usual: Row = {
            "status": "WaitingOnFeedback",
            "applicationId": uid("application"),
            "interviewStageId": uid("stage"),
            "scheduledBy": None,
            "createdAt": "2026-11-01T08:00:00.000Z",
            "updatedAt": "2026-11-02T08:00:00.000Z",
            "interviewEvents": list(events) or [self.event()],
        }
        return self.put("interviewSchedule", word, usual | columns)

    def feedback(self, word: str, who: str | None, event: str | None = "event", **more: Any) -> Row:
        """Handed in by ``who``; the event's own flag is not touched."""
        user = self.user(who) if who else None
        usual: Row = {
            "applicationId": uid("application"),
            "interviewEventId": uid(event) if event else None,
            "interviewId": uid("talk"),
            "submittedByUser": user,
            "creditedToUser": user,
            "submittedAt": "2026-11-11T09:30:00.000Z",
            "createdAt": "2026-11-11T09:30:00.000Z",
            "formDefinition": {"sections": [{"title": "SECRET SECTION"}]},
            "submittedValues": {"overall": {"score": 1}, "notes": "SECRET NOTES"},
        }
        return self.put("applicationFeedback", word, usual | more)

    def hiring(self, word: str = "application", **columns: Any) -> Row:
        """An application with its candidate, job, kind of interview and department."""
        team = [
            {"userId": self.user(name)["id"], "email": f"{name[:3].lower()}@example.org"}
            | {"firstName": name[:3], "lastName": name[4:], "role": role}
            for name, role in (
                ("Pia Holt", "Recruiter"),
                ("Bo Lind", "Recruiting Coordinator"),
                ("Zoe Dahl", "Hiring Manager"),
                ("Sol Sourcer", "Sourcer"),
            )
        ]
        job = {"title": "Platform engineer", "departmentId": uid("department"), "locationId": None}
        usual: Row = {
            "createdAt": "2026-10-01T08:00:00.000Z",
            "updatedAt": "2026-11-02T08:00:00.000Z",
            "status": "Active",
            "candidate": {
                "id": uid("Noor Vance"),
                "name": "Noor Vance",
                "primaryEmailAddress": {"value": "SECRET@example.net"},
                "primaryPhoneNumber": {"value": "SECRET 555"},
            },
            "currentInterviewStage": {"id": uid("stage"), "title": "Team interviews"},
            "archiveReason": None,
            "job": {"id": uid("job"), **job},
            "hiringTeam": team,
            "submitterClientIp": "192.0.2.17",
        }
        self.put("department", "department", {"name": "Engineering"})
        stamps = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-10-01T08:00:00.000Z"}
        self.put("job", "job", {**job, **stamps, "confidential": False, "hiringTeam": team})
        profile = f"https://app.ashbyhq.com/candidate-searches/new/{uid('Noor Vance')}"
        found = {"name": "Noor Vance", "profileUrl": profile, "applicationIds": [uid(word)]}
        self.put("candidate", "Noor Vance", {**found, "emailAddresses": ["SECRET@example.net"]})
        self.kind()
        return self.put("application", word, usual | columns)

    def kind(self, word: str = "talk", **columns: Any) -> Row:
        usual = {"title": "Systems talk", "isArchived": False, "isDebrief": False}
        usual |= {"isFeedbackRequired": True, "instructionsPlain": "SECRET"}
        return self.put("interview", word, usual | columns)

    # -- what was asked

    def questions(self, method: str) -> list[Row]:
        """The bodies sent to one method, in order."""
        return [json.loads(each.body) for each in self.server.asked if each.name == method]

    # -- answering

    def answer(self, asked: Asked) -> Answer:
        if self.script[asked.name]:
            return self.script[asked.name].popleft()
        try:
            return thing({"success": True} | self._answer(asked))
        except Trouble as trouble:
            return self.failure(trouble.code, trouble.status)

    def failure(self, code: str, status: int = 200) -> Answer:
        told: Row = {"success": False, "errorInfo": None, "errors": [code]}
        if self.shape == "info":
            told["errorInfo"] = {"code": code, "message": f"About {code}.", "requestId": "r-1"}
            del told["errors"]
        elif self.shape == "objects":
            told["errors"] = [{"message": code, "parameter": None}]
        body = json.dumps(told).encode()
        return Answer(status, body, {"x-ashby-request-id": "r-1"})

    def _answer(self, asked: Asked) -> Row:
        login = base64.b64encode(f"{KEY}:".encode()).decode()
        if "authorization" not in asked.headers:
            raise Trouble("unauthorized", 401)
        if asked.headers["authorization"] != f"Basic {login}":
            raise Trouble("invalid_key", 403)
        category = asked.name.split(".")[0]
        if category not in PERMISSIONS:
            raise Trouble("endpoint_not_found", 404)
        if PERMISSIONS[category] in self.denied:
            raise Trouble("missing_endpoint_permission", 403)
        accepts = asked.headers.get("accept") == "application/json; version=1"
        if asked.method != "POST" or not accepts or asked.query:
            raise Trouble("invalid_input", 405)
        body = json.loads(asked.body)
        if asked.headers.get("content-type") != "application/json" or not isinstance(body, dict):
            raise Trouble("invalid_input")
        if asked.name == "apiKey.info":
            return {"results": {"title": "Afterword", "scopes": []}}
        if asked.name in SINGLES:
            return self._single(asked.name, body)
        return self._page(asked.name, body)

    def _single(self, method: str, body: Row) -> Row:
        key, code = SINGLES[method]
        if set(body) != {key}:
            raise Trouble("invalid_input")
        found = self.tables[method.split(".")[0]].get(body[key])
        if found is None:
            raise Trouble(code)
        return {"results": found}

    def _page(self, method: str, body: Row) -> Row:
        allowed = LISTS[method] | PAGING
        for name, value in body.items():
            if name not in allowed or type(value) is not allowed[name]:
                raise Trouble("invalid_input")
        table = method.split(".")[0]
        asked = {name: value for name, value in body.items() if name in LISTS[method]}
        if (
            table == "applicationFeedback"
            and self.by_application_only
            and "applicationId" not in body
        ):
            raise Trouble("invalid_input")
        since, start = 0, 0
        if "syncToken" in body:
            token = json.loads(body["syncToken"])
            if self.token_trouble or token["asked"] != [method, asked]:
                raise Trouble(self.token_trouble or "sync_token_invalid")
            since = token["tick"]
        if "cursor" in body:
            start = json.loads(body["cursor"])
        rows = [
            row
            for name, row in self.tables[table].items()
            if self._changed[table, name] > since and _fits(row, asked)
        ]
        page, rest = rows[start : start + self.page_size], rows[start + self.page_size :]
        if rest:
            cursor = json.dumps(start + self.page_size)
            return {"results": page, "moreDataAvailable": True, "nextCursor": cursor}
        told: Row = {"results": page, "moreDataAvailable": False}
        if "syncToken" in body and not rows:
            return told  # nothing changed: the old one stays good (2.3)
        token = {"asked": [method, asked], "tick": self._tick}
        return told | {"syncToken": json.dumps(token)}


def _fits(row: Row, asked: Row) -> bool:
    if "applicationId" in asked and row["applicationId"] != asked["applicationId"]:
        return False
    if "createdAfter" not in asked:
        return True
    created = datetime.fromisoformat(row.get("createdAt") or "2026-11-01T00:00:00Z")
    after: int = asked["createdAfter"]
    return created.timestamp() * 1000 > after


@contextmanager
def ashby() -> Iterator[FakeAshby]:
    fake = FakeAshby()
    with serving(fake.answer) as server:
        fake.server = server
        yield fake


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def connected(
    fake: FakeAshby,
    *,
    sleeps: list[float] | None = None,
    clock: Hands | None = None,
    **other: Any,
) -> Ashby:
    """The connector at that fake; it never truly sleeps."""
    config = AshbyConfig(
        api_key=other.pop("api_key", KEY),
        webhook_secrets=(WEBHOOK_SECRET,),
        api_url=fake.server.url,
        pace=0,
        **other,
    )
    waited = [] if sleeps is None else sleeps
    return Ashby(config, clock=clock or Hands(), sleep=waited.append)
