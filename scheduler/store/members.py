"""Who is who on a channel, as it was last looked up there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection as Db
from sqlalchemy import Row as SqlRow
from sqlalchemy import and_, delete, func, insert, or_, select, tuple_

from scheduler.facts import ScorecardKey
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.rows import clean
from scheduler.store.upsert import chunks
from scheduler.store.values import Member

m, p, s = tables.members.c, tables.people.c, tables.scorecards.c
i, a, j = tables.interviews.c, tables.applications.c, tables.jobs.c
SLACK = "slack"
ROLES = ("recruiter_ids", "coordinator_ids", "hiring_manager_ids")


class Members(Database):
    """Members of a channel's workspace, by the mail address that the ATS gives them."""

    def members(self, addresses: Iterable[str], *, channel: str = SLACK) -> dict[str, Member]:
        """What was last found out about each of these; who was never looked up is absent.

        Keys are lower case, however the addresses were written.
        """
        wanted = sorted({address.strip().lower() for address in addresses})
        found: dict[str, Member] = {}
        with self._read() as db:
            for some in chunks(wanted):
                here = select(tables.members).where(m.channel == channel, m.address.in_(some))
                found |= {row.address: _member(row) for row in db.execute(here)}
        return found

    def member_addresses(self, user_id: str, *, channel: str = SLACK) -> list[str]:
        """The addresses under which the ATS may know this member, in order."""
        here = select(m.address).where(m.channel == channel, m.user_id == user_id)
        with self._read() as db:
            return list(db.execute(here.order_by(m.address)).scalars())

    def save_members(self, members: Iterable[Member], *, channel: str = SLACK) -> None:
        """Keep what was looked up, in the place of what was known of the same addresses."""
        rows = {each.address: _row(each, channel) for each in members}
        with self._write("members") as db:
            for some in chunks(rows):
                db.execute(delete(tables.members).where(m.channel == channel, m.address.in_(some)))
                db.execute(insert(tables.members), [rows[address] for address in some])

    def forget_members(self, keep: Iterable[str], *, channel: str = SLACK) -> int:
        """Drop everybody who is not among ``keep``: who left the ATS; how many they were."""
        kept = set(keep)
        with self._write("members") as db:
            known = db.execute(select(m.address).where(m.channel == channel)).scalars()
            gone = [address for address in known if address not in kept]
            for some in chunks(gone):
                db.execute(delete(tables.members).where(m.channel == channel, m.address.in_(some)))
        return len(gone)

    def unmatched(self, *, channel: str = SLACK) -> list[str]:
        """Addresses that nobody on the channel has, in order: these people get no message there."""
        here = and_(m.channel == channel, or_(m.user_id.is_(None), m.active.is_(False)))
        with self._read() as db:
            return list(db.execute(select(m.address).where(here).order_by(m.address)).scalars())

    def keys_asked_of(self, addresses: Iterable[str]) -> list[ScorecardKey]:
        """Every scorecard, of any time, whose interviewer has one of these addresses."""
        with self._read() as db:
            people = _people_with(db, addresses)
            keys = []
            for some in chunks(people, 200):
                here = tuple_(s.ats, s.interviewer_id).in_(some)
                statement = select(s.ats, s.interview_id, s.interviewer_id).where(here)
                keys += [ScorecardKey(*row) for row in db.execute(statement)]
        return sorted(keys)

    def keys_looked_after(self, addresses: Iterable[str]) -> list[ScorecardKey]:
        """Open scorecards of the applications that somebody with one of these addresses looks
        after, as their recruiter or coordinator or, where an application names none, the job's."""
        open_ones = (
            select(
                s.ats,
                s.interview_id,
                s.interviewer_id,
                a.recruiter_id,
                a.coordinator_id,
                func.coalesce(i.job_id, a.job_id).label("job_id"),
            )
            .join(tables.interviews, and_(i.ats == s.ats, i.id == s.interview_id))
            .join(tables.applications, and_(a.ats == i.ats, a.id == i.application_id))
            .where(s.submitted_at.is_(None), s.removed_at.is_(None), i.deleted_at.is_(None))
        )
        with self._read() as db:
            people = set(_people_with(db, addresses))
            if not people:
                return []
            jobs = {
                (row.ats, row.id): [*row.recruiter_ids, *row.coordinator_ids]
                for row in db.execute(select(j.ats, j.id, j.recruiter_ids, j.coordinator_ids))
            }
            found = []
            for row in db.execute(open_ones):
                named = [each for each in (row.recruiter_id, row.coordinator_id) if each]
                after = named or jobs.get((row.ats, row.job_id), [])
                if any((row.ats, id) in people for id in after):
                    found.append(ScorecardKey(row.ats, row.interview_id, row.interviewer_id))
        return sorted(found)

    def addresses_to_match(self) -> list[str]:
        """Everybody who may ever be written to: active, with an address, and on a panel or named
        by a job or an application as who looks after it, or whom a panellist reports to. Lower
        case, in order."""
        on_a_panel = select(s.ats, s.interviewer_id).distinct()
        with self._read() as db:
            seated = {(row.ats, row.interviewer_id) for row in db.execute(on_a_panel)}
            wanted = set(seated)
            for role in (a.recruiter_id, a.coordinator_id):
                named = select(a.ats, role.label("id")).where(role.is_not(None)).distinct()
                wanted |= {(row.ats, row.id) for row in db.execute(named)}
            for row in db.execute(select(j.ats, *(j[role] for role in ROLES))):
                wanted |= {(row.ats, id) for role in ROLES for id in getattr(row, role)}
            reports = select(p.ats, p.id, p.manager_id).where(p.manager_id.is_not(None))
            wanted |= {
                (row.ats, row.manager_id)
                for row in db.execute(reports)
                if (row.ats, row.id) in seated
            }
            people = select(p.ats, p.id, p.email).where(p.active, p.email.is_not(None))
            return sorted(
                {
                    address
                    for row in db.execute(people)
                    if (row.ats, row.id) in wanted and (address := row.email.strip().lower())
                }
            )


def _people_with(db: Db, addresses: Iterable[str]) -> list[tuple[str, str]]:
    """Account and id of everybody with one of these addresses; who has left too."""
    found: list[tuple[str, str]] = []
    for some in chunks({address.strip().lower() for address in addresses}):
        here = func.lower(func.trim(p.email)).in_(some)
        found += [(row.ats, row.id) for row in db.execute(select(p.ats, p.id).where(here))]
    return found


def _member(row: SqlRow[*tuple[Any, ...]]) -> Member:
    return Member(
        row.address, row.user_id, row.zone, row.away_until, row.active, looked_at=row.looked_at
    )


def _row(member: Member, channel: str) -> dict[str, Any]:
    return {
        "channel": channel,
        "address": clean(member.address),
        "user_id": clean(member.user_id),
        "zone": clean(member.zone),
        "away_until": member.away_until,
        "active": member.active,
        "looked_at": member.looked_at,
    }
