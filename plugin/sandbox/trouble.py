"""Lets a plan of faults strike the requests of a Flask app."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Mapping

from flask import Flask, Response, g, request

from plugin.sandbox.faults import Fault, FaultPlan, Kind, mangled
from plugin.sandbox.greenhouse import problem
from plugin.sandbox.listing import circular_cursor
from plugin.sandbox.resources import RESOURCES

MAINTENANCE = "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>"
HANG_UP_AT_ONCE = struct.pack("ii", 1, 0)


def install(
    app: Flask, plan: FaultPlan, revoke_all: Callable[[], None], stopping: threading.Event
) -> None:
    """``stopping`` ends every slow answer early, so that the server can close."""

    @app.before_request
    def before() -> Response | None:
        path = api_path(request.path)
        g.faults = plan.take(path) if path else []
        for fault in g.faults:
            response = _before(fault, revoke_all, stopping)
            if response is not None:
                return response
        return None

    @app.after_request
    def after(response: Response) -> Response:
        for fault in g.get("faults", []):
            change = AFTER.get(fault.kind)
            if change and response.status_code == 200:
                change(fault, response)
        return response


def api_path(path: str) -> str | None:
    """``interviews`` for /v3/interviews, ``token`` for /token; None for the web pages."""
    if path == "/token":
        return "token"
    return path.removeprefix("/v3/") if path.startswith("/v3/") else None


def _before(
    fault: Fault, revoke_all: Callable[[], None], stopping: threading.Event
) -> Response | None:
    """What happens before the request is looked at; a response ends it."""
    match fault.kind:
        case Kind.STATUS:
            return problem(fault.code, "The sandbox was told to fail here", **fault.headers)
        case Kind.EXPIRED_CURSOR if "cursor" in request.args:
            return problem(422, "cursor is invalid or has expired")
        case Kind.SLOW:
            stopping.wait(fault.seconds)
        case Kind.REVOKED:
            revoke_all()
        case Kind.MEANWHILE if fault.action:
            fault.action()
        case Kind.DROPPED | Kind.RESET:
            _hang_up(request.environ["werkzeug.socket"], rudely=fault.kind is Kind.RESET)
            return Response()
        case _:
            pass
    return None


def _hang_up(line: socket.socket, *, rudely: bool) -> None:
    if not rudely:
        line.shutdown(socket.SHUT_RDWR)
        return
    # Closing with a linger time of nought makes the kernel send a reset instead of an end.
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HANG_UP_AT_ONCE)
    os.close(line.detach())


def _truncate(fault: Fault, response: Response) -> None:
    body = response.get_data()
    response.set_data(body[: len(body) // 2])


def _cut_off(fault: Fault, response: Response) -> None:
    promised = len(response.get_data())
    _truncate(fault, response)
    response.headers["Content-Length"] = str(promised)
    response.headers["Connection"] = "close"


def _html(fault: Fault, response: Response) -> None:
    response.set_data(MAINTENANCE)
    response.mimetype = "text/html"


def _loop(fault: Fault, response: Response) -> None:
    resource = RESOURCES[request.path.rpartition("/")[2]]
    cursor = circular_cursor(resource, request.args.to_dict())
    response.headers["Link"] = f'<{request.base_url}?cursor={cursor}>; rel="next"'


def _elsewhere(fault: Fault, response: Response) -> None:
    link = f"https://{fault.host}{request.path}?cursor=abc"
    response.headers["Link"] = f'<{link}>; rel="next"'


def _mangle(fault: Fault, response: Response) -> None:
    response.set_data(mangled(response.get_data(), fault))


AFTER: Mapping[Kind, Callable[[Fault, Response], None]] = {
    Kind.TRUNCATED: _truncate,
    Kind.CUT_OFF: _cut_off,
    Kind.HTML: _html,
    Kind.LOOP: _loop,
    Kind.ELSEWHERE: _elsewhere,
    Kind.MANGLED: _mangle,
}
