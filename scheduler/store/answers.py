"""What people answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection as Db
from sqlalchemy import Row as SqlRow
from sqlalchemy import func, insert, or_, select, tuple_, update

from scheduler.answers import Answer, AnswerKind, in_force
from scheduler.facts import ScorecardKey
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.rows import clean
from scheduler.store.upsert import Log, chunks

a = tables.answers.c
AT_ONCE = timedelta(seconds=5)
"""Of two clicks at the same moment the one that read the clock first may come second."""
VIA = {"slack": "in Slack", "mail": "by mail", "page": "on the page"}
KEY = (a.ats, a.interview_id, a.interviewer_id)


class Answers(Database):
    """Answers, as they were given and undone."""

    def give_answer(self, key: ScorecardKey, answer: Answer, since: datetime | None) -> Answer:
        """Keep an answer, with a line of history, and return it.

        One that says the same and is in force, given at ``since`` or later, is returned instead:
        a second click, or another process at the same moment, adds nothing. The id gets the count
        of the answers before it in front, so that of two at one moment the later is the newer.
        """
        mine = (key.ats, key.interview_id, key.interviewer_id)
        with self._write(f"answers {' '.join(mine)}") as db:
            given = answers_of(db, [mine]).get(mine, ())
            now = answer.at + AT_ONCE
            standing = in_force([g for g in given if since is None or g.at >= since], now)
            if standing is not None and _same(standing, answer):
                return standing
            answer = replace(answer, id=f"{len(given):04}-{answer.id}", by=clean(answer.by))
            db.execute(insert(tables.answers), [_row(key, answer)])
            _note(db, key, "answered", answer, answer.via, answer.at)
        return answer

    def undo_answer(
        self, answer_id: str, by: str, via: str, now: datetime
    ) -> tuple[ScorecardKey, Answer] | None:
        """Undo an answer, with a line of history; None: there is none, or it is undone already."""
        with self._write() as db:
            statement = (
                update(tables.answers)
                .where(a.id == answer_id, a.undone_at.is_(None))
                .values(undone_at=now, undone_by=clean(by))
                .returning(*tables.answers.c)
            )
            row = db.execute(statement).one_or_none()
            if row is None:
                return None
            key, answer = _key(row), _answer(row)
            _note(db, key, "answer_undone", answer, via, now)
        return key, answer

    def answer(self, answer_id: str) -> tuple[ScorecardKey, Answer] | None:
        with self._read() as db:
            row = db.execute(select(tables.answers).where(a.id == answer_id)).one_or_none()
        return None if row is None else (_key(row), _answer(row))

    def newest_answers(self, limit: int) -> list[tuple[ScorecardKey, Answer]]:
        """The newest first, undone ones too."""
        statement = select(tables.answers).order_by(a.at.desc(), a.id.desc()).limit(limit)
        with self._read() as db:
            return [(_key(row), _answer(row)) for row in db.execute(statement)]

    def count_answers(self, now: datetime) -> tuple[dict[AnswerKind, int], int]:
        """Answers given by ``now`` that were not undone by then, by kind, and those that were."""
        stands = or_(a.undone_at.is_(None), a.undone_at > now)
        statement = select(a.kind, stands.label("stands"), func.count().label("n"))
        statement = statement.where(a.at <= now).group_by(a.kind, "stands")
        counts, undone = dict.fromkeys(AnswerKind, 0), 0
        with self._read() as db:
            for row in db.execute(statement):
                if row.stands:
                    counts[AnswerKind(row.kind)] += row.n
                else:
                    undone += row.n
        return counts, undone

    def answers_between(
        self, since: datetime, until: datetime
    ) -> list[tuple[ScorecardKey, Answer]]:
        """Answers given in [since, until), oldest first."""
        statement = select(tables.answers).where(a.at >= since, a.at < until)
        with self._read() as db:
            rows = db.execute(statement.order_by(a.at, a.id))
            return [(_key(row), _answer(row)) for row in rows]


def answers_of(
    db: Db, keys: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str, str], tuple[Answer, ...]]:
    """All the answers about these scorecards, oldest first; keys without any are absent."""
    found: dict[tuple[str, str, str], list[Answer]] = defaultdict(list)
    for some in chunks(keys, 200):
        statement = select(tables.answers).where(tuple_(*KEY).in_(some))
        for row in db.execute(statement.order_by(a.at, a.id)):
            found[row.ats, row.interview_id, row.interviewer_id].append(_answer(row))
    return {key: tuple(each) for key, each in found.items()}


def _same(one: Answer, other: Answer) -> bool:
    """Whether they say the same, whoever says it and when."""
    return (one.kind, one.until, one.to_id, one.reason) == (
        other.kind,
        other.until,
        other.to_id,
        other.reason,
    )


def _row(key: ScorecardKey, answer: Answer) -> dict[str, Any]:
    return {
        "id": answer.id,
        "ats": key.ats,
        "interview_id": key.interview_id,
        "interviewer_id": key.interviewer_id,
        "kind": answer.kind.value,
        "at": answer.at,
        "by": answer.by,
        "via": answer.via,
        "until": answer.until,
        "to_id": answer.to_id,
        "reason": answer.reason,
    }


def _key(row: SqlRow[*tuple[Any, ...]]) -> ScorecardKey:
    return ScorecardKey(row.ats, row.interview_id, row.interviewer_id)


def _answer(row: SqlRow[*tuple[Any, ...]]) -> Answer:
    answer = Answer(
        row.id, AnswerKind(row.kind), row.at, row.by, row.via, row.until, row.to_id, row.reason
    )
    return replace(answer, undone_at=row.undone_at, undone_by=row.undone_by)


def _note(db: Db, key: ScorecardKey, event: str, answer: Answer, via: str, now: datetime) -> None:
    detail = answer.kind.replace("_", " ")
    if answer.reason:
        detail += f" ({answer.reason.replace('_', ' ')})"
    if answer.until:
        detail += f" until {answer.until:%Y-%m-%d %H:%M} UTC"
    detail += f", {VIA.get(via, via)}"
    log = Log(db, now)
    log.note(key.ats, key.interview_id, event, detail, key.interviewer_id)
    log.write()
