"""What goes over the wire between slack_sdk and the fake: answers, and answers that go wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Fault:
    """What happens to one call instead of (``done`` False) or after (``done`` True) doing it."""

    error: str | None = None
    """Answer ``ok: false`` with this code, with HTTP 200 unless ``status`` says otherwise."""
    status: int = 200
    retry_after: str | None = None
    body: str | None = None
    """Answer this instead of JSON."""
    hang: bool = False
    """Keep the connection open and never answer."""
    drop: bool = False
    """Close the connection without an answer."""
    done: bool = False


class Answering(Protocol):
    scopes: tuple[str, ...]

    def answer(
        self, method: str, token: str, arguments: dict[str, Any]
    ) -> Fault | dict[str, Any]: ...

    def wait_for_end(self) -> None: ...


def no(error: str, **more: Any) -> dict[str, Any]:
    return {"ok": False, "error": error, **more}


def handler_of(slack: Answering) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            split = urlsplit(self.path)
            if "json" in self.headers.get("Content-Type", ""):
                arguments = json.loads(body or "{}")
            else:
                arguments = dict(parse_qsl(body)) | dict(parse_qsl(split.query))
            for name in ("view", "blocks", "metadata"):
                if isinstance(arguments.get(name), str):
                    arguments[name] = json.loads(arguments[name])
            method = split.path.removeprefix("/api/")
            answer = slack.answer(method, self.headers.get("Authorization", ""), arguments)
            if isinstance(answer, dict):
                self._send(200, json.dumps(answer), {"x-oauth-scopes": ",".join(slack.scopes)})
                return
            if answer.hang:
                slack.wait_for_end()
            if answer.hang or answer.drop:
                self.close_connection = True
                return
            content = answer.body if answer.body is not None else json.dumps(no(answer.error or ""))
            more = {"Retry-After": answer.retry_after} if answer.retry_after is not None else {}
            self._send(answer.status, content, more)

        do_GET = do_POST

        def _send(self, status: int, content: str, headers: dict[str, str]) -> None:
            encoded = content.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(encoded)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(encoded)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: the test prints what matters."""

    return Handler
