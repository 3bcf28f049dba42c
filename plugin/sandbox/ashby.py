"""Ashby as documented, over one world (ashby.md): POST only, and failures come with status 200.

Order of checks: key (401 none, 403 wrong), rate (429), permission (403), body, parameters.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import Blueprint, Request, Response, request

from connectors.model import SHADOW, ApplicationState, Kind
from plugin.sandbox.ashby_lists import LISTINGS, SINGLES, Entry, Listing, Refused, Single
from plugin.sandbox.ashby_posts import HABITS, events
from plugin.sandbox.ashby_rows import View, credited
from plugin.sandbox.ashby_walks import Page, Walks
from plugin.sandbox.ashby_words import Row, event_url
from plugin.sandbox.buckets import Bucket
from plugin.sandbox.dialect import SECRET, WEBHOOK_SECRET, Dialect, Directory, answer, basic_key
from plugin.sandbox.entities import Application, Interview, Seat
from plugin.sandbox.meetings import Agenda, handed_in, unmatched
from plugin.sandbox.rows import stamp
from plugin.sandbox.webhooks import Event

A_MINUTE = 100
"""No figure is published; one connector holds itself to this (ashby.md 2.4)."""
EVERY_PERMISSION = frozenset({each.permission for each in LISTINGS.values()} | {"apiKeys"})
KEY_INFO = "apiKey.info"


class Shape(StrEnum):
    """How a failure is told (ashby.md 2.2)."""

    BOTH = "both"
    TEXTS = "texts"
    OBJECTS = "objects"


class Ashby(Dialect):
    """One API key. ``limit``: requests a minute.

    ``permissions``: the modules that the key may read. ``sees_private``: whether it was given the
    confidential jobs. ``token_lifetime``: how long a sync token lives unused. ``most_pages``: after
    how many pages a walk by sync token is cut off. ``tells_required``: False as before spring
    2026. ``shape``: all failures in one shape; None: each in one of its own.
    """

    name = "ashby"
    title = "Ashby"
    prefix = "/ashby/"
    habits = HABITS
    drafts_have_ids = False
    cannot_tell = frozenset(
        {
            "candidate.updated_at",
            "application.ats_status",
            # Read of candidates who wait for somebody, not of everybody (ashby.md 3.10).
            "application.url",
            "interview.ats_status",
            "interview.updated_at",
            "scorecard.updated_at",
            "person.zone",
        }
    )

    def __init__(
        self,
        *,
        secret: str = SECRET,
        webhook_secret: str = WEBHOOK_SECRET,
        limit: int | None = None,
        permissions: Collection[str] = EVERY_PERMISSION,
        sees_private: bool = False,
        token_lifetime: timedelta = timedelta(days=30),
        most_pages: int = 20,
        tells_required: bool = True,
        shape: Shape | None = None,
    ) -> None:
        a_minute = A_MINUTE if limit is None else limit
        self._key: str | None = secret
        self._secret = secret
        self.webhook_secret = webhook_secret
        self._bucket = Bucket(a_minute / 60, a_minute)
        self._permissions = permissions
        self._tells_required = tells_required
        self._shape = shape
        self._walks = Walks(token_lifetime, most_pages)
        self._answers = self._refusals = 0
        self._listed: dict[str, tuple[tuple[datetime, int], list[Entry]]] = {}
        self.sees_private = sees_private

    # -- the seam

    def blueprint(self) -> Blueprint:
        self._agenda = Agenda(self.place.world)
        self._directory = Directory(self.place.world, self.id_of)
        routes = Blueprint("ashby", __name__)
        routes.post(f"{self.prefix}<method>")(self.serve)
        return routes

    @property
    def endpoints(self) -> Sequence[str]:
        return (*LISTINGS, *SINGLES, KEY_INFO)

    def environment(self) -> dict[str, str]:
        return {
            "ASHBY_API_KEY": self._secret,
            "ASHBY_API_URL": self.api_url,
            "ASHBY_WEBHOOK_SECRET": self.webhook_secret,
        }

    def events(self, after: datetime, until: datetime) -> list[Event]:
        return events(self.view, after, until)

    def problem(self, status: int, message: str, **headers: str) -> Response:
        codes = {403: "missing_endpoint_permission", 429: "rate_limit_exceeded"}
        response = self._failure(Refused(codes.get(status, "internal_error"), None, status))
        response.headers.update(headers)
        return response

    def revoke(self) -> None:
        self._key = None

    def expired_cursor(self, request: Request) -> Response | None:
        asked = request.get_json(silent=True) or {}
        return self._failure(Refused("next_cursor_expired")) if "cursor" in asked else None

    def loop(self, request: Request, response: Response) -> None:
        content = response.get_json()
        asked = request.get_json(silent=True) or {}
        cursor = asked.get("cursor") or self._walks.circular(request.path.rpartition("/")[2], asked)
        content.update({"moreDataAvailable": True, "nextCursor": cursor})
        content.pop("syncToken", None)
        response.set_data(answer(content).get_data())

    def rows_of(self, content: Any) -> Iterable[dict[str, Any]]:
        """The records, and the events inside of schedules."""
        results = content.get("results", [])
        rows = results if isinstance(results, list) else [results]
        return [*rows, *(event for row in rows for event in row.get("interviewEvents", []))]

    def candidate_url(self, application: Application) -> str | None:
        wanted = self.id_of(Kind.CANDIDATE, application.candidate)
        return f"https://app.ashbyhq.com/candidate-searches/new/right-side/candidates/{wanted}"

    def card_url(self, seat: Seat) -> str | None:
        return event_url(self.id_of(Kind.INTERVIEW, seat.interview))

    def application_state(self, application: Application, now: datetime) -> ApplicationState:
        if application.rejection.at(now) == "Took another offer":
            return ApplicationState.WITHDRAWN
        state = super().application_state(application, now)
        converted = state is ApplicationState.CONVERTED
        return ApplicationState.REJECTED if converted else state

    def stage_of(self, application: Application, now: datetime) -> str | None:
        hired = application.status.at(now) == "hired"
        return super().stage_of(application, now) or ("Hired" if hired else "Archived")

    def lists(self, interview: Interview, now: datetime) -> bool:
        """A single event that is called off vanishes from its schedule; a debrief is no interview
        of a candidate, and is left out by a perfect reader (ashby.md 3.6)."""
        held = (m for s in self.view.schedules(interview.application) for m in s.meetings(now))
        return not interview.slot.debrief and any(each.interview is interview for each in held)

    def attendance(self, seat: Seat, now: datetime) -> str | None:
        """No calendar answers; but who sits in and owes nothing is called a shadow."""
        return None if seat.card else SHADOW

    def can_tell(self, seat: Seat, now: datetime) -> bool:
        """Not where a form bears an outsider's name from before there was a name for credit, or
        where the only one names no event (ashby.md trap 14)."""
        own = [f for f in handed_in(seat.interview, now) if f.card.interviewer is seat.person]
        if own and not any(form.linked for form in own):
            return False
        old = [f for f in unmatched(seat.interview, now) if not credited(f)]
        return any(f.author is seat.person or credited(f) for f in own) or not old

    # -- answering

    @property
    def view(self) -> View:
        return View(
            world=self.place.world,
            agenda=self._agenda,
            now=self.place.now(),
            id_of=self.id_of,
            find=self._directory.find,
            sees=self.sees,
            tells_required=self._tells_required,
        )

    def serve(self, method: str) -> Response:
        try:
            self._admit(method)
            body = self._body()
            if method == KEY_INFO:
                return self._success(self._key_info(body))
            if method in LISTINGS:
                return self._page(method, LISTINGS[method], body)
            return self._success(self._read(SINGLES[method], body))
        except Refused as refusal:
            return self._failure(refusal)

    def _admit(self, method: str) -> None:
        if "Authorization" not in request.headers:
            raise Refused("unauthorized", status=401)
        if self._key is None or basic_key(request) != self._key:
            raise Refused("forbidden", "Authorization", status=403)
        if not self._bucket.take(self.place.clock()):
            raise Refused("rate_limit_exceeded", status=429)
        if method == KEY_INFO:
            permission = "apiKeys"
        elif method in LISTINGS or method in SINGLES:
            permission = (LISTINGS.get(method) or SINGLES[method]).permission
        else:
            raise Refused("endpoint_not_found", status=404)
        if permission not in self._permissions:
            raise Refused("missing_endpoint_permission", status=403)

    def _body(self) -> Mapping[str, Any]:
        """A JSON object, if only an empty one, with the documented headers (ashby.md 1)."""
        body = request.get_json(silent=True) if request.is_json else None
        if not isinstance(body, dict):
            raise Refused("invalid_input", "body")
        if "version=1" not in request.headers.get("Accept", "").replace(" ", ""):
            raise Refused("invalid_input", "Accept")
        return body

    def _page(self, method: str, listing: Listing, body: Mapping[str, Any]) -> Response:
        view = self.view
        paging = {"limit": int, "cursor": str} | ({"syncToken": str} if listing.synced else {})
        types = {name: each.type for name, each in listing.filters.items()}
        extra = {"expand": list} if listing.expand else {}
        _check(body, {**types, **paging, **extra})
        for name, each in listing.filters.items():
            if each.required and name not in body:
                raise Refused("invalid_input", name)
        asked = {**listing.unless_asked, **body}
        found = [
            entry
            for entry in self._all(method, listing, view)
            if all(f.accepts(asked[n], entry) for n, f in listing.filters.items() if n in asked)
        ]
        page = self._walks.page(method, body, found, view.now, self.place.clock())
        if not listing.synced:
            page = Page(page.entries, page.cursor, None)
        rows = [dict(each.row) for each in page.entries]
        for name in body.get("expand", []):
            if name in listing.expand:
                for row in rows:
                    row[name] = listing.expand[name](view, row)
        more: Row = {"moreDataAvailable": page.cursor is not None}
        more |= {"nextCursor": page.cursor} if page.cursor else {}
        more |= {"syncToken": page.token} if page.token else {}
        return self._success(rows, **more)

    def _all(self, method: str, listing: Listing, view: View) -> Sequence[Entry]:
        """In the order of the list, once for each instant and state of the world."""
        state = (view.now, view.world.version)
        known = self._listed.get(method)
        if known is None or known[0] != state:
            found = sorted(listing.entries(view), key=lambda each: each.order)
            known = self._listed[method] = (state, found)
        return known[1]

    def _read(self, single: Single, body: Mapping[str, Any]) -> Any:
        _check(body, single.parameters)
        return single.read(self.view, body)

    def _key_info(self, body: Mapping[str, Any]) -> Row:
        _check(body, {})
        return {
            "title": "Afterword",
            "createdAt": stamp(self.place.world.founded),
            "scopes": [f"{each}:read" for each in sorted(self._permissions)],
        }

    def _success(self, results: Any, **more: Any) -> Response:
        return self._told({"success": True, "results": results, **more}, 200)

    def _failure(self, refusal: Refused) -> Response:
        code, number = refusal.code, self._request_id()
        shape = self._shape
        if shape is None:
            shape = Shape.OBJECTS if refusal.parameter else Shape.BOTH
            shape = Shape.TEXTS if "cursor" in code or "limit" in code else shape
        content: Row = {"success": False, "errorInfo": None, "errors": [code]}
        if shape is Shape.BOTH:
            said = code.replace("_", " ").capitalize()
            content["errorInfo"] = {"code": code, "message": said, "requestId": number}
        if shape is Shape.OBJECTS:
            content["errors"] = [{"message": code, "parameter": refusal.parameter}]
        response = self._told(content, refusal.status)
        if refusal.status == 429:
            # With or without it (ashby.md 2.4): here every other time.
            self._refusals += 1
            if self._refusals % 2:
                response.headers["Retry-After"] = "2"
        return response

    def _told(self, content: Row, status: int) -> Response:
        self._answers += 1
        return answer(content, status, **{"x-ashby-request-id": self._request_id()})

    def _request_id(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"ashby/request/{self._answers}"))


def _check(body: Mapping[str, Any], types: Mapping[str, type]) -> None:
    """Only documented parameters, of their documented types; anything else is refused."""
    for name, value in body.items():
        wanted = types.get(name)
        is_odd = wanted is int and isinstance(value, bool)
        if wanted is None or is_odd or not isinstance(value, wanted):
            raise Refused("invalid_input", name)
