"""A Lever of a few rows, as strict as lever.md says the real one is, and no more generous.

It refuses another key, parameters that are not documented, a limit beyond 100 and an offset that
it did not hand out or that was encoded twice; every row holds columns that must never be asked for.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from requests.auth import _basic_auth_str

from connectors.ats.base import Window
from connectors.ats.lever import Lever
from connectors.ats.lever_config import LeverConfig
from connectors.model import Interview, Page, Parked, Record, Ref, Scorecard
from tests.connectors.loopback import Answer, Asked, Loopback, serving, thing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAYS = Window(NOW - timedelta(days=14), NOW + timedelta(days=14))
KEY = "api-key-of-the-test"
TOKENS = ("signature-token-of-the-test", "another-token-of-the-test")
Row = dict[str, Any]
R = TypeVar("R", bound=Record)

COMMON = {"limit", "offset", "include", "expand"}
FILTERS: dict[str, set[str]] = {
    "opportunities": {"updated_at_start", "updated_at_end", "confidentiality", "contact_id"},
    "users": {"includeDeactivated", "email"},
    "postings": {"state"},
    "archive_reasons": {"type"},
}
EXPANDABLE = {"opportunities": {"applications", "stage", "owner"}}
ALL = {*FILTERS, "interviews", "feedback", "panels", "applications", "stages"}


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def days(number: float) -> int:
    """That many days from now, in Lever's milliseconds."""
    return ms(NOW + timedelta(days=number))


class FakeLever:
    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in FILTERS}
        self.below: dict[tuple[str, str], list[Row]] = defaultdict(list)
        """By opportunity and listing."""
        self.key = KEY
        self.denied: set[str] = set()
        self.sees_confidential = True
        self.script: dict[str, deque[Answer]] = defaultdict(deque)
        """By the last part of the path: answers to give before the true ones."""
        self.most = 100
        self.handed_out: set[str] = set()
        self.server: Loopback

    # -- a world

    def put(self, table: str, id: str, usual: Row, columns: Row) -> Row:
        self.tables[table][id] = {"id": id} | usual | columns
        return self.tables[table][id]

    def opportunity(self, id: str = "opp-1", **columns: Any) -> Row:
        usual: Row = {
            "name": "Noor Vance",
            "contact": f"contact-of-{id}",
            "headline": "SECRET HEADLINE",
            "stage": "lead-new",
            "confidentiality": "non-confidential",
            "phones": [{"type": None, "value": "SECRET PHONE"}],
            "emails": ["SECRET@example.net"],
            "archived": None,
            "owner": "user-owner",
            "applications": [f"app-of-{id}"],
            "createdAt": days(-40),
            "updatedAt": days(-3),
            "urls": {
                "list": "https://hire.example.net/candidates",
                "show": f"https://hire.example.net/candidates/{id}",
            },
            "isAnonymized": False,
            "_posting": "posting-1",
        }
        for user in ("user-owner", "user-lead", "user-posting"):
            self.user(user)
        self.posting()
        return self.put("opportunities", id, usual, columns)

    def interview(self, id: str = "int-1", of: str = "opp-1", **columns: Any) -> Row:
        usual: Row = {
            "panel": f"panel-of-{of}",
            "subject": "Systems talk",
            "note": "SECRET NOTE",
            "interviewers": [seat("user-1")],
            "timezone": "Europe/Berlin",
            "createdAt": days(-6),
            "date": days(-5),
            "duration": 60,
            "location": None,
            "feedbackTemplate": "template-1",
            "feedbackForms": [],
            "feedbackReminder": "frequently",
            "user": "user-owner",
            "stage": "lead-new",
            "canceledAt": None,
            "postings": ["posting-1"],
        }
        row = {"id": id} | usual | columns
        self.below[of, "interviews"].append(row)
        for each in row["interviewers"] if isinstance(row["interviewers"], list) else []:
            name = each.get("id") if isinstance(each, dict) else None
            if isinstance(name, str) and name not in self.tables["users"]:
                self.user(name)
        return row

    def form(self, id: str = "form-1", of: str = "opp-1", **columns: Any) -> Row:
        usual: Row = {
            "type": "interview",
            "text": "SECRET TITLE",
            "instructions": None,
            "fields": [{"id": "f", "type": "text", "value": "SECRET OPINION"}],
            "baseTemplateId": "template-1",
            "user": "user-1",
            "panel": f"panel-of-{of}",
            "interview": "int-1",
            "createdAt": days(-4),
            "updatedAt": None,
            "completedAt": days(-4),
            "deletedAt": None,
        }
        self.below[of, "feedback"].append({"id": id} | usual | columns)
        return self.below[of, "feedback"][-1]

    def answered(self, interview: str, of: str = "opp-1", **words: str) -> None:
        """Calendar answers, by user with ``_`` for ``-``."""
        people = [seat(u.replace("_", "-"), responseStatus=word) for u, word in words.items()]
        meeting = {"id": interview, "note": "SECRET NOTE", "interviewers": people}
        self.below[of, "panels"].append({"id": f"panel-{interview}", "interviews": [meeting]})

    def user(self, id: str, **columns: Any) -> Row:
        usual = {
            "name": f"Ivo {id}",
            "username": id,
            "email": f"{id}@example.org",
            "accessRole": "0b1c2d3e-a-role-of-the-customer",
            "deactivatedAt": None,
            "managerId": None,
        }
        return self.put("users", id, usual, columns)

    def posting(self, id: str = "posting-1", **columns: Any) -> Row:
        usual = {
            "text": "Platform engineer",
            "state": "published",
            "user": "user-posting",
            "owner": "user-posting",
            "hiringManager": "user-lead",
            "categories": {"team": "Core", "department": "Engineering", "location": None},
            "content": {"description": "SECRET DESCRIPTION"},
            "confidentiality": "non-confidential",
            "updatedAt": days(-60),
        }
        return self.put("postings", id, usual, columns)

    def reason(self, id: str, type: str, **columns: Any) -> None:
        self.put("archive_reasons", id, {"text": "SECRET REASON", "status": "active"}, columns)
        self.tables["archive_reasons"][id]["type"] = type

    # -- what was asked

    def asked(self, name: str) -> list[Asked]:
        return [asked for asked in self.server.asked if _listing(asked) == name]

    def count(self, name: str) -> int:
        return len(self.asked(name))

    # -- answering

    def answer(self, asked: Asked) -> Answer:
        waiting = self.script[_listing(asked)]
        if waiting:
            return waiting.popleft()
        if asked.headers.get("authorization") != _basic_auth_str(self.key, ""):
            return _refused(401, "Unauthorized", "not a key of ours")
        parts = asked.path.removeprefix("/v1/").split("/")
        if not asked.path.startswith("/v1/") or _listing(asked) not in ALL:
            return _refused(404, "ResourceNotFound", "no such resource")
        if _listing(asked) in self.denied:
            return _refused(403, "Forbidden", "the key lacks the permission")
        if len(parts) == 2:
            return self._one(parts[0], parts[1], asked)
        allowed = COMMON | FILTERS.get(_listing(asked), set())
        if unknown := set(asked.query) - allowed:
            return _refused(400, "BadRequest", f"unknown parameter {sorted(unknown)}")
        if len(parts) == 3 and not self._seen(parts[1]):
            return _refused(404, "ResourceNotFound", "no such opportunity")
        return self._page(asked, parts)

    def _seen(self, opportunity: str) -> bool:
        row = self.tables["opportunities"].get(opportunity)
        if row is None:
            return False
        return self.sees_confidential or row["confidentiality"] != "confidential"

    def _one(self, table: str, id: str, asked: Asked) -> Answer:
        row = self.tables.get(table, {}).get(id)
        if row is None or (table == "opportunities" and not self._seen(id)):
            return _refused(404, "ResourceNotFound", "not found")
        if unknown := set(asked.query) - {"include", "expand"}:
            return _refused(400, "BadRequest", f"unknown parameter {sorted(unknown)}")
        return thing({"data": self._shaped(table, row, asked)})

    def _rows(self, asked: Asked, parts: list[str]) -> list[Row]:
        if len(parts) == 3:
            return self.below[parts[1], parts[2]]
        found, query = list(self.tables.get(parts[0], {}).values()), asked.query
        if parts[0] == "users" and query.get("includeDeactivated") != "true":
            return [row for row in found if row["deactivatedAt"] is None]  # trap 10
        if parts[0] != "opportunities":
            return found
        wanted = query.get("confidentiality", "non-confidential")  # trap 2
        found = [row for row in found if wanted in ("all", row["confidentiality"])]
        start, end = (
            int(query.get(f"updated_at_{w}", d)) for w, d in (("start", 0), ("end", 9e15))
        )
        found = [row for row in found if self._seen(row["id"]) and start <= row["updatedAt"] <= end]
        contact = query.get("contact_id")
        return [row for row in found if contact in (None, row["contact"])]

    def _page(self, asked: Asked, parts: list[str]) -> Answer:
        limit = int(asked.query.get("limit", "100"))
        if not 1 <= limit <= 100:
            return _refused(400, "BadRequest", "limit")
        begin, offset = 0, asked.query.get("offset")
        if offset is not None:
            if offset not in self.handed_out:
                return _refused(400, "BadRequest", "not an offset")
            begin = json.loads(offset)[0]
        size, rows = min(limit, self.most), self._rows(asked, parts)
        page = [self._shaped(_listing(asked), row, asked) for row in rows[begin : begin + size]]
        content: Row = {"data": page, "hasNext": len(rows) > begin + size}
        if content["hasNext"]:
            token = json.dumps([begin + size, "a b"])
            self.handed_out.add(token)
            content["next"] = quote(token, safe="")  # %5B…%22: already encoded once (trap 3)
        return thing(content)

    def _shaped(self, listing: str, row: Row, asked: Asked) -> Row:
        expand = {v for k, v in asked.pairs if k == "expand"} & EXPANDABLE.get(listing, set())
        include = {v for k, v in asked.pairs if k == "include"}
        row = dict(row)
        posting = row.pop("_posting", None)
        if "applications" in expand:
            secret = {"email": "SECRET@example.net", "ipAddress": "SECRET"}
            row["applications"] = [
                {"id": a, "posting": posting} | secret for a in row["applications"]
            ]
        if "stage" in expand and isinstance(row["stage"], str):
            row["stage"] = {"id": row["stage"], "text": f"Stage {row['stage']}"}
        return {k: v for k, v in row.items() if not include or k in include | expand}


def _listing(asked: Asked) -> str:
    parts = asked.path.removeprefix("/v1/").split("/")
    return parts[2] if len(parts) == 3 else parts[0]


def _refused(status: int, code: str, message: str) -> Answer:
    return thing({"code": code, "message": message}, status)


def seat(user: str | None, **columns: Any) -> Row:
    usual = {"id": user, "name": "SECRET", "email": "SECRET@example.org", "feedbackTemplate": None}
    return usual | columns


@contextmanager
def lever() -> Iterator[FakeLever]:
    fake = FakeLever()
    with serving(fake.answer) as server:
        fake.server = server
        yield fake


def config(fake: FakeLever, **other: Any) -> LeverConfig:
    return LeverConfig(KEY, TOKENS, api_url=f"{fake.server.url}/v1", **other)


def connected(
    fake: FakeLever, *, sleeps: list[float] | None = None, now: datetime = NOW, **other: Any
) -> Lever:
    """The connector at that fake; it never truly sleeps."""
    waited = [] if sleeps is None else sleeps
    return Lever(config(fake, **other), clock=lambda: now, sleep=waited.append)


def pulled(fake: FakeLever, **other: Any) -> list[Page]:
    return list(connected(fake, **other).pull(DAYS, {}))


def of(kind: type[R], pages: list[Page]) -> list[R]:
    return [record for page in pages for record in page.records if isinstance(record, kind)]


def only(kind: type[R], pages: list[Page]) -> R:
    [found] = of(kind, pages)
    return found


def cards(pages: list[Page]) -> dict[tuple[str, str], Scorecard]:
    """By Lever's own id of the interview, and the interviewer."""
    return {
        (each.id.partition(":")[2], card.interviewer_id): card
        for each in of(Interview, pages)
        for card in each.scorecards
    }


def missing(pages: list[Page]) -> set[Ref]:
    return {ref for page in pages for ref in page.missing}


def hidden(pages: list[Page]) -> set[Ref]:
    return {ref for page in pages for ref in page.hidden}


def people(fake: FakeLever, count: int, every: float = 0.5) -> None:
    """Opportunities opp-0, opp-1, … with one interview each, changed one after the other."""
    for n in range(count):
        fake.opportunity(f"opp-{n}", updatedAt=days(-13.9 + n * every))
        fake.interview(f"int-{n}", f"opp-{n}", interviewers=[seat(f"user-{n % 5}")])


def ids(pages: list[Page]) -> set[str]:
    return {each.id.partition(":")[2] for each in of(Interview, pages)}


def parked(pages: list[Page]) -> list[Parked]:
    return [each for page in pages for each in page.parked]
