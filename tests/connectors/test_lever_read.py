"""Re-reading at Lever what is named: an interview's name leads to its opportunity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.errors import NotFound, ScopeMissing
from connectors.model import Application, Candidate, Interview, Job, Kind, Page, Person, Ref
from tests.connectors.fake_lever import (
    NOW,
    FakeLever,
    cards,
    connected,
    days,
    hidden,
    ids,
    lever,
    missing,
    of,
    only,
    parked,
    people,
    pulled,
    seat,
)
from tests.connectors.loopback import Answer, thing


@pytest.fixture
def fake() -> Iterator[FakeLever]:
    """One opportunity with two interviews, one of them long ago."""
    with lever() as fake:
        fake.opportunity()
        fake.interview("int-1")
        fake.interview("int-2", date=days(-300))
        yield fake


def read(fake: FakeLever, *refs: Ref) -> list[Page]:
    return list(connected(fake).read(refs))


def interview(name: str, of: str = "opp-1") -> Ref:
    return Ref(Kind.INTERVIEW, f"{of}:{name}")


def test_an_interview_is_read_by_its_name_alone(fake: FakeLever) -> None:
    fake.form()
    pages = read(fake, interview("int-1"))
    assert ids(pages) == {"int-1"}
    assert cards(pages)["int-1", "user-1"].submitted_at
    assert only(Application, pages).id == "opp-1"
    assert {"user-1", "user-owner"} <= {each.id for each in of(Person, pages)}


def test_an_old_interview_is_read_too(fake: FakeLever) -> None:
    """The open scorecard may be any age (3.6)."""
    assert ids(read(fake, interview("int-2"))) == {"int-2"}


def test_an_application_brings_all_its_interviews(fake: FakeLever) -> None:
    pages = read(fake, Ref(Kind.APPLICATION, "opp-1"), interview("int-1"), interview("int-9"))
    assert ids(pages) == {"int-1", "int-2"}
    assert missing(pages) == {interview("int-9")}
    assert fake.count("interviews") == 1


def test_a_candidate_brings_all_their_opportunities(fake: FakeLever) -> None:
    fake.opportunity("opp-1", contact="person-1")
    fake.opportunity("opp-2", contact="person-1", confidentiality="confidential")
    fake.interview("int-3", "opp-2")
    pages = read(fake, Ref(Kind.CANDIDATE, "person-1"))
    assert ids(pages) == {"int-1", "int-2", "int-3"}
    assert {each.id for each in of(Candidate, pages)} == {"person-1"}


def test_a_moved_interview_has_its_new_end(fake: FakeLever) -> None:
    """Trap 12."""
    row = fake.interview("int-3", date=days(3))
    row["date"] = days(-1)
    assert only(Interview, read(fake, interview("int-3"))).starts_at == NOW - timedelta(days=1)


def test_a_deleted_interview_is_missing_and_the_others_stay(fake: FakeLever) -> None:
    """Case 40 and trap 6: whether moving keeps the id is unknown; a gone one is closed."""
    fake.below["opp-1", "interviews"] = []
    fake.interview("int-new")
    pages = read(fake, interview("int-1"), Ref(Kind.APPLICATION, "opp-1"))
    assert missing(pages) == {interview("int-1")}
    assert ids(pages) == {"int-new"}


def test_a_deleted_opportunity_takes_its_interviews_along(fake: FakeLever) -> None:
    """2.4: deleted, merged, or not visible."""
    del fake.tables["opportunities"]["opp-1"]
    pages = read(fake, interview("int-1"), interview("int-8", "opp-8"))
    lost = {Ref(Kind.APPLICATION, "opp-1"), Ref(Kind.APPLICATION, "opp-8")}
    assert missing(pages) == {interview("int-1"), interview("int-8", "opp-8")} | lost
    assert fake.count("opportunities") == 3, "that the list works is asked once"


def test_an_interview_that_cannot_be_read_is_not_called_gone(fake: FakeLever) -> None:
    """Case 39."""
    fake.below["opp-1", "interviews"][0]["date"] = "yesterday"
    pages = read(fake, interview("int-1"))
    assert missing(pages) == set()
    assert [each.ref for each in parked(pages)] == [interview("int-1")]
    fake.below["opp-1", "interviews"][0]["id"] = None
    assert missing(read(fake, interview("int-1"))) == set(), "it may be the nameless one"


def test_when_everything_is_gone_the_address_is_wrong_and_nothing_is(fake: FakeLever) -> None:
    """A 404 is believed only while the list itself can be read."""
    gone = thing({"code": "ResourceNotFound", "message": "no"}, 404)
    fake.script["opportunities"] += [gone, gone]
    with pytest.raises(NotFound):
        read(fake, interview("int-1"))


def test_one_that_may_not_be_seen_is_hidden_and_counted(fake: FakeLever) -> None:
    """Confidential to a key without the right; that it is a 403 is unknown."""
    fake.script["opportunities"].append(Answer(403))
    pages = read(fake, interview("int-1"))
    assert hidden(pages) == {Ref(Kind.APPLICATION, "opp-1")}
    assert missing(pages) == set()


def test_a_key_without_the_right_to_any_is_an_error(fake: FakeLever) -> None:
    fake.denied = {"opportunities"}
    with pytest.raises(ScopeMissing, match="opportunities:read:admin"):
        read(fake, interview("int-1"))


def test_people_and_jobs_are_read_by_id(fake: FakeLever) -> None:
    fake.user("user-7", managerId="user-8")
    fake.user("user-8")
    pages = read(fake, Ref(Kind.PERSON, "user-7"), Ref(Kind.JOB, "posting-1"))
    assert {"user-7", "user-8", "user-lead"} <= {each.id for each in of(Person, pages)}
    assert only(Job, pages).hiring_manager_ids == ("user-lead",)
    assert fake.count("interviews") == 0


def test_people_who_left_are_found_although_the_path_may_not_lead_there(fake: FakeLever) -> None:
    """Trap 10: only the list is documented to hold them."""
    fake.user("user-7", deactivatedAt=days(-1))
    fake.script["users"].append(thing({"code": "ResourceNotFound", "message": "no"}, 404))
    person = only(Person, read(fake, Ref(Kind.PERSON, "user-7")))
    assert not person.active


def test_a_person_who_cannot_be_read_is_not_called_gone(fake: FakeLever) -> None:
    """Case 39."""
    fake.user("user-7", email=["x"])
    pages = read(fake, Ref(Kind.PERSON, "user-7"))
    assert (missing(pages), hidden(pages)) == (set(), {Ref(Kind.PERSON, "user-7")})


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.JOB, Kind.CANDIDATE, Kind.APPLICATION])
def test_what_is_gone_is_missing(fake: FakeLever, kind: Kind) -> None:
    assert missing(read(fake, Ref(kind, "nobody"))) == {Ref(kind, "nobody")}


@pytest.mark.parametrize("name", ["int-1", "opp-1:", ":int-1", "../x:int-1", "opp-1:a b", "a:b:c"])
def test_a_name_that_is_none_of_ours_is_missing_and_not_asked_for(
    fake: FakeLever, name: str
) -> None:
    assert Ref(Kind.INTERVIEW, name) in missing(read(fake, Ref(Kind.INTERVIEW, name)))
    assert fake.server.asked == []


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.JOB, Kind.APPLICATION])
def test_an_id_that_would_lead_elsewhere_is_not_put_into_a_path(
    fake: FakeLever, kind: Kind
) -> None:
    assert missing(read(fake, Ref(kind, "../opportunities"))) == {Ref(kind, "../opportunities")}
    assert not any("opportunities" in each.path for each in fake.server.asked)


def test_many_come_in_pages_of_a_bounded_size(fake: FakeLever) -> None:
    fake.below.clear()
    people(fake, 25)
    pages = read(fake, *(interview(f"int-{n}", f"opp-{n}") for n in range(25)))
    assert [len(of(Interview, [page])) for page in pages] == [10, 10, 5]


def test_nothing_asked_is_nothing_read(fake: FakeLever) -> None:
    assert read(fake) == []


def test_pulling_and_reading_say_the_same(fake: FakeLever) -> None:
    fake.opportunity("opp-2", updatedAt=days(-2))
    fake.interview("int-5", "opp-2", interviewers=[seat("user-1"), seat("user-2")])
    fake.form(of="opp-2", interview="int-5")
    fake.answered("int-5", "opp-2", user_2="accepted")
    name = interview("int-5", "opp-2")
    [by_pull] = [each for each in of(Interview, pulled(fake)) if each.id == name.id]
    assert only(Interview, read(fake, name)) == by_pull
