"""A Harvest v3 of a few rows, as strict as greenhouse.md says the real one is.

It refuses unknown parameters, a cursor with company, more than 50 values, both of created_at and
updated_at, and a GET with a body; every row holds columns that must never be asked for.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from connectors.ats.greenhouse import Greenhouse
from connectors.ats.greenhouse_config import GreenhouseConfig
from tests.connectors.loopback import Answer, Asked, Loopback, serving, thing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECRET = "client-secret-of-the-test"
WEBHOOK_SECRET = "hook-secret-of-the-test"
UPDATED = "2026-11-02T08:00:00.000Z"
Row = dict[str, Any]

COMMON = {"ids", "fields", "per_page", "created_at", "updated_at"}
FILTERS: dict[str, set[str]] = {
    "interviews": {"application_ids", "job_ids", "job_interview_ids", "organizer_ids", "starts_at"}
    | {"ends_at", "all_day_start_on", "all_day_end_on", "external_event_id", "status"},
    "interviewers": {"interview_ids", "user_ids", "scorecard_ids", "response_status"},
    "scorecards": {"application_ids", "interviewer_ids", "submitter_ids", "interview_kit_ids"}
    | {"interviewed_at", "submitted_at", "status"},
    "applications": {"candidate_ids", "job_ids", "status", "stage_ids"},
    "candidates": {"email", "tag", "private"},
    "jobs": {"status", "department_id"},
    "users": {"deactivated", "primary_email", "show_service_accounts"},
    "job_interviews": {"job_ids", "active"},
    "departments": {"parent_id"},
    "job_owners": {"user_ids", "job_ids", "type"},
    "job_hiring_managers": {"user_ids", "job_ids"},
}
SENSITIVE: dict[str, Row] = {
    "scorecards": {"candidate_rating": "strong_no", "notes": "SECRET NOTES", "private_notes": "x"},
    "candidates": {"email_addresses": [{"value": "SECRET@example.net", "type": "home"}]},
    "jobs": {"notes": "<p>SECRET</p>"},
}


class FakeHarvest:
    def __init__(self) -> None:
        self.tables: dict[str, list[Row]] = {name: [] for name in FILTERS}
        self.denied: set[str] = set()
        self.script: dict[str, deque[Answer]] = defaultdict(deque)
        """By the last part of the path: answers to give before the true ones."""
        self.tokens = 0
        self.good_tokens: set[str] = set()
        self.most_per_page = 500
        self.server: Loopback

    # -- a world

    def put(self, table: str, id: int | str, **columns: Any) -> None:
        """Add or replace a row; it starts from what the fact sheet calls usual."""
        self.drop(table, id)
        stamp: Row = {
            "created_at": "2026-10-01T08:00:00.000Z",
            "updated_at": "2026-11-02T08:00:00.000Z",
        }
        usual: Row = {"id": id, **stamp, **SENSITIVE.get(table, {})}
        self.tables[table].append(usual | columns)

    def drop(self, table: str, id: int | str) -> None:
        self.tables[table] = [row for row in self.tables[table] if row["id"] != id]

    def interview(self, id: int = 100, **columns: Any) -> None:
        usual = {
            "application_id": 200,
            "job_id": 300,
            "job_interview_id": 400,
            "starts_at": "2026-11-10T14:00:00.000Z",
            "ends_at": "2026-11-10T15:00:00.000Z",
            "all_day_start_on": None,
            "all_day_end_on": None,
            "status": "awaiting_feedback",
            "organizer_id": None,
            "location": "SECRET ROOM",
        }
        self.put("interviews", id, **(usual | columns))

    def seat(
        self,
        interview: int = 100,
        user: int | None = 500,
        card: int | None = 600,
        **columns: Any,
    ) -> None:
        """A panel member with the placeholder card that scheduling made."""
        row = len(self.tables["interviewers"]) + 900
        usual: Row = {"interview_id": interview, "user_id": user, "scorecard_id": card}
        usual |= {"email": "SECRET@example.org", "response_status": "accepted"}
        self.put("interviewers", row, **(usual | columns))
        if card and not any(c["id"] == card for c in self.tables["scorecards"]):
            self.card(card, interviewer_id=user)
        if user and not any(u["id"] == user for u in self.tables["users"]):
            self.user(user)

    def card(self, id: int = 600, **columns: Any) -> None:
        usual: Row = {
            "application_id": 200,
            "interview_kit_id": 700,
            "interviewer_id": 500,
            "submitter_id": None,
            "status": "draft",
            "interviewed_at": "2026-11-10T14:00:00.000Z",
            "submitted_at": None,
        }
        self.put("scorecards", id, **(usual | columns))

    def user(self, id: int, **columns: Any) -> None:
        usual = {"first_name": "Ivo", "last_name": f"Brandt {id}", "name": f"Ivo Brandt {id}"}
        mail = {"primary_email": f"ivo{id}@example.org", "emails": None, "deactivated": False}
        self.put("users", id, **(usual | mail | columns))

    def hiring(self, application: int = 200, **columns: Any) -> None:
        """An application with its candidate (800), job (300), slot (400) and department (50)."""
        usual = {
            "candidate_id": 800,
            "job_id": 300,
            "status": "in_process",
            "stage_name": "Team interviews",
            "recruiter_id": 501,
            "coordinator_id": None,
        }
        self.put("applications", application, **(usual | columns))
        self.put("candidates", 800, first_name="Noor", last_name="Vance", preferred_name=None)
        self.put("jobs", 300, name="Platform engineer", department_id=50, confidential=False)
        self.put("departments", 50, name="Engineering", parent_id=None)
        self.put("job_interviews", 400, name="Systems talk", require_scorecard=True, job_id=300)
        self.put("job_owners", 1, job_id=300, user_id=501, type="recruiter", responsible=True)
        self.put("job_owners", 2, job_id=300, user_id=502, type="recruiter", responsible=False)
        self.put("job_owners", 3, job_id=300, user_id=503, type="coordinator", responsible=True)
        self.put("job_owners", 4, job_id=300, user_id=504, type="sourcer", responsible=False)
        self.put("job_hiring_managers", 1, job_id=300, user_id=505)
        for user in range(501, 506):
            self.user(user)

    # -- what was asked

    def questions(self, name: str) -> list[dict[str, str]]:
        """The queries to one listing, in order."""
        return [asked.query for asked in self.server.asked if asked.name == name]

    # -- answering

    def answer(self, asked: Asked) -> Answer:
        waiting = self.script[asked.name]
        if waiting:
            return waiting.popleft()
        if asked.name == "token":
            return self._token(asked)
        if asked.method == "GET" and asked.body:
            return _refused("a GET must not carry a body", 403)  # trap 22
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.good_tokens:
            return thing({"message": "Invalid token", "errors": ["token was revoked"]}, 401)
        if asked.name in self.denied:
            return thing({"message": "forbidden"}, 403)
        return self._page(asked)

    def _token(self, asked: Asked) -> Answer:
        login = base64.b64encode(f"client:{SECRET}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {login}":
            return thing({"error": "invalid_client"}, 401)
        self.tokens += 1
        self.good_tokens = {f"token-{self.tokens}"}  # a newer one revokes the older (trap 10)
        expires_at = "2026-11-24T13:00:00.000Z"
        return thing({"access_token": f"token-{self.tokens}", "expires_at": expires_at})

    def _page(self, asked: Asked) -> Answer:
        query, below = asked.query, None
        if "cursor" in query:
            if len(query) > 1:
                return _refused("do not include other params with a cursor")
            query, below = json.loads(base64.urlsafe_b64decode(query["cursor"]))
        if unknown := set(query) - COMMON - FILTERS[asked.name]:
            return _refused(f"unknown parameter {sorted(unknown)}")
        if {"created_at", "updated_at"} <= set(query):
            return _refused("created_at and updated_at exclude each other")
        if any(len(text.split(",")) > 50 for text in query.values()):
            return _refused("more than 50 values")
        found = [row for row in self.tables[asked.name] if _fits(row, query)]
        found.sort(key=lambda row: int(row["id"]), reverse=True)
        if below is not None:
            found = [row for row in found if int(row["id"]) < below]
        size = min(int(query.get("per_page", "100")), self.most_per_page)
        columns = query["fields"].split(",") if "fields" in query else None
        page = [{k: v for k, v in r.items() if columns is None or k in columns} for r in found]
        headers = {}
        if len(found) > size:
            content = json.dumps([query, int(found[size - 1]["id"])]).encode()
            cursor = urlencode({"cursor": base64.urlsafe_b64encode(content).decode()})
            headers["Link"] = f'<{self.server.url}{asked.path}?{cursor}>; rel="next"'
        return Answer(200, json.dumps(page[:size]).encode(), headers)


def _refused(sentence: str, status: int = 422) -> Answer:
    return thing({"errors": [sentence]}, status)


def _fits(row: Row, query: dict[str, str]) -> bool:
    for name, text in query.items():
        if name in ("fields", "per_page", "show_service_accounts"):
            continue
        if "|" in text:
            if not _in_range(row.get(name), text):
                return False
        else:
            column = "id" if name == "ids" else name.removesuffix("s") if "_ids" in name else name
            if str(row.get(column)) not in text.split(","):
                return False
    return True


def _in_range(value: str | None, text: str) -> bool:
    if value is None:  # a date filter drops rows whose field is null
        return False
    read = datetime.fromisoformat if "T" in value else date.fromisoformat
    parts = text.split("|")
    for word, bound in zip(parts[::2], parts[1::2], strict=True):
        mine: Any = read(value)
        theirs: Any = read(bound)
        if not {"gte": mine >= theirs, "gt": mine > theirs, "lt": mine < theirs}.get(
            word, mine <= theirs
        ):
            return False
    return True


@contextmanager
def harvest() -> Iterator[FakeHarvest]:
    fake = FakeHarvest()
    with serving(fake.answer) as server:
        fake.server = server
        yield fake


def connected(fake: FakeHarvest, *, sleeps: list[float] | None = None, **other: Any) -> Greenhouse:
    """The connector at that fake; it never truly sleeps."""
    config = GreenhouseConfig(
        client_id="client",
        client_secret=SECRET,
        webhook_secrets=(WEBHOOK_SECRET,),
        api_url=f"{fake.server.url}/v3",
        token_url=f"{fake.server.url}/token",
        web_url="https://acme.example.net",
        **other,
    )
    waited = [] if sleeps is None else sleeps
    return Greenhouse(config, clock=lambda: NOW, sleep=waited.append)
