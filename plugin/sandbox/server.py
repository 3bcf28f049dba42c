"""The practice ATS as a running server on loopback.

with SandboxServer(world, now=monday) as sandbox:
    sandbox.environment()       # what Afterword needs to connect to it
    sandbox.advance(tuesday)    # time passes; webhooks are posted before this returns
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any

from flask import Flask, request
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from plugin.clock import wall
from plugin.sandbox.dialect import Dialect, Place
from plugin.sandbox.dialects import DIALECTS
from plugin.sandbox.faults import FaultPlan
from plugin.sandbox.pages import pages
from plugin.sandbox.trouble import install
from plugin.sandbox.webhooks import Posted, Webhook
from plugin.sandbox.world import World

POLL_SECONDS = 0.02
"""How soon a stopping server notices."""


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    """One value each; of a repeated parameter the first."""
    body: Any
    """What a JSON request carried; {} otherwise."""


class QuietRequests(WSGIRequestHandler):
    # Without this, the answer's body waits for the client's delayed acknowledgement of its head.
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:
        """The log of requests is SandboxServer.requests."""


class QuietServer(ThreadedWSGIServer):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Hanging up on a client is what the sandbox was told to do, not news."""


class SandboxServer:
    """Serves one world at ``now``, which moves only when it is told to.

    ``dialects``: names of plugin/sandbox/dialects.py, or dialects made beforehand; those named
    are made with the keywords of ``account`` (see there). ``clock`` is the time of tokens and
    rates (the wall's unless given). ``webhook_url``: of the first dialect, and on this machine
    (OutsideTarget).
    """

    def __init__(
        self,
        world: World,
        *,
        now: datetime,
        dialects: Iterable[str | Dialect] = ("greenhouse",),
        webhook_url: str | None = None,
        clock: Callable[[], datetime] = wall,
        port: int = 0,
        **account: Any,
    ) -> None:
        self.world = world
        self.faults = FaultPlan()
        self.requests: list[Seen] = []
        self._now = now
        self._hooks: list[tuple[Dialect, Webhook]] = []
        self._stopping = threading.Event()
        self._advancing = threading.Lock()
        self.dialects = {
            each.name: each
            for each in (DIALECTS[d](**account) if isinstance(d, str) else d for d in dialects)
        }
        place = Place(world, lambda: self._now, clock, lambda: self.url)
        for dialect in self.dialects.values():
            dialect.place = place
        if webhook_url:
            self._hook(webhook_url, None, None)
        self._server = QuietServer("127.0.0.1", port, self._app(), QuietRequests)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True
        )

    def _app(self) -> Flask:
        # Beside the modules, where the package's own files are found when it is installed.
        app = Flask(__name__, static_folder=None, template_folder=".")
        spoken = tuple(self.dialects.values())

        @app.before_request
        def remember() -> None:
            asked = request.get_json(silent=True) if request.is_json else None
            self.requests.append(
                Seen(request.method, request.path, request.args.to_dict(), asked or {})
            )

        install(app, self.faults, spoken, self._stopping)
        for dialect in spoken:
            app.register_blueprint(dialect.blueprint())
        app.register_blueprint(pages(self.world, lambda: self._now, spoken))
        return app

    def __enter__(self) -> SandboxServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def now(self) -> datetime:
        return self._now

    def environment(self, dialect: str | None = None) -> dict[str, str]:
        """The settings with which Afterword connects: to one dialect, or to all of them."""
        spoken = self.dialects.values() if dialect is None else (self.dialects[dialect],)
        return {name: value for each in spoken for name, value in each.environment().items()}

    def register_webhook(
        self, url: str, actions: Collection[str] | None = None, dialect: str | None = None
    ) -> Posted | None:
        """Configure a webhook as an admin would, of the first dialect unless named.

        Where the vendor posts a ping, it decides whether the hook is enabled, and is returned.
        Raises OutsideTarget unless ``url`` is on this machine.
        """
        return self._hook(url, actions, dialect).ping(self._now)

    def _hook(self, url: str, actions: Collection[str] | None, name: str | None) -> Webhook:
        dialect = self.dialects[name] if name else next(iter(self.dialects.values()))
        address = dialect.habits.address(url, dialect.webhook_secret)
        webhook = Webhook(address, dialect.webhook_secret, dialect.habits, actions)
        self._hooks.append((dialect, webhook))
        return webhook

    def advance(self, to: datetime) -> list[Posted]:
        """Let time pass and post what happened; every try with its answer, oldest first.

        Raises ValueError when ``to`` lies in the sandbox's past.
        """
        with self._advancing:
            if to < self._now:
                raise ValueError(f"the sandbox is at {self._now} and cannot go back to {to}")
            speaking = {dialect.name: dialect for dialect, _ in self._hooks}
            happened = {name: each.events(self._now, to) for name, each in speaking.items()}
            self._now = to
            for dialect, webhook in self._hooks:
                for event in happened[dialect.name]:
                    webhook.take(event)
            posted = [each for _, webhook in self._hooks for each in webhook.deliver(to)]
            return sorted(posted, key=lambda each: each.at)
