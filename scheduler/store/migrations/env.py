"""Called by Alembic. The connection, with its transaction, comes from scheduler/store/schema.py."""

from __future__ import annotations

from alembic import context

from scheduler.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
