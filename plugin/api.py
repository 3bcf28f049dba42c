"""``/api/v1``: any program may push interviews here, with a bearer token.

Every PUT says how a thing is, so that the same PUT again changes nothing. One transaction stores
all of it or nothing. Without AFTERWORD_PUSH_TOKEN nothing is here.
"""

from __future__ import annotations

import hmac
import logging
import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from flask import Blueprint, Response, jsonify, request
from pydantic.json_schema import models_json_schema
from werkzeug.exceptions import HTTPException

from connectors.model import Kind, Page, Ref
from connectors.wire import parse_json
from plugin.auth import Attempts
from plugin.pushed import (
    ID,
    PushedInterview,
    PushedScorecard,
    Unacceptable,
    accepted,
    page_of,
    page_of_scorecard,
    told,
    told_card,
)
from plugin.webhooks import RETRY_AFTER
from scheduler.facts import ScorecardFacts
from scheduler.store import Connection, Saved, StoreProblem, SyncRun

log = logging.getLogger(__name__)

NAME = "push"
"""The account that pushed interviews belong to."""
PREFIX = "/api/v1"
GOOD_ID = re.compile(ID, re.ASCII)
SENTENCES = {
    404: "There is no such thing here.",
    405: "This address does not take that kind of request.",
    413: "The body is larger than Afterword takes.",
}


class PushStore(Protocol):
    """What pushing uses of the store."""

    def connection(self, ats: str) -> Connection | None: ...

    def begin_sync(self, ats: str, owner: str, now: datetime) -> SyncRun | None: ...

    def finish_sync(self, run: SyncRun, outcome: str, error: str | None, now: datetime) -> bool: ...

    def save_page(self, ats: str, page: Page, *, store_names: bool) -> Saved: ...

    def scorecards(
        self, *, ats: str | None = None, interview_id: str | None = None
    ) -> list[ScorecardFacts]: ...


class Refusal(Exception):
    """An answer other than 2xx: its status, and a sentence for each path."""

    def __init__(self, status: int, problems: Mapping[str, str], **headers: str) -> None:
        super().__init__(status)
        self.status, self.problems = status, dict(problems)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def api(
    *,
    store: PushStore,
    token: str,
    store_names: bool,
    clock: Callable[[], datetime],
) -> Blueprint:
    """``token``: the one that lets in; "" lets nobody in, and everything is 404."""
    routes = Blueprint("api", __name__, url_prefix=PREFIX)
    push = _Push(store, store_names, clock)
    attempts = Attempts(clock)

    @routes.before_request
    def admit() -> None:
        if not token:
            raise Refusal(404, {"": SENTENCES[404]})
        if request.endpoint == "api.schema":
            return
        _admit(attempts, token)

    @routes.get("/schema")
    def schema() -> Response:
        return jsonify(openapi())

    @routes.put("/interviews/<name>")
    def put_interview(name: str) -> tuple[Response, int]:
        content, is_new = push.interview(_good(name), _body())
        return jsonify(content), 201 if is_new else 200

    @routes.get("/interviews/<name>")
    def get_interview(name: str) -> Response:
        return jsonify(told(push.panel(_good(name))))

    @routes.delete("/interviews/<name>")
    def delete_interview(name: str) -> tuple[str, int]:
        push.delete(_good(name))
        return "", 204

    @routes.put("/interviews/<name>/scorecards/<who>")
    def put_scorecard(name: str, who: str) -> Response:
        return jsonify(push.scorecard(_good(name), who.strip().lower(), _body()))

    routes.register_error_handler(Refusal, _refused)
    routes.register_error_handler(Unacceptable, lambda flaw: _problems(400, flaw.problems))
    routes.register_error_handler(StoreProblem, _unavailable)
    routes.register_error_handler(HTTPException, _other)
    return routes


class _Push:
    def __init__(self, store: PushStore, store_names: bool, clock: Callable[[], datetime]) -> None:
        self._store, self._store_names, self._clock = store, store_names, clock
        # What was left out is read before it is written: one after the other.
        self._turn = threading.Lock()

    def interview(self, name: str, content: object) -> tuple[dict[str, Any], bool]:
        """What is stored now, and whether it was new."""
        pushed = accepted(PushedInterview, content)
        if pushed.id not in (None, name):
            raise Unacceptable({"id": "should be the one of the address."})
        with self._turn:
            before = self._stored(name)
            by_address = {each.key.interviewer_id: each for each in before}
            self._connect()
            self._save(page_of(name, pushed, by_address, self._clock()))
            return told(self.panel(name)), not before

    def scorecard(self, name: str, who: str, content: object) -> dict[str, Any]:
        pushed = accepted(PushedScorecard, content)
        with self._turn:
            self._save(page_of_scorecard(pushed, self._seat(name, who), self._clock()))
            return told_card(self._seat(name, who))

    def delete(self, name: str) -> None:
        if not self._store.scorecards(ats=NAME, interview_id=name):
            raise Refusal(404, {"id": "No interview of this id was ever pushed."})
        self._save(Page((), self._clock(), missing=(Ref(Kind.INTERVIEW, name),)))

    def panel(self, name: str) -> list[ScorecardFacts]:
        """Whoever sits on it now. Raises Refusal (404) without such an interview."""
        found = self._stored(name)
        if not found:
            raise Refusal(404, {"id": "There is no interview of this id; it may be deleted."})
        return found

    def _stored(self, name: str) -> list[ScorecardFacts]:
        facts = self._store.scorecards(ats=NAME, interview_id=name)
        return [f for f in facts if f.interview_deleted_at is None and f.removed_at is None]

    def _seat(self, name: str, who: str) -> ScorecardFacts:
        for each in self.panel(name):
            if each.key.interviewer_id == who:
                return each
        raise Refusal(
            404, {"interviewer": "Nobody of this address is on the panel; PUT the interview first."}
        )

    def _connect(self) -> None:
        """From the first push on there is an account, and from then on people are spoken to."""
        now = self._clock()
        if self._store.connection(NAME) is None:
            run = self._store.begin_sync(NAME, NAME, now)
            if run is not None:
                self._store.finish_sync(run, "ok", None, now)

    def _save(self, page: Page) -> None:
        self._store.save_page(NAME, page, store_names=self._store_names)


# -- requests


def _admit(attempts: Attempts, token: str) -> None:
    address = request.remote_addr or ""
    if wait := attempts.wait(address):
        problem = "Too many wrong tokens from here; wait a while."
        raise Refusal(429, {"Authorization": problem}, Retry_After=str(wait))
    scheme, _, offered = request.headers.get("Authorization", "").partition(" ")
    good = hmac.compare_digest(offered.strip().encode("utf-8", "replace"), token.encode())
    if scheme.lower() != "bearer" or not good:
        if offered:
            attempts.wrong(address)
        problem = "Send AFTERWORD_PUSH_TOKEN as Authorization: Bearer …"
        challenge = 'Bearer realm="Afterword"'
        raise Refusal(401, {"Authorization": problem}, WWW_Authenticate=challenge)


def _body() -> object:
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Refusal(415, {"Content-Encoding": "The body must come without one."})
    if not request.is_json:
        raise Refusal(415, {"Content-Type": "Send JSON, as application/json."})
    try:
        return parse_json(request.get_data(cache=False))
    except ValueError as error:
        raise Refusal(400, {"body": f"is {error}."}) from None


def _good(name: str) -> str:
    if not GOOD_ID.fullmatch(name):
        sentence = "should be at most 128 letters, digits and . _ : @ + -, a letter or digit first."
        raise Refusal(400, {"id": sentence})
    return name


# -- answers


def _problems(status: int, problems: Mapping[str, str]) -> Response:
    listed = [{"path": path, "problem": said} for path, said in problems.items()]
    answer = jsonify({"problems": listed})
    answer.status_code = status
    return answer


def _refused(refusal: Refusal) -> Response:
    answer = _problems(refusal.status, refusal.problems)
    answer.headers.update(refusal.headers)
    return answer


def _unavailable(problem: StoreProblem) -> Response:
    log.warning("a push was turned away: %s", problem)
    answer = _problems(503, {"": "This cannot be stored at the moment; nothing was accepted."})
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def _other(problem: HTTPException) -> Response:
    status = problem.code or 400
    return _problems(status, {"": SENTENCES.get(status, "This request was not understood.")})


# -- what is published


def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 document; its schemas are JSON Schema, made of the models themselves."""
    models = [(PushedInterview, "validation"), (PushedScorecard, "validation")]
    template = "#/components/schemas/{model}"
    _, schemas = models_json_schema(models, ref_template=template)  # type: ignore[arg-type]
    interview, scorecard = "PushedInterview", "PushedScorecard"
    found = {"200": _answered("What is stored now.", interview)}
    one = [_parameter("id")]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Afterword", "version": "1"},
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}],
        "paths": {
            "/interviews/{id}": {
                "parameters": one,
                "get": _operation("Read an interview", found),
                "put": _operation(
                    "Store an interview with its whole panel",
                    {**found, "201": _answered("It is new, and stored.", interview)},
                    interview,
                ),
                "delete": _operation("Delete an interview", {"204": {"description": "Gone."}}),
            },
            "/interviews/{id}/scorecards/{interviewer}": {
                "parameters": [*one, _parameter("interviewer")],
                "put": _operation(
                    "Store what became of one scorecard",
                    {"200": _answered("What is stored now.", scorecard)},
                    scorecard,
                ),
            },
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _answered(says: str, model: str) -> dict[str, Any]:
    return {"description": says, "content": _json(model)}


def _json(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}


def _operation(
    summary: str, answers: Mapping[str, Any], takes: str | None = None
) -> dict[str, Any]:
    refused = {"default": {"description": "Refused: {problems: [{path, problem}]}."}}
    body = {"requestBody": {"required": True, "content": _json(takes)}} if takes else {}
    return {"summary": summary, **body, "responses": {**answers, **refused}}
