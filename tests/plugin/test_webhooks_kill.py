"""No 200 without a row, however the process ends. Real processes, real signals."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from tests.plugin.doorstep import KILLED
from tests.plugin.web import deleted, headers, wait_for

ROOT = Path(__file__).resolve().parents[2]


class Service:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.out = process.stdout
        self.url = self.out.readline().strip()

    def post(self, number: int, session: requests.Session | None = None) -> int | None:
        """The status, or None when no answer came."""
        body = deleted(number)
        try:
            return (
                (session or requests)
                .post(
                    f"{self.url}/webhooks/greenhouse",
                    data=body,
                    headers=headers(body, f"e-{number}"),
                    timeout=10,
                )
                .status_code
            )
        except requests.ConnectionError:
            return None


@contextmanager
def service(path: Path, dies_at: str = "") -> Iterator[Service]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.plugin.doorstep", str(path)],
        cwd=ROOT,
        env={**os.environ, "AFTERWORD_DIES_AT": dies_at},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Service(process)
        finally:
            process.kill()


def stored(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [row[0] for row in db.execute("SELECT event_id FROM deliveries ORDER BY id")]


@pytest.mark.parametrize(("dies_at", "rows"), [("before_commit", []), ("after_commit", ["e-1"])])
def test_a_kill_around_the_commit_gives_no_answer_and_the_next_try_makes_one_row(
    tmp_path: Path, dies_at: str, rows: list[str]
) -> None:
    """Cases 19 (killed after the commit) and 20 (before it)."""
    path = tmp_path / "afterword.db"
    with service(path, dies_at) as dying:
        assert dying.post(1) is None
        assert dying.process.wait(10) == KILLED
    assert stored(path) == rows
    with service(path) as again:
        assert again.post(1) == 200
    assert stored(path) == ["e-1"]


def test_a_sigterm_under_load_answers_every_row_and_stores_every_answer(tmp_path: Path) -> None:
    """Case 26: six senders at full speed; then nothing is taken any more, and the exit is clean."""
    path = tmp_path / "afterword.db"
    answered: list[int] = []
    with service(path) as running:

        def send(first: int) -> None:
            with requests.Session() as session:
                number = first
                while (status := running.post(number, session)) is not None:
                    if status == 200:
                        answered.append(number)
                    number += 6

        senders = [threading.Thread(target=send, args=(first,)) for first in range(1, 7)]
        for each in senders:
            each.start()
        wait_for(lambda: len(answered) > 60)
        running.process.send_signal(signal.SIGTERM)
        for each in senders:
            each.join(20)
        assert running.process.wait(20) == 0
        assert running.out.read().strip() == "stopped"
        assert running.post(999_999) is None
    rows = stored(path)
    assert len(rows) == len(set(rows))
    assert {f"e-{number}" for number in answered} == set(rows)


@pytest.mark.parametrize(
    "name", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_either_signal_ends_an_idle_service_with_exit_0(
    tmp_path: Path, name: signal.Signals
) -> None:
    with service(tmp_path / "afterword.db") as running:
        running.process.send_signal(name)
        assert running.process.wait(10) == 0
        assert running.out.read().strip() == "stopped"
