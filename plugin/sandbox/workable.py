"""Workable as documented, over one world (other-ats.md 5).

Order of checks: token (401), rate (429), scope (403), parameters (400), existence (404).
Parameters that are not documented are refused: what Workable does with them is unknown.
A candidate belongs to one job, so every application of the world is a candidate here. What asks for
no feedback (a lunch, a debrief) is a meeting, not an interview.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Request, Response, request

from connectors.model import ApplicationState, Kind
from plugin.sandbox.dialect import SECRET, WEBHOOK_SECRET, Dialect, answer
from plugin.sandbox.entities import Application, Entity, Interview, Job, Seat, Submission
from plugin.sandbox.gate import RateWindow
from plugin.sandbox.meetings import Agenda, asked, handed_in, meeting
from plugin.sandbox.webhooks import Event
from plugin.sandbox.workable_posts import HABITS, events
from plugin.sandbox.workable_rows import Row, View, attendance, has_begun, rated, ratings

RATE_SECONDS = 10
ACCOUNT_TOKEN = 10
"""Requests in ten seconds; an OAuth or partner token has 50."""
MOST = 100
LOOKED_BACK = timedelta(days=60)
"""How old a rating may be to show that ratings can be seen."""
USUAL = 50
PAGING = frozenset({"limit", "since_id", "max_id"})
EVENT_TYPES = ("call", "interview", "meeting")
SCOPES = frozenset({"r_jobs", "r_candidates", "r_members"})
"""Which scope /members wants is not documented; this one is our name for it."""


@dataclass(frozen=True)
class Problem(Exception):
    status: int
    message: str


class Workable(Dialect):
    """One account token. ``limit``: requests in ten seconds.

    ``sees_ratings``: False for a token from which the visibility of ratings keeps them all.
    """

    name = "workable"
    title = "Workable"
    prefix = "/workable/spi/v3/"
    habits = HABITS
    drafts_have_ids = False
    most_of_a_role = 0
    cannot_tell = frozenset(
        {
            "person.manager_id",
            "person.updated_at",
            "candidate.updated_at",
            "application.ats_status",
            "application.recruiter_id",
            "application.coordinator_id",
            "application.updated_at",
            "job.department",
            "job.recruiter_ids",
            "job.coordinator_ids",
            "job.hiring_manager_ids",
            "job.updated_at",
            "interview.ats_status",
            "interview.updated_at",
            "scorecard.id",
            "scorecard.submitter_id",
            "scorecard.updated_at",
            "job.is_open",
            "person.zone",
        }
    )

    def __init__(
        self,
        *,
        secret: str = SECRET,
        webhook_secret: str = WEBHOOK_SECRET,
        limit: int | None = None,
        scopes: Collection[str] = SCOPES,
        sees_private: bool = False,
        sees_ratings: bool = True,
    ) -> None:
        self._token: str | None = secret
        self._secret = secret
        self.webhook_secret = webhook_secret
        self._rate = RateWindow(ACCOUNT_TOKEN if limit is None else limit, RATE_SECONDS)
        self._scopes = scopes
        self.sees_private = sees_private
        self._sees_ratings = sees_ratings
        self._agenda: Agenda | None = None
        self._known: dict[str, tuple[tuple[datetime, int], list[Row]]] = {}
        self._firsts: tuple[int, dict[int, Application]] = (0, {})

    # -- what it serves

    def blueprint(self) -> Blueprint:
        routes = Blueprint("workable", __name__)
        for path, serve in (
            ("events", self.list_events),
            ("events/<wanted>", self.one_event),
            ("members", self.list_members),
            ("candidates/<wanted>", self.one_candidate),
            ("candidates/<wanted>/activities", self.candidate_activities),
            ("jobs/<wanted>/activities", self.job_activities),
        ):
            view = self._guarded(serve)
            routes.add_url_rule(self.prefix + path, serve.__name__, view)
        return routes

    def environment(self) -> dict[str, str]:
        return {
            "WORKABLE_TOKEN": self._secret,
            "WORKABLE_API_URL": self.api_url,
            "WORKABLE_WEBHOOK_SECRET": self.webhook_secret,
        }

    @property
    def endpoints(self) -> Sequence[str]:
        return ("events", "members")

    def events(self, after: datetime, until: datetime) -> list[Event]:
        return events(self.view, after, until)

    def problem(self, status: int, message: str, **headers: str) -> Response:
        return answer({"error": message}, status, **headers)

    def revoke(self) -> None:
        self._token = None

    def expired_cursor(self, request: Request) -> Response | None:
        return self.problem(400, "Invalid since_id") if "since_id" in request.args else None

    def loop(self, request: Request, response: Response) -> None:
        self._lead(response, request.url)

    def elsewhere(self, request: Request, response: Response, host: str) -> None:
        self._lead(response, f"https://{host}{request.path}?limit=100&since_id=abc")

    def _lead(self, response: Response, link: str) -> None:
        content = response.get_json()
        response.set_data(json.dumps({**content, "paging": {"next": link}}))

    def rows_of(self, content: Any) -> Iterable[dict[str, Any]]:
        for key in ("events", "members", "activities"):
            if key in content:
                rows: list[dict[str, Any]] = content[key]
                return rows
        return [content.get("candidate", content)]

    # -- what of the world it shows

    def application_state(self, application: Application, now: datetime) -> ApplicationState:
        """Converted is no word of Workable's: the old candidate is disqualified."""
        state = super().application_state(application, now)
        converted = state is ApplicationState.CONVERTED
        return ApplicationState.REJECTED if converted else state

    def lists(self, interview: Interview, now: datetime) -> bool:
        """Never anything without a date, nor what asks for no feedback."""
        return any(map(asked, interview.seats)) and meeting(interview, now) is not None

    def asks(self, seat: Seat) -> bool:
        return True  # there is no word for somebody who owes nothing

    def attendance(self, seat: Seat, now: datetime) -> str | None:
        return attendance(seat, now)

    def can_tell(self, seat: Seat, now: datetime) -> bool:
        """Not where no rating was ever seen (they may be hidden), nor which event one is about."""
        if not has_begun(seat.interview, now) or self.shown(seat, None, now):
            return True
        if not self._sees_ratings or ratings(self.view, seat, now):
            return False
        return any(
            form.completed_at and form.completed_at > now - LOOKED_BACK
            for each in self.place.world.interviews
            if self.sees(Kind.APPLICATION, each.application)
            for form in handed_in(each, now)
        )

    def shown(self, seat: Seat, filed: Submission | None, now: datetime) -> Submission | None:
        return rated(self.view, seat, now) if self._sees_ratings else None

    def id_of(self, kind: Kind, entity: Entity) -> str:
        """Short hex ids; of a job the shortcode. The first application is the candidate."""
        if isinstance(entity, Application):
            first = next(
                a for a in self.place.world.applications if a.candidate is entity.candidate
            )
            entity = entity.candidate if first is entity else entity
        name = f"{self.name}/{type(entity).__name__}/{entity.id}"
        short = uuid.uuid5(uuid.NAMESPACE_URL, name).hex[:12]
        return short.upper() if isinstance(entity, Job) else short

    def _is_first(self, application: Application) -> bool:
        world = self.place.world
        if self._firsts[0] != len(world.applications):
            firsts = {each.candidate.id: each for each in reversed(world.applications)}
            self._firsts = (len(world.applications), firsts)
        return self._firsts[1][application.candidate.id] is application

    def candidate_url(self, application: Application) -> str | None:
        """The numbers in it are not the short ids."""
        job, person = application.job.id, application.id
        return f"{self.place.url()}/backend/jobs/{job}/candidates/{person}"

    def card_url(self, seat: Seat) -> str | None:
        return self.candidate_url(seat.interview.application)

    # -- answering

    @property
    def view(self) -> View:
        world = self.place.world
        self._agenda = self._agenda or Agenda(world)
        return View(world, self._agenda, self.place.now(), self.id_of, self.candidate_url)

    def _guarded(self, serve: Callable[..., Response]) -> Callable[..., Response]:
        def guarded(**wanted: str) -> Response:
            headers: dict[str, str] = {}
            try:
                self._admit(headers)
                response = serve(**wanted)
            except Problem as problem:
                response = self.problem(problem.status, problem.message)
            response.headers.update(headers)
            return response

        return guarded

    def _admit(self, headers: dict[str, str]) -> None:
        if self._token is None or request.headers.get("Authorization") != f"Bearer {self._token}":
            raise Problem(401, "Not authorized")
        turn = self._rate.take(self.place.clock())
        # Workable documents these three and no Retry-After.
        for part in ("Limit", "Remaining", "Reset"):
            headers[f"X-Rate-Limit-{part}"] = turn.headers[f"X-RateLimit-{part}"]
        if not turn.allowed:
            raise Problem(429, "Rate limit exceeded")

    def list_events(self) -> Response:
        self._require("r_jobs", PAGING | set(EVENT_FILTERS) | {"include_cancelled", "context"})
        if "context" in request.args:
            raise Problem(400, "context is for user tokens")
        if request.args.get("type", "call") not in EVENT_TYPES:
            raise Problem(400, "type is not one of call, interview, meeting")
        view = self.view
        rows = self._once("events", view, lambda: view.events(self._seen(view)))
        if request.args.get("include_cancelled") != "true":
            rows = [row for row in rows if not row["cancelled"]]
        for name, accepts in EVENT_FILTERS.items():
            if name in request.args:
                rows = [row for row in rows if _checked(accepts, row, request.args[name])]
        return self._page("events", rows)

    def one_event(self, wanted: str) -> Response:
        self._require("r_jobs", frozenset())
        view = self.view
        rows = self._once("events", view, lambda: view.events(self._seen(view)))
        for row in rows:
            if row["id"] == wanted:
                return answer(row)
        raise Problem(404, "Not found")

    def list_members(self) -> Response:
        self._require("r_members", PAGING | {"role", "shortcode", "email", "name", "status"})
        status = request.args.get("status", "active")
        if status not in ("active", "inactive", "all"):
            raise Problem(400, "status is not one of active, inactive, all")
        rows = [row for row in self.view.members() if status in ("all", _activity(row))]
        return self._page("members", rows)

    def one_candidate(self, wanted: str) -> Response:
        self._require("r_candidates", frozenset())
        return answer({"candidate": self.view.candidate(self._application(wanted))})

    def candidate_activities(self, wanted: str) -> Response:
        self._require("r_candidates", PAGING | {"actions", "updated_after"})
        rows = self._activities([self._application(wanted)])
        if "actions" in request.args:
            actions = request.args["actions"].split(",")
            rows = [row for row in rows if row["action"] in actions]
        if "updated_after" in request.args:
            after = _instant(request.args["updated_after"])
            rows = [row for row in rows if _instant(row["updated_at"]) > after]
        return self._page("activities", rows)

    def job_activities(self, wanted: str) -> Response:
        self._require("r_candidates", PAGING)
        found = [a for a in self._seen(self.view) if self.id_of(Kind.JOB, a.job) == wanted]
        if not found:
            raise Problem(404, "Not found")
        return self._page("activities", self._activities(found))

    def _activities(self, applications: Iterable[Application]) -> list[Row]:
        rows = [row for each in applications for row in self.view.activities(each)]
        if not self._sees_ratings:
            rows = [row for row in rows if row["action"] != "rating"]
        return sorted(rows, key=lambda row: (row["created_at"], row["id"]))

    def _require(self, scope: str, parameters: Collection[str]) -> None:
        if scope not in self._scopes:
            raise Problem(403, f"The token lacks the scope {scope}")
        if unknown := sorted(set(request.args) - set(parameters)):
            raise Problem(400, f"Unknown parameter {', '.join(unknown)}")

    def _seen(self, view: View) -> list[Application]:
        there = (a for a in view.world.applications if a.exists(view.now))
        seen = (a for a in there if self.sees(Kind.APPLICATION, a))
        return [each for each in seen if each.candidate.exists(view.now)]

    def _application(self, wanted: str) -> Application:
        for each in self._seen(self.view):
            if self.id_of(Kind.APPLICATION, each) == wanted:
                return each
        raise Problem(404, "Not found")

    def _once(self, name: str, view: View, make: Callable[[], Iterable[Row]]) -> list[Row]:
        """Rendered once for each instant and state of the world."""
        state = (view.now, view.world.version)
        known = self._known.get(name)
        if known is None or known[0] != state:
            known = self._known[name] = (state, list(make()))
        return known[1]

    def _page(self, key: str, rows: Sequence[Row]) -> Response:
        """``since_id`` is inclusive, and the next link carries it and the limit and no filter."""
        limit = request.args.get("limit", str(USUAL))
        if not limit.isdigit() or not 1 <= int(limit) <= MOST:
            raise Problem(400, f"limit must be between 1 and {MOST}")
        ids = [row["id"] for row in rows]
        begin = self._place(ids, "since_id", 0)
        end = self._place(ids, "max_id", len(ids) - 1) + 1
        page = rows[begin : min(begin + int(limit), end)]
        content: Row = {key: list(page)}
        if begin + len(page) < end:
            following = ids[begin + len(page)]
            link = f"{request.base_url}?limit={limit}&since_id={following}"
            content["paging"] = {"next": link}
        return answer(content)

    def _place(self, ids: Sequence[str], parameter: str, usual: int) -> int:
        wanted = request.args.get(parameter)
        if wanted is None:
            return usual
        if wanted not in ids:
            raise Problem(400, f"Invalid {parameter}")
        return ids.index(wanted)


def _activity(row: Row) -> str:
    return "active" if row["active"] else "inactive"


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise Problem(400, "Dates need a time zone")
    return instant


def _checked(accepts: Callable[[Row, str], bool], row: Row, text: str) -> bool:
    try:
        return accepts(row, text)
    except ValueError:
        raise Problem(400, "Invalid date") from None


def _of(row: Row, key: str, field: str) -> Any:
    return (row[key] or {}).get(field)


EVENT_FILTERS: Mapping[str, Callable[[Row, str], bool]] = {
    "type": lambda row, text: bool(row["type"] == f"{text.capitalize()}Event"),
    "start_date": lambda row, text: _instant(row["starts_at"]) >= _instant(text),
    "end_date": lambda row, text: _instant(row["starts_at"]) <= _instant(text),
    "candidate_id": lambda row, text: bool(_of(row, "candidate", "id") == text),
    "shortcode": lambda row, text: bool(_of(row, "job", "shortcode") == text),
    "member_id": lambda row, text: any(each["id"] == text for each in row["members"]),
}
