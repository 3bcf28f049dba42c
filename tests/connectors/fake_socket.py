"""The other end of Socket Mode on loopback: slack.md 13, over RFC 6455 as far as it is needed."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class FakeSocket:
    """Takes one connection after another; ``answers``: what came back, by envelope."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._door.getsockname()[1]}/link"
        self.answers: dict[str, dict[str, Any]] = {}
        self.connected = threading.Event()
        self._news = threading.Condition()
        self._peer: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> FakeSocket:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._door.close()
        if self._peer is not None:
            self._peer.close()

    def send(self, kind: str, payload: Mapping[str, Any], envelope: str = "E1") -> dict[str, Any]:
        """An envelope, and what was answered to it within five seconds."""
        assert self.connected.wait(10), "nobody connected"
        content = {"type": kind, "envelope_id": envelope, "payload": payload}
        self._write(TEXT, json.dumps({**content, "accepts_response_payload": True}).encode())
        with self._news:
            assert self._news.wait_for(lambda: envelope in self.answers, 5), "no answer came"
            return self.answers[envelope]

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._door.accept()
            except OSError:
                return
            self._peer = peer
            try:
                self._shake_hands(peer)
                self._write(TEXT, json.dumps({"type": "hello", "num_connections": 1}).encode())
                self.connected.set()
                self._listen(peer)
            except OSError:
                continue

    def _shake_hands(self, peer: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += peer.recv(4096)
        lines = dict(
            line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line
        )
        wanted = {name.lower(): value for name, value in lines.items()}["sec-websocket-key"]
        accept = base64.b64encode(hashlib.sha1((wanted + MAGIC).encode()).digest()).decode()
        peer.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )

    def _listen(self, peer: socket.socket) -> None:
        stream = peer.makefile("rb")
        while len(head := stream.read(2)) == 2:
            length = head[1] & 0x7F
            if length > 125:
                wide = 2 if length == 126 else 8
                length = int.from_bytes(stream.read(wide))
            mask = stream.read(4) if head[1] & 0x80 else b"\0\0\0\0"
            content = bytes(b ^ mask[i % 4] for i, b in enumerate(stream.read(length)))
            kind = head[0] & 0x0F
            if kind == PING:
                self._write(PONG, content)
            elif kind == CLOSE:
                self._write(CLOSE, content)
                peer.shutdown(socket.SHUT_RDWR)
                return
            elif kind == TEXT:
                with self._news:
                    answer = json.loads(content)
                    self.answers[answer["envelope_id"]] = answer
                    self._news.notify_all()

    def _write(self, kind: int, content: bytes) -> None:
        assert self._peer is not None
        size = len(content)
        length = bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size)
        self._peer.sendall(bytes([0x80 | kind]) + length + content)
