"""A Slack on loopback, written from slack.md: token, look-ups, chats, posts, limits, faults.

with FakeSlack() as slack:
    slack.person("bo@example.com", "U1")
    slack.fail_next("chat.postMessage", error="internal_error")
    ... Slack("xoxb-test", slack.url) ...
    slack.posts[0].to == "bo@example.com"
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

TOKEN = "xoxb-test"
SCOPES = ("chat:write", "im:write", "users:read", "users:read.email")
NEEDED = {
    "users.lookupByEmail": "users:read.email",
    "conversations.open": "im:write",
    "chat.postMessage": "chat:write",
}


@dataclass(frozen=True)
class Post:
    channel: str
    to: str | None
    """The mail address of the person, or None in a channel."""
    text: str
    blocks: list[dict[str, Any]]
    arguments: dict[str, Any]
    ts: str


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


@dataclass
class _Person:
    id: str
    email: str
    disabled: bool = False


@dataclass
class FakeSlack:
    token: str = TOKEN
    scopes: tuple[str, ...] = SCOPES
    posts: list[Post] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """Every method that was called, in order, refused ones too."""

    def __post_init__(self) -> None:
        self._people: dict[str, _Person] = {}
        self._channels: dict[str, str] = {}
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._limits: dict[str, tuple[int, str]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def __enter__(self) -> FakeSlack:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/api/"

    # --- what the test says

    def person(self, email: str, id: str, *, disabled: bool = False) -> None:
        self._people[email.lower()] = _Person(id, email.lower(), disabled)

    def channel(self, name: str) -> None:
        """A public channel, ``#name``, that the app was invited to."""
        self._channels[name] = f"C{len(self._channels) + 1:03}"

    def fail_next(self, method: str = "chat.postMessage", *, times: int = 1, **fault: Any) -> None:
        """The next ``times`` calls of ``method`` meet this Fault (see its fields)."""
        self._faults[method].extend([Fault(**fault)] * times)

    def limit(self, method: str, calls: int, *, retry_after: str = "30") -> None:
        """After so many more calls ``method`` answers 429, until ``lift``."""
        self._limits[method] = (calls, retry_after)

    def lift(self, method: str) -> None:
        self._limits.pop(method, None)

    # --- what Slack does

    def answer(self, method: str, token: str, arguments: dict[str, Any]) -> Fault | dict[str, Any]:
        """A Fault, or the answer as JSON."""
        with self._lock:
            self.calls.append(method)
            fault = self._faults[method].popleft() if self._faults[method] else None
            if fault is None and method in self._limits:
                left, retry_after = self._limits[method]
                self._limits[method] = (left - 1, retry_after)
                if left < 1:
                    fault = Fault("ratelimited", status=429, retry_after=retry_after)
            if fault is not None and not fault.done:
                return fault
            answer = self._do(method, token, arguments)
            return answer if fault is None else fault

    def _do(self, method: str, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if not token:
            return _no("not_authed")
        if token != f"Bearer {self.token}":
            return _no("invalid_auth")
        needed = NEEDED.get(method)
        if needed and needed not in self.scopes:
            return _no("missing_scope", needed=needed, provided=",".join(self.scopes))
        if method == "auth.test":
            return {"ok": True, "team": "Example", "user_id": "UBOT", "bot_id": "B1"}
        if method == "users.lookupByEmail":
            person = self._people.get(str(arguments.get("email", "")))
            if person is None:
                return _no("users_not_found")
            return {"ok": True, "user": {"id": person.id, "deleted": False}}
        if method == "conversations.open":
            return self._open(str(arguments.get("users", "")))
        if method == "chat.postMessage":
            return self._post(arguments)
        return _no("unknown_method")

    def _open(self, id: str) -> dict[str, Any]:
        person = next((each for each in self._people.values() if each.id == id), None)
        if person is None:
            return _no("user_not_found")
        if person.disabled:
            return _no("user_disabled")
        return {"ok": True, "channel": {"id": f"D{person.id}"}}

    def _post(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = str(arguments.get("channel", ""))
        person = next((e for e in self._people.values() if f"D{e.id}" == channel), None)
        id = channel if person else self._channels.get(channel)
        if id is None:
            return _no("channel_not_found")
        blocks = arguments.get("blocks") or []
        text = str(arguments.get("text", ""))
        if not text and not blocks:
            return _no("no_text")
        wrong = problems(blocks)
        if wrong:
            return _no("invalid_blocks", response_metadata={"messages": wrong})
        if len(json.dumps(blocks)) > 13_200:
            return _no("msg_blocks_too_long")
        ts = f"{1_700_000_000 + len(self.posts)}.000100"
        to = person.email if person else None
        self.posts.append(Post(id, to, text[:40_000], blocks, arguments, ts))
        return {"ok": True, "channel": id, "ts": ts, "message": {"text": text}}

    def wait_for_end(self) -> None:
        self._closing.wait(20)


def _no(error: str, **more: Any) -> dict[str, Any]:
    return {"ok": False, "error": error, **more}


def problems(blocks: list[dict[str, Any]]) -> list[str]:
    """What Slack would refuse: slack.md section 10."""
    found = [] if len(blocks) <= 50 else [f"{len(blocks)} blocks, at most 50"]
    for at, block in enumerate(blocks):
        found += [f"{problem} [/blocks/{at}]" for problem in _block_problems(block)]
    return found


def _block_problems(block: dict[str, Any]) -> list[str]:
    kind = block.get("type")
    if kind == "header":
        return _text(block["text"], 150, kinds=("plain_text",))
    if kind == "section":
        found = _text(block["text"], 3000) if "text" in block else ["no text"]
        return found + (_button(block["accessory"]) if "accessory" in block else [])
    if kind == "context":
        found = [p for each in block["elements"] for p in _text(each, 2000)]
        return found + ([] if 1 <= len(block["elements"]) <= 10 else ["1 to 10 elements"])
    if kind == "actions":
        buttons = block["elements"]
        ids = [each.get("action_id") for each in buttons]
        found = [p for each in buttons for p in _button(each)]
        found += [] if len(ids) == len(set(ids)) else ["an action_id twice"]
        return found + ([] if 1 <= len(buttons) <= 25 else ["1 to 25 elements"])
    return [] if kind == "divider" else [f"unsupported type: {kind}"]


def _text(
    text: dict[str, Any], limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")
) -> list[str]:
    found = [] if text.get("type") in kinds else [f"text of type {text.get('type')}"]
    allowed = (
        {"type", "text", "emoji"}
        if text.get("type") == "plain_text"
        else {
            "type",
            "text",
            "verbatim",
        }
    )
    found += [f"unknown key {key}" for key in set(text) - allowed]
    return found + ([] if 1 <= len(text.get("text", "")) <= limit else [f"1 to {limit} characters"])


def _button(button: dict[str, Any]) -> list[str]:
    found = _text(button["text"], 75, kinds=("plain_text",))
    for key, limit in (("url", 3000), ("value", 2000), ("action_id", 255)):
        if len(button.get(key, "")) > limit:
            found.append(f"{key} over {limit} characters")
    if len(button.get("accessibility_label", "")) > 75:
        found.append("accessibility_label over 75 characters")
    if not button.get("url", "https://").startswith(("https://", "http://")):
        found.append("url is not a web address")
    return found


def _handler_of(slack: FakeSlack) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            if "json" in self.headers.get("Content-Type", ""):
                arguments = json.loads(body or "{}")
            else:
                arguments = dict(parse_qsl(body))
            method = self.path.removeprefix("/api/")
            answer = slack.answer(method, self.headers.get("Authorization", ""), arguments)
            if isinstance(answer, dict):
                self._send(200, json.dumps(answer), {"x-oauth-scopes": ",".join(slack.scopes)})
                return
            if answer.hang:
                slack.wait_for_end()
            if answer.hang or answer.drop:
                self.close_connection = True
                return
            content = (
                answer.body if answer.body is not None else json.dumps(_no(answer.error or ""))
            )
            more = {"Retry-After": answer.retry_after} if answer.retry_after is not None else {}
            self._send(answer.status, content, more)

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
