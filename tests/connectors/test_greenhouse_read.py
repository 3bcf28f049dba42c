"""Re-reading by name: what a doorbell or a last look before sending asks for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.errors import ScopeMissing, Unreachable
from connectors.model import Application, Candidate, Interview, Job, Kind, Page, Person, Ref
from tests.connectors.fake_harvest import FakeHarvest, connected, harvest
from tests.connectors.loopback import Answer, rows
from tests.connectors.test_greenhouse_traps import hidden, of


@pytest.fixture
def fake() -> Iterator[FakeHarvest]:
    """Two interviews of one application, and one of somebody else's."""
    with harvest() as fake:
        fake.hiring(201, candidate_id=801)
        fake.put("candidates", 801, first_name="Sam", last_name="Ode", preferred_name="Sammy")
        fake.hiring(200)
        fake.interview(100)
        fake.seat(100, 500, 600)
        fake.interview(101)
        fake.seat(101, 510, 610)
        fake.interview(110, application_id=201)
        fake.seat(110, 500, 620, application_id=201)
        yield fake


def read(fake: FakeHarvest, *refs: tuple[Kind, int | str]) -> list[Page]:
    return list(connected(fake).read([Ref(kind, str(id)) for kind, id in refs]))


def ids(pages: list[Page]) -> set[str]:
    return {each.id for each in of(Interview, pages)}


def missing(pages: list[Page]) -> set[Ref]:
    return {ref for page in pages for ref in page.missing}


def test_an_interview_comes_with_all_it_names(fake: FakeHarvest) -> None:
    [page] = read(fake, (Kind.INTERVIEW, 100))
    assert ids([page]) == {"100"}
    assert {each.id for each in of(Application, [page])} == {"200"}
    assert {(each.id, each.name) for each in of(Candidate, [page])} == {("800", "Noor Vance")}
    assert {each.id for each in of(Job, [page])} == {"300"}
    assert {each.id for each in of(Person, [page])} >= {"500", "501", "505"}
    assert (page.missing, page.hidden, page.parked) == ((), (), ())


def test_an_application_brings_its_interviews(fake: FakeHarvest) -> None:
    pages = read(fake, (Kind.APPLICATION, 200))
    assert ids(pages) == {"100", "101"}
    assert len(of(Application, pages)) == 1


def test_a_candidate_brings_applications_and_their_interviews(fake: FakeHarvest) -> None:
    fake.put("applications", 202, candidate_id=801, job_id=300, status="rejected")
    pages = read(fake, (Kind.CANDIDATE, 801))
    assert ids(pages) == {"110"}
    assert {each.id for each in of(Application, pages)} == {"201", "202"}
    assert [each.name for each in of(Candidate, pages)] == ["Sammy"]


def test_a_scorecard_is_found_through_the_panel(fake: FakeHarvest) -> None:
    assert ids(read(fake, (Kind.SCORECARD, 610))) == {"101"}


def test_people_and_jobs_come_by_themselves(fake: FakeHarvest) -> None:
    pages = read(fake, (Kind.PERSON, 510), (Kind.JOB, 300))
    assert ids(pages) == set()
    assert "510" in {each.id for each in of(Person, pages)}
    assert [each.name for each in of(Job, pages)] == ["Platform engineer"]


def test_what_is_gone_is_missing_whatever_its_kind(fake: FakeHarvest) -> None:
    """Case 40."""
    kinds = (
        Kind.PERSON,
        Kind.JOB,
        Kind.CANDIDATE,
        Kind.APPLICATION,
        Kind.SCORECARD,
        Kind.INTERVIEW,
    )
    pages = read(fake, *((kind, 999) for kind in kinds))
    assert missing(pages) == {Ref(kind, "999") for kind in kinds}
    assert hidden(pages) == []
    assert not [record for page in pages for record in page.records]


def test_a_gone_application_is_missing_and_its_interviews_still_come(fake: FakeHarvest) -> None:
    fake.drop("applications", 200)
    pages = read(fake, (Kind.APPLICATION, 200))
    assert missing(pages) == {Ref(Kind.APPLICATION, "200")}
    assert ids(pages) == {"100", "101"}


def test_a_row_that_cannot_be_read_is_parked_and_not_missing(fake: FakeHarvest) -> None:
    """Case 39: it must not be taken for deleted."""
    fake.interview(100, status=5)
    pages = read(fake, (Kind.INTERVIEW, 100), (Kind.INTERVIEW, 998))
    assert missing(pages) == {Ref(Kind.INTERVIEW, "998")}
    assert [each.ref for page in pages for each in page.parked] == [Ref(Kind.INTERVIEW, "100")]


def test_a_row_without_a_name_may_be_any_of_them_so_none_is_called_missing(
    fake: FakeHarvest,
) -> None:
    fake.script["interviews"].append(rows({"id": None}))
    assert missing(read(fake, (Kind.INTERVIEW, 998))) == set()


@pytest.mark.parametrize("odd", ["abc", "", "1,2", "12 or 1=1", "9" * 40, "é"])
def test_an_id_that_greenhouse_cannot_have_made_is_missing_and_never_sent(
    fake: FakeHarvest, odd: str
) -> None:
    pages = read(fake, (Kind.INTERVIEW, odd), (Kind.INTERVIEW, 100))
    assert missing(pages) == {Ref(Kind.INTERVIEW, odd)}
    assert ids(pages) == {"100"}
    assert fake.questions("interviews")[0]["ids"] == "100"


def test_without_the_scope_for_candidates_nobody_is_called_missing(fake: FakeHarvest) -> None:
    fake.denied = {"candidates"}
    pages = read(fake, (Kind.CANDIDATE, 800), (Kind.CANDIDATE, 999))
    assert missing(pages) == set()
    assert ids(pages) == {"100", "101"}


def test_undated_interviews_are_read_again_as_unscheduled(fake: FakeHarvest) -> None:
    fake.interview(102, status="sent", starts_at=None, ends_at=None)
    assert ids(read(fake, (Kind.APPLICATION, 200))) == {"100", "101", "102"}
    assert {each.state.value for each in of(Interview, read(fake, (Kind.INTERVIEW, 102)))} == {
        "unscheduled"
    }


def test_a_hundred_and_twenty_are_read_in_batches(fake: FakeHarvest) -> None:
    for n in range(120):
        fake.interview(2000 + n)
        fake.seat(2000 + n, 500, 7000 + n)
    pages = read(fake, *((Kind.INTERVIEW, 2000 + n) for n in range(120)))
    assert len(ids(pages)) == 120
    assert [len(q["ids"].split(",")) for q in fake.questions("interviews")] == [50, 50, 20]


def test_the_same_name_twice_is_read_once(fake: FakeHarvest) -> None:
    read(fake, (Kind.INTERVIEW, 100), (Kind.INTERVIEW, 100))
    assert [q["ids"] for q in fake.questions("interviews")] == ["100"]


def test_nothing_asked_for_asks_nothing(fake: FakeHarvest) -> None:
    assert read(fake) == []
    assert read(fake, (Kind.WEBHOOK, 1)) == []
    assert fake.server.asked == []


def test_a_last_look_costs_few_requests(fake: FakeHarvest) -> None:
    read(fake, (Kind.INTERVIEW, 100), (Kind.INTERVIEW, 101))
    listings = [asked for asked in fake.server.asked if asked.name != "token"]
    assert len(listings) <= 14


def test_an_outage_is_an_error_and_not_an_absence(fake: FakeHarvest) -> None:
    fake.script["interviews"] += [Answer(503)] * 9
    with pytest.raises(Unreachable):
        read(fake, (Kind.INTERVIEW, 100))


def test_a_missing_right_is_an_error_and_not_an_absence(fake: FakeHarvest) -> None:
    fake.denied = {"scorecards"}
    with pytest.raises(ScopeMissing, match="harvest:scorecards:list"):
        read(fake, (Kind.INTERVIEW, 100))
