"""Lets a plan of faults strike the requests of a Flask app."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from collections.abc import Sequence

from flask import Flask, Response, g, request

from plugin.sandbox.dialect import Dialect
from plugin.sandbox.faults import Fault, FaultPlan, Kind, spoil

MAINTENANCE = "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>"
HANG_UP_AT_ONCE = struct.pack("ii", 1, 0)


def install(
    app: Flask, plan: FaultPlan, dialects: Sequence[Dialect], stopping: threading.Event
) -> None:
    """``stopping`` ends every slow answer early, so that the server can close."""

    @app.before_request
    def before() -> Response | None:
        g.faults = []
        for dialect in dialects:
            path = dialect.path_of(request.path)
            if path is not None:
                g.dialect, g.faults = dialect, plan.take(path, dialect.name)
        for fault in g.faults:
            response = _before(fault, g.dialect, stopping)
            if response is not None:
                return response
        return None

    @app.after_request
    def after(response: Response) -> Response:
        for fault in g.get("faults", []):
            if response.status_code == 200:
                _after(fault, g.dialect, response)
        return response


def _before(fault: Fault, dialect: Dialect, stopping: threading.Event) -> Response | None:
    """What happens before the request is looked at; a response ends it."""
    match fault.kind:
        case Kind.STATUS:
            told = "The sandbox was told to fail here"
            return dialect.problem(fault.code, told, **fault.headers)
        case Kind.EXPIRED_CURSOR:
            return dialect.expired_cursor(request)
        case Kind.SLOW:
            stopping.wait(fault.seconds)
        case Kind.REVOKED:
            dialect.revoke()
        case Kind.MEANWHILE if fault.action:
            fault.action()
        case Kind.DROPPED | Kind.RESET:
            _hang_up(request.environ["werkzeug.socket"], rudely=fault.kind is Kind.RESET)
            return Response()
        case _:
            pass
    return None


def _after(fault: Fault, dialect: Dialect, response: Response) -> None:
    """What becomes of an answer that was ready."""
    match fault.kind:
        case Kind.TRUNCATED:
            _truncate(response)
        case Kind.CUT_OFF:
            _cut_off(response)
        case Kind.HTML:
            response.set_data(MAINTENANCE)
            response.mimetype = "text/html"
        case Kind.LOOP:
            dialect.loop(request, response)
        case Kind.ELSEWHERE:
            dialect.elsewhere(request, response, fault.host)
        case Kind.MANGLED:
            content = json.loads(response.get_data())
            spoil(dialect.rows_of(content), fault)
            response.set_data(json.dumps(content))
        case _:
            pass


def _hang_up(line: socket.socket, *, rudely: bool) -> None:
    if not rudely:
        line.shutdown(socket.SHUT_RDWR)
        return
    # Closing with a linger time of nought makes the kernel send a reset instead of an end.
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HANG_UP_AT_ONCE)
    os.close(line.detach())


def _truncate(response: Response) -> None:
    body = response.get_data()
    response.set_data(body[: len(body) // 2])


def _cut_off(response: Response) -> None:
    promised = len(response.get_data())
    _truncate(response)
    response.headers["Content-Length"] = str(promised)
    response.headers["Connection"] = "close"
