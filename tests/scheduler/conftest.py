"""A store on each database, fresh for every test.

The rules about who is told what are the same on both, and PostgreSQL takes longer: those tests run
on it in `make proofs`. What speaks SQL, or is about two processes at once, always runs on both.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from scheduler.store import Store, tables
from scheduler.store.engine import parse
from tests import stores

SAME_ON_BOTH = (
    "test_fatigue_left_over",
    "test_mail_refusals",
    "test_nudges",
    "test_nudges_channels",
    "test_nudges_doubt",
    "test_nudges_sparing",
    "test_panels",
    "test_phantoms",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        database = item.callspec.params.get("store_url") if hasattr(item, "callspec") else None
        if database == "postgresql" and item.path.stem in SAME_ON_BOTH:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a server of this test process alone; skips where the wheel does not exist.

    Not below pytest's own directory: every start of pytest shuts that to other users, and a
    server that was started by root runs as one.
    """
    with TemporaryDirectory(prefix="afterword-") as home:
        os.environ.setdefault("XDG_RUNTIME_DIR", home)  # the wheel warns without it
        pgserver = pytest.importorskip("pgserver")
        server = pgserver.get_server(Path(home) / "server", cleanup_mode="delete")
        url: str = server.get_uri()
        _run(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        _run(url, "CREATE DATABASE model")
        Store.open(_database(url, "model")).close()
        yield url
        server.cleanup()


@pytest.fixture(scope="session")
def emptied(postgresql_server: str) -> Iterator[Callable[[], str]]:
    """Empties the one database of this process, which is much faster than making one."""
    _run(postgresql_server, "CREATE DATABASE shared TEMPLATE model")
    url = _database(postgresql_server, "shared")
    engine = create_engine(parse(url), isolation_level="AUTOCOMMIT")
    delete_all = text("; ".join(f"DELETE FROM {name}" for name in tables.metadata.tables))

    def empty() -> str:
        with engine.connect() as db:
            db.execute(delete_all)
        return url

    yield empty
    engine.dispose()


@pytest.fixture
def postgresql_url(emptied: Callable[[], str]) -> str:
    """A database with the schema and nothing else in it."""
    return emptied()


@pytest.fixture
def own_postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The same, for a test that harms the schema."""
    name = f"test_{uuid4().hex}"
    _run(postgresql_server, f"CREATE DATABASE {name} TEMPLATE model")
    yield _database(postgresql_server, name)
    _run(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return stores.emptied()
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with stores.opened(store_url) as store:
        yield store


@pytest.fixture
def sqlite_store() -> Iterator[Store]:
    with stores.opened(stores.emptied()) as store:
        yield store


def _database(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


def _run(url: str, *statements: str) -> None:
    engine = create_engine(parse(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        for statement in statements:
            db.execute(text(statement))
    engine.dispose()
