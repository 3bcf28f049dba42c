"""The server itself: limits, time-outs, and a stop that finishes what was begun."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from plugin.serve import CannotListen, Limits, WebServer
from tests.plugin.web import exchange, served, until_closed, wait_for

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def plain(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Type", "text/plain")])
    return [f"{len(body)} bytes".encode()]


class Slow:
    """An application whose answer waits until the test lets it go."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        self.begun.release()
        self.go.wait(10)
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"finished"]


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSING = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_413() -> None:
    """Case 11."""
    with served(plain, Limits(body=1000)) as server:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        assert b"1000 bytes" in exchange(server.port, head % 1000, b"a" * 1000)
        assert exchange(server.port, head % 1001).startswith(b"HTTP/1.1 413")


def test_a_chunked_body_without_end_is_cut_off_at_the_limit() -> None:
    """Case 11: the test would never end if the server went on reading."""
    with served(plain, Limits(body=100_000)) as server:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        sent = 0
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(head)
            connection.settimeout(0.05)
            answer = b""
            while not answer and sent < 20_000_000:
                try:
                    connection.sendall(b"2710\r\n" + b"a" * 10_000 + b"\r\n")
                    sent += 10_000
                except TimeoutError:
                    pass
                except (BrokenPipeError, ConnectionResetError):
                    break
                try:
                    answer = connection.recv(100)
                except TimeoutError:
                    pass
                except ConnectionResetError:
                    break
        assert sent < 2_000_000
        assert answer.startswith(b"HTTP/1.1 413")


def test_a_header_beyond_the_limit_is_431() -> None:
    with served(plain, Limits(head=1000)) as server:
        asked = b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 2000 + b"\r\n\r\n"
        assert exchange(server.port, asked).startswith(b"HTTP/1.0 431")


def test_a_sender_that_stalls_is_cut_off_while_others_are_served() -> None:
    """Case 12: it promises 100 bytes, sends 4, and falls silent."""
    with served(plain, Limits(silence=1)) as server:
        began = time.monotonic()
        stalled = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabcd"
        others: list[bytes] = []
        received = exchange(
            server.port, stalled, lambda: others.append(exchange(server.port, CLOSING))
        )
        assert received == b""
        assert time.monotonic() - began < 8
        assert b"200 OK" in others[0]


def test_a_sender_that_drips_is_cut_off_too() -> None:
    """Case 12: never silent for long, and never done."""
    with (
        served(plain, Limits(silence=5, request=0.3)) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection,
    ):
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        connection.settimeout(0.05)
        for _ in range(100):
            try:
                connection.sendall(b"a")
                if connection.recv(10) == b"":
                    return
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return
    pytest.fail("it was listened to for five seconds")


def test_a_stop_answers_what_runs_and_what_came_in_half_and_refuses_what_is_new() -> None:
    """Case 26: with one thread, the second request also waits in the queue behind the first."""
    app = Slow()
    answers: list[bytes] = []
    with (
        served(app, Limits(threads=1)) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as half,
    ):
        first = threading.Thread(target=lambda: answers.append(exchange(server.port, GET)))
        first.start()
        app.begun.acquire(timeout=5)
        half.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n")
        half.sendall(b"Expect: 100-continue\r\n\r\n")
        assert b"100 Continue" in half.recv(1000)
        server.stop()
        wait_for(lambda: refused(server.port))
        half.sendall(b"body")
        app.go.set()
        first.join(10)
        answers.append(until_closed(half))
    assert [answer.endswith(b"finished") for answer in answers] == [True, True]
    assert b"Connection: close" in answers[1]


def test_a_stop_does_not_wait_for_a_connection_that_asks_nothing() -> None:
    with (
        served(plain, Limits(grace=30)) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as idle,
    ):
        idle.sendall(GET)
        assert b"200 OK" in idle.recv(1000)
        began = time.monotonic()
        server.stop()
        until_closed(idle)  # of the answer a second packet may still be on its way
        assert time.monotonic() - began < 15


def test_a_stop_gives_up_on_a_request_that_does_not_end_in_time() -> None:
    app = Slow()
    with served(app, Limits(grace=0.2)) as server:
        asking = threading.Thread(target=lambda: exchange(server.port, GET))
        asking.start()
        app.begun.acquire(timeout=5)
        server.stop()
        asking.join(10)
        app.go.set()
        assert not asking.is_alive()


def test_a_port_that_is_taken_is_one_sentence_that_names_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen) as problem:
            WebServer(plain, "127.0.0.1", port)
    assert str(problem.value) == (
        f"Cannot listen on 127.0.0.1:{port}: another program does already. "
        "Stop it, or set AFTERWORD_BIND to another port."
    )


@pytest.mark.parametrize("host", ["198.51.100.7", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_one_sentence(host: str) -> None:
    with pytest.raises(CannotListen, match=f"^Cannot listen on {host}:0: .*AFTERWORD_BIND"):
        WebServer(plain, host, 0)


def refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        return False  # it came while the door was closing
    return False
