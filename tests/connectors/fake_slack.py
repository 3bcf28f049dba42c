"""A Slack on loopback, written from slack.md: token, people, chats, posts, views, limits, faults.

with FakeSlack() as slack:
    slack.person("bo@example.com", "U1")
    slack.fail_next("chat.postMessage", error="internal_error")
    ... Slack("xoxb-test", slack.url) ...
    slack.posts[0].to == "bo@example.com"

With a ``clock`` (seconds) it enforces its documented rate limits, and triggers grow old.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any

from tests.connectors.slack_limits import LONGEST_MESSAGE, problems, view_problems
from tests.connectors.slack_wire import Fault, handler_of, no

__all__ = ["APP_TOKEN", "SCOPES", "TOKEN", "FakeSlack", "Fault", "Post", "problems"]

TOKEN = "xoxb-test"
APP_TOKEN = "xapp-test"
SCOPES = ("chat:write", "im:write", "users:read", "users:read.email")
NEEDED = {
    "users.lookupByEmail": "users:read.email",
    "users.info": "users:read",
    "users.list": "users:read",
    "conversations.open": "im:write",
    "conversations.history": "im:history",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "dnd.teamInfo": "dnd:read",
}
A_MINUTE = {
    "chat.update": 50,
    "users.lookupByEmail": 50,
    "users.list": 20,
    "users.info": 100,
    "conversations.open": 50,
    "dnd.teamInfo": 20,
    "views.open": 100,
    "views.publish": 100,
}
"""Calls, by tier."""
BURST, SPAN = 13, 10.0
"""Posts in one channel in so many seconds: about one a second, and a short burst."""
TRIGGER_LIVES = 3.0
PAGE = 200


@dataclass
class Post:
    channel: str
    to: str | None
    """The mail address of the person, or None in a channel."""
    text: str
    blocks: list[dict[str, Any]]
    arguments: dict[str, Any]
    ts: str
    edits: int = 0

    @property
    def reference(self) -> str:
        return f"{self.channel}:{self.ts}"


@dataclass
class _Person:
    id: str
    email: str
    disabled: bool = False
    user: dict[str, Any] = field(default_factory=dict)
    dnd: dict[str, Any] = field(default_factory=dict)


@dataclass
class FakeSlack:
    token: str = TOKEN
    scopes: tuple[str, ...] = SCOPES
    clock: Callable[[], float] | None = None
    wall: Callable[[], float] | None = None
    """Seconds since 1970, by which messages are named; the reference of a message is a time."""
    posts: list[Post] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """Every method that was called, in order, refused ones too."""
    opened: list[dict[str, Any]] = field(default_factory=list)
    """Modals, as they were opened."""
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Home views by user."""
    socket_url: str = ""
    """Where Socket Mode is to connect."""
    down: Fault | None = None
    """While it is set, every call meets it."""

    def __post_init__(self) -> None:
        self._people: dict[str, _Person] = {}
        self._channels: dict[str, str] = {}
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._limits: dict[str, tuple[int, str]] = {}
        self._made: defaultdict[str, deque[float]] = defaultdict(deque)
        self._triggers: dict[str, float] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def __enter__(self) -> FakeSlack:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
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

    def person(
        self,
        email: str,
        id: str,
        *,
        disabled: bool = False,
        dnd: dict[str, Any] | None = None,
        **user: Any,
    ) -> None:
        """``user``: more of the user object, e.g. ``tz`` or ``profile``."""
        self._people[email.lower()] = _Person(id, email.lower(), disabled, user, dnd or {})

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

    def trigger(self) -> str:
        """As a click brings one along: opens one view, within three seconds."""
        id = f"trigger.{len(self._triggers) + 1}"
        self._triggers[id] = self.clock() if self.clock else 0.0
        return id

    def delete(self, reference: str) -> None:
        """Somebody deleted this message."""
        self.posts = [each for each in self.posts if each.reference != reference]

    def said(self, user: str) -> list[Post]:
        """The messages in a person's chat."""
        return [each for each in self.posts if each.channel == f"D{user}"]

    # --- what Slack does

    def answer(self, method: str, token: str, arguments: dict[str, Any]) -> Fault | dict[str, Any]:
        """A Fault, or the answer as JSON."""
        with self._lock:
            self.calls.append(method)
            fault = self._faults[method].popleft() if self._faults[method] else self.down
            if fault is None and method in self._limits:
                left, retry_after = self._limits[method]
                self._limits[method] = (left - 1, retry_after)
                if left < 1:
                    fault = Fault("ratelimited", status=429, retry_after=retry_after)
            if fault is None and self._too_fast(method, arguments):
                fault = Fault("ratelimited", status=429, retry_after="30")
            if fault is not None and not fault.done:
                return fault
            answer = self._do(method, token, arguments)
            return answer if fault is None else fault

    def _too_fast(self, method: str, arguments: dict[str, Any]) -> bool:
        if self.clock is None:
            return False
        now = self.clock()
        rules = [(method, A_MINUTE[method], 60.0)] if method in A_MINUTE else []
        if method == "chat.postMessage":
            rules = [(f"{method} {arguments.get('channel')}", BURST, SPAN)]
        for key, most, span in rules:
            made = self._made[key]
            while made and made[0] <= now - span:
                made.popleft()
            if len(made) >= most:
                return True
            made.append(now)
        return False

    def _do(self, method: str, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if not token:
            return no("not_authed")
        if token != f"Bearer {APP_TOKEN if method.startswith('apps.') else self.token}":
            return no("invalid_auth")
        needed = NEEDED.get(method)
        if needed and needed not in self.scopes:
            return no("missing_scope", needed=needed, provided=",".join(self.scopes))
        does: Callable[[dict[str, Any]], dict[str, Any]] | None
        does = getattr(self, f"_{method.replace('.', '_')}", None)
        return no("unknown_method") if does is None else does(arguments)

    def _auth_test(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "team": "Example", "user_id": "UBOT", "bot_id": "B1"}

    def _apps_connections_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "url": self.socket_url} if self.socket_url else no("internal_error")

    def _users_lookupByEmail(self, arguments: dict[str, Any]) -> dict[str, Any]:
        person = self._people.get(str(arguments.get("email", "")))
        if person is None or person.user.get("deleted"):
            return no("users_not_found")  # also said of who was deactivated
        return {"ok": True, "user": self._user(person)}

    def _users_info(self, arguments: dict[str, Any]) -> dict[str, Any]:
        person = self._by_id(str(arguments.get("user", "")))
        return {"ok": True, "user": self._user(person)} if person else no("user_not_found")

    def _users_list(self, arguments: dict[str, Any]) -> dict[str, Any]:
        start = int(arguments.get("cursor") or 0)
        end = start + min(PAGE, int(arguments.get("limit") or PAGE))
        everybody = list(self._people.values())
        return {
            "ok": True,
            "members": [self._user(each) for each in everybody[start:end]],
            "response_metadata": {"next_cursor": str(end) if end < len(everybody) else ""},
        }

    def _dnd_teamInfo(self, arguments: dict[str, Any]) -> dict[str, Any]:
        ids = str(arguments.get("users", "")).split(",")
        if len(ids) > 50:
            return no("too_many_users")
        people = [each for each in self._people.values() if each.id in ids]
        return {"ok": True, "users": {e.id: {"dnd_enabled": bool(e.dnd), **e.dnd} for e in people}}

    def _user(self, person: _Person) -> dict[str, Any]:
        profile = {"email": person.email, **person.user.get("profile", {})}
        return {"id": person.id, "deleted": False, **person.user, "profile": profile}

    def _by_id(self, id: str) -> _Person | None:
        return next((each for each in self._people.values() if each.id == id), None)

    def _conversations_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        person = self._by_id(str(arguments.get("users", "")))
        if person is None:
            return no("user_not_found")
        if person.disabled or person.user.get("deleted"):
            return no("user_disabled")
        return {"ok": True, "channel": {"id": f"D{person.id}"}}

    def _conversations_history(self, arguments: dict[str, Any]) -> dict[str, Any]:
        here = [each for each in self.posts if each.channel == arguments.get("channel")]
        start = int(arguments.get("cursor") or 0)
        end = start + int(arguments.get("limit") or 100)
        messages = [
            {"type": "message", "ts": each.ts, "metadata": each.arguments.get("metadata") or {}}
            for each in reversed(here)
            if float(each.ts) >= float(arguments.get("oldest") or 0)
        ]
        following = {"next_cursor": str(end) if end < len(messages) else ""}
        return {"ok": True, "messages": messages[start:end], "response_metadata": following}

    def _chat_postMessage(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = str(arguments.get("channel", ""))
        person = next((e for e in self._people.values() if f"D{e.id}" == channel), None)
        id = channel if person else self._channels.get(channel)
        if id is None:
            return no("channel_not_found")
        wrong = self._unfit(arguments)
        if wrong is not None:
            return wrong
        number = len(self.posts)
        ts = f"{self.wall():.0f}.{number:06}" if self.wall else f"{1_700_000_000 + number}.000100"
        to = person.email if person else None
        text, blocks = str(arguments.get("text", "")), arguments.get("blocks") or []
        self.posts.append(Post(id, to, text[:40_000], blocks, arguments, ts))
        return {"ok": True, "channel": id, "ts": ts, "message": {"text": text}}

    def _chat_update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        where = (arguments.get("channel"), arguments.get("ts"))
        post = next((each for each in self.posts if (each.channel, each.ts) == where), None)
        if post is None:
            return no("message_not_found")
        wrong = self._unfit(arguments)
        if wrong is not None:
            return wrong
        if len(str(arguments.get("text", ""))) > 4000:
            return no("msg_too_long")
        post.text, post.blocks = str(arguments.get("text", "")), arguments.get("blocks") or []
        post.edits += 1
        return {"ok": True, "channel": post.channel, "ts": post.ts, "text": post.text}

    def _unfit(self, arguments: dict[str, Any]) -> dict[str, Any] | None:
        blocks = arguments.get("blocks") or []
        if not arguments.get("text") and not blocks:
            return no("no_text")
        wrong = problems(blocks)
        if wrong:
            return no("invalid_blocks", response_metadata={"messages": wrong})
        if len(json.dumps(blocks)) > LONGEST_MESSAGE:
            return no("msg_blocks_too_long")
        return None

    def _views_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        trigger = str(arguments.get("trigger_id", ""))
        if trigger not in self._triggers:
            return no("invalid_trigger_id")
        made, self._triggers[trigger] = self._triggers[trigger], -1.0
        if made < 0:
            return no("exchanged_trigger_id")
        if self.clock and self.clock() - made > TRIGGER_LIVES:
            return no("expired_trigger_id")
        wrong = view_problems(arguments["view"])
        if wrong:
            return no("invalid_arguments", response_metadata={"messages": wrong})
        self.opened.append(arguments["view"])
        return {"ok": True, "view": {"id": f"V{len(self.opened)}", **arguments["view"]}}

    def _views_publish(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if self._by_id(str(arguments.get("user_id", ""))) is None:
            return no("user_not_found")
        wrong = view_problems(arguments["view"])
        if wrong:
            return no("invalid_arguments", response_metadata={"messages": wrong})
        self.homes[str(arguments["user_id"])] = arguments["view"]
        return {"ok": True, "view": arguments["view"]}

    def wait_for_end(self) -> None:
        self._closing.wait(20)
