"""Odoo Recruitment 19 as it was seen to answer (other-ats.md 8.3), over one world: JSON-2.

Order of checks: database (an HTML page with 404), key (401), JSON (400), model and method (404),
right (403), arguments (422 and 500). It has no rate limit; ``limit``, a minute's, is a proxy's.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Request, Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from connectors.model import ApplicationState, Kind
from plugin.sandbox import odoo_evidence
from plugin.sandbox.dialect import SECRET, WEBHOOK_SECRET, Dialect, answer
from plugin.sandbox.entities import Application, Entity, Interview, Seat, Submission
from plugin.sandbox.gate import RateWindow
from plugin.sandbox.meetings import Agenda, meeting
from plugin.sandbox.odoo_posts import HABITS, events
from plugin.sandbox.odoo_rows import FIELDS, SIGNED, View, answered, number
from plugin.sandbox.odoo_search import ARGUMENTS, Refused, Row, Tables
from plugin.sandbox.webhooks import Event

DATABASE = "practice"
LONG_SECRET = f"{WEBHOOK_SECRET}-odoo"
"""It stands in an address, where it must not be guessed."""
RATE_SECONDS = 60
NO_DATABASE = "<!DOCTYPE html>\n<title>404 Not Found</title><p>No database is selected"
NAMES = {
    400: "werkzeug.exceptions.BadRequest",
    401: "werkzeug.exceptions.Unauthorized",
    403: "odoo.exceptions.AccessError",
    404: "werkzeug.exceptions.NotFound",
    422: "werkzeug.exceptions.UnprocessableEntity",
    429: "werkzeug.exceptions.TooManyRequests",
}
METHODS: Mapping[str, frozenset[str]] = {
    "search_read": ARGUMENTS,
    "search_count": frozenset({"domain", "context"}),
    "read": frozenset({"ids", "fields", "context"}),
}


class Odoo(Dialect):
    """One user's key. ``rights``: the models that this user may read; an officer all.

    ``sees_forms``: False where the forms are of the survey type Custom, and kept from an officer
    without an error. ``sees_private``: False where confidential meetings say Busy.
    """

    name = "odoo"
    title = "Odoo Recruitment"
    prefix = "/json/2/"
    habits = HABITS
    drafts_have_ids = False
    has_all_day = True
    most_of_a_role = 1
    tick = timedelta(seconds=1)
    cannot_tell = frozenset(
        {
            "person.manager_id",
            "candidate.updated_at",
            "application.ats_status",
            "application.coordinator_id",
            "job.coordinator_ids",
            "job.hiring_manager_ids",
            "interview.ats_status",
            "interview.updated_at",  # the panel moves it too
            "scorecard.id",
            "scorecard.updated_at",
        }
    )

    def __init__(
        self,
        *,
        secret: str = SECRET,
        webhook_secret: str = LONG_SECRET,
        limit: int | None = None,
        sees_private: bool = False,
        sees_forms: bool = True,
        rights: Collection[str] = tuple(FIELDS),
        evidence: str = "form",
    ) -> None:
        self._key: str | None = secret
        self._secret = secret
        self.webhook_secret = webhook_secret
        self._rate = None if limit is None else RateWindow(limit, RATE_SECONDS)
        self.sees_private = sees_private
        self._sees_forms = sees_forms
        self._rights = rights
        self._evidence = evidence
        self._agenda: Agenda | None = None
        self._known: tuple[tuple[datetime, int] | None, dict[str, list[Row]]] = (None, {})
        self._tables = Tables(self._rows, FIELDS)

    # -- what it serves

    def blueprint(self) -> Blueprint:
        routes = Blueprint("odoo", __name__)
        routes.add_url_rule(f"{self.prefix}<model>/<method>", view_func=self.call, methods=["POST"])
        routes.add_url_rule("/odoo/<model>/<int:wanted>", view_func=self.page)
        return routes

    def environment(self) -> dict[str, str]:
        return {
            "ODOO_URL": self.place.url(),
            "ODOO_DATABASE": DATABASE,
            "ODOO_API_KEY": self._secret,
            "ODOO_EVIDENCE": self._evidence,
            "ODOO_WEBHOOK_SECRET": self.webhook_secret,
        }

    @property
    def endpoints(self) -> Sequence[str]:
        return tuple(f"{model}/search_read" for model in FIELDS)

    def events(self, after: datetime, until: datetime) -> list[Event]:
        return events(self.view, after, until)

    def problem(self, status: int, message: str, **headers: str) -> Response:
        if status == 400:  # as it was seen to refuse a question: see ``_result``
            return _error(Refused(500, "builtins.ValueError", message), **headers)
        name = NAMES.get(status, "werkzeug.exceptions.InternalServerError")
        return _error(Refused(status, name, message), **headers)

    def revoke(self) -> None:
        self._key = None

    def loop(self, request: Request, response: Response) -> None:
        """There is no next link: the same rows, whatever comes after which id, and a full page."""
        asked = request.get_json()
        model = request.path.removeprefix(self.prefix).partition("/")[0]
        domain = [each for each in asked.get("domain", []) if each[:2] != ["id", ">"]]
        question = {**asked, "domain": domain, "offset": 0}
        rows = self._told(model, question, self._tables.found(model, question))
        limit = asked.get("limit") or len(rows)
        response.set_data(json.dumps((rows * limit)[:limit]))

    # -- what of the world it shows

    def sees(self, kind: Kind, entity: Entity) -> bool:
        """Nothing but a meeting is private in Odoo."""
        return kind is not Kind.INTERVIEW or super().sees(kind, entity)

    def application_state(self, application: Application, now: datetime) -> ApplicationState:
        """Converted is no word of Odoo's: the old application is archived without a refusal."""
        state = super().application_state(application, now)
        converted = state is ApplicationState.CONVERTED
        return ApplicationState.WITHDRAWN if converted else state

    def stage_of(self, application: Application, now: datetime) -> str | None:
        hired = application.status.at(now) == "hired"
        return SIGNED if hired else super().stage_of(application, now)

    def lists(self, interview: Interview, now: datetime) -> bool:
        """Never anything without a date, nor of an applicant who was deleted."""
        return self.view.shows(interview.application) and meeting(interview, now) is not None

    def asks(self, seat: Seat) -> bool:
        return True  # there is no word for somebody who owes nothing

    def attendance(self, seat: Seat, now: datetime) -> str | None:
        return answered(seat.response.at(now))

    def can_tell(self, seat: Seat, now: datetime) -> bool:
        if self._evidence == "form" and not self._sees_forms:
            return False
        return odoo_evidence.can_tell(self.view, seat, self._evidence)

    def shown(self, seat: Seat, filed: Submission | None, now: datetime) -> Submission | None:
        at = odoo_evidence.handed_in_at(self.view, seat, self._evidence)
        return Submission(at, seat.person, rating="") if at and seat.person else None

    def id_of(self, kind: Kind, entity: Entity) -> str:
        """Whole numbers; a candidate is a contact."""
        return str(number(entity))

    def candidate_url(self, application: Application) -> str | None:
        return f"{self.place.url()}/odoo/hr.applicant/{number(application)}"

    def card_url(self, seat: Seat) -> str | None:
        """A form's own link holds its secret; the rest is written on the applicant's page."""
        return None if self._evidence == "form" else self.candidate_url(seat.interview.application)

    # -- answering

    @property
    def view(self) -> View:
        if self._agenda is None:
            self._agenda = Agenda(self.place.world)
        hides = self._hides
        return View(self.place.world, self._agenda, self.place.now(), hides)

    def _hides(self, interview: Interview) -> bool:
        return not self.sees(Kind.INTERVIEW, interview)

    def _rows(self, model: str) -> list[Row]:
        """As they are found; rendered once for each instant and state of the world."""
        state = (self.place.now(), self.place.world.version)
        if self._known[0] != state:
            self._known = (state, {})
        known = self._known[1]
        if model not in known:
            hidden = model == "survey.user_input" and not self._sees_forms
            known[model] = [] if hidden else self.view.rows(model)
        return known[model]

    def page(self, model: str, wanted: int) -> Redirect:
        """The way to the login page, which keeps where one wanted to go."""
        return redirect(f"/web/login?redirect=/odoo/{model}/{wanted}", 303)

    def call(self, model: str, method: str) -> Response:
        if request.headers.get("X-Odoo-Database") != DATABASE:
            return Response(NO_DATABASE, 404, mimetype="text/html")
        if self._key is None or request.headers.get("Authorization") != f"bearer {self._key}":
            return self.problem(401, "Invalid apikey")
        turn = self._rate.take(self.place.clock()) if self._rate else None
        if turn and not turn.allowed:
            return self.problem(429, "Too many requests", **turn.headers)
        asked = request.get_json(silent=True)
        if not isinstance(asked, dict):
            return _error(Refused(400, NAMES[400], "Expected a JSON object"))
        if (model, method) == ("res.users", "context_get"):
            return answer({"lang": "en_US", "tz": False, "uid": 5})
        try:
            return answer(self._result(model, method, asked))
        except Refused as refused:
            return _error(refused)

    def _result(self, model: str, method: str, asked: Mapping[str, Any]) -> Any:
        if model not in FIELDS:
            raise Refused(404, NAMES[404], f"the model {model!r} does not exist")
        if method not in METHODS:
            said = f"the method '{model}.{method}' does not exist"
            raise Refused(404, NAMES[404], said)
        if model not in self._rights:
            said = f"You are not allowed to access '{model}' records."
            raise Refused(403, NAMES[403], said)
        if "ids" in asked and method != "read":
            raise Refused(422, NAMES[422], f"cannot call {model}.{method} with ids")
        if unknown := sorted(asked.keys() - METHODS[method]):
            raise Refused(500, "builtins.TypeError", f"unexpected keyword argument {unknown[0]!r}")
        if method == "read":
            wanted = [row for row in self._rows(model) if row["id"] in asked.get("ids", [])]
            return self._told(model, asked, wanted)
        found = self._tables.found(model, asked)
        return len(found) if method == "search_count" else self._told(model, asked, found)

    def _told(self, model: str, asked: Mapping[str, Any], rows: Iterable[Row]) -> list[Row]:
        """Of a private meeting nothing but that somebody is busy then."""
        shown = [{**row, **row.get("_shown", {})} for row in rows]
        return self._tables.told(model, asked.get("fields"), shown)


def _error(refused: Refused, **headers: str) -> Response:
    content = {
        "name": refused.name,
        "message": refused.message,
        "arguments": [refused.message],
        "context": {},
        "debug": f"Traceback (most recent call last):\n{refused.name}: {refused.message}",
    }
    return answer(content, refused.status, **headers)
