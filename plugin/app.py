"""The web application: the doorbell, the health endpoints and the page, put together."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flask import Flask, Response, make_response, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException, Unauthorized

from connectors.ats.base import Ats
from connectors.model import utc
from plugin.answer_doors import AnswersStore, add_answers
from plugin.answer_pages import HoursOf
from plugin.api import PushStore, api
from plugin.auth import REMEMBERED, Gate, add_login, login_form
from plugin.connected import Connected, connected
from plugin.health import HealthStore, accounts_at, health
from plugin.overview import PolicyOf
from plugin.pages import Pages, PageStore, pages
from plugin.pausing import PauseStore, pausing
from plugin.serve import MOST_BODY
from plugin.webhooks import RETRY_AFTER, Counters, DeliveryStore, webhooks
from scheduler.figures import hours, percent
from scheduler.hours import Hours
from scheduler.report_view import warnings_of
from scheduler.store import StoreProblem

log = logging.getLogger(__name__)

SENTENCES = {
    400: ("Not understood", "This request was not one that Afterword understands."),
    404: ("Nothing here", "There is no such page."),
    405: ("Not like this", "This address does not take that kind of request."),
    413: ("Too large", "That is more than Afterword takes in one request."),
    500: ("Something broke", "This is a fault of Afterword; the log of this service says where."),
    503: ("Just a moment", "The store cannot be read at the moment; please try again in a minute."),
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
MACHINES = ("/webhooks/", "/api/", "/slack/", "/healthz", "/readyz")
"""Whoever asks here is a program and gets one plain sentence instead of a page."""


class WebStore(
    DeliveryStore, PushStore, PageStore, HealthStore, PauseStore, AnswersStore, Protocol
):
    """What the web surface uses of the store."""


def create_app(
    *,
    store: WebStore,
    accounts: Mapping[str, Ats],
    doorbells: Collection[str],
    policy_of: PolicyOf,
    zone: ZoneInfo,
    clock: Callable[[], datetime],
    page_token: str,
    secret_key: str,
    public_url: str | None,
    live: bool,
    ring: Callable[[str], None],
    heartbeat: Callable[[], datetime | None],
    counters: Counters | None = None,
    too_old: timedelta = timedelta(hours=2),
    pulse: timedelta = timedelta(minutes=10),
    push_token: str = "",
    store_names: bool = False,
    hours_of: HoursOf | None = None,
    answered: Callable[[], None] = lambda: None,
) -> Flask:
    """``doorbells``: accounts with a webhook secret. ``policy_of``: the policy of an account.

    ``ring`` wakes the sync of an account and returns at once; ``heartbeat`` says when the jobs
    last ticked. A sync older than ``too_old`` or jobs silent for ``pulse`` make ``/readyz`` 503.
    ``push_token`` opens ``/api/v1``; "" leaves it closed. ``store_names``: candidates', of pushes.
    ``hours_of``: a person's own, at whose beginning a snooze ends; None: the company's zone.
    ``answered`` has the messages that were sent brought up to date, and returns at once.
    """
    app = Flask(__name__)
    app.secret_key = secret_key
    app.config.update(
        MAX_CONTENT_LENGTH=MOST_BODY,
        SESSION_COOKIE_NAME="afterword",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=(public_url or "").startswith("https://"),
        PERMANENT_SESSION_LIFETIME=REMEMBERED,
    )
    app.url_map.strict_slashes = False
    counters = counters or Counters()
    gate = Gate(page_token, secret_key, clock)

    def states(now: datetime) -> Any:
        return accounts_at(store, accounts, now, too_old)

    app.register_blueprint(
        webhooks(
            store=store,
            accounts=accounts,
            doorbells=doorbells,
            clock=clock,
            ring=ring,
            counters=counters,
            keep_bodies=store_names,
        )
    )
    app.register_blueprint(
        health(
            store=store,
            accounts=states,
            heartbeat=heartbeat,
            clock=clock,
            too_old=too_old,
            pulse=pulse,
        )
    )
    app.register_blueprint(api(store=store, token=push_token, store_names=store_names, clock=clock))
    add_login(app, gate)

    def standing(now: datetime) -> list[Connected]:
        return connected(store, accounts, doorbells, public_url, now)

    view = Pages(
        store, states, policy_of, zone, clock, live, counters, standing, public_url=public_url
    )
    app.register_blueprint(pages(gate, view))
    app.register_blueprint(pausing(gate, store, clock))
    add_answers(
        app,
        gate,
        store,
        secret=secret_key,
        hours_of=hours_of or (lambda person: Hours(zone)),
        zone=zone,
        clock=clock,
        answered=answered,
    )
    _add_words(app, zone, clock)
    _add_errors(app)
    app.after_request(_guard)
    return app


def _guard(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.endpoint == "static":
        answer.headers["Cache-Control"] = "public, max-age=86400"
    else:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _add_words(app: Flask, zone: ZoneInfo, clock: Callable[[], datetime]) -> None:
    """Filters of the templates, and addresses of static files that change with their content."""

    def instant(value: datetime | str) -> Markup:
        at = utc(value) if isinstance(value, str) else value
        machine = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        here = at.astimezone(zone)
        year = "" if here.year == clock().astimezone(zone).year else f" {here.year}"
        words = f"{here:%a} {here.day} {here:%b}{year}, {here:%H:%M}"
        return Markup('<time datetime="{}">{}</time>').format(machine, words)

    def breakable(address: str) -> Markup:
        return (
            Markup("{}<wbr>@{}").format(*address.split("@", 1))
            if "@" in address
            else escape(address)
        )

    static = Path(str(app.static_folder))
    versions = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:10] for file in static.iterdir()
    }

    def asset(name: str) -> str:
        return url_for("static", filename=name, v=versions[name])

    app.jinja_env.filters.update(instant=instant, breakable=breakable, percent=percent, hours=hours)
    app.jinja_env.filters["warnings"] = warnings_of
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _add_errors(app: Flask) -> None:
    @app.errorhandler(Unauthorized)
    def unauthorized(problem: Unauthorized) -> Any:
        if request.path.endswith((".csv", ".json")):
            answer = make_response("Send the token as Authorization: Bearer …\n", 401)
            answer.mimetype = "text/plain"
        else:
            answer = make_response(login_form(following=request.path), 401)
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Afterword"'
        return answer

    @app.errorhandler(StoreProblem)
    def store_problem(problem: StoreProblem) -> Response:
        log.warning("the page could not be made: %s", problem)
        answer = _sorry(503)
        answer.headers["Retry-After"] = str(RETRY_AFTER)
        return answer

    @app.errorhandler(HTTPException)
    def refused(problem: HTTPException) -> Any:
        if problem.response is not None:
            return problem.response
        answer = _sorry(problem.code or 500)
        for name, value in problem.get_headers():
            if name == "Allow":
                answer.headers[name] = value
        return answer

    @app.errorhandler(Exception)
    def broken(problem: Exception) -> Response:
        # the traceback goes to the log only; it may name a path, never a person
        # and not the address as it was asked for: that of an answer is a secret in itself
        where = request.url_rule.rule if request.url_rule else "no known address"
        log.error("%s %s failed", request.method, where, exc_info=problem)
        return _sorry(500)


def _sorry(code: int) -> Response:
    title, sentence = SENTENCES.get(code, SENTENCES[400 if code < 500 else 500])
    if request.path.startswith(MACHINES):
        answer = make_response(f"{sentence}\n", code)
        answer.mimetype = "text/plain"
        return answer
    return make_response(render_template("error.html", title=title, sentence=sentence), code)
