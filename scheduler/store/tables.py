"""The tables. Everything else about the database's shape lives in migrations/.

Instants are stored as aware UTC; ids are text, exactly as the ATS writes them; ``ats`` is the
name of the connected account. There is no column for what an interviewer wrote.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime on both stores; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time was about to be stored: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert isinstance(value, datetime)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, String(128), primary_key=key, nullable=False)


connections = Table(
    "connections",
    metadata,
    _id("ats", key=True),
    Column("first_sync_at", Instant, nullable=False),
    Column("state", JSON, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", Instant),
)
"""One row per connected account: when it was first synced, where the sync stands, who holds it."""

sync_runs = Table(
    "sync_runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _id("ats"),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("outcome", String(16), nullable=False),  # running | ok | partial | failed
    Column("records", Integer, nullable=False, default=0),
    Column("parked", Integer, nullable=False, default=0),
    Column("error", Text),
    Index("ix_sync_runs_ats_id", "ats", "id"),
)

people = Table(
    "people",
    metadata,
    _id("ats", key=True),
    _id("id", key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("active", Boolean, nullable=False),
    Column("manager_id", String(128)),
    Column("zone", String(64)),
    Column("updated_at", Instant),
)

candidates = Table(
    "candidates",
    metadata,
    _id("ats", key=True),
    _id("id", key=True),
    Column("name", Text),
    Column("updated_at", Instant),
    Column("deleted_at", Instant),
)

jobs = Table(
    "jobs",
    metadata,
    _id("ats", key=True),
    _id("id", key=True),
    Column("name", Text, nullable=False),
    Column("department", Text),
    Column("recruiter_ids", JSON, nullable=False),
    Column("coordinator_ids", JSON, nullable=False),
    Column("hiring_manager_ids", JSON, nullable=False),
    Column("is_open", Boolean),
    Column("updated_at", Instant),
)

applications = Table(
    "applications",
    metadata,
    _id("ats", key=True),
    _id("id", key=True),
    _id("candidate_id"),
    Column("job_id", String(128)),
    Column("state", String(16), nullable=False),
    Column("ats_status", Text, nullable=False),
    Column("stage", Text),
    Column("recruiter_id", String(128)),
    Column("coordinator_id", String(128)),
    Column("url", Text),
    Column("updated_at", Instant),
    Column("deleted_at", Instant),
    Index("ix_applications_candidate", "ats", "candidate_id"),
)

interviews = Table(
    "interviews",
    metadata,
    _id("ats", key=True),
    _id("id", key=True),
    _id("application_id"),
    Column("job_id", String(128)),
    Column("name", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ats_status", Text, nullable=False),
    Column("starts_at", Instant),
    Column("ends_at", Instant),
    Column("ends_on", Date),
    Column("updated_at", Instant),
    Column("first_seen_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Index("ix_interviews_ends_at", "ats", "ends_at"),
    Index("ix_interviews_application", "ats", "application_id"),
)

scorecards = Table(
    "scorecards",
    metadata,
    _id("ats", key=True),
    _id("interview_id", key=True),
    _id("interviewer_id", key=True),
    Column("id", String(128)),
    Column("required", Boolean, nullable=False),
    Column("can_tell", Boolean, nullable=False),
    Column("submitted_at", Instant),
    Column("submitter_id", String(128)),
    Column("attendance", Text),
    Column("url", Text),
    Column("updated_at", Instant),
    Column("seen_at", Instant, nullable=False),
    Column("removed_at", Instant),
    Column("due_at", Instant),
    Column("due_for", Instant),
    Index("ix_scorecards_due_at", "due_at"),
    Index("ix_scorecards_interviewer", "ats", "interviewer_id"),
)
"""The pair (interview, interviewer). ``due_at`` is stamped for the end ``due_for``. ``seen_at``:
when the person was first (or again) seen on the panel; only a reading after it takes them off."""

parked = Table(
    "parked",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _id("ats"),
    Column("kind", String(16), nullable=False),
    _id("ref_id"),
    Column("path", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("seen_at", Instant, nullable=False),
    UniqueConstraint("ats", "kind", "ref_id"),
)
"""Records that could not be read. A later readable version of the record removes its row."""

hidden = Table(
    "hidden",
    metadata,
    _id("ats", key=True),
    Column("kind", String(16), primary_key=True),
    _id("ref_id", key=True),
    Column("seen_at", Instant, nullable=False),
)
"""Records that an interview names and this account may not read."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _id("ats"),
    Column("received_at", Instant, nullable=False),
    Column("event_id", String(256)),
    Column("body_hash", String(64), nullable=False),
    Column("secret_id", String(64), nullable=False),
    Column("body", LargeBinary),
    Column("action", String(128)),
    Column("refs", JSON, nullable=False),
    Column("state", String(16), nullable=False),  # waiting | done | ignored | parked | conflict
    Column("reason", Text),
    Column("done_at", Instant),
    UniqueConstraint("ats", "event_id", "body_hash"),
    Index("ix_deliveries_state", "state", "id"),
    Index("ix_deliveries_hash", "ats", "body_hash", "received_at"),
)
"""Rung doorbells, durable before the 200. The body goes when its retention is over."""

messages = Table(
    "messages",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("address", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("created_at", Instant, nullable=False),
    Column("not_before", Instant),
    Column("lease_until", Instant),
    Column("finished_at", Instant),
    Column("reference", Text),
    Column("reason", Text),
    Column("shown", String(64)),
    Column("closed_at", Instant),
    Column("resent_at", Instant),
    Column("bounced_at", Instant),
    Index("ix_messages_state", "state", "created_at"),
    Index("ix_messages_address", "address", "created_at"),
    Index("ix_messages_channel", "channel", "state", "closed_at"),
)
"""The outbox: one row per message to one person. States: planned, sending, sent, failed, unknown,
abandoned. The text is not kept; it is made anew from the rows it speaks of. ``shown``: a
fingerprint of what a message that can be rewritten looks like now; ``closed_at``: it holds no live
button any more and is never rewritten again; ``resent_at``: when it was planned a second time after
nobody knew whether it had arrived, which happens once. ``not_before`` of an unknown one: when the
channel is asked again. ``bounced_at``: when a mail that had been taken came back."""

nudges = Table(
    "nudges",
    metadata,
    _id("ats", key=True),
    _id("interview_id", key=True),
    _id("interviewer_id", key=True),
    Column("step", String(32), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("message_id", String(64), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Index("ix_nudges_message_id", "message_id"),
)
"""The claim. Its primary key is the only lock: one row per scorecard, step and channel."""

history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    _id("ats"),
    _id("interview_id"),
    Column("interviewer_id", String(128)),
    Column("event", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_history_interview", "ats", "interview_id", "id"),
)
"""What was known and decided when, append-only, for ``explain``. No names in ``detail``."""

reports = Table(
    "reports",
    metadata,
    Column("week", String(8), primary_key=True),
    Column("asof", Instant, nullable=False),
    Column("content", JSON, nullable=False),
    Column("sent_at", Instant),
)
"""A weekly report as it was sent."""

report_sends = Table(
    "report_sends",
    metadata,
    Column("week", String(8), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("message_id", String(64), nullable=False),
)
"""The claim of a report's message to one address."""

answers = Table(
    "answers",
    metadata,
    Column("id", String(64), primary_key=True),
    _id("ats"),
    _id("interview_id"),
    _id("interviewer_id"),
    Column("kind", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("via", String(16), nullable=False),
    Column("until", Instant),
    Column("to_id", String(128)),
    Column("reason", String(32)),
    Column("undone_at", Instant),
    Column("undone_by", Text),
    Index("ix_answers_key", "ats", "interview_id", "interviewer_id"),
    Index("ix_answers_at", "at"),
)
"""What people answered to a nudge, append-only but for being undone (scheduler/answers.py)."""

pauses = Table(
    "pauses",
    metadata,
    Column("scope", String(16), primary_key=True),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
)
"""What is not sent at the moment: ``all`` (somebody said so), or a channel in trouble by name."""

members = Table(
    "members",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("address", String(320), primary_key=True),
    Column("user_id", String(64)),
    Column("zone", String(64)),
    Column("away_until", Instant),
    Column("active", Boolean, nullable=False),
    Column("looked_at", Instant, nullable=False),
    Index("ix_members_user", "channel", "user_id"),
)
"""Who is who on a channel, as it was last looked up, by lower-case mail address. ``user_id`` None:
nobody has this address there."""

unsubscribed = Table(
    "unsubscribed",
    metadata,
    Column("list", String(32), primary_key=True),
    Column("address", String(320), primary_key=True),
    Column("at", Instant, nullable=False),
)
"""Who does not want the report any more, by lower-case mail address."""

audits = Table(
    "audits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("compared", Integer, nullable=False),
    Column("differences", JSON, nullable=False),
)
"""The last audit (one row): how many decisions were derived anew, and where they differ."""

alarms = Table(
    "alarms",
    metadata,
    Column("problem", String(160), primary_key=True),
    Column("begun_at", Instant, nullable=False),
    Column("over_at", Instant),
)
"""Problems of Afterword's own that were said: when one began, and when it was over."""

alarm_sends = Table(
    "alarm_sends",
    metadata,
    Column("message_id", String(64), primary_key=True),
    Column("problem", String(160), nullable=False),
    Column("over", Boolean, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("said", Text, nullable=False),
)
"""What an alarm's message says: that a problem began, or that it is over. No names in it."""
