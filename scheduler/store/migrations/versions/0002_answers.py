"""Answers, pauses, members of a channel, the unsubscribed, the auditor's word, alarms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int | None = None, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=nullable)


def upgrade() -> None:
    op.add_column("people", _text("zone", 64))
    op.add_column("jobs", sa.Column("is_open", sa.Boolean()))
    op.add_column("messages", _text("shown", 64))
    op.add_column("messages", _instant("closed_at"))
    op.add_column("messages", _instant("resent_at"))
    op.add_column("messages", _instant("bounced_at"))
    op.create_index("ix_messages_channel", "messages", ["channel", "state", "closed_at"])
    op.create_table(
        "answers",
        _text("id", 64, nullable=False),
        _text("ats", 128, nullable=False),
        _text("interview_id", 128, nullable=False),
        _text("interviewer_id", 128, nullable=False),
        _text("kind", 16, nullable=False),
        _instant("at", nullable=False),
        _text("by", nullable=False),
        _text("via", 16, nullable=False),
        _instant("until"),
        _text("to_id", 128),
        _text("reason", 32),
        _instant("undone_at"),
        _text("undone_by"),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
    )
    op.create_index("ix_answers_key", "answers", ["ats", "interview_id", "interviewer_id"])
    op.create_index("ix_answers_at", "answers", ["at"])
    op.create_table(
        "pauses",
        _text("scope", 16, nullable=False),
        _instant("since", nullable=False),
        _instant("until"),
        _text("reason", nullable=False),
        _text("by", nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_pauses"),
    )
    op.create_table(
        "members",
        _text("channel", 16, nullable=False),
        _text("address", 320, nullable=False),
        _text("user_id", 64),
        _text("zone", 64),
        _instant("away_until"),
        sa.Column("active", sa.Boolean(), nullable=False),
        _instant("looked_at", nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", name="pk_members"),
    )
    op.create_index("ix_members_user", "members", ["channel", "user_id"])
    op.create_table(
        "unsubscribed",
        _text("list", 32, nullable=False),
        _text("address", 320, nullable=False),
        _instant("at", nullable=False),
        sa.PrimaryKeyConstraint("list", "address", name="pk_unsubscribed"),
    )
    op.create_table(
        "audits",
        sa.Column("id", sa.Integer(), nullable=False),
        _instant("at", nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audits"),
    )
    op.create_table(
        "alarms",
        _text("problem", 160, nullable=False),
        _instant("begun_at", nullable=False),
        _instant("over_at"),
        sa.PrimaryKeyConstraint("problem", name="pk_alarms"),
    )
    op.create_table(
        "alarm_sends",
        _text("message_id", 64, nullable=False),
        _text("problem", 160, nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        _instant("begun_at", nullable=False),
        _text("said", nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_alarm_sends"),
    )
