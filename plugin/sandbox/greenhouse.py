"""Greenhouse Harvest v3 as documented, over one world: token endpoint and list endpoints.

Order of checks for a list request: body (403), token (401), rate (429), scope and Site Admin
(403), parameters (422).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, Request, Response, request

from plugin.sandbox.filters import Refused
from plugin.sandbox.gate import RateWindow, Standing, Token, Tokens
from plugin.sandbox.listing import list_page
from plugin.sandbox.resources import RESOURCES, Resource
from plugin.sandbox.rows import Row, View, stamp
from plugin.sandbox.world import World

EVERY_SCOPE = frozenset(each.scope for each in RESOURCES.values())
WHY_REFUSED = {
    Standing.UNKNOWN: "Access token is missing or invalid",
    Standing.EXPIRED: "Access token has expired",
    Standing.REVOKED: "Access token was already refreshed or revoked",
}


@dataclass
class Account:
    """One credential of one customer, and how strict the service is with it."""

    client_id: str
    client_secret: str
    tokens: Tokens
    rate: RateWindow
    token_rate: RateWindow
    scopes: Collection[str] = EVERY_SCOPE
    sees_private: bool = False
    stages_one_job_at_a_time: bool = False
    """As one tenant was seen: job_interview_stages refuses several job_ids (trap 5)."""


def answer(content: Any, status: int = 200, **headers: str) -> Response:
    return Response(json.dumps(content), status, headers, mimetype="application/json")


def problem(status: int, message: str, **headers: str) -> Response:
    """401 has message and errors; 422 has errors alone (greenhouse.md 3.3)."""
    if status == 422:
        return answer({"errors": [message]}, status)
    return answer({"message": message, "errors": [message]}, status, **headers)


@dataclass
class Greenhouse:
    """The dialect. ``sandbox_now`` is the world's time; ``clock`` that of tokens and rates."""

    world: World
    account: Account
    sandbox_now: Callable[[], datetime]
    clock: Callable[[], datetime]
    base_url: Callable[[], str]
    """Of the API, for next links."""
    _rendered: dict[str, tuple[tuple[datetime, int], list[Row]]] = field(default_factory=dict)

    def blueprint(self) -> Blueprint:
        routes = Blueprint("greenhouse", __name__)
        routes.post("/token")(self.token)
        routes.get("/v3/<name>")(self.list_endpoint)
        return routes

    def token(self) -> Response:
        """Client credentials by Basic auth; ``expires_at`` and no ``expires_in`` (trap 9)."""
        turn = self.account.token_rate.take(self.clock())
        if not turn.allowed:
            return problem(429, "Too many token requests", **turn.headers)
        if not self._knows_client(request):
            return answer({"error": "invalid_client"}, 401)
        if request.form.get("grant_type") != "client_credentials":
            return answer({"error": "unsupported_grant_type"}, 400)
        if not self.account.scopes:
            return problem(400, "The client application is not requesting any scopes")
        subject = request.form.get("sub")
        if subject is not None and not subject.isdigit():
            return answer({"error": "invalid_request"}, 400)
        token = self.account.tokens.mint(int(subject) if subject else None, self.clock())
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
        wanted = f"{self.account.client_id}:{self.account.client_secret}".encode()
        return scheme.lower() == "basic" and hmac.compare_digest(given, wanted)

    def list_endpoint(self, name: str) -> Response:
        turn = self.account.rate.take(self.clock())
        response = self._list(name, turn.allowed)
        response.headers.update(turn.headers)
        return response

    def _list(self, name: str, allowed: bool) -> Response:
        if request.content_length or "Transfer-Encoding" in request.headers:
            return problem(403, "A GET must not carry a body")
        standing, token = self._presented(request)
        if standing is not Standing.GOOD or token is None:
            return problem(401, WHY_REFUSED[standing])
        if not allowed:
            return problem(429, "Rate limit exceeded")
        resource = RESOURCES.get(name)
        if resource is None:
            return problem(404, "Not found")
        if resource.scope not in self.account.scopes or not self._is_site_admin(token):
            return problem(403, "This credential may not read this endpoint")
        try:
            return self._page(resource, request.args.to_dict())
        except Refused as refusal:
            return problem(422, str(refusal))

    def _presented(self, request: Request) -> tuple[Standing, Token | None]:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return Standing.UNKNOWN, None
        return self.account.tokens.judge(text, self.clock())

    def _is_site_admin(self, token: Token) -> bool:
        """The credential's own service user is one; a chosen user must be (greenhouse.md 1)."""
        now = self.sandbox_now()
        return token.subject is None or any(
            p.id == token.subject and p.site_admin and p.active.at(now) for p in self.world.people
        )

    def _page(self, resource: Resource, parameters: dict[str, str]) -> Response:
        fussy = self.account.stages_one_job_at_a_time and resource.name == "job_interview_stages"
        if fussy and "," in parameters.get("job_ids", ""):
            raise Refused("job_ids accepts one job here")
        page = list_page(resource, self._everything(resource), parameters)
        response = answer(page.rows)
        if page.cursor:
            link = f"{self.base_url()}/{resource.name}?cursor={page.cursor}"
            response.headers["Link"] = f'<{link}>; rel="next"'
        return response

    def _everything(self, resource: Resource) -> Sequence[Row]:
        """All rows by id descending, rendered once for each instant and state of the world."""
        state = (self.sandbox_now(), self.world.version)
        known = self._rendered.get(resource.name)
        if known is None or known[0] != state:
            view = View(self.world, state[0], self.account.sees_private)
            rows = sorted(resource.rows(view), key=lambda row: row["id"], reverse=True)
            known = (state, rows)
            self._rendered[resource.name] = known
        return known[1]
