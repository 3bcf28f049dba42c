"""`make bench-backfill`: does a long history cost memory?

Runs `afterword sync --since` over practice accounts of growing size, each served by a process of
its own, into an empty store, and prints wall time and peak resident memory of the command, as the
kernel counted it (what `/usr/bin/time -v` prints as maximum resident set size).

    python bench/backfill.py 10000 100000
    python bench/backfill.py 2000 20000 --connector merge

Waits are left out, those for the vendor's pace too: what is measured is memory, and the time that
is our own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
YEARS = 3
UNPACED = "import time; time.sleep = lambda seconds: None; from plugin.cli import main; main()"
AFTERWORD = (sys.executable, "-c", UNPACED)


@dataclass(frozen=True)
class Measured:
    seconds: float
    peak: float
    """Largest resident memory in MB."""
    said: str


@contextmanager
def served(interviews: int, connector: str) -> Iterator[dict[str, str]]:
    """The environment that connects to a practice ATS of this size, in that vendor's dialect."""
    command = [sys.executable, str(HERE / "big_world.py"), str(interviews), "--years", str(YEARS)]
    command += ["--dialect", connector]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdin
        assert server.stdout
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.stdin.close()


def measured(command: list[str], environment: dict[str, str], home: Path) -> Measured:
    began = time.monotonic()
    with (home / "said").open("w+") as said:
        child = subprocess.Popen(command, stdout=said, stderr=said, env=environment, cwd=home)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().strip()
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}:\n{text}")
    return Measured(time.monotonic() - began, usage.ru_maxrss / 1024, text.splitlines()[-1])


def backfill(interviews: int, connector: str) -> tuple[Measured, Measured]:
    """The first sync, and the same once more, when everything is known."""
    with served(interviews, connector) as settings, tempfile.TemporaryDirectory() as home:
        now = settings.pop("NOW")
        since = (datetime.fromisoformat(now) - timedelta(days=365 * YEARS + 2)).date()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(HERE.parent),
            "AFTERWORD_DATABASE_URL": f"sqlite:///{home}/afterword.db",
            **settings,
        }
        command = [*AFTERWORD, "sync", "--since", since.isoformat(), "--now", now]
        first = measured(command, environment, Path(home))
        return first, measured(command, environment, Path(home))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("interviews", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--connector", default="greenhouse", help="a dialect of the practice ATS")
    given = parser.parse_args()
    sizes = given.interviews
    print("interviews   first sync     peak    once more     peak", flush=True)
    peaks = []
    for size in sizes:
        first, again = backfill(size, given.connector)
        peaks.append((first.peak, again.peak))
        print(
            f"{size:10,} {first.seconds:10.0f} s {first.peak:5.0f} MB {again.seconds:10.0f} s "
            f"{again.peak:5.0f} MB   {first.said}; {again.said}",
            flush=True,
        )
    if len(peaks) > 1:
        ratios = [last / first for first, last in zip(peaks[0], peaks[-1], strict=True)]
        print(f"peak of the largest over the smallest: {ratios[0]:.2f}, once more {ratios[1]:.2f}")


if __name__ == "__main__":
    main()
