"""Records as rows: what is stored of each, and text that both databases can hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime, time, timedelta
from typing import Any

from connectors.model import (
    Application,
    Candidate,
    Interview,
    Job,
    Kind,
    Parked,
    Person,
    Record,
    Ref,
    Scorecard,
)

Row = dict[str, Any]

LONGEST_ID = 128
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(value: Any) -> Any:
    """Text without NUL and lone surrogates, which PostgreSQL and UTF-8 cannot hold (case 15)."""
    return _UNSTORABLE.sub("\ufffd", value) if isinstance(value, str) else value


def cleaned(row: Mapping[str, Any]) -> Row:
    return {name: clean(value) for name, value in row.items()}


def kind_of(record: Record) -> Kind:
    return {
        Person: Kind.PERSON,
        Candidate: Kind.CANDIDATE,
        Job: Kind.JOB,
        Application: Kind.APPLICATION,
        Interview: Kind.INTERVIEW,
    }[type(record)]


def person_row(person: Person) -> Row:
    return cleaned(_columns(person))


def candidate_row(candidate: Candidate, store_names: bool) -> Row:
    row = cleaned(_columns(candidate))
    return row if store_names else {**row, "name": None}


def job_row(job: Job) -> Row:
    people = ("recruiter_ids", "coordinator_ids", "hiring_manager_ids")
    return cleaned(_columns(job) | {name: list(getattr(job, name)) for name in people})


def application_row(application: Application) -> Row:
    return cleaned(_columns(application) | {"state": application.state.value})


def interview_row(interview: Interview) -> Row:
    row = _columns(interview) | {"state": interview.state.value}
    del row["scorecards"], row["panel_complete"]
    return cleaned(row)


def scorecard_row(scorecard: Scorecard) -> Row:
    return cleaned(_columns(scorecard))


def _columns(record: Record | Scorecard) -> Row:
    return {each.name: getattr(record, each.name) for each in fields(record)}


def stale(stored: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """The stored row is a newer version than the incoming one (case 35).

    Equal or missing stamps: the incoming one wins, since it was read later.
    """
    return (
        stored["updated_at"] is not None
        and row["updated_at"] is not None
        and bool(stored["updated_at"] > row["updated_at"])
    )


def newest(rows: Iterable[Row]) -> list[Row]:
    """One row for each id: the newest, of equals the last."""
    kept: dict[str, Row] = {}
    for row in rows:
        if row["id"] not in kept or not stale(kept[row["id"]], row):
            kept[row["id"]] = row
    return list(kept.values())


def differing(stored: Mapping[str, Any], row: Row) -> Row:
    """What of ``row`` is not stored yet. A missing stamp does not erase a stored one."""
    return {
        name: value
        for name, value in row.items()
        if stored[name] != value and not (name == "updated_at" and value is None)
    }


def unstorable(record: Record) -> Parked | None:
    """Why a record cannot be a row, if so: one bad record must not stop its page (case 57)."""
    too_long = _long_id(record) or (
        isinstance(record, Interview)
        and next((f"scorecards.{f}" for f in map(_long_id, record.scorecards) if f), None)
    )
    if not too_long:
        return None
    ref = Ref(kind_of(record), record.id[:LONGEST_ID])
    return Parked(ref, too_long, f"an id of more than {LONGEST_ID} characters")


def _long_id(record: Record | Scorecard) -> str | None:
    for each in fields(record):
        value = getattr(record, each.name)
        is_id = each.name == "id" or each.name.endswith("_id")
        if is_id and isinstance(value, str) and len(value) > LONGEST_ID:
            return each.name
    return None


def end_of(row: Mapping[str, Any]) -> datetime | None:
    """The end of an interview row; of a day, when it is over in UTC. For rough comparisons."""
    if row["ends_at"] is not None:
        ends_at: datetime = row["ends_at"]
        return ends_at
    if row["ends_on"] is None or row["ends_on"].year > 9998:
        return None
    return datetime.combine(row["ends_on"] + timedelta(days=1), time(), UTC)


def spoken(row: Mapping[str, Any]) -> str:
    """The end of an interview row in words, for history."""
    if row["ends_at"] is not None:
        return f"{row['ends_at']:%Y-%m-%d %H:%MZ}"
    return f"{row['ends_on']}" if row["ends_on"] is not None else "no date"


def first_submission(stored: Mapping[str, Any], row: Row, read_at: datetime) -> Row:
    """The incoming scorecard with the submission that counts: the first one (metrics.md).

    A submission goes away only on the word of a newer version of the card, or, where the card has
    no stamp or is gone, of a reading made after the submission.
    """
    was, now = stored["submitted_at"], row["submitted_at"]
    keep = {"submitted_at": was, "submitter_id": stored["submitter_id"]}
    if was is None:
        return row
    if now is not None:
        return row if now < was else {**row, **keep}
    if not row["can_tell"]:
        return {**row, **keep}
    if row["updated_at"] is None:
        reopened = read_at > was
    else:
        reopened = stored["updated_at"] is None or row["updated_at"] > stored["updated_at"]
    return row if reopened else {**row, **keep}
