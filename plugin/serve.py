"""The web server: waitress with limits, and a stop that finishes what was begun.

waitress drops whatever still waits in its queue when it is told to stop. A webhook that was
accepted deserves its answer, so the loop here is our own: on SIGTERM or Ctrl-C the door closes,
what came in before is finished and answered, and only then do the rest of the process's parts stop.
"""

from __future__ import annotations

import errno
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

MOST_BODY = 1024 * 1024
"""Bytes of a request's body; one more is answered 413, with or without a Content-Length."""


class CannotListen(Exception):
    """The address to listen on cannot be had. The message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Limits:
    """All in seconds, bytes or pieces."""

    threads: int = 8
    connections: int = 200
    body: int = MOST_BODY
    head: int = 32 * 1024
    silence: int = 15
    """A connection on which nothing moves for so long is closed."""
    request: float = 60.0
    """A request that takes longer than this to come in is cut off, however busily it drips."""
    grace: float = 20.0
    """How long a stop waits for what was accepted before it."""


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection that is closed after the answer once the server is stopping."""

    stopping = threading.Event()  # replaced for each server

    def service(self) -> None:
        if self.stopping.is_set():
            self.requests[0].headers["CONNECTION"] = "close"
        super().service()


class WebServer:
    """Bound and listening from construction on; ``run`` serves until somebody calls ``stop``."""

    def __init__(
        self, app: WSGIApplication, host: str, port: int, limits: Limits | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._stopping = threading.Event()
        self._sockets: dict[int, Any] = {}
        self._began: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a burst is no warning
        try:
            create_server(app, map=self._sockets, host=host, port=port, **self._adjustments())
        except OSError as problem:
            wasyncore.close_all(self._sockets)
            raise CannotListen(_why_not(host, port, problem)) from None
        except ValueError:
            raise CannotListen(
                f"Cannot listen on {host}:{port}: {host} is not an address of this machine. "
                "Set AFTERWORD_BIND, for example 127.0.0.1:8080."
            ) from None
        self._doors = [s for s in self._sockets.values() if isinstance(s, BaseWSGIServer)]
        channel = type("Channel", (_Channel,), {"stopping": self._stopping})
        for door in self._doors:
            door.channel_class = channel
        self._dispatcher = self._doors[0].task_dispatcher
        self.port = int(self._doors[0].effective_port)
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def _adjustments(self) -> dict[str, Any]:
        return {
            "threads": self._limits.threads,
            "connection_limit": self._limits.connections,
            # waitress refuses a body *as large as* its limit
            "max_request_body_size": self._limits.body + 1,
            "max_request_header_size": self._limits.head,
            "channel_timeout": self._limits.silence,
            "cleanup_interval": max(1, self._limits.silence // 3),
            "clear_untrusted_proxy_headers": True,
            "ident": "Afterword",
        }

    def stop(self) -> None:
        """Ask ``run`` to finish; safe from any thread and from a signal, and more than once."""
        if not self._stopping.is_set():
            self._stopping.set()
            with suppress(OSError):  # it ended by itself in this very moment
                self._doors[0].pull_trigger()

    def run(self) -> None:
        """Serve until ``stop``; then refuse what is new and answer what was accepted."""
        while not self._stopping.is_set():
            self._turn()
            self._cut_off_drips()
        for door in self._doors:
            wasyncore.dispatcher.close(door)  # its trigger stays: answers still need it
        deadline = time.monotonic() + self._limits.grace
        while self._channels() and time.monotonic() < deadline:
            for channel in self._channels():
                if not (channel.requests or channel.request or channel.total_outbufs_len):
                    channel.will_close = True
            self._turn()
        if left := len(self._channels()):
            log.warning("stopped with %d unfinished connections after the grace period", left)
        self._dispatcher.shutdown(timeout=1)
        for channel in self._channels():
            channel.handle_close()
        for door in self._doors:
            door.pull_trigger = lambda: None  # a thread that still works may yet call it
        wasyncore.close_all(self._sockets, ignore_all=True)

    def _turn(self) -> None:
        wasyncore.loop(timeout=0.5, use_poll=True, map=self._sockets, count=1)

    def _channels(self) -> list[Any]:
        return [s for s in list(self._sockets.values()) if isinstance(s, HTTPChannel)]

    def _cut_off_drips(self) -> None:
        now = time.monotonic()
        for channel in self._channels():
            coming_in = channel.request
            if coming_in is None:
                continue
            if now - self._began.setdefault(coming_in, now) > self._limits.request:
                channel.will_close = True


def _why_not(host: str, port: int, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return (
            f"Cannot listen on {host}:{port}: another program does already. "
            "Stop it, or set AFTERWORD_BIND to another port."
        )
    if problem.errno == errno.EACCES:
        return (
            f"Cannot listen on {host}:{port}: this user may not use that port. "
            "Set AFTERWORD_BIND to a port above 1023."
        )
    return (
        f"Cannot listen on {host}:{port}: {problem.strerror or 'the address is not usable'}. "
        "Set AFTERWORD_BIND to an address of this machine."
    )


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and Ctrl-C stop politely the first time; a second one ends the process at once."""
    names = (signal.SIGTERM, signal.SIGINT)
    before = {name: signal.getsignal(name) for name in names}

    def once(number: int, frame: object) -> None:
        for name in names:
            signal.signal(name, signal.SIG_DFL)
        stop()

    for name in names:
        signal.signal(name, once)
    try:
        yield
    finally:
        for name, old in before.items():
            signal.signal(name, old)


def serve(
    app: WSGIApplication,
    host: str,
    port: int,
    *,
    ready: Callable[[str], None] = lambda url: None,
    stopping: Sequence[Callable[[], None]] = (),
    limits: Limits | None = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C, drain, then call each of ``stopping``. Main thread only.

    ``ready`` gets the address once connections are accepted; with port 0 that is the only way to
    learn it. Raises CannotListen before anything was served.
    """
    server = WebServer(app, host, port, limits)
    with _signals(server.stop):
        try:
            ready(server.url)
            server.run()
        finally:
            for each in stopping:
                each()
