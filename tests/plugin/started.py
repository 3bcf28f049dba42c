"""The command line as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORDS = [sys.executable, "-W", "error", "-c", "from plugin.cli import main; main()"]


def surroundings(given: Mapping[str, str]) -> dict[str, str]:
    """An environment with nothing in it but what is given."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **given}


def ended(
    place: Path, *words: str, given: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What a command said and how it ended, run in ``place``."""
    return subprocess.run(
        [*WORDS, *words],
        cwd=place,
        env=surroundings(given or {}),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@contextmanager
def started(
    place: Path, *words: str, given: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on; stderr is joined to stdout. It is killed at the end."""
    process = subprocess.Popen(
        [*WORDS, *words],
        cwd=place,
        env=surroundings(given or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
