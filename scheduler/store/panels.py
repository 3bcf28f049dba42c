"""Interviews with their whole panels: what a page changes about them, and the history of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from connectors.model import Interview, InterviewState
from scheduler.store import tables
from scheduler.store.rows import (
    Row,
    differing,
    end_of,
    first_submission,
    interview_row,
    scorecard_row,
    spoken,
    stale,
)
from scheduler.store.upsert import Log, chunks, load, write_rows

SEAT = ("ats", "interview_id", "interviewer_id")


def save_interviews(
    db: Connection, log: Log, ats: str, interviews: Sequence[Interview], read_at: datetime
) -> int:
    """Upsert interviews and their scorecards; returns the rows written."""
    by_id: dict[str, tuple[Row, Interview]] = {}
    for interview in interviews:
        row = interview_row(interview)
        if row["id"] not in by_id or not stale(by_id[row["id"]][0], row):
            by_id[row["id"]] = (row, interview)
    stored = {row["id"]: row for row in load(db, tables.interviews, ats, by_id)}
    seats: dict[str, list[Row]] = defaultdict(list)
    for seat in load(db, tables.scorecards, ats, by_id, by="interview_id"):
        seats[seat["interview_id"]].append(seat)
    new: list[Row] = []
    changed: list[Row] = []
    panels = _Panels(log, ats, read_at)
    restarted: list[str] = []
    for row, interview in by_id.values():
        old = stored.get(row["id"])
        if old is None:
            first = {"ats": ats, **row, "first_seen_at": read_at, "deleted_at": None}
            new.append(first)
            panels.begin(first, interview)
            continue
        if stale(old, row) or (old["deleted_at"] is not None and read_at <= old["deleted_at"]):
            continue
        difference = differing(old, {**row, "deleted_at": None})
        if difference:
            now = old | difference
            changed.append(now)
            _note_changes(log, old, now)
            if _moved(old, now) and _is_ahead(now, read_at):
                restarted.append(row["id"])
        panels.compare(row["id"], seats[row["id"]], interview)
    written = write_rows(db, tables.interviews, new, changed, ("ats", "id"))
    written += write_rows(db, tables.scorecards, panels.new, panels.changed, SEAT)
    return written + restart_ladders(db, log, ats, restarted)


def _moved(old: Row, now: Row) -> bool:
    return (old["ends_at"], old["ends_on"]) != (now["ends_at"], now["ends_on"])


def _is_ahead(row: Row, read_at: datetime) -> bool:
    end = end_of(row)
    return end is not None and end > read_at


def _note_changes(log: Log, old: Row, now: Row) -> None:
    ats, interview_id = now["ats"], now["id"]
    if old["deleted_at"] is not None:
        log.note(ats, interview_id, "revived")
    if _moved(old, now):
        log.note(ats, interview_id, "moved", f"from {spoken(old)} to {spoken(now)}")
    if old["state"] != now["state"]:
        if now["state"] == InterviewState.CANCELLED:
            log.note(ats, interview_id, "cancelled")
        else:
            log.note(ats, interview_id, "state", f"from {old['state']} to {now['state']}")


class _Panels:
    """The seats of all the panels of one page, compared with the stored ones."""

    def __init__(self, log: Log, ats: str, read_at: datetime) -> None:
        self._log = log
        self._ats = ats
        self._read_at = read_at
        self.new: list[Row] = []
        self.changed: list[Row] = []

    def begin(self, interview: Row, record: Interview) -> None:
        """A panel seen for the first time."""
        cards = self._cards(record)
        for card in cards:
            self._sit_down(interview["id"], card)
        handed_in = sum(card["submitted_at"] is not None for card in cards)
        detail = f"ends {spoken(interview)}; panel of {len(cards)}, {handed_in} submitted"
        self._log.note(self._ats, interview["id"], "first_seen", detail)

    def compare(self, interview_id: str, stored: Iterable[Row], record: Interview) -> None:
        left = {seat["interviewer_id"]: seat for seat in stored}
        for card in self._cards(record):
            who = card["interviewer_id"]
            seat = left.pop(who, None)
            if seat is None:
                self._sit_down(interview_id, card)
                self._note(interview_id, "panel_added", who)
                self._note_submission(interview_id, who, None, card["submitted_at"])
            else:
                self._stay(seat, card)
        if not record.panel_complete:
            return
        for who, seat in left.items():
            # A reading made before the person joined knows nothing about them.
            if seat["removed_at"] is None and self._read_at >= seat["seen_at"]:
                self.changed.append(seat | {"removed_at": self._read_at})
                self._note(interview_id, "panel_removed", who)

    def _cards(self, record: Interview) -> list[Row]:
        rows = [scorecard_row(each) for each in record.scorecards]
        rows.sort(key=lambda row: row["submitted_at"] is not None)  # the submitted of two wins
        return list({row["interviewer_id"]: row for row in rows}.values())

    def _sit_down(self, interview_id: str, card: Row) -> None:
        row: Row = {"ats": self._ats, "interview_id": interview_id, **card}
        self.new.append(row | dict.fromkeys(("removed_at", "due_at", "due_for")))
        self.new[-1]["seen_at"] = self._read_at

    def _stay(self, seat: Row, card: Row) -> None:
        returns = seat["removed_at"] is not None and self._read_at > seat["removed_at"]
        row = {} if stale(seat, card) else first_submission(seat, card, self._read_at)
        if returns:
            afresh = dict.fromkeys(("removed_at", "due_at", "due_for"))
            row = row | {**afresh, "seen_at": self._read_at}
        difference = differing(seat, row)
        if not difference:
            return
        now = seat | difference
        self.changed.append(now)
        interview_id, who = seat["interview_id"], seat["interviewer_id"]
        if returns:
            self._note(interview_id, "panel_added", who)
        self._note_submission(interview_id, who, seat["submitted_at"], now["submitted_at"])

    def _note_submission(
        self, interview_id: str, who: str, was: datetime | None, now: datetime | None
    ) -> None:
        if was != now and now is not None:
            self._note(interview_id, "submitted", who, f"at {now:%Y-%m-%d %H:%M:%SZ}")
        elif was != now:
            self._note(interview_id, "reopened", who)

    def _note(self, interview_id: str, event: str, who: str, detail: str = "") -> None:
        self._log.note(self._ats, interview_id, event, detail, who)


def restart_ladders(db: Connection, log: Log, ats: str, interview_ids: Iterable[str]) -> int:
    """Forget what was said about interviews that now take place in the future (case 50).

    Nudges are claimed only for what has ended, so where there are any, the old date was past.
    What was planned and not sent is void.
    """
    claims = tables.nudges
    mine = claims.c.ats == ats
    written = 0
    for some in chunks(interview_ids):
        here = mine & claims.c.interview_id.in_(some)
        found = db.execute(select(claims.c.interview_id, claims.c.message_id).where(here)).all()
        if not found:
            continue
        written += db.execute(delete(claims).where(here)).rowcount
        for interview_id in sorted({row.interview_id for row in found}):
            log.note(ats, interview_id, "ladder_reset", "moved into the future: starts afresh")
        written += abandon_empty(db, {row.message_id for row in found}, "the interview was moved")
    return written


def abandon_empty(db: Connection, message_ids: Iterable[str], reason: str) -> int:
    """Planned messages that speak of nothing any more are abandoned."""
    messages, claims = tables.messages, tables.nudges
    written = 0
    for some in chunks(sorted(set(message_ids))):
        speaks = select(claims.c.message_id).where(claims.c.message_id == messages.c.id).exists()
        written += db.execute(
            update(messages)
            .where(messages.c.id.in_(some), messages.c.state == "planned", ~speaks)
            .values(state="abandoned", reason=reason, lease_until=None)
        ).rowcount
    return written
