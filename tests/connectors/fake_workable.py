"""A Workable of a few records, as strict as other-ats.md 5 says the real one is.

It refuses a wrong token, undocumented parameters and a limit beyond 100; ``since_id`` is inclusive;
next links carry limit and since_id alone, so that whoever follows them blindly loses the filters;
every activity holds words and grades that must never be kept.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.ats.workable import Workable
from connectors.ats.workable_config import WorkableConfig
from tests.connectors.loopback import Answer, Asked, Loopback, serving, thing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TOKEN = "account-token-of-the-test"
WEBHOOK_SECRET = "hook-secret-of-the-test"
Row = dict[str, Any]

PAGING = {"limit", "since_id", "max_id"}
PARAMETERS = {
    "events": PAGING
    | {"type", "start_date", "end_date", "candidate_id", "shortcode", "member_id"}
    | {"include_cancelled"},
    "members": PAGING | {"role", "shortcode", "email", "name", "status"},
    "activities": PAGING | {"actions", "updated_after"},
}


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ago(**distance: float) -> datetime:
    return NOW - timedelta(**distance)


class FakeWorkable:
    def __init__(self) -> None:
        self.tables: dict[str, list[Row]] = {"events": [], "members": []}
        self.activities: dict[str, list[Row]] = {}
        self.candidates: dict[str, Row] = {}
        self.denied: set[str] = set()
        """Resources (the first part of the path) that the token may not read."""
        self.script: dict[str, deque[Answer]] = defaultdict(deque)
        """By the last part of the path: answers to give before the true ones."""
        self.most_per_page = 100
        self.wrapped = True
        """Whether a single record comes as {"candidate": {…}}."""
        self.server: Loopback

    # -- a world

    def event(self, id: str = "ev1", **columns: Any) -> Row:
        """Noor's interview two days ago with Ivo and Mara."""
        start = columns.pop("start", ago(days=2))
        usual: Row = {
            "id": id,
            "title": "Systems talk",
            "description": "SECRET AGENDA",
            "type": "InterviewEvent",
            "starts_at": iso(start),
            "ends_at": iso(start + timedelta(hours=1)),
            "cancelled": False,
            "job": {"shortcode": "GROOV005", "title": "Platform engineer"},
            "candidate": {"id": "c1", "name": "Noor Vance"},
            "members": [self.seat("ivo"), self.seat("mara")],
            "conference": {"type": "zoom_meeting", "id": 1, "url": "https://zoom.example"},
        }
        row = usual | columns
        self.tables["events"] = [each for each in self.tables["events"] if each["id"] != id]
        self.tables["events"].append(row)
        if row["candidate"]:
            self.candidate(row["candidate"]["id"])
        return row

    def seat(self, id: str, status: str = "accepted") -> Row:
        if id not in [each["id"] for each in self.tables["members"]]:
            self.member(id)
        return {"id": id, "name": f"{id.title()} Brandt", "type": "Member", "status": status}

    def member(self, id: str, **columns: Any) -> None:
        usual: Row = {"id": id, "name": f"{id.title()} Brandt", "email": f"{id}@example.org"}
        usual |= {"active": True, "role": "simple", "roles": ["ats.simple"], "headline": None}
        rows = [each for each in self.tables["members"] if each["id"] != id]
        self.tables["members"] = [*rows, usual | columns]

    def candidate(self, id: str = "c1", **columns: Any) -> None:
        usual: Row = {
            "id": id,
            "name": "Noor Vance",
            "job": {"shortcode": "GROOV005", "title": "Platform engineer"},
            "stage": "Interview",
            "disqualified": False,
            "hired_at": None,
            "profile_url": f"https://acme.workable.example/backend/jobs/1/candidates/{id}",
            "email": "SECRET@example.net",
            "cover_letter": "SECRET LETTER",
        }
        self.candidates[id] = self.candidates.get(id, usual) | columns
        self.activities.setdefault(id, [])

    def rate(self, who: str, at: datetime, candidate: str = "c1", **columns: Any) -> None:
        rows = self.activities[candidate]
        usual: Row = {
            "id": f"a{len(rows)}{candidate}",
            "action": "rating",
            "created_at": iso(at),
            "updated_at": iso(at),
            "stage_name": None,
            "member": {"id": who, "name": "SECRET NAME"},
            "body": "SECRET COMMENT",
            "rating": {"score": "definite", "scale": "thumbs", "grade": 2},
            "visibility_roles": [],
        }
        rows.append(usual | columns)

    # -- what was asked

    def questions(self, name: str) -> list[dict[str, str]]:
        """The queries to one listing, in order."""
        return [asked.query for asked in self.server.asked if asked.name == name]

    # -- answering

    def answer(self, asked: Asked) -> Answer:
        waiting = self.script[asked.name]
        if waiting:
            return waiting.popleft()
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return thing({"error": "Not authorized"}, 401)
        parts = asked.path.removeprefix("/spi/v3/").split("/")
        if parts[0] in self.denied:
            return thing({"error": "Forbidden"}, 403)
        if parts[-1] in PARAMETERS:
            return self._list(asked, parts)
        return self._one(parts)

    def _one(self, parts: list[str]) -> Answer:
        rows = {row["id"]: row for row in self.tables["events"]}
        row = rows.get(parts[1]) if parts[0] == "events" else self.candidates.get(parts[1])
        if row is None:
            return thing({"error": "Not found"}, 404)
        return thing({parts[0].removesuffix("s"): row} if self.wrapped else row)

    def _list(self, asked: Asked, parts: list[str]) -> Answer:
        query = asked.query
        if unknown := set(query) - PARAMETERS[parts[-1]]:
            return thing({"error": f"unknown parameter {sorted(unknown)}"}, 400)
        limit = int(query.get("limit", "50"))
        if not 1 <= limit <= 100:
            return thing({"error": "limit"}, 400)
        if parts[-1] == "activities":
            if parts[1] not in self.candidates:
                return thing({"error": "Not found"}, 404)
            rows = self.activities[parts[1]]
        else:
            rows = self.tables[parts[-1]]
        rows = [row for row in rows if _fits(row, query, parts[-1])]
        ids = [row["id"] for row in rows if isinstance(row, dict)]
        if query.get("since_id"):
            if query["since_id"] not in ids:
                return thing({"error": "since_id"}, 400)
            rows = rows[ids.index(query["since_id"]) :]
        page = rows[: min(limit, self.most_per_page)]
        content: Row = {parts[-1]: page}
        if len(rows) > len(page):
            link = f"{self.server.url}{asked.path}?limit={limit}&since_id={page[-1]['id']}"
            content["paging"] = {"next": link}  # inclusive: the last row comes once more
        return thing(content)


def _fits(row: Row, query: dict[str, str], name: str) -> bool:
    checks: dict[str, bool] = {}
    if name == "events":
        if not isinstance(row.get("starts_at"), str):
            return True
        job, candidate = row.get("job") or {}, row.get("candidate") or {}
        checks = {
            "type": str(row.get("type")).lower().removesuffix("event") == query.get("type"),
            "start_date": row["starts_at"] >= query.get("start_date", ""),
            "end_date": row["starts_at"] <= query.get("end_date", ""),
            "candidate_id": candidate.get("id") == query.get("candidate_id"),
            "shortcode": job.get("shortcode") == query.get("shortcode"),
        }
        if query.get("include_cancelled") != "true" and row.get("cancelled"):
            return False
    if name == "members":
        word = query.get("status", "active")
        return word == "all" or (word == "active") == bool(row.get("active"))
    if name == "activities":
        checks = {
            "actions": row.get("action") in query.get("actions", "").split(","),
            "updated_after": str(row.get("updated_at")) > query.get("updated_after", ""),
        }
    return all(good for key, good in checks.items() if key in query)


@contextmanager
def workable() -> Iterator[FakeWorkable]:
    fake = FakeWorkable()
    with serving(fake.answer) as server:
        fake.server = server
        yield fake


def connected(
    fake: FakeWorkable, *, sleeps: list[float] | None = None, now: datetime = NOW, **other: Any
) -> Workable:
    """The connector at that fake; it never truly sleeps."""
    config = WorkableConfig(
        **{
            "token": TOKEN,
            "api_url": f"{fake.server.url}/spi/v3",
            "webhook_secrets": (WEBHOOK_SECRET,),
            "requests": 99,
            **other,
        }
    )
    waited = [] if sleeps is None else sleeps
    return Workable(config, clock=lambda: now, sleep=waited.append)
