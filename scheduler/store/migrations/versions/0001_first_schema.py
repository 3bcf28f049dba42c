"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("candidate_id", sa.String(length=128), nullable=False),
        sa.Column("job_id", sa.String(length=128)),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ats_status", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text()),
        sa.Column("recruiter_id", sa.String(length=128)),
        sa.Column("coordinator_id", sa.String(length=128)),
        sa.Column("url", sa.Text()),
        sa.Column("updated_at", sa.DateTime(timezone=True)),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("ats", "id", name="pk_applications"),
    )
    op.create_index("ix_applications_candidate", "applications", ["ats", "candidate_id"])
    op.create_table(
        "candidates",
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("updated_at", sa.DateTime(timezone=True)),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("ats", "id", name="pk_candidates"),
    )
    op.create_table(
        "connections",
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("first_sync_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("lease_owner", sa.String(length=64)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("ats", name="pk_connections"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.String(length=256)),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("secret_id", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("action", sa.String(length=128)),
        sa.Column("refs", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "ats", "event_id", "body_hash", name="uq_deliveries_ats_event_id_body_hash"
        ),
    )
    op.create_index("ix_deliveries_hash", "deliveries", ["ats", "body_hash", "received_at"])
    op.create_index("ix_deliveries_state", "deliveries", ["state", "id"])
    op.create_table(
        "hidden",
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref_id", sa.String(length=128), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ats", "kind", "ref_id", name="pk_hidden"),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("interview_id", sa.String(length=128), nullable=False),
        sa.Column("interviewer_id", sa.String(length=128)),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
    )
    op.create_index("ix_history_interview", "history", ["ats", "interview_id", "id"])
    op.create_table(
        "interviews",
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("application_id", sa.String(length=128), nullable=False),
        sa.Column("job_id", sa.String(length=128)),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ats_status", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True)),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("ends_on", sa.Date()),
        sa.Column("updated_at", sa.DateTime(timezone=True)),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("ats", "id", name="pk_interviews"),
    )
    op.create_index("ix_interviews_application", "interviews", ["ats", "application_id"])
    op.create_index("ix_interviews_ends_at", "interviews", ["ats", "ends_at"])
    op.create_table(
        "jobs",
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text()),
        sa.Column("recruiter_ids", sa.JSON(), nullable=False),
        sa.Column("coordinator_ids", sa.JSON(), nullable=False),
        sa.Column("hiring_manager_ids", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("ats", "id", name="pk_jobs"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("reference", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_address", "messages", ["address", "created_at"])
    op.create_index("ix_messages_state", "messages", ["state", "created_at"])
    op.create_table(
        "nudges",
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("interview_id", sa.String(length=128), nullable=False),
        sa.Column("interviewer_id", sa.String(length=128), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "ats", "interview_id", "interviewer_id", "step", "channel", name="pk_nudges"
        ),
    )
    op.create_index("ix_nudges_message_id", "nudges", ["message_id"])
    op.create_table(
        "parked",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref_id", sa.String(length=128), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_parked"),
        sa.UniqueConstraint("ats", "kind", "ref_id", name="uq_parked_ats_kind_ref_id"),
    )
    op.create_table(
        "people",
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("manager_id", sa.String(length=128)),
        sa.Column("updated_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("ats", "id", name="pk_people"),
    )
    op.create_table(
        "report_sends",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("week", "address", name="pk_report_sends"),
    )
    op.create_table(
        "reports",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("asof", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("week", name="pk_reports"),
    )
    op.create_table(
        "scorecards",
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("interview_id", sa.String(length=128), nullable=False),
        sa.Column("interviewer_id", sa.String(length=128), nullable=False),
        sa.Column("id", sa.String(length=128)),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("can_tell", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("submitter_id", sa.String(length=128)),
        sa.Column("attendance", sa.Text()),
        sa.Column("url", sa.Text()),
        sa.Column("updated_at", sa.DateTime(timezone=True)),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("due_for", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("ats", "interview_id", "interviewer_id", name="pk_scorecards"),
    )
    op.create_index("ix_scorecards_due_at", "scorecards", ["due_at"])
    op.create_index("ix_scorecards_interviewer", "scorecards", ["ats", "interviewer_id"])
    op.create_table(
        "sync_runs",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ats", sa.String(length=128), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("parked", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_sync_runs"),
    )
    op.create_index("ix_sync_runs_ats_id", "sync_runs", ["ats", "id"])
