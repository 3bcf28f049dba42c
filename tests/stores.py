"""A database as the migrations leave it, without running them for every test.

They cost more than most tests do, and are proved where stores are opened.
"""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from scheduler.store import Store


def store_at(path: Path) -> str:
    """The URL of a store in this file, which is made there, empty, if it is not there yet."""
    if not path.exists():
        path.write_bytes(_migrated())
    return f"sqlite:///{path}"


def emptied() -> str:
    """The URL of this process's one file for tests, with an empty store in it."""
    path = _place()
    for each in path.parent.iterdir():
        each.unlink()
    return store_at(path)


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """The store at a URL that many tests use: statements are compiled for the first one only."""
    store = _kept(url)
    try:
        yield store
    finally:
        store.close()


@cache
def _kept(url: str) -> Store:
    return Store.open(url)


@cache
def _place() -> Path:
    home = Path(mkdtemp(prefix="afterword-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home / "afterword.db"


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as home:
        path = Path(home) / "new.db"
        Store.open(f"sqlite:///{path}").close()
        return path.read_bytes()
