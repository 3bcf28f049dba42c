"""Lever as documented, over one world (lever.md).

Order of checks: key (401), rate (429), permission (403), parameters (400), existence (404).
Parameters that the documentation does not list are refused: what Lever does with them is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Request, Response, request

from connectors.model import ApplicationState, Kind
from plugin.sandbox.buckets import Bucket
from plugin.sandbox.dialect import SECRET, WEBHOOK_SECRET, Dialect, Directory, answer, basic_key
from plugin.sandbox.entities import Application, Candidate, Interview, Seat
from plugin.sandbox.lever_lists import RESOURCES, Entry, Resource
from plugin.sandbox.lever_posts import ACTIONS, HABITS, events, token_of
from plugin.sandbox.lever_rows import Row, View, camel
from plugin.sandbox.meetings import Agenda, handed_in, meeting, unmatched
from plugin.sandbox.webhooks import Event

A_SECOND = 10
"""Requests that are always let through; twice as many in a burst (lever.md 2.3)."""
MOST = 100
COMMON = frozenset({"limit", "offset", "include", "expand"})
EVERY_PERMISSION = frozenset(each.permission for each in RESOURCES)


class Problem(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Lever(Dialect):
    """One API key. ``limit``: requests a second, with twice as many in a burst.

    ``permissions``: the resources that the key may read. ``sees_private``: access to confidential
    data, as granted when the key was made. ``scheduling_bumps``: whether a scheduled or moved
    interview moves the opportunity's updatedAt, which is likely and not proven (lever.md 3.1).
    """

    name = "lever"
    title = "Lever"
    prefix = "/lever/v1/"
    habits = HABITS
    drafts_have_ids = False
    most_of_a_role = 1
    cannot_tell = frozenset(
        {
            "person.updated_at",
            "candidate.updated_at",
            "application.ats_status",
            "application.coordinator_id",
            "application.updated_at",
            "job.coordinator_ids",
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
        scheduling_bumps: bool = True,
    ) -> None:
        a_second = A_SECOND if limit is None else limit
        self._key: str | None = secret
        self._secret = secret
        self.webhook_secret = webhook_secret
        self._bucket = Bucket(a_second, 2 * a_second)
        self._permissions = permissions
        self._scheduling_bumps = scheduling_bumps
        self.sees_private = sees_private
        self._listed: dict[str, tuple[tuple[datetime, int], list[Entry]]] = {}

    # -- the seam

    def blueprint(self) -> Blueprint:
        self._agenda = Agenda(self.place.world)
        self._directory = Directory(self.place.world, self.id_of)
        routes = Blueprint("lever", __name__, url_prefix=self.prefix.rstrip("/"))
        for resource in RESOURCES:
            routes.get(f"/{resource.path}", endpoint=resource.name)(self._serve(resource, False))
            if resource.by_id:
                one = f"/{resource.path}/<wanted>"
                routes.get(one, endpoint=f"{resource.name}_one")(self._serve(resource, True))
        return routes

    @property
    def endpoints(self) -> Sequence[str]:
        return tuple(each.path for each in RESOURCES)

    def environment(self) -> dict[str, str]:
        tokens = (token_of(self.webhook_secret, action) for action in ACTIONS)
        return {
            "LEVER_API_KEY": self._secret,
            "LEVER_API_URL": self.api_url,
            "LEVER_SIGNATURE_TOKENS": ",".join(tokens),
        }

    def events(self, after: datetime, until: datetime) -> list[Event]:
        return events(self.view, after, until)

    def problem(self, status: int, message: str, **headers: str) -> Response:
        code = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "ResourceNotFound"}
        content = {"code": code.get(status, "ServerError"), "message": message}
        return answer(content, status, **headers)

    def revoke(self) -> None:
        self._key = None

    def expired_cursor(self, request: Request) -> Response | None:
        if "offset" not in request.args:
            return None
        return self.problem(400, "Invalid offset token")

    def loop(self, request: Request, response: Response) -> None:
        content = response.get_json()
        offset = request.args.get("offset", json.dumps([-(10**15), ""]))
        content.update({"hasNext": True, "next": quote(offset, safe="")})
        response.set_data(json.dumps(content))

    def rows_of(self, content: Any) -> Iterable[dict[str, Any]]:
        data = content["data"]
        return data if isinstance(data, list) else [data]

    def candidate_url(self, application: Application) -> str | None:
        return f"{self.place.url()}/candidates/{self.id_of(Kind.APPLICATION, application)}"

    def card_url(self, seat: Seat) -> str | None:
        """A link to the form itself is not confirmed (lever.md 5)."""
        return self.candidate_url(seat.interview.application)

    def application_state(self, application: Application, now: datetime) -> ApplicationState:
        state = super().application_state(application, now)
        converted = state is ApplicationState.CONVERTED
        return ApplicationState.REJECTED if converted else state

    def stage_of(self, application: Application, now: datetime) -> str | None:
        """Archiving leaves it where it was."""
        stages = [s for _, _, s in application.stage.periods(now) if s is not None]
        return stages[-1].name if stages else None

    def lists(self, interview: Interview, now: datetime) -> bool:
        """Of somebody who was erased nothing is asked any more (lever.md 3.1)."""
        erased = any(at <= now for at, _ in interview.application.candidate.erased)
        return meeting(interview, now) is not None and not erased

    def attendance(self, seat: Seat, now: datetime) -> str | None:
        return camel(seat.response.at(now))

    def candidate_name(self, candidate: Candidate, now: datetime) -> str | None:
        erased = any(at <= now for at, _ in candidate.erased)
        return None if erased else candidate.full_name(now)

    def can_tell(self, seat: Seat, now: datetime) -> bool:
        """Not without a form of one's own where one of the interview bears an outsider's name
        (trap 11), or where one written by hand may be meant for this one (lever.md 3.5, 5)."""
        own = [f for f in handed_in(seat.interview, now) if f.card.interviewer is seat.person]
        if any(form.linked and form.author is seat.person for form in own):
            return True
        held = meeting(seat.interview, now)
        loose = [
            form
            for each in self._agenda.of(seat.interview.application)
            for form in handed_in(each, now)
            if not form.linked and form.author is seat.person
        ]
        begun = [form for form in loose if held and form.created_at >= held.starts_at]
        return not (begun or unmatched(seat.interview, now))

    # -- answering

    @property
    def view(self) -> View:
        return View(
            world=self.place.world,
            agenda=self._agenda,
            now=self.place.now(),
            id_of=self.id_of,
            find=self._directory.find,
            web_url=self.place.url(),
            scheduling_bumps=self._scheduling_bumps,
        )

    def _serve(self, resource: Resource, one: bool) -> Callable[..., Response]:
        def serve(opportunity: str | None = None, wanted: str | None = None) -> Response:
            try:
                self._admit(resource)
                self._check(resource, one)
                entries = self._entries(resource, opportunity, one)
                if one:
                    entries = [each for each in entries if each.row["id"] == wanted]
                    if not entries:
                        raise Problem(404, "ResourceNotFound", "Resource was not found")
                    return answer({"data": self._shaped(resource, entries[0])})
                return self._page(resource, entries)
            except Problem as problem:
                content = {"code": problem.code, "message": problem.message}
                return answer(content, problem.status)

        return serve

    def _admit(self, resource: Resource) -> None:
        if self._key is None or basic_key(request) != self._key:
            raise Problem(401, "Unauthorized", "Invalid API key")
        if not self._bucket.take(self.place.clock()):
            # No Retry-After and no other header: none is documented (lever.md 2.3).
            raise Problem(429, "RateLimitExceeded", "Too many requests")
        if resource.permission not in self._permissions:
            raise Problem(403, "Forbidden", "The API key may not read this resource")

    def _check(self, resource: Resource, one: bool) -> None:
        allowed = {"include", "expand"} if one else COMMON | set(resource.filters)
        unknown = sorted(set(request.args) - allowed)
        if unknown:
            raise Problem(400, "BadRequest", f"Unknown parameter {', '.join(unknown)}")

    def _entries(self, resource: Resource, opportunity: str | None, one: bool) -> list[Entry]:
        view = self.view
        if opportunity is not None:
            owner = self._opportunity(view, opportunity)
            return sorted(resource.entries(view, owner), key=lambda each: each.order)
        seen = [each for each in self._all(resource, view) if self._shows(each)]
        if one:
            return seen
        asked = {**resource.unless_asked, **request.args.to_dict()}
        try:
            checks = [make(asked[n]) for n, make in resource.filters.items() if n in asked]
        except ValueError as error:
            raise Problem(400, "BadRequest", f"Invalid parameter: {error}") from None
        return [each for each in seen if all(accepts(each.row) for accepts in checks)]

    def _shows(self, entry: Entry) -> bool:
        return entry.entity is None or self.sees(Kind.APPLICATION, entry.entity)

    def _all(self, resource: Resource, view: View) -> Sequence[Entry]:
        """In the order of the list, once for each instant and state of the world."""
        state = (view.now, view.world.version)
        known = self._listed.get(resource.name)
        if known is None or known[0] != state:
            found = sorted(resource.entries(view, None), key=lambda each: each.order)
            known = self._listed[resource.name] = (state, found)
        return known[1]

    def _opportunity(self, view: View, wanted: str) -> Application:
        """What the key cannot see does not exist for it (lever.md 2.4)."""
        found = view.find(Kind.APPLICATION, wanted)
        if found and found.exists(view.now) and self.sees(Kind.APPLICATION, found):
            assert isinstance(found, Application)
            return found
        raise Problem(404, "ResourceNotFound", "Opportunity was not found")

    def _page(self, resource: Resource, entries: Sequence[Entry]) -> Response:
        limit, offset = request.args.get("limit", str(MOST)), request.args.get("offset")
        if not limit.isdigit() or not 1 <= int(limit) <= MOST:
            raise Problem(400, "BadRequest", f"limit must be between 1 and {MOST}")
        if offset is not None:
            last = _opened(offset)
            entries = [each for each in entries if each.order > last]
        page = entries[: int(limit)]
        more = len(entries) > len(page)
        content: dict[str, Any] = {"data": [self._shaped(resource, each) for each in page]}
        content["hasNext"] = more
        if more:
            # Handed out percent-encoded, and expected back after decoding once (lever.md 2.1).
            content["next"] = quote(json.dumps(page[-1].order), safe="")
        return answer(content)

    def _shaped(self, resource: Resource, entry: Entry) -> Row:
        row = {name: value for name, value in entry.row.items() if name[0] != "_"}
        expanded = [each for each in request.args.getlist("expand") if each in resource.expands]
        included = request.args.getlist("include")
        row |= {name: resource.expands[name](self.view, entry) for name in expanded}
        if included:
            row = {name: row[name] for name in row if name in (*included, *expanded)}
        return row


def _opened(offset: str) -> tuple[int, str]:
    """Raises Problem for anything but a token of ours, decoded exactly once (trap 3)."""
    try:
        order, last = json.loads(offset)
        return int(order), str(last)
    except (ValueError, TypeError):
        raise Problem(400, "BadRequest", "Invalid offset token") from None
