"""A database as the migrations leave it, without running them for every test.

They cost more than most tests do, and are proved where stores are opened.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from scheduler.store import Store


def store_at(path: Path) -> str:
    """The URL of a store in this file, which is made there, empty, if it is not there yet."""
    if not path.exists():
        path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as home:
        path = Path(home) / "new.db"
        Store.open(f"sqlite:///{path}").close()
        return path.read_bytes()
