"""Texts by key, on disk: as much as one likes to keep for a while, in memory that does not grow.

A file of lines that has no name and goes with the process. Each line tells where the one before it
with the same mark stands, a mark being the key's hash; only the place of the newest line of each
mark is held in memory.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from array import array
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from connectors.errors import ConnectorError

MARKS = 1 << 16
IN_MEMORY = 4 * 1024 * 1024
"""Bytes; what fits into them is not written to the disk."""


class Spool:
    """One for each thread. Raises ConnectorError when the disk takes no more."""

    def __init__(self, *, marks: int = MARKS, in_memory: int = IN_MEMORY) -> None:
        self._file = tempfile.SpooledTemporaryFile(in_memory, "w+b")  # noqa: SIM115
        weakref.finalize(self, _close, self._file)
        self._newest = array("q", [-1]) * marks
        self._end = 0

    def add(self, key: str, text: str) -> None:
        """``text`` may not hold a line break, ``key`` no space either. What is there stays."""
        mark = hash(key) % len(self._newest)
        line = f"{self._newest[mark]} {key} {text}\n".encode()
        try:
            self._file.seek(self._end)
            self._file.write(line)
        except OSError as problem:
            raise _no_room(problem) from None
        self._newest[mark] = self._end
        self._end += len(line)

    def of(self, key: str) -> Iterator[str]:
        """The texts of this key, the newest first."""
        place = self._newest[hash(key) % len(self._newest)]
        while place >= 0:
            try:
                self._file.seek(place)
                line = self._file.readline()
            except OSError as problem:
                raise _no_room(problem) from None
            before, name, text = line.decode().rstrip("\n").split(" ", 2)
            if name == key:
                yield text
            place = int(before)


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # of what the full disk did not take
        file.close()


def _no_room(problem: OSError) -> ConnectorError:
    why = os.strerror(problem.errno) if problem.errno else type(problem).__name__
    return ConnectorError(
        f"What was read cannot be kept in a temporary file: {why}. Free some space, or set TMPDIR "
        "to a folder on a larger disk."
    )
