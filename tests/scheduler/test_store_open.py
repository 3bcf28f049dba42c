"""Opening the store, and what the environment can do to it."""

from __future__ import annotations

import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import StatementError

from scheduler.store import Store, StoreProblem, tables
from scheduler.store.engine import parse
from tests.scheduler.builders import MONDAY, interview, person, rows, save, world


@pytest.fixture(params=["sqlite", "postgresql"])
def own_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database whose schema may be harmed."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'own.db'}"
    url: str = request.getfixturevalue("own_postgresql_url")
    return url


def run_sql(url: str, *statements: str) -> None:
    engine = create_engine(parse(url))
    with engine.begin() as db:
        for statement in statements:
            db.execute(text(statement))
    engine.dispose()


def test_the_migrations_build_exactly_the_tables_of_the_metadata(own_url: str) -> None:
    Store.open(own_url).close()
    engine = create_engine(parse(own_url))
    with engine.connect() as db:
        found = compare_metadata(MigrationContext.configure(db), tables.metadata)
        db.rollback()
    engine.dispose()
    assert found == []


def test_opening_again_keeps_what_is_there(store_url: str) -> None:
    with Store.open(store_url) as store:
        save(store, *world())
    with Store.open(store_url) as store:
        store.ping()
        assert len(store.scorecards()) == 1


def test_many_threads_may_open_an_empty_database_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    failures: list[BaseException] = []

    def open_it() -> None:
        try:
            Store.open(url).close()
        except BaseException as problem:
            failures.append(problem)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []


def test_a_schema_from_the_future_is_refused_in_one_sentence(own_url: str) -> None:
    Store.open(own_url).close()
    run_sql(own_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreProblem, match=r"newer Afterword \(schema 9999\).*restore a backup"):
        Store.open(own_url)
    run_sql(own_url, "UPDATE alembic_version SET version_num = '0002'")
    Store.open(own_url).close()


def test_a_database_of_another_program_is_left_alone(own_url: str) -> None:
    if own_url.startswith("postgresql"):
        run_sql(own_url, "DROP TABLE alembic_version")
    else:
        run_sql(own_url, "CREATE TABLE people (id INTEGER)")
    with pytest.raises(StoreProblem, match="another program"):
        Store.open(own_url)


def test_a_migration_that_breaks_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    """Case 64: all migrations are one transaction."""
    path = tmp_path / "half.db"
    url = f"sqlite:///{path}"
    run_sql(url, "CREATE VIEW ix_nudges_message_id AS SELECT 1")  # in the way of a late statement
    with pytest.raises(Exception, match="ix_nudges_message_id"):
        Store.open(url)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == []
    run_sql(url, "DROP VIEW ix_nudges_message_id")
    Store.open(url).close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("afterword.db", "is not a database URL"),
        ("mysql://root@localhost/afterword", "which Afterword does not know"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql://u:secret@127.0.0.1:1/afterword", "cannot be reached"),
        ("postgres://u:secret@127.0.0.1:1/afterword", "cannot be reached"),
    ],
)
def test_a_wrong_url_is_one_sentence_without_the_password(url: str, words: str) -> None:
    with pytest.raises(StoreProblem, match=words) as caught:
        Store.open(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_postgresql_without_its_driver_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreProblem, match="psycopg, which is not installed"):
        Store.open("postgresql://u@127.0.0.1:1/afterword")


def test_a_database_that_does_not_exist_is_named(postgresql_url: str) -> None:
    with pytest.raises(StoreProblem, match="does not exist: create it"):
        Store.open(postgresql_url.replace("/shared?", "/gone?"))


def test_a_directory_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem, match="cannot be opened: check that its directory exists"):
        Store.open(f"sqlite:///{tmp_path / 'nowhere' / 'afterword.db'}")


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear diary, " * 200)
    with pytest.raises(StoreProblem, match="is not a database"):
        Store.open(f"sqlite:///{path}")


def test_a_file_that_may_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "afterword.db"
    Store.open(f"sqlite:///{path}").close()
    with (
        Store.open(f"sqlite:///file:{path}?mode=ro&uri=true") as store,
        pytest.raises(StoreProblem, match="cannot be written: check the rights"),
    ):
        save(store, *world())


def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    """Case 17: nothing of the page is kept, and it goes on without a restart."""
    url = f"sqlite:///{tmp_path / 'small.db'}"
    with Store.open(url) as store:
        save(store, *world())
        before = rows(url)
        many = [person(f"p{n}", "x" * 500) for n in range(2000)]
        with store._engine.connect() as db:  # the disk belongs to no public door
            pages = db.exec_driver_sql("PRAGMA page_count").scalar_one()
            db.exec_driver_sql(f"PRAGMA max_page_count = {pages + 5}")
            db.rollback()
        with pytest.raises(StoreProblem, match="the disk is full"):
            save(store, *many)
        assert rows(url) == before
        with store._engine.connect() as db:
            db.exec_driver_sql("PRAGMA max_page_count = 1000000")
            db.rollback()
        assert save(store, *many) == 2000


def test_a_locked_database_is_one_sentence_and_reading_goes_on(tmp_path: Path) -> None:
    """Case 18."""
    path = tmp_path / "locked.db"
    with Store.open(f"sqlite:///{path}", busy_timeout=0.05) as store:
        save(store, *world())
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreProblem, match="is locked by another program"):
                save(store, person("p9"))
            assert len(store.scorecards()) == 1
            other.execute("ROLLBACK")
        assert save(store, person("p9")) == 1


def test_what_was_acknowledged_survives_a_power_cut(tmp_path: Path) -> None:
    """Case 21: SQLite promises it only with full sync; NORMAL does not."""
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store, store._write() as db:
        assert db.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert db.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert db.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_threads_queue_for_the_one_writer(store: Store) -> None:
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(5):
                save(store, interview(f"i{number}-{turn}"))
        except BaseException as problem:
            failures.append(problem)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    assert len(store.scorecards(ended_since=MONDAY)) == 40


def test_a_bug_is_no_problem_of_the_environment_and_its_words_hold_no_values(
    store: Store,
) -> None:
    with pytest.raises(StatementError, match="naive") as caught:
        store.note("greenhouse", "i1", "seen", "Noor V.", MONDAY.replace(tzinfo=None))
    assert "Noor" not in str(caught.value)
