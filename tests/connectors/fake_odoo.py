"""An Odoo 19 of a few rows over JSON-2, as strict as the real one was seen to be.

From other-ats.md 8.3 and from what the server of tests/odoo/ answers: unknown fields and arguments
are 500, a wrong database is an HTML page with 404, archived rows hide, private meetings say Busy.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any

from connectors.ats.odoo import Odoo
from connectors.ats.odoo_json2 import OdooConfig
from tests.connectors.loopback import Answer, Asked, Loopback, serving, thing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = "api-key-of-the-test-0123456789"
SECRET = "hook-secret-of-the-test-0123456789"
DATABASE = "acme"
UNASKED = "what somebody wrote in confidence"
STAMP = "2026-11-02 08:00:00"
Row = dict[str, Any]

SENSITIVE = {
    "hr.applicant": {"email_from", "applicant_notes", "priority", "salary_expected"},
    "survey.user_input": {"scoring_percentage", "access_token", "user_input_line_ids", "email"},
    "mail.activity": {"feedback", "note", "summary"},
    "mail.message": {"body", "subject"},
    "calendar.event": {"location", "description", "videocall_location"},
    "calendar.attendee": {"email", "common_name"},
    "res.users": {"login"},
}
"""Columns that exist and must never be asked for."""
COLUMNS: dict[str, set[str]] = {
    "calendar.event": {"name", "applicant_id", "start", "stop", "allday", "start_date", "stop_date"}
    | {"active", "privacy", "write_date", "user_id"},
    "calendar.attendee": {"event_id", "partner_id", "state", "write_date"},
    "res.users": {"name", "email", "partner_id", "active", "share", "tz", "write_date"},
    "hr.applicant": {"partner_id", "partner_name", "job_id", "user_id", "stage_id", "active"}
    | {"application_status", "write_date"},
    "hr.job": {"name", "department_id", "user_id", "survey_id", "active", "write_date"},
    "survey.user_input": {"applicant_id", "partner_id", "survey_id", "state", "end_datetime"}
    | {"test_entry", "write_date"},
    "mail.activity": {"calendar_event_id", "user_id", "date_done", "active", "write_date"},
    "mail.message": {"model", "res_id", "author_id", "date", "message_type"},
    "res.users.apikeys": {"name", "expiration_date"},
}
COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge}
SEARCH = {"domain", "fields", "limit", "offset", "order", "context"}


class FakeOdoo:
    def __init__(self) -> None:
        self.tables: dict[str, list[Row]] = {name: [] for name in COLUMNS}
        self.denied: set[str] = set()
        self.script: dict[str, deque[Answer]] = defaultdict(deque)
        """By model: answers to give before the true ones."""
        self.server: Loopback

    # -- a world

    def put(self, model: str, id: int, /, **columns: Any) -> None:
        """Add or replace a row; what is not given is empty, as Odoo writes it."""
        self.drop(model, id)
        empty = dict.fromkeys(COLUMNS[model] | SENSITIVE.get(model, set()), False)
        usual = {"id": id, "write_date": STAMP, "active": True}
        secret = dict.fromkeys(SENSITIVE.get(model, ()), UNASKED)
        self.tables[model].append(empty | usual | secret | columns)

    def drop(self, model: str, id: int) -> None:
        self.tables[model] = [row for row in self.tables[model] if row["id"] != id]

    def change(self, model: str, id: int, /, **columns: Any) -> None:
        next(row for row in self.tables[model] if row["id"] == id).update(columns)

    def user(self, id: int, **columns: Any) -> None:
        """With the partner ``id`` + 1000."""
        usual = {"name": f"Ivo Brandt {id}", "email": f"ivo{id}@example.org"}
        self.put("res.users", id, **(usual | {"partner_id": [id + 1000, "Ivo"]} | columns))

    def hiring(self, applicant: int = 200, **columns: Any) -> None:
        """An application with its candidate (partner 800), job 300, and recruiter 501."""
        usual = {
            "partner_id": [800, "Noor Vance"],
            "partner_name": "Noor Vance",
            "job_id": [300, "Platform engineer"],
            "user_id": [501, "Rhea"],
            "stage_id": [3, "First Interview"],
            "application_status": "ongoing",
        }
        self.put("hr.applicant", applicant, **(usual | columns))
        self.put(
            "hr.job",
            300,
            name="Platform engineer",
            department_id=[5, "Engineering"],
            user_id=[501, "Rhea"],
            survey_id=[70, "Interview form"],
        )
        self.user(501)

    def meeting(self, id: int = 100, *panel: int, **columns: Any) -> None:
        """On 10 November, 14 to 15 o'clock UTC, with these users."""
        usual = {
            "name": "Systems talk",
            "applicant_id": [200, "Noor Vance"],
            "start": "2026-11-10 14:00:00",
            "stop": "2026-11-10 15:00:00",
            "user_id": [501, "Rhea"],
        }
        self.put("calendar.event", id, **(usual | columns))
        for user in panel:
            self.user(user)
            self.seat(id, user + 1000)

    def seat(self, meeting: int, partner: int, state: str = "needsAction") -> None:
        id = len(self.tables["calendar.attendee"]) + 900
        links = {"event_id": [meeting, "Systems talk"], "partner_id": [partner, "Ivo"]}
        self.put("calendar.attendee", id, state=state, **links)

    def form(self, id: int, user: int, end: str | None, **columns: Any) -> None:
        """About applicant 200, made for a user; done at ``end``, or waiting."""
        usual = {
            "applicant_id": [200, "Noor Vance"],
            "partner_id": [user + 1000, "Ivo"],
            "survey_id": [70, "Interview form"],
            "state": "done" if end else "new",
            "end_datetime": end or False,
        }
        self.put("survey.user_input", id, **(usual | columns))

    def forms_in_use(self) -> None:
        """A colleague filled the job's form lately, about somebody else."""
        self.user(599)
        self.form(7999, 599, "2026-11-01 09:00:00", applicant_id=[299, "Somebody"])

    # -- what was asked

    def questions(self, model: str) -> list[Row]:
        """The bodies of the searches in one model, in order."""
        asked = [each for each in self.server.asked if each.path == f"/json/2/{model}/search_read"]
        return [json.loads(each.body) for each in asked]

    # -- answering

    def answer(self, asked: Asked) -> Answer:
        _, _, _, model, method = asked.path.split("/")
        waiting = self.script[model]
        if waiting:
            return waiting.popleft()
        if asked.headers.get("x-odoo-database") != DATABASE:
            page = b"<!DOCTYPE html>\n<title>404 Not Found</title><p>No database is selected"
            return Answer(404, page, {"Content-Type": "text/html; charset=utf-8"})
        if asked.headers.get("authorization") != f"bearer {KEY}":
            return error(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey")
        if asked.headers.get("content-type") != "application/json":
            return error(400, "werkzeug.exceptions.BadRequest", "not JSON")
        if model == "res.users" and method == "context_get":
            return thing({"lang": "en_US", "tz": False, "uid": 5})
        if model not in self.tables:
            said = f"the model '{model}' does not exist"
            return error(404, "werkzeug.exceptions.NotFound", said)
        if model in self.denied:
            said = f"You are not allowed to access '{model}' records.\n\nContact your administrator"
            return error(403, "odoo.exceptions.AccessError", said)
        return self._search(model, json.loads(asked.body))

    def _search(self, model: str, asked: Row) -> Answer:
        if unknown := set(asked) - SEARCH:
            return error(500, "builtins.TypeError", f"unexpected argument {sorted(unknown)}")
        known = COLUMNS[model] | SENSITIVE.get(model, set()) | {"id"}
        for name in [*asked["fields"], *(each[0].split(".")[0] for each in asked["domain"])]:
            if name not in known:
                return error(500, "builtins.ValueError", f"Invalid field '{name}' on '{model}'")
        domain = asked["domain"]
        if "active" in COLUMNS[model] and not any(each[0] == "active" for each in domain):
            domain = [*domain, ["active", "=", True]]
        found = [row for row in self.tables[model] if self._fits(row, domain)]
        found.sort(key=lambda row: int(row["id"]))
        page = found[: asked["limit"]]
        return thing([{k: seen(row)[k] for k in ("id", *asked["fields"])} for row in page])

    def _fits(self, row: Row, domain: list[Any]) -> bool:
        return all(self._meets(row, *clause) for clause in domain)

    def _meets(self, row: Row, name: str, operator: str, value: Any) -> bool:
        if name == "partner_id.user_ids":
            assert operator == "any"
            partner = bare(row["partner_id"])
            users = [user for user in self.tables["res.users"] if user["active"]]
            return any(self._fits(u, value) for u in users if bare(u["partner_id"]) == partner)
        mine = bare(row[name])
        if operator in COMPARE:
            return mine is not False and bool(COMPARE[operator](mine, value))
        if operator == "in":
            return mine in value
        return bool(mine == value) is (operator == "=")


def bare(value: Any) -> Any:
    """A link without its name."""
    return value[0] if isinstance(value, list) else value


def seen(row: Row) -> Row:
    """A private meeting can be found by all its columns, and tells none of them."""
    if row.get("privacy") != "private":
        return row
    empty = dict.fromkeys(("applicant_id", "write_date", "start_date", "stop_date"), False)
    return row | empty | {"name": "Busy"}


def error(status: int, name: str, message: str) -> Answer:
    debug = f"Traceback (most recent call last): {UNASKED}"
    content = {"name": name, "message": message, "arguments": [message], "debug": debug}
    return thing(content, status)


@contextmanager
def odoo() -> Iterator[FakeOdoo]:
    fake = FakeOdoo()
    with serving(fake.answer) as server:
        fake.server = server
        yield fake


def connected(
    fake: FakeOdoo, evidence: str = "form", *, sleeps: list[float] | None = None, **other: Any
) -> Odoo:
    """The connector at that fake; it never truly sleeps."""
    given = {
        "url": fake.server.url,
        "database": DATABASE,
        "api_key": KEY,
        "webhook_secrets": (SECRET,),
        "evidence": evidence,
    }
    waited = [] if sleeps is None else sleeps
    return Odoo(OdooConfig(**(given | other)), clock=lambda: NOW, sleep=waited.append)
