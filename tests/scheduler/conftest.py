"""A store on each database, fresh for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from scheduler.store import Store


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server of this test process alone; skips where the wheel does not exist."""
    home = tmp_path_factory.mktemp("postgresql")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home))  # the wheel warns without it
    pgserver = pytest.importorskip("pgserver")
    server = pgserver.get_server(home / "server", cleanup_mode="delete")
    url: str = server.get_uri()
    _run(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE model")
    Store.open(_database(url, "model")).close()
    yield url
    server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A database with the schema in it, copied from the model."""
    name = f"test_{uuid4().hex}"
    _run(postgresql_server, f"CREATE DATABASE {name} TEMPLATE model")
    yield _database(postgresql_server, name)
    _run(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'afterword.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'only.db'}") as opened:
        yield opened


def _database(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


def _run(url: str, *statements: str) -> None:
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as db:
        for statement in statements:
            db.execute(text(statement))
    engine.dispose()
