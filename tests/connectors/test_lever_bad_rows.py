"""What Lever sends that is not what it promised: parked by path, and the run goes on (case 39)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.model import Candidate, Interview, Kind, Ref
from tests.connectors.fake_lever import (
    FakeLever,
    cards,
    hidden,
    ids,
    lever,
    of,
    parked,
    people,
    pulled,
    seat,
)
from tests.connectors.loopback import thing


@pytest.fixture
def fake() -> Iterator[FakeLever]:
    with lever() as fake:
        yield fake


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"date": None}, "interviews.date"),
        ({"date": "2026-11-10T15:00:00Z"}, "interviews.date"),
        ({"date": True}, "interviews.date"),
        ({"date": 10**30}, "interviews.date"),
        ({"date": -1}, "interviews.date"),
        ({"duration": 0}, "interviews.duration"),
        ({"duration": "60"}, "interviews.duration"),
        ({"duration": None}, "interviews.duration"),
        ({"interviewers": None}, "interviews.interviewers"),
        ({"interviewers": {"id": "user-1"}}, "interviews.interviewers"),
        ({"canceledAt": "Noor Vance"}, "interviews.canceledAt"),
        ({"feedbackTemplate": 5}, "interviews.feedbackTemplate"),
        ({"postings": ["Noor Vance"]}, "interviews.postings"),
    ],
)
def test_an_interview_of_another_shape_is_parked_by_path_and_the_rest_goes_on(
    fake: FakeLever, change: dict[str, Any], path: str
) -> None:
    fake.opportunity()
    fake.interview("int-1", **change)
    fake.interview("int-2")
    pages = pulled(fake)
    assert ids(pages) == {"int-2"}
    [flaw] = parked(pages)
    assert flaw.ref == Ref(Kind.INTERVIEW, "opp-1:int-1")
    assert flaw.path.startswith(path)
    assert "Noor" not in flaw.reason


@pytest.mark.parametrize("missing_key", ["date", "duration", "interviewers", "id"])
def test_a_missing_key_parks_the_interview(fake: FakeLever, missing_key: str) -> None:
    fake.opportunity()
    del fake.interview("int-1")[missing_key]
    fake.interview("int-2")
    pages = pulled(fake)
    assert ids(pages) == {"int-2"}
    assert [each.path for each in parked(pages)] == [f"interviews.{missing_key}"]


@pytest.mark.parametrize(
    "change",
    [
        {"contact": None},
        {"archived": "yes"},
        {"updatedAt": "now"},
        {"isAnonymized": "no"},
        {"owner": {"name": "Noor"}, "contact": {}},
    ],
)
def test_an_opportunity_of_another_shape_is_parked(fake: FakeLever, change: dict[str, Any]) -> None:
    people(fake, 2, every=0)
    broken = {**fake.tables["opportunities"]["opp-0"], **change}
    good = fake.tables["opportunities"]["opp-1"]
    fake.script["opportunities"].append(thing({"data": [broken, good]}))
    pages = pulled(fake)
    assert "int-1" in ids(pages)
    assert parked(pages)[0].ref == Ref(Kind.APPLICATION, "opp-0")
    assert parked(pages)[0].path.startswith("opportunities.")


@pytest.mark.parametrize("junk", [None, "text", 5, [], {}, {"id": None}, {"id": "a/../b"}])
def test_a_row_that_is_no_row_is_parked_without_a_name(fake: FakeLever, junk: object) -> None:
    fake.script["opportunities"].append(thing({"data": [junk]}))
    assert [each.ref.id for each in parked(pulled(fake))] == ["without an id"]


def test_unknown_fields_and_words_are_taken(fake: FakeLever) -> None:
    """1.2: new fields may appear."""
    fake.opportunity(origin="teleported", transcribe=True, confidentiality="top secret")
    fake.opportunity(stage={"id": "lead-new", "text": None, "pipeline": 3})
    fake.interview(feedbackReminder="hourly", gcalEventUrl=5)
    assert ids(pulled(fake)) == {"int-1"}


@pytest.mark.parametrize(
    "broken", [{"id": 5}, {"name": "x"}, {"id": "user-2", "feedbackTemplate": 1}]
)
def test_a_seat_of_another_shape_leaves_the_panel_incomplete(
    fake: FakeLever, broken: dict[str, Any]
) -> None:
    """Nobody may be taken off the panel on the strength of it."""
    fake.opportunity()
    fake.interview(interviewers=[broken, seat("user-1")])
    pages = pulled(fake)
    [each] = of(Interview, pages)
    assert [card.interviewer_id for card in each.scorecards] == ["user-1"]
    assert not each.panel_complete
    assert [flaw.ref.kind for flaw in parked(pages)] == [Kind.SCORECARD]


def test_a_form_of_another_shape_makes_open_scorecards_unknown(fake: FakeLever) -> None:
    people(fake, 2)
    fake.form(of="opp-0", interview="int-0", completedAt="yesterday")
    found = cards(pulled(fake))
    assert not found["int-0", "user-0"].can_tell
    assert found["int-1", "user-1"].can_tell


def test_a_person_or_posting_of_another_shape_is_parked_and_hidden(fake: FakeLever) -> None:
    people(fake, 1)
    fake.user("user-0", deactivatedAt="long ago")
    fake.posting(categories=["Engineering"])
    pages = pulled(fake)
    assert {each.path for each in parked(pages)} == {"users.deactivatedAt", "postings.categories"}
    assert hidden(pages) == {Ref(Kind.PERSON, "user-0"), Ref(Kind.JOB, "posting-1")}


def test_text_that_no_database_takes_is_made_storable(fake: FakeLever) -> None:
    """Case 15 on the way in."""
    fake.opportunity(name="a\x00b\ud800c")
    fake.interview()
    assert of(Candidate, pulled(fake))[0].name == "a\ufffdb\ufffdc"
