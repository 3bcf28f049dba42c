"""Ashby's own words, ids and forms (ashby.md 3)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from plugin.sandbox.rows import NOTES

Row = dict[str, Any]
APP = "https://app.ashbyhq.com"
CREDIT_SINCE = datetime(2026, 7, 21, tzinfo=UTC)
"""Whose feedback it is was not told before (ashby.md 3.4)."""
ARCHIVE_REASONS = {
    "Skills gap": "RejectedByOrg",
    "Took another offer": "RejectedByCandidate",
    "No longer hiring": "Other",
    # A conversion is not a thing of its own here.
    "Moved to another job": "Other",
}
STATUSES = {"in_process": "Active", "hired": "Hired"}
SCORES = ("strong_no", "no", "yes", "strong_yes")


def named(kind: str, name: object) -> str:
    """The id of something that is not one of the kinds of connectors.model."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"ashby/{kind}/{name}"))


def event_url(event_id: str) -> str:
    return f"{APP}/interview-briefings/{event_id}/feedback"


def archive_reason(text: str) -> Row:
    return {
        "id": named("archive reason", text),
        "text": text,
        "reasonType": ARCHIVE_REASONS[text],
        "isArchived": False,
        "customFields": [],
    }


def form_definition() -> Row:
    def field(path: str, kind: str) -> Row:
        return {
            "isRequired": True,
            "descriptionHtml": None,
            "descriptionPlain": None,
            "field": {
                "id": named("field", path),
                "type": kind,
                "path": path,
                "humanReadablePath": path,
                "title": path,
                "isNullable": True,
                "selectableValues": [],
            },
        }

    fields = [field("overall_recommendation", "Score"), field("notes", "RichText")]
    section = {"title": "Feedback", "descriptionHtml": None, "descriptionPlain": None}
    return {"sections": [{**section, "fields": fields}]}


def submitted_values(rating: str | None) -> Row:
    score = SCORES.index(rating) + 1 if rating in SCORES else None
    return {"overall_recommendation": {"score": score}, "notes": NOTES}
