"""A web surface for tests: one account that takes webhooks, one store, one clock that stands."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from connectors.ats.base import Capabilities, Finding, Rung, WebhookRequest, Window
from connectors.doorbell import ring as read_doorbell
from connectors.model import Kind, Page, Ref
from connectors.signature import prove
from plugin.app import WebStore, create_app
from plugin.serve import Limits, WebServer
from plugin.webhooks import Counters
from scheduler.policy import Policy

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SECRET = "a-webhook-secret-for-tests"
TOKEN = "page-token-0123456789"
EVENTS = {
    "ping": (),
    "interview_deleted": ((Kind.INTERVIEW, "payload.interview.id"),),
}


class Doorbell:
    """An ATS that only takes webhooks, in Greenhouse's form."""

    name = "greenhouse"
    capabilities = Capabilities(submission=True, webhooks=True, own_reminders="")

    def pull(self, window: Window, state: Mapping[str, Any]) -> Iterator[Page]:
        yield from ()

    def read(self, refs: Sequence[Ref]) -> Iterator[Page]:
        yield from ()

    def verify(self, request: WebhookRequest, now: datetime) -> str:
        return prove(request.headers.get("signature"), request.body, [SECRET], prefix="sha256 ")

    def rung(self, request: WebhookRequest) -> Rung:
        return read_doorbell(request.body, request.headers.get("greenhouse-event-id"), EVENTS)

    def check(self) -> Iterable[Finding]:
        return ()


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256 " + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def deleted(interview_id: int) -> bytes:
    """The body of an event that matters."""
    payload = {"interview": {"id": interview_id}}
    return json.dumps({"action": "interview_deleted", "payload": payload}).encode()


def headers(body: bytes, event_id: str | None = None) -> dict[str, str]:
    found = {"Signature": signed(body), "Content-Type": "application/json"}
    return found if event_id is None else {**found, "Greenhouse-Event-ID": event_id}


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Web:
    """An application and what can be looked at from outside it."""

    app: Flask
    clock: Clock
    counters: Counters
    rung: list[str] = field(default_factory=list)
    beat: datetime | None = NOW
    answered: list[datetime] = field(default_factory=list)
    """When the messages were to be brought up to date."""


def web(
    store: WebStore,
    *,
    live: bool = False,
    public_url: str = "http://127.0.0.1",
    policy: Policy | None = None,
    zone: str = "UTC",
    doorbells: Sequence[str] = ("greenhouse",),
    page_token: str = TOKEN,
    push_token: str = "",
    store_names: bool = True,
) -> Web:
    clock, counters = Clock(), Counters()
    policy = policy or Policy(nudge_since=NOW - timedelta(days=60))
    made = Web(Flask("unused"), clock, counters)
    made.app = create_app(
        store=store,
        accounts={"greenhouse": Doorbell()},
        doorbells=doorbells,
        policy_of=lambda ats: policy,
        zone=ZoneInfo(zone),
        clock=clock,
        page_token=page_token,
        secret_key="k" * 32,
        public_url=public_url,
        live=live,
        ring=made.rung.append,
        heartbeat=lambda: made.beat,
        counters=counters,
        push_token=push_token,
        store_names=store_names,
        answered=lambda: made.answered.append(clock()),
    )
    return made


@contextmanager
def served(app: Any, limits: Limits | None = None) -> Iterator[WebServer]:
    """A real server on loopback for the length of a test."""
    server = WebServer(app, "127.0.0.1", 0, limits)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def exchange(port: int, *parts: bytes | Callable[[], None]) -> bytes:
    """What comes back on a raw connection until the other side closes it."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            for part in parts:
                if callable(part):
                    part()
                else:
                    connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough
        return until_closed(connection)


def until_closed(connection: socket.socket) -> bytes:
    received = b""
    try:
        while more := connection.recv(65536):
            received += more
    except ConnectionResetError:
        pass
    return received


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    pause = threading.Event()
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        pause.wait(0.01)
