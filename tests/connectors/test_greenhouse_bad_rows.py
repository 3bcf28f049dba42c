"""Rows that are not what was promised: parked by path, counted, and the rest goes on (case 39)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.model import Application, Interview, Kind, Ref
from tests.connectors.fake_harvest import FakeHarvest, harvest
from tests.connectors.loopback import rows
from tests.connectors.test_greenhouse_traps import hidden, of, only, pulled


@pytest.fixture
def fake() -> Iterator[FakeHarvest]:
    with harvest() as fake:
        fake.hiring()
        yield fake


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"application_id": None}, "interviews.application_id"),
        ({"application_id": {"id": 200}}, "interviews.application_id"),
        ({"ends_at": ["2026-11-10T15:00:00Z"]}, "interviews"),
        ({"starts_at": 1764000000}, "interviews.starts_at"),
        ({"starts_at": "2026-11-10T15:00:00"}, "interviews.starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "interviews.starts_at"),
        ({"starts_at": "Noor Vance"}, "interviews.starts_at"),
        ({"all_day_start_on": "10.11.2026"}, "interviews.all_day_start_on"),
        ({"status": {"name": "scheduled"}}, "interviews.status"),
    ],
)
def test_a_row_of_another_shape_is_parked_by_path_and_the_rest_goes_on(
    fake: FakeHarvest, change: dict[str, object], path: str
) -> None:
    """Case 39."""
    fake.interview(1)
    fake.interview(2)
    row = {**fake.tables["interviews"][0], **change}
    fake.script["interviews"].append(rows(row, fake.tables["interviews"][1]))
    pages = pulled(fake)
    assert [each.id for each in of(Interview, pages)] == ["2"]
    [parked] = [each for page in pages for each in page.parked]
    assert parked.ref == Ref(Kind.INTERVIEW, "1")
    assert parked.path.startswith(path)
    assert "Noor" not in parked.reason
    assert parked.reason


@pytest.mark.parametrize("junk", [None, "text", 5, [], [1], {}, {"id": None}, {"id": 10**30}])
def test_a_row_that_is_no_row_is_parked_without_a_name(fake: FakeHarvest, junk: object) -> None:
    """Case 39."""
    fake.interview(2)
    fake.script["interviews"].append(rows(junk, fake.tables["interviews"][0]))
    pages = pulled(fake)
    assert [each.id for each in of(Interview, pages)] == ["2"]
    [parked] = [each for page in pages for each in page.parked]
    assert parked.ref == Ref(Kind.INTERVIEW, "interviews/without an id")


@pytest.mark.parametrize(
    ("table", "change", "named"),
    [
        ("interviewers", {"user_id": "Ivo"}, "600"),
        ("interviewers", {"response_status": 4}, "600"),
        ("scorecards", {"status": ["draft"]}, "600"),
        ("scorecards", {"submitted_at": "yesterday"}, "600"),
        ("scorecards", {"id": "six hundred"}, "scorecards/without an id"),
        ("interviewers", {"interview_id": 100, "scorecard_id": []}, "interviewers/900"),
    ],
)
def test_a_seat_that_cannot_be_read_leaves_the_panel_incomplete_and_is_counted(
    fake: FakeHarvest, table: str, change: dict[str, object], named: str
) -> None:
    """Case 39: nobody may be taken off the panel on the strength of it."""
    fake.interview()
    fake.seat()
    fake.seat(100, 510, 610)
    bad, good = fake.tables[table]
    fake.script[table].append(rows({**bad, **change}, good))
    pages = pulled(fake)
    [interview] = of(Interview, pages)
    assert [card.interviewer_id for card in interview.scorecards] == ["510"]
    assert not interview.panel_complete
    assert [each.ref for page in pages for each in page.parked] == [Ref(Kind.SCORECARD, named)]


def test_a_seat_of_nobody_knows_which_interview_makes_every_panel_doubtful(
    fake: FakeHarvest,
) -> None:
    fake.interview()
    fake.seat()
    good = fake.tables["interviewers"][0]
    fake.script["interviewers"].append(rows({**good, "interview_id": None}, good))
    assert not only(Interview, fake).panel_complete


def test_an_unreadable_person_is_parked_and_also_listed_as_hidden(fake: FakeHarvest) -> None:
    """Case 39: whoever stores the page finds everything that an interview names."""
    fake.interview()
    fake.seat()
    fake.user(500, deactivated="no")
    pages = pulled(fake)
    assert [each.path for page in pages for each in page.parked] == ["users.deactivated"]
    assert hidden(pages) == [Ref(Kind.PERSON, "500")]


def test_an_unreadable_slot_is_parked_under_its_job_and_the_interview_stays(
    fake: FakeHarvest,
) -> None:
    """A later readable job takes the mark away again."""
    fake.interview()
    fake.put("job_interviews", 400, job_id=300, name=["Systems talk"])
    pages = pulled(fake)
    assert [each.name for each in of(Interview, pages)] == ["Interview"]
    assert [each.ref for page in pages for each in page.parked] == [Ref(Kind.JOB, "300")]


def test_text_that_no_database_takes_is_made_storable(fake: FakeHarvest) -> None:
    """Case 15 on the way in by polling."""
    fake.interview()
    fake.hiring(stage_name="a\x00b\ud800c")
    assert only(Application, fake).stage == "a\ufffdb\ufffdc"
