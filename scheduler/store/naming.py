"""How things are called in the accounts: what the exceptions of the policy are held against."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import and_, func, select

from scheduler.store import tables
from scheduler.store.engine import Database

i, a, j = tables.interviews.c, tables.applications.c, tables.jobs.c


class Named(NamedTuple):
    """Where an interview belongs; None: the ATS does not say."""

    department: str | None
    job_id: str | None
    job: str | None
    stage: str | None
    interview: str


class Naming(Database):
    def named(self) -> list[Named]:
        """Every combination of names that an interview which is not deleted has."""
        job_id = func.coalesce(i.job_id, a.job_id)  # as the facts have it
        joined = tables.interviews.outerjoin(
            tables.applications, and_(a.ats == i.ats, a.id == i.application_id)
        ).outerjoin(tables.jobs, and_(j.ats == i.ats, j.id == job_id))
        statement = (
            select(j.department, job_id, j.name, a.stage, i.name)
            .select_from(joined)
            .where(i.deleted_at.is_(None))
            .distinct()
        )
        with self._read() as db:
            return [Named(*row) for row in db.execute(statement)]
