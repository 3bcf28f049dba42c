"""Workable's matching rule, mapping, tolerance and the limits of what it can tell (sheet 5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from connectors.ats.base import Window
from connectors.ats.workable import Workable
from connectors.model import (
    Application,
    ApplicationState,
    Candidate,
    Interview,
    InterviewState,
    Job,
    Kind,
    Page,
    Person,
    Record,
    Ref,
    Scorecard,
)
from tests.connectors.fake_workable import NOW, FakeWorkable, ago, connected, iso, workable

WINDOW = Window(NOW - timedelta(days=5), NOW + timedelta(days=2))
R = TypeVar("R", bound=Record)


@pytest.fixture
def fake() -> Iterator[FakeWorkable]:
    with workable() as fake:
        fake.event()
        fake.event("old", start=ago(days=40), candidate={"id": "c9", "name": "Sam"}, members=[])
        fake.rate("zoe", ago(days=39), "c9")  # so ratings can be seen in this account
        yield fake


def of(kind: type[R], pages: list[Page]) -> list[R]:
    return [each for page in pages for each in page.records if isinstance(each, kind)]


def pulled(connector: Workable) -> list[Page]:
    return list(connector.pull(WINDOW, {}))


def cards(fake: FakeWorkable, event: str = "ev1", **other: Any) -> dict[str, Scorecard]:
    found = {each.id: each for each in of(Interview, pulled(connected(fake, **other)))}
    return {card.interviewer_id: card for card in found[event].scorecards}


# -- the matching rule


def test_a_rating_after_the_start_counts_and_one_before_it_does_not(fake: FakeWorkable) -> None:
    fake.rate("ivo", ago(days=1))
    fake.rate("mara", ago(days=3))
    found = cards(fake)
    assert (found["ivo"].submitted_at, found["ivo"].submitter_id) == (ago(days=1), "ivo")
    assert (found["mara"].submitted_at, found["mara"].can_tell) == (None, True)


def test_the_first_of_several_ratings_counts(fake: FakeWorkable) -> None:
    fake.rate("ivo", ago(hours=5))
    fake.rate("ivo", ago(hours=30))
    assert cards(fake)["ivo"].submitted_at == ago(hours=30)


def test_a_rating_at_the_very_start_counts(fake: FakeWorkable) -> None:
    fake.rate("ivo", ago(days=2))
    assert cards(fake)["ivo"].submitted_at == ago(days=2)


def test_an_older_rating_that_was_changed_after_the_start_counts_from_then(
    fake: FakeWorkable,
) -> None:
    fake.rate("ivo", ago(days=9), updated_at=iso(ago(days=1)))
    assert cards(fake)["ivo"].submitted_at == ago(days=1)


def test_of_two_events_a_rating_belongs_to_the_latest_that_began_before_it(
    fake: FakeWorkable,
) -> None:
    fake.event("ev2", start=ago(days=1), members=[fake.seat("ivo")])
    fake.rate("ivo", ago(hours=3))
    assert cards(fake)["ivo"].submitted_at is None
    assert not cards(fake)["ivo"].can_tell, "it may have been about this one all the same"
    assert cards(fake)["mara"].can_tell
    assert cards(fake, "ev2")["ivo"].submitted_at == ago(hours=3)
    fake.rate("ivo", ago(hours=30))
    assert cards(fake)["ivo"].submitted_at == ago(hours=30)


def test_a_rating_at_the_very_start_of_a_later_event_is_about_that_one(fake: FakeWorkable) -> None:
    fake.event("ev2", start=ago(days=1), members=[fake.seat("ivo")])
    fake.rate("ivo", ago(days=1))
    assert cards(fake)["ivo"].submitted_at is None
    assert cards(fake, "ev2")["ivo"].submitted_at == ago(days=1)


def test_a_later_event_outside_the_window_takes_its_ratings_too(fake: FakeWorkable) -> None:
    fake.event("ev2", start=ago(days=1), members=[fake.seat("ivo")])
    fake.rate("ivo", ago(hours=3))
    early = Window(NOW - timedelta(days=5), NOW - timedelta(days=1, hours=12))
    [found] = of(Interview, list(connected(fake).pull(early, {})))
    assert found.id == "ev1"
    assert [card.submitted_at for card in found.scorecards] == [None, None]


@pytest.mark.parametrize(
    "later",
    [
        {"cancelled": True},
        {"members": [{"id": "ivo", "status": "declined"}]},
        {"members": [{"id": "mara", "status": "accepted"}]},
        {"candidate": {"id": "c2", "name": "Sam"}},
    ],
    ids=["cancelled", "declined", "somebody else's", "another candidate's"],
)
def test_a_later_event_that_does_not_take_place_for_them_takes_nothing(
    fake: FakeWorkable, later: dict[str, Any]
) -> None:
    fake.event("ev2", start=ago(days=1), **later)
    fake.rate("ivo", ago(hours=3))
    assert cards(fake)["ivo"].submitted_at == ago(hours=3)


def test_ratings_of_others_and_other_actions_are_no_evidence(fake: FakeWorkable) -> None:
    fake.rate("zoe", ago(days=1))
    fake.rate("ivo", ago(days=1), action="comment")
    fake.rate("ivo", ago(days=1), action="a-custom-stage")
    fake.rate("ivo", ago(days=1), action="moved", member=None)
    assert cards(fake)["ivo"].submitted_at is None


def test_a_comment_counts_where_the_customer_says_so(fake: FakeWorkable) -> None:
    fake.rate("ivo", ago(days=1), action="comment")
    both = ("rating", "comment")
    assert cards(fake, evidence=both)["ivo"].submitted_at == ago(days=1)
    assert fake.questions("activities")[-1]["actions"] == "rating,comment"


def test_nothing_that_was_written_or_graded_is_in_any_record(fake: FakeWorkable) -> None:
    fake.rate("ivo", ago(days=1))
    told = repr(pulled(connected(fake)))
    assert "SECRET" not in told
    assert "definite" not in told


def test_the_ratings_of_upcoming_and_cancelled_events_are_not_asked_for(
    fake: FakeWorkable,
) -> None:
    fake.event(start=NOW + timedelta(days=1))
    fake.event("ev2", candidate={"id": "c2", "name": "Sam"}, cancelled=True)
    pages = pulled(connected(fake))
    assert fake.questions("activities") == []
    assert all(card.can_tell for each in of(Interview, pages) for card in each.scorecards)


# -- what cannot be told


def test_where_no_rating_was_ever_seen_nothing_can_be_told(fake: FakeWorkable) -> None:
    fake.activities["c9"] = []
    assert [card.can_tell for card in cards(fake).values()] == [False, False]


def test_a_rating_of_sixty_days_ago_at_most_shows_that_ratings_can_be_seen(
    fake: FakeWorkable,
) -> None:
    fake.activities["c9"] = []
    fake.rate("zoe", ago(days=61), "c9")
    assert not cards(fake)["ivo"].can_tell
    fake.rate("zoe", ago(days=59), "c9")
    assert cards(fake)["ivo"].can_tell


def test_the_search_for_ratings_ends_after_thirty_candidates(fake: FakeWorkable) -> None:
    fake.activities["c9"] = []
    for n in range(40):
        fake.event(f"e{n}", start=ago(days=20, hours=n), candidate={"id": f"d{n}", "name": None})
    assert not cards(fake)["ivo"].can_tell
    assert len(fake.questions("activities")) == 31
    tried = [a.path.split("/")[4] for a in fake.server.asked if a.name == "activities"][1:]
    assert tried[0] == "c1", "the latest first"


def test_that_ratings_can_be_seen_is_remembered_for_a_day(fake: FakeWorkable) -> None:
    connector = connected(fake)
    pulled(connector)
    before = len(fake.questions("activities"))
    pulled(connector)
    assert len(fake.questions("activities")) - before == 1, "only for the candidate itself"


def test_of_a_deleted_candidate_nothing_can_be_told_and_they_are_hidden(
    fake: FakeWorkable,
) -> None:
    del fake.candidates["c1"]
    pages = pulled(connected(fake))
    [found] = of(Interview, pages)
    assert not any(card.can_tell for card in found.scorecards)
    hidden = {ref for page in pages for ref in page.hidden}
    assert hidden == {Ref(Kind.CANDIDATE, "c1"), Ref(Kind.APPLICATION, "c1")}


def test_an_unreadable_activity_leaves_nothing_told_but_what_was_seen(fake: FakeWorkable) -> None:
    fake.rate("ivo", ago(days=1))
    fake.rate("mara", ago(days=1), created_at="yesterday")
    found = cards(fake)
    assert found["ivo"].submitted_at
    assert not found["mara"].can_tell


# -- the mapping


def test_an_event_is_an_interview_with_its_people_job_and_candidate(fake: FakeWorkable) -> None:
    pages = pulled(connected(fake))
    [found] = of(Interview, pages)
    assert (found.id, found.application_id, found.job_id) == ("ev1", "c1", "GROOV005")
    assert (found.name, found.state) == ("Systems talk", InterviewState.STANDING)
    assert (found.starts_at, found.ends_at) == (ago(days=2), ago(days=2) + timedelta(hours=1))
    assert found.panel_complete
    assert of(Job, pages) == [Job("GROOV005", "Platform engineer")]
    assert of(Candidate, pages) == [Candidate("c1", "Noor Vance")]
    assert of(Person, pages) == [
        Person("ivo", "Ivo Brandt", "ivo@example.org"),
        Person("mara", "Mara Brandt", "mara@example.org"),
    ]
    [application] = of(Application, pages)
    assert (application.state, application.stage) == (ApplicationState.ACTIVE, "Interview")
    assert application.url == "https://acme.workable.example/backend/jobs/1/candidates/c1"
    assert {card.url for card in found.scorecards} == {application.url}


@pytest.mark.parametrize("address", ["javascript:alert(1)", "", None])
def test_a_page_that_is_no_web_address_is_not_linked(
    fake: FakeWorkable, address: str | None
) -> None:
    fake.candidate(profile_url=address)
    assert {card.url for card in cards(fake).values()} == {None}


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({"disqualified": True}, ApplicationState.REJECTED),
        ({"hired_at": "2026-11-20T10:00:00Z"}, ApplicationState.HIRED),
        ({"disqualified": None}, ApplicationState.UNKNOWN),
        ({"disqualified": False}, ApplicationState.ACTIVE),
    ],
)
def test_the_state_of_an_application(
    fake: FakeWorkable, columns: dict[str, Any], state: ApplicationState
) -> None:
    fake.candidate(**columns)
    [application] = of(Application, pulled(connected(fake)))
    assert application.state is state


@pytest.mark.parametrize(
    ("cancelled", "state"),
    [(True, InterviewState.CANCELLED), (None, InterviewState.UNKNOWN)],
)
def test_cancelled_events_come_too(
    fake: FakeWorkable, cancelled: bool | None, state: InterviewState
) -> None:
    fake.event(cancelled=cancelled)
    [found] = of(Interview, pulled(connected(fake)))
    assert found.state is state


@pytest.mark.parametrize("title", ["Noor Vance & Acme", "Chat with noor", "", None])
def test_a_title_that_names_the_candidate_is_left_out(
    fake: FakeWorkable, title: str | None
) -> None:
    fake.event(title=title)
    assert [each.name for each in of(Interview, pulled(connected(fake)))] == ["Interview"]


def test_an_external_recruiter_is_no_member_and_has_no_address(fake: FakeWorkable) -> None:
    outside = {"id": "ext", "name": "Ada Quist", "type": "Member", "status": "needs-action"}
    fake.event(members=[outside])
    pages = pulled(connected(fake))
    assert of(Person, pages) == [Person("ext", "Ada Quist", None)]
    assert [c.attendance for each in of(Interview, pages) for c in each.scorecards] == [
        "needs-action"
    ]


def test_who_has_left_is_inactive(fake: FakeWorkable) -> None:
    fake.member("ivo", active=False, email="")
    assert Person("ivo", "Ivo Brandt", None, False) in of(Person, pulled(connected(fake)))


def test_two_seats_of_one_person_are_one_and_declining_both_is_declining(
    fake: FakeWorkable,
) -> None:
    fake.event(members=[fake.seat("ivo", "accepted"), fake.seat("ivo", "declined")])
    assert [card.attendance for card in cards(fake).values()] == ["accepted"]


def test_events_without_a_candidate_and_of_other_types_are_no_interviews(
    fake: FakeWorkable,
) -> None:
    fake.event("all-hands", candidate=None)
    fake.event("phone", type="CallEvent")
    assert [each.id for each in of(Interview, pulled(connected(fake)))] == ["ev1"]
    both = connected(fake, event_types=("interview", "call"))
    assert {each.id for each in of(Interview, pulled(both))} == {"ev1", "phone"}


# -- tolerance


@pytest.mark.parametrize(
    ("columns", "path"),
    [
        ({"starts_at": None}, "event.starts_at"),
        ({"ends_at": "2026-11-22T12:00:00"}, "event.ends_at"),
        ({"ends_at": 5}, "event.ends_at"),
        ({"candidate": {"name": "Noor"}}, "event.candidate.id"),
        ({"job": []}, "event.job"),
    ],
)
def test_a_bad_event_is_parked_with_its_path_and_the_others_come(
    fake: FakeWorkable, columns: dict[str, Any], path: str
) -> None:
    """Case 39."""
    bad = fake.event("good") | {"id": "bad"} | columns
    fake.tables["events"].append(bad)
    pages = pulled(connected(fake))
    [parked] = [flaw for page in pages for flaw in page.parked if flaw.ref.id == "bad"]
    assert (parked.ref, parked.path) == (Ref(Kind.INTERVIEW, "bad"), path)
    assert "Noor" not in parked.reason
    assert {each.id for each in of(Interview, pages)} == {"ev1", "good"}


def test_unknown_fields_and_words_do_no_harm(fake: FakeWorkable) -> None:
    fake.event(type="InterviewEvent", mood="blue", members=[fake.seat("ivo", "maybe-later")])
    assert cards(fake)["ivo"].attendance == "maybe-later"


@pytest.mark.parametrize("members", [None, [{"name": "nobody"}], ["ivo"]])
def test_a_seat_that_cannot_be_read_leaves_the_panel_open(fake: FakeWorkable, members: Any) -> None:
    fake.event(members=members)
    [found] = of(Interview, pulled(connected(fake)))
    assert (found.scorecards, found.panel_complete) == ((), False)


def test_an_unreadable_candidate_is_parked_and_hidden(fake: FakeWorkable) -> None:
    fake.candidate(disqualified="yes")
    pages = pulled(connected(fake))
    assert [flaw.path for page in pages for flaw in page.parked] == ["candidate.disqualified"]
    assert Ref(Kind.APPLICATION, "c1") in {ref for page in pages for ref in page.hidden}


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_single_record_may_come_bare_or_wrapped(fake: FakeWorkable, wrapped: bool) -> None:
    fake.wrapped = wrapped
    pages = list(connected(fake).read([Ref(Kind.INTERVIEW, "ev1")]))
    assert [each.id for each in of(Interview, pages)] == ["ev1"]
    assert of(Application, pages)
