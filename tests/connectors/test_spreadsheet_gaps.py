"""What a run of `make mutants` found that no other test of the import saw."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.ats.spreadsheet import read
from connectors.model import Application

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_interviews_of_nobody_knows_whom_are_not_one_application(tmp_path: Path) -> None:
    """They must not wait on, or be closed with, each other."""
    path = tmp_path / "interviews.csv"
    path.write_text(
        "interview id,email,job,end\n"
        "i1,bo@example.com,Engineer,2026-11-03 15:00\n"
        "i2,bo@example.com,Engineer,2026-11-04 15:00\n"
    )
    sheet = read(path, zone=ZoneInfo("UTC"), now=NOW)
    records = [each for page in sheet.pages() for each in page.records]
    assert len({each.id for each in records if isinstance(each, Application)}) == 2
