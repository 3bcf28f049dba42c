"""Greenhouse Harvest v3 as documented, over one world: token endpoint and list endpoints.

Order of checks for a list request: body (403), token (401), rate (429), scope and Site Admin
(403), parameters (422).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from flask import Blueprint, Request, Response, request

from connectors.model import Kind
from plugin.sandbox.dialect import SECRET, WEBHOOK_SECRET, Dialect, answer
from plugin.sandbox.entities import Application, Entity, Interview, Seat
from plugin.sandbox.events import events
from plugin.sandbox.filters import Refused
from plugin.sandbox.gate import RateWindow, Standing, Token, Tokens
from plugin.sandbox.greenhouse_posts import HABITS
from plugin.sandbox.listing import EXPIRED_CURSOR, Rendered, circular_cursor, list_page
from plugin.sandbox.resources import RESOURCES, Resource
from plugin.sandbox.rows import View, stamp
from plugin.sandbox.webhooks import Event

CLIENT_ID = "practice-client"
RATE_SECONDS = 30
TOKEN_RATE_SECONDS = 60
EVERY_SCOPE = frozenset(each.scope for each in RESOURCES.values())
WHY_REFUSED = {
    Standing.UNKNOWN: "Access token is missing or invalid",
    Standing.EXPIRED: "Access token has expired",
    Standing.REVOKED: "Access token was already refreshed or revoked",
}


class Greenhouse(Dialect):
    """One credential of one customer, and how strict the service is with it.

    ``limit`` counts requests in 30 seconds, ``token_limit`` tokens in 60.
    ``stages_one_job_at_a_time``: as one tenant was seen, job_interview_stages refuses several
    job_ids (trap 5).
    """

    name = "greenhouse"
    title = "Greenhouse Harvest v3"
    prefix = "/v3/"
    habits = HABITS
    has_all_day = True
    cannot_tell = frozenset({"person.manager_id", "person.zone"})
    has_undated = True
    has_statuses = True

    def __init__(
        self,
        *,
        secret: str = SECRET,
        webhook_secret: str = WEBHOOK_SECRET,
        limit: int | None = None,
        token_limit: int = 1000,
        token_lifetime: timedelta = timedelta(hours=1),
        new_token_revokes_old: bool = False,
        scopes: Collection[str] = EVERY_SCOPE,
        sees_private: bool = False,
        stages_one_job_at_a_time: bool = False,
    ) -> None:
        self._secret = secret
        self.webhook_secret = webhook_secret
        self._tokens = Tokens(secret, token_lifetime, new_token_revokes_old)
        self._rate = RateWindow(1000 if limit is None else limit, RATE_SECONDS)
        self._token_rate = RateWindow(token_limit, TOKEN_RATE_SECONDS)
        self._scopes = scopes
        self.sees_private = sees_private
        self._stages_one_job_at_a_time = stages_one_job_at_a_time
        self._rendered: dict[str, tuple[tuple[datetime, int], Rendered]] = {}

    @property
    def endpoints(self) -> Sequence[str]:
        return tuple(RESOURCES)

    def environment(self) -> dict[str, str]:
        return {
            "GREENHOUSE_CLIENT_ID": CLIENT_ID,
            "GREENHOUSE_CLIENT_SECRET": self._secret,
            "GREENHOUSE_API_URL": self.api_url,
            "GREENHOUSE_TOKEN_URL": f"{self.place.url()}/token",
            "GREENHOUSE_WEB_URL": self.place.url(),
            "GREENHOUSE_WEBHOOK_SECRET": self.webhook_secret,
        }

    def events(self, after: datetime, until: datetime) -> list[Event]:
        return events(self.place.world, after, until, self.place.url())

    def problem(self, status: int, message: str, **headers: str) -> Response:
        """401 has message and errors; 422 has errors alone (greenhouse.md 3.3)."""
        if status == 422:
            return answer({"errors": [message]}, status)
        return answer({"message": message, "errors": [message]}, status, **headers)

    def path_of(self, path: str) -> str | None:
        """``interviews`` for /v3/interviews, ``token`` for /token."""
        return "token" if path == "/token" else super().path_of(path)

    def revoke(self) -> None:
        self._tokens.revoke_all()

    def expired_cursor(self, request: Request) -> Response | None:
        return self.problem(422, EXPIRED_CURSOR) if "cursor" in request.args else None

    def loop(self, request: Request, response: Response) -> None:
        resource = RESOURCES[request.path.rpartition("/")[2]]
        cursor = circular_cursor(resource, request.args.to_dict())
        response.headers["Link"] = f'<{request.base_url}?cursor={cursor}>; rel="next"'

    def elsewhere(self, request: Request, response: Response, host: str) -> None:
        link = f"https://{host}{request.path}?cursor=abc"
        response.headers["Link"] = f'<{link}>; rel="next"'

    def sees(self, kind: Kind, entity: Entity) -> bool:
        """Interviews stay in sight when their application does not (trap 21)."""
        if isinstance(entity, Application):
            return self.sees_private or not entity.candidate.private
        return isinstance(entity, Interview) or super().sees(kind, entity)

    def id_of(self, kind: Kind, entity: Entity) -> str:
        return str(entity.id)

    def candidate_url(self, application: Application) -> str | None:
        person = application.candidate.id
        return f"{self.place.url()}/people/{person}?application_id={application.id}"

    def card_url(self, seat: Seat) -> str | None:
        kit, person = seat.interview.slot.kit_id, seat.interview.application.candidate.id
        application = seat.interview.application.id
        return f"{self.place.url()}/guides/{kit}/people/{person}?application_id={application}"

    def blueprint(self) -> Blueprint:
        routes = Blueprint("greenhouse", __name__)
        routes.post("/token")(self.token)
        routes.get("/v3/<name>")(self.list_endpoint)
        return routes

    def token(self) -> Response:
        """Client credentials by Basic auth; ``expires_at`` and no ``expires_in`` (trap 9)."""
        turn = self._token_rate.take(self.place.clock())
        if not turn.allowed:
            return self.problem(429, "Too many token requests", **turn.headers)
        if not self._knows_client(request):
            return answer({"error": "invalid_client"}, 401)
        if request.form.get("grant_type") != "client_credentials":
            return answer({"error": "unsupported_grant_type"}, 400)
        if not self._scopes:
            return self.problem(400, "The client application is not requesting any scopes")
        subject = request.form.get("sub")
        if subject is not None and not subject.isdigit():
            return answer({"error": "invalid_request"}, 400)
        token = self._tokens.mint(int(subject) if subject else None, self.place.clock())
        return answer(
            {
                "access_token": token.text,
                "token_type": "Bearer",
                "expires_at": stamp(token.expires_at),
            }
        )

    def _knows_client(self, request: Request) -> bool:
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return False
        wanted = f"{CLIENT_ID}:{self._secret}".encode()
        return scheme.lower() == "basic" and hmac.compare_digest(given, wanted)

    def list_endpoint(self, name: str) -> Response:
        turn = self._rate.take(self.place.clock())
        response = self._list(name, turn.allowed)
        response.headers.update(turn.headers)
        return response

    def _list(self, name: str, allowed: bool) -> Response:
        if request.content_length or "Transfer-Encoding" in request.headers:
            return self.problem(403, "A GET must not carry a body")
        standing, token = self._presented(request)
        if standing is not Standing.GOOD or token is None:
            return self.problem(401, WHY_REFUSED[standing])
        if not allowed:
            return self.problem(429, "Rate limit exceeded")
        resource = RESOURCES.get(name)
        if resource is None:
            return self.problem(404, "Not found")
        if resource.scope not in self._scopes or not self._is_site_admin(token):
            return self.problem(403, "This credential may not read this endpoint")
        try:
            return self._page(resource, request.args.to_dict())
        except Refused as refusal:
            return self.problem(422, str(refusal))

    def _presented(self, request: Request) -> tuple[Standing, Token | None]:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return Standing.UNKNOWN, None
        return self._tokens.judge(text, self.place.clock())

    def _is_site_admin(self, token: Token) -> bool:
        """The credential's own service user is one; a chosen user must be (greenhouse.md 1)."""
        now = self.place.now()
        return token.subject is None or any(
            p.id == token.subject and p.site_admin and p.active.at(now)
            for p in self.place.world.people
        )

    def _page(self, resource: Resource, parameters: dict[str, str]) -> Response:
        fussy = self._stages_one_job_at_a_time and resource.name == "job_interview_stages"
        if fussy and "," in parameters.get("job_ids", ""):
            raise Refused("job_ids accepts one job here")
        page = list_page(resource, self._everything(resource), parameters)
        response = answer(page.rows)
        if page.cursor:
            link = f"{self.api_url}/{resource.name}?cursor={page.cursor}"
            response.headers["Link"] = f'<{link}>; rel="next"'
        return response

    def _everything(self, resource: Resource) -> Rendered:
        """All rows, rendered once for each instant and state of the world."""
        state = (self.place.now(), self.place.world.version)
        known = self._rendered.get(resource.name)
        if known is None or known[0] != state:
            view = View(self.place.world, state[0], self.sees_private)
            known = (state, Rendered(resource.rows(view)))
            self._rendered[resource.name] = known
        return known[1]
