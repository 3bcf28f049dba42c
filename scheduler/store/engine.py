"""The database connection, and what the environment can do to it, in one plain sentence each."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url, text
from sqlalchemy.engine import URL

BUSY_TIMEOUT = 2.0
"""Seconds to wait for our own writer, and as long again for another program's: a webhook must have
its answer within five (case 18)."""


class StoreProblem(Exception):
    """The store cannot do its work. The message is one plain sentence without a secret."""


class LeaseLost(StoreProblem):
    """Another process has taken over the sync in whose name something was to be saved."""


def parse(url: str) -> URL:
    """A database URL with the driver that we use. Raises StoreProblem."""
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError):
        raise StoreProblem(
            "AFTERWORD_DATABASE_URL is not a database URL: write sqlite:///afterword.db or "
            "postgresql://user:password@host/name."
        ) from None
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise StoreProblem(
            f"AFTERWORD_DATABASE_URL names the database {parsed.drivername}, which Afterword does "
            "not know: use sqlite or postgresql."
        )
    if parsed.database in (None, "", ":memory:"):
        raise StoreProblem(
            "AFTERWORD_DATABASE_URL names no file, so nothing would be remembered: write "
            "sqlite:///afterword.db."
        )
    return parsed


class Database:
    """Opens transactions. Everything that SQL does happens inside ``_read`` or ``_write``."""

    def __init__(self, url: str, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self._url = parse(url)
        self._busy_timeout = busy_timeout
        self._sqlite = self._url.get_backend_name() == "sqlite"
        self._where = (
            f"The database file {self._url.database}"
            if self._sqlite
            else f"The database {self._url.database} on {self._url.host or 'this machine'}"
        )
        self._engine = self._connectable()
        self._writer = threading.Lock()

    def close(self) -> None:
        self._engine.dispose()

    def ping(self) -> None:
        """Raises StoreProblem when the database does not answer."""
        with self._read() as db:
            db.execute(text("SELECT 1"))

    def _connectable(self) -> Engine:
        milliseconds = int(self._busy_timeout * 1000)
        arguments: dict[str, Any] = {"timeout": self._busy_timeout}
        if not self._sqlite:
            arguments = {"connect_timeout": 5}
        try:
            # Parameters hold names and addresses: they must not come up in an error.
            engine = create_engine(
                self._url, hide_parameters=True, pool_pre_ping=True, connect_args=arguments
            )
        except ImportError:
            raise StoreProblem(
                "PostgreSQL needs the package psycopg, which is not installed: run pip install "
                "'.[postgres]' in the folder with Afterword's setup.cfg."
            ) from None
        except (exc.ArgumentError, ValueError, TypeError):
            raise StoreProblem(
                "AFTERWORD_DATABASE_URL has an option that the database driver does not know."
            ) from None
        if self._sqlite:
            _prepare_sqlite(engine, milliseconds)
        else:
            _prepare_postgresql(engine, milliseconds)
        return engine

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        """One transaction that sees one state of the database and changes nothing."""
        with self._translated(), self._engine.connect() as db, db.begin():
            yield db

    @contextmanager
    def _write(self, scope: str | None = None) -> Iterator[Connection]:
        """One transaction that may change rows.

        SQLite has one writer: threads queue here, since its own busy wait is unfair. PostgreSQL
        has many; those that read before they write, and name the same ``scope``, take turns.
        """
        if not self._sqlite:
            with self._translated(), self._engine.begin() as db:
                if scope is not None:
                    statement = text("SELECT pg_advisory_xact_lock(hashtextextended(:scope, 0))")
                    db.execute(statement, {"scope": f"afterword {scope}"})
                yield db
            return
        if not self._writer.acquire(timeout=self._busy_timeout):
            raise StoreProblem(f"{self._where} is busy: other work did not end in time; try again.")
        try:
            with self._translated(), self._engine.connect() as db:
                db = db.execution_options(writes=True)
                with db.begin():
                    yield db
        finally:
            self._writer.release()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """What the environment can cause becomes a StoreProblem; a bug stays what it is."""
        try:
            yield
        except exc.TimeoutError as error:
            raise StoreProblem(
                f"{self._where} has no free connection: too much happens at once; try again."
            ) from error
        except (exc.DBAPIError, sqlite3.Error) as error:
            original = error.orig if isinstance(error, exc.DBAPIError) else error
            words = _sqlite_words(original) if self._sqlite else _postgresql_words(original)
            if words is None:
                raise
            raise StoreProblem(f"{self._where} {words}") from error


def _prepare_sqlite(engine: Engine, busy_milliseconds: int) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: object) -> None:
        connection.isolation_level = None  # the driver would begin transactions of its own
        for pragma in (
            f"busy_timeout = {busy_milliseconds}",
            "journal_mode = WAL",
            "synchronous = FULL",  # what was acknowledged survives a power cut (case 21)
            "foreign_keys = ON",
            "secure_delete = ON",  # what was erased is not left in the file
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgresql(engine: Engine, busy_milliseconds: int) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {busy_milliseconds}")
            cursor.execute("SET default_transaction_isolation = 'read committed'")
        connection.commit()


_SQLITE = {
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full. Free some space; nothing was lost.",
    sqlite3.SQLITE_BUSY: "is locked by another program (a backup?); try again when it is done.",
    sqlite3.SQLITE_LOCKED: "is locked by another program (a backup?); try again when it is done.",
    sqlite3.SQLITE_READONLY: "cannot be written: check the rights of the file and its directory.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its directory exists and is writable.",
    sqlite3.SQLITE_PERM: "cannot be opened: check the rights of the file and its directory.",
    sqlite3.SQLITE_AUTH: "cannot be opened: check the rights of the file and its directory.",
    sqlite3.SQLITE_NOTADB: "is not a database: check the path, or restore a backup.",
    sqlite3.SQLITE_CORRUPT: "is damaged: stop Afterword and restore a backup.",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error.",
}


def _sqlite_words(error: BaseException | None) -> str | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else _SQLITE.get(code & 0xFF)


_POSTGRESQL = {
    "28": "refuses the login: check user and password in AFTERWORD_DATABASE_URL.",
    "3D": "does not exist: create it, or correct its name in AFTERWORD_DATABASE_URL.",
    "42501": "does not let this user do its work: grant it the rights on the schema.",
    "25006": "is read-only: connect to the primary server.",
    "53100": "cannot grow: the disk is full. Free some space; nothing was lost.",
    "53": "is out of resources (memory or connections); try again later.",
    "55P03": "is locked by another program; try again when it is done.",
    "40": "undid this because of other work at the same time; try again.",
    "57": "is shutting down or restarting; try again.",
    "08": "cannot be reached: check that it runs, and AFTERWORD_DATABASE_URL.",
    "58": "cannot be read or written: the server reports an error of its disk.",
}


def _postgresql_words(error: BaseException | None) -> str | None:
    """By SQLSTATE, the whole code before its class (PostgreSQL manual, appendix A)."""
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
    if type(error).__name__ != "OperationalError":
        return None
    said = str(error)  # a failed connection has no SQLSTATE, only the server's words
    if "authentication" in said or "password" in said:
        return _POSTGRESQL["28"]
    if 'database "' in said and "does not exist" in said:
        return _POSTGRESQL["3D"]
    return _POSTGRESQL["08"]
