"""The schema's version, and the way to the newest one."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from scheduler.store import tables
from scheduler.store.engine import Database, StoreProblem

MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config() -> Config:
    """The migrations that belong to this program, wherever it is installed."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def bring_up_to_date(database: Database) -> None:
    """Run what is missing of the migrations, all in one transaction (case 64).

    Raises StoreProblem for a database that a newer version, or another program, has written.
    """
    config = alembic_config()
    script = ScriptDirectory.from_config(config)
    newest = script.get_current_head()
    with database._read() as db:
        if _revision(db) == newest:
            return
    with database._write("schema") as db:
        current = _revision(db)
        if current == newest:
            return
        known = {each.revision for each in script.walk_revisions()}
        if current is not None and current not in known:
            raise StoreProblem(
                f"{database._where} was written by a newer Afterword (schema {current}); upgrade "
                "the program or restore a backup."
            )
        if current is None and set(inspect(db).get_table_names()) & set(tables.metadata.tables):
            raise StoreProblem(
                f"{database._where} holds tables of another program; use an empty database."
            )
        config.attributes["connection"] = db
        command.upgrade(config, "head")


def _revision(db: Connection) -> str | None:
    return MigrationContext.configure(db).get_current_revision()
