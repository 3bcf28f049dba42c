"""A Merge of a few records, as strict as other-ats.md 4 says the real one is.

It refuses a call without the key or the account's token, parameters and expansions that are not
listed, more than 100 to a page, and a cursor it did not give; every record holds what must never
be kept.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from connectors.ats.base import Window
from connectors.ats.merge import Merge
from connectors.ats.merge_config import MergeConfig
from connectors.model import Interview, Page, Record, Scorecard
from tests.connectors.loopback import Answer, Asked, Loopback, serving, thing

Row = dict[str, Any]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY, TOKEN, HOOK = "key-of-the-test", "token-of-the-test", "hook-key-of-the-test"
WINDOW = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))
WRITTEN = "2026-11-18T09:00:00Z"
START, END = "2026-11-17T14:00:00Z", "2026-11-17T15:00:00Z"

EVERYWHERE = {"cursor", "page_size", "remote_id", "expand", "show_enum_origins"} | {
    f"{verb}_{side}" for verb in ("created", "modified") for side in ("after", "before")
}
EVERYWHERE |= {f"include_{what}_data" for what in ("deleted", "remote", "shell")}
FILTERS: dict[str, set[str]] = {
    "interviews": {"application_id", "job_id", "job_interview_stage_id", "organizer_id"},
    "scorecards": {"application_id", "interview_id", "interviewer_id"},
    "users": {"email"},
    "applications": {"candidate_id", "job_id", "current_stage_id"},
    "candidates": set(),
    "jobs": {"status"},
    "sync-status": set(),
}
EXPANDS: dict[str, dict[str, str]] = {
    "interviews": {"interviewers": "users", "application": "applications", "organizer": "users"}
    | {"job_interview_stage": "stages"},
    "scorecards": {"application": "applications", "interview": "interviews"},
    "applications": {"candidate": "candidates", "job": "jobs", "current_stage": "stages"},
    "jobs": {"departments": "departments", "hiring_managers": "users", "recruiters": "users"},
}


def uid(number: int) -> str:
    return str(UUID(int=number))


IVO, MARA, PIA = uid(1), uid(2), uid(3)
TALK, NOOR, APPLICATION, JOB, CARD = uid(100), uid(800), uid(200), uid(300), uid(600)
STAGE, DEPARTMENT = uid(400), uid(500)


class FakeMerge:
    def __init__(self) -> None:
        names = (*FILTERS, "stages", "departments")
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in names}
        self.denied: set[str] = set()
        self.script: dict[str, deque[Answer]] = defaultdict(deque)
        """By the path below the API: answers to give before the true ones."""
        self.expanding = True
        """False: ids come where an expansion was asked for."""
        self.most_per_page = 100
        self.server: Loopback
        self.sync_status("Scorecard")
        self.sync_status("ScheduledInterview")

    # -- a world: Ivo and Mara talked to Noor on the 17th, for Pia

    def put(self, table: str, id: str, **columns: Any) -> Row:
        usual = {"id": id, "remote_id": "r", "created_at": WRITTEN, "modified_at": WRITTEN}
        kept: Row = {"remote_was_deleted": False, "remote_data": None, "field_mappings": {}}
        self.tables[table][id] = usual | kept | columns
        return self.tables[table][id]

    def usual(self) -> FakeMerge:
        for id, first in ((IVO, "Ivo"), (MARA, "Mara"), (PIA, "Pia")):
            mail = f"{first.lower()}@example.org"
            self.put("users", id, first_name=first, last_name="Brandt", email=mail, disabled=False)
        self.put("stages", STAGE, name="Team interviews", job=JOB)
        self.put("departments", DEPARTMENT, name="Engineering")
        self.put(
            "candidates",
            NOOR,
            first_name="Noor",
            last_name="Vance",
            email_addresses=[{"value": "SECRET@example.net"}],
            phone_numbers=[{"value": "SECRET"}],
        )
        team = {"departments": [DEPARTMENT], "recruiters": [PIA], "hiring_managers": [MARA]}
        self.put("jobs", JOB, name="Platform engineer", description="SECRET", **team)
        self.put(
            "applications",
            APPLICATION,
            candidate=NOOR,
            job=JOB,
            rejected_at=None,
            current_stage=STAGE,
            offers=[],
        )
        self.interview()
        return self

    def interview(self, id: str = TALK, **columns: Any) -> Row:
        usual = {
            "application": APPLICATION,
            "job_interview_stage": STAGE,
            "organizer": PIA,
            "interviewers": [IVO, MARA],
            "location": "SECRET ROOM",
            "start_at": START,
            "end_at": END,
            "status": "AWAITING_FEEDBACK",
        }
        return self.put("interviews", id, **(usual | columns))

    def card(self, id: str = CARD, **columns: Any) -> Row:
        usual = {
            "application": APPLICATION,
            "interview": TALK,
            "interviewer": IVO,
            "submitted_at": "2026-11-18T08:00:00Z",
            "overall_recommendation": "STRONG_YES",
        }
        return self.put("scorecards", id, **(usual | columns))

    def sync_status(self, model: str, **columns: Any) -> None:
        usual = {
            "model_name": model,
            "model_id": f"ats.{model}",
            "last_sync_start": "2026-11-24T10:00:00Z",
            "last_sync_finished": "2026-11-24T10:30:00Z",
            "last_sync_result": "DONE",
            "status": "DONE",
            "is_initial_sync": False,
        }
        self.tables["sync-status"][model] = usual | columns

    # -- what was asked

    def questions(self, path: str) -> list[dict[str, str]]:
        return [asked.query for asked in self.server.asked if _path(asked) == path]

    # -- answering

    def answer(self, asked: Asked) -> Answer:
        path = _path(asked)
        if self.script[path]:
            return self.script[path].popleft()
        entered = asked.headers.get("authorization"), asked.headers.get("x-account-token")
        if entered != (f"Bearer {KEY}", TOKEN):
            return thing({"detail": "Invalid credentials."}, 401)
        table, _, name = path.partition("/")
        if table not in FILTERS:
            return thing({"detail": "Not found."}, 404)
        if table in self.denied:
            return thing({"detail": "No scope."}, 403)
        expand = [each for each in asked.query.get("expand", "").split(",") if each]
        if set(expand) - set(EXPANDS.get(table, {})):
            return thing({"detail": "unknown expansion"}, 400)
        if not name:
            return self._page(table, asked.query, expand)
        if unknown := set(asked.query) - {"expand", "include_remote_data", "include_shell_data"}:
            return thing({"detail": f"unknown {sorted(unknown)}"}, 400)
        row = self.tables[table].get(name)
        if row is None:
            return thing({"detail": "Not found."}, 404)
        return thing(self._expanded(table, row, expand))

    def _page(self, table: str, query: dict[str, str], expand: list[str]) -> Answer:
        if unknown := set(query) - EVERYWHERE - FILTERS[table]:
            return thing({"detail": f"unknown {sorted(unknown)}"}, 400)
        size = int(query.get("page_size", "30"))
        if not 0 < size <= 100:
            return thing({"detail": "page_size"}, 400)
        rows = [row for row in self.tables[table].values() if _fits(row, query)]
        start = 0
        if "cursor" in query:
            try:
                start = int(base64.b64decode(query["cursor"], validate=True))
            except ValueError:
                return thing({"detail": "bad cursor"}, 400)
        end = start + min(size, self.most_per_page)
        more = base64.b64encode(f"{end:09}".encode()).decode() if end < len(rows) else None
        shown = [self._expanded(table, row, expand) for row in rows[start:end]]
        return thing({"next": more, "previous": None, "results": shown})

    def _expanded(self, table: str, row: Row, expand: list[str]) -> Row:
        shown = dict(row)
        for column in expand if self.expanding else ():
            there, value = self.tables[EXPANDS[table][column]], row.get(column)
            if isinstance(value, list):
                shown[column] = [there.get(each, each) if each else None for each in value]
            elif isinstance(value, str):
                shown[column] = there.get(value, value)
        return shown


def _path(asked: Asked) -> str:
    return asked.path.removeprefix("/api/ats/v1/")


def _fits(row: Row, query: dict[str, str]) -> bool:
    if row.get("remote_was_deleted") and query.get("include_deleted_data") != "true":
        return False
    for name, text in query.items():
        if name.endswith("_id") and row.get(name.removesuffix("_id")) != text:
            return False
        if name in ("modified_after", "modified_before"):
            written, asked = (datetime.fromisoformat(t) for t in (row["modified_at"], text))
            if written == asked or (written < asked) is (name == "modified_after"):
                return False
    return True


@contextmanager
def fake() -> Iterator[FakeMerge]:
    """A running one with the usual world, and no scorecard in it."""
    merge = FakeMerge().usual()
    with serving(merge.answer) as server:
        merge.server = server
        yield merge


def connected(
    merge: FakeMerge,
    *,
    clock: Callable[[], datetime] = lambda: NOW,
    waits: list[float] | None = None,
    **config: Any,
) -> Merge:
    given: dict[str, Any] = {"api_key": KEY, "account_token": TOKEN, "webhook_keys": (HOOK,)}
    given |= {"api_url": f"{merge.server.url}/api/ats/v1", "requests_per_minute": 6_000_000}
    slept = waits if waits is not None else []
    return Merge(MergeConfig(**(given | config)), clock=clock, sleep=slept.append)


def pulled(merge: FakeMerge, window: Window = WINDOW) -> list[Page]:
    return list(connected(merge).pull(window, {}))


def records(pages: list[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def interviews(pages: list[Page]) -> dict[str, Interview]:
    return {each.id: each for each in records(pages) if isinstance(each, Interview)}


def panel(pages: list[Page], interview: str = TALK) -> dict[str, Scorecard]:
    return {card.interviewer_id: card for card in interviews(pages)[interview].scorecards}


def as_json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()
