"""What a run of `make mutants` found that no other test of Greenhouse saw."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.model import Interview, Kind, Ref
from tests.connectors.fake_harvest import FakeHarvest, harvest
from tests.connectors.loopback import rows
from tests.connectors.test_greenhouse_traps import of, pulled


@pytest.fixture
def fake() -> Iterator[FakeHarvest]:
    with harvest() as fake:
        fake.hiring()
        yield fake


def test_a_seat_that_cannot_be_read_makes_no_other_panel_doubtful(fake: FakeHarvest) -> None:
    """Case 39: it tells its interview."""
    fake.interview(100)
    fake.seat(100)
    fake.interview(101)
    fake.seat(101, 510, 610)
    first, second = fake.tables["interviewers"]
    fake.script["interviewers"].append(rows({**first, "user_id": "Ivo"}, second))
    whole = {each.id: each.panel_complete for each in of(Interview, pulled(fake))}
    assert whole == {"100": False, "101": True}


def test_an_unreadable_owner_is_parked_under_the_job(fake: FakeHarvest) -> None:
    """A later readable job takes the mark away again."""
    fake.interview()
    fake.put("job_owners", 1, job_id=300, user_id="Pia", type="recruiter", responsible=True)
    parked = [each.ref for page in pulled(fake) for each in page.parked]
    assert parked == [Ref(Kind.JOB, "300")]
