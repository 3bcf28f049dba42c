"""The practice ATS as a running server on loopback.

with SandboxServer(world, now=monday) as sandbox:
    sandbox.environment()       # what Afterword needs to connect to it
    sandbox.advance(tuesday)    # time passes; webhooks are posted before this returns
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from flask import Flask, request
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from plugin.clock import wall
from plugin.sandbox.events import events
from plugin.sandbox.faults import FaultPlan
from plugin.sandbox.gate import RateWindow, Tokens
from plugin.sandbox.greenhouse import EVERY_SCOPE, Account, Greenhouse
from plugin.sandbox.pages import pages
from plugin.sandbox.trouble import install
from plugin.sandbox.webhooks import Posted, Webhook
from plugin.sandbox.world import World

CLIENT_ID = "practice-client"
RATE_SECONDS = 30
TOKEN_RATE_SECONDS = 60
POLL_SECONDS = 0.02
"""How soon a stopping server notices."""


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]


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

    ``clock`` is the time of tokens and of the rate window (the wall's unless given); ``limit``
    counts requests in 30 seconds. ``webhook_url`` must be on this machine (OutsideTarget).
    """

    def __init__(
        self,
        world: World,
        *,
        now: datetime,
        secret: str = "practice-secret",
        webhook_url: str | None = None,
        webhook_secret: str = "practice-webhook-secret",
        clock: Callable[[], datetime] = wall,
        limit: int = 1000,
        token_limit: int = 1000,
        token_lifetime: timedelta = timedelta(hours=1),
        new_token_revokes_old: bool = False,
        scopes: Collection[str] = EVERY_SCOPE,
        sees_private: bool = False,
        stages_one_job_at_a_time: bool = False,
        port: int = 0,
    ) -> None:
        self.world = world
        self.faults = FaultPlan()
        self.requests: list[Seen] = []
        self.webhooks: list[Webhook] = []
        self._now = now
        self._webhook_secret = webhook_secret
        self._stopping = threading.Event()
        self._advancing = threading.Lock()
        self.account = Account(
            client_id=CLIENT_ID,
            client_secret=secret,
            tokens=Tokens(secret, token_lifetime, new_token_revokes_old),
            rate=RateWindow(limit, RATE_SECONDS),
            token_rate=RateWindow(token_limit, TOKEN_RATE_SECONDS),
            scopes=scopes,
            sees_private=sees_private,
            stages_one_job_at_a_time=stages_one_job_at_a_time,
        )
        if webhook_url:
            self.webhooks.append(Webhook(webhook_url, webhook_secret))
        self._server = QuietServer("127.0.0.1", port, self._app(clock), QuietRequests)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True
        )

    def _app(self, clock: Callable[[], datetime]) -> Flask:
        # Beside the modules, where the package's own files are found when it is installed.
        app = Flask(__name__, static_folder=None, template_folder=".")

        @app.before_request
        def remember() -> None:
            self.requests.append(Seen(request.method, request.path, request.args.to_dict()))

        install(app, self.faults, self.account.tokens.revoke_all, self._stopping)
        dialect = Greenhouse(
            world=self.world,
            account=self.account,
            sandbox_now=lambda: self._now,
            clock=clock,
            base_url=lambda: f"{self.url}/v3",
        )
        app.register_blueprint(dialect.blueprint())
        app.register_blueprint(pages(self.world, lambda: self._now))
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

    def environment(self) -> dict[str, str]:
        """The settings with which Afterword connects to this server."""
        return {
            "GREENHOUSE_CLIENT_ID": self.account.client_id,
            "GREENHOUSE_CLIENT_SECRET": self.account.client_secret,
            "GREENHOUSE_API_URL": f"{self.url}/v3",
            "GREENHOUSE_TOKEN_URL": f"{self.url}/token",
            "GREENHOUSE_WEB_URL": self.url,
            "GREENHOUSE_WEBHOOK_SECRET": self._webhook_secret,
        }

    def register_webhook(self, url: str, actions: Collection[str] | None = None) -> Posted:
        """Configure a webhook as an admin would; its ping decides whether it is enabled.

        Raises OutsideTarget unless ``url`` is on this machine.
        """
        webhook = Webhook(url, self._webhook_secret, actions)
        posted = webhook.ping(self._now)
        self.webhooks.append(webhook)
        return posted

    def advance(self, to: datetime) -> list[Posted]:
        """Let time pass and post what happened; every try with its answer, oldest first.

        Raises ValueError when ``to`` lies in the sandbox's past.
        """
        with self._advancing:
            if to < self._now:
                raise ValueError(f"the sandbox is at {self._now} and cannot go back to {to}")
            happened = events(self.world, self._now, to, self.url) if self.webhooks else []
            self._now = to
            for webhook in self.webhooks:
                for event in happened:
                    webhook.take(event)
            posted = [each for webhook in self.webhooks for each in webhook.deliver(to)]
            return sorted(posted, key=lambda each: each.at)
