"""Questions about scorecards, stamps, and what happens to a row that nobody understands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest
from sqlalchemy import create_engine, text

from connectors.ats.base import Window
from connectors.model import ApplicationState, InterviewState, Kind, Parked, Ref
from scheduler.facts import ScorecardFacts
from scheduler.store import Store
from scheduler.store.engine import parse
from tests.scheduler.builders import (
    DAY,
    HOUR,
    KEY,
    MONDAY,
    application,
    card,
    events,
    interview,
    job,
    key,
    person,
    save,
    world,
)


def ids(facts: Iterable[ScorecardFacts]) -> list[str]:
    return [each.key.interview_id for each in facts]


def test_the_people_to_ask_are_the_best_first(store: Store) -> None:
    people = [person(f"p{n}", f"Person {n}") for n in range(1, 8)]
    save(
        store,
        *world(),
        *people,
        person("p1", manager_id="p7"),
        job(recruiter_ids=("p2", "p3"), coordinator_ids=("p4",), hiring_manager_ids=("p5", "p9")),
        application(recruiter_id="p3", coordinator_id="p6"),
    )
    (facts,) = store.scorecards()
    assert [each.id for each in facts.recruiters] == ["p3", "p2"]
    assert [each.id for each in facts.coordinators] == ["p6", "p4"]
    assert [each.id for each in facts.hiring_managers] == ["p5"]
    assert [each.id for each in facts.managers] == ["p7"]


def test_an_interview_alone_gives_facts_that_speak_for_nobody(store: Store) -> None:
    """Trap 21: application, candidate, job and person may all be out of sight."""
    save(store, interview())
    (facts,) = store.scorecards()
    assert not facts.application_readable
    assert facts.application_state is ApplicationState.UNKNOWN
    assert (facts.candidate, facts.job, facts.interviewer.email) == (None, None, None)


def test_the_job_of_the_application_stands_in_for_that_of_the_interview(store: Store) -> None:
    save(store, *world(interview(job_id=None)))
    assert store.scorecards()[0].job == "Platform engineer"


def test_scorecards_are_found_by_account_interview_key_and_end(store: Store) -> None:
    early = interview("i1", ends_at=MONDAY)
    late = interview("i2", card(submitted_at=MONDAY + 3 * DAY), ends_at=MONDAY + 3 * DAY)
    whole_day = interview("i3", ends_at=None, ends_on=date(2026, 11, 17))
    save(store, *world(early, late, whole_day))
    assert ids(store.scorecards(ats="lever")) == []
    assert ids(store.scorecards(interview_id="i2")) == ["i2"]
    assert ids(store.scorecards(keys=[key("i3"), KEY, key("i9")])) == ["i1", "i3"]
    assert ids(store.scorecards(keys=[])) == []
    assert ids(store.scorecards(open_only=True)) == ["i1", "i3"]
    assert ids(store.scorecards(ended_since=MONDAY)) == ["i1", "i2", "i3"]
    assert ids(store.scorecards(ended_since=MONDAY + HOUR)) == ["i2", "i3"]
    assert ids(store.scorecards(ended_until=MONDAY + 3 * DAY)) == ["i1", "i3"]
    assert ids(store.scorecards(ended_since=MONDAY + 3 * DAY)) == ["i2"]


def test_an_interview_is_in_a_window_by_its_end(store: Store) -> None:
    window = Window(MONDAY, MONDAY + DAY)
    first, second = interview("i1", ends_at=MONDAY), interview("i2", ends_at=MONDAY + DAY)
    whole_day = interview("i3", ends_at=None, ends_on=date(2026, 11, 16))
    undated = interview("i4", ends_at=None)
    save(store, *world(first, second, whole_day, undated))
    assert store.interview_ids("greenhouse", window) == {"i1", "i3"}
    assert store.interview_ids("greenhouse", window, known_before=MONDAY) == set()
    assert store.open_interview_ids("greenhouse", window) == {"i2", "i4"}
    save(store, at=MONDAY + HOUR, missing=(Ref(Kind.INTERVIEW, "i1"), Ref(Kind.INTERVIEW, "i2")))
    assert store.interview_ids("greenhouse", window) == {"i3"}
    assert store.open_interview_ids("greenhouse", window) == {"i4"}


def test_due_is_stamped_once_for_one_end_and_anew_for_another(store: Store) -> None:
    save(store, *world())
    stamp = (KEY, MONDAY + 2 * DAY, MONDAY)
    assert store.stamp_due([stamp], MONDAY + HOUR) == 1
    assert store.stamp_due([(KEY, MONDAY + 9 * DAY, MONDAY)], MONDAY + HOUR) == 0
    assert store.scorecards()[0].due_at == MONDAY + 2 * DAY
    assert store.stamp_due([(KEY, MONDAY + 3 * DAY, MONDAY + DAY)], MONDAY + DAY) == 1
    assert store.scorecards()[0].due_at == MONDAY + 3 * DAY
    assert events(store) == ["first_seen", "due_stamped", "due_stamped"]


def test_a_stamp_for_a_scorecard_that_is_not_there_changes_nothing(store: Store) -> None:
    save(store, *world())
    assert store.stamp_due([(key("i1", "p9"), MONDAY, MONDAY)], MONDAY) == 0


def test_saving_an_interview_again_keeps_its_stamp(store: Store) -> None:
    save(store, *world())
    store.stamp_due([(KEY, MONDAY + 2 * DAY, MONDAY)], MONDAY + HOUR)
    save(store, interview("i1", card(submitted_at=MONDAY + HOUR)))
    assert store.scorecards()[0].due_at == MONDAY + 2 * DAY


def test_only_what_is_not_stamped_for_its_end_can_be_asked_for(store: Store) -> None:
    save(store, *world(interview("i1"), interview("i2"), interview("i3", ends_at=None)))
    store.stamp_due([(KEY, MONDAY + 2 * DAY, MONDAY)], MONDAY)
    assert ids(store.scorecards(unstamped=True)) == ["i2"]
    save(store, interview("i1", ends_at=MONDAY + HOUR))
    assert ids(store.scorecards(unstamped=True)) == ["i1", "i2"]


def test_a_row_with_an_unknown_word_speaks_for_nobody_and_stops_nothing(
    store: Store, store_url: str
) -> None:
    """Case 57: written by another version, or by hand."""
    save(store, *world(interview("i1"), interview("i2")))
    engine = create_engine(parse(store_url))
    with engine.begin() as db:
        db.execute(text("UPDATE interviews SET state = 'melted' WHERE id = 'i1'"))
    engine.dispose()
    states = [each.interview_state for each in store.scorecards()]
    assert states == [InterviewState.UNKNOWN, InterviewState.STANDING]


def test_what_could_not_be_worked_on_is_set_aside_and_counted(store: Store) -> None:
    flaw = Parked(Ref(Kind.INTERVIEW, "i1"), "due_at", "cannot be worked out")
    store.park("greenhouse", [flaw], MONDAY)
    store.park("greenhouse", [flaw], MONDAY + DAY)
    assert [each.seen_at for each in store.parked()] == [MONDAY]


def test_a_story_tells_everything_of_an_interview_in_every_account(store: Store) -> None:
    save(store, *world(interview("i1", card("p1"), card("p2"))))
    store.note("greenhouse", "i1", "judged", "no address", MONDAY, interviewer_id="p2")
    (story,) = store.story("i1")
    assert (story.ats, story.name, len(story.scorecards)) == ("greenhouse", "Systems talk", 2)
    assert [(each.event, each.interviewer_id) for each in story.history] == [
        ("first_seen", None),
        ("judged", "p2"),
    ]
    assert "Noor" not in str(story.history)
    assert store.story("i9") == []


@pytest.mark.parametrize("count", [0, 1500])
def test_any_number_of_scorecards_comes_back_whole(store: Store, count: int) -> None:
    cards = [card(f"x{n:04}") for n in range(count)]
    if count:
        save(store, *world(interview("i1", *cards)))
    found = [each.key.interviewer_id for each in store.scorecards()]
    assert found == [each.interviewer_id for each in cards]


def test_a_long_list_comes_in_parts_that_together_are_the_whole(store: Store) -> None:
    many = [interview(f"i{n}", card("p1"), card("p2"), card("p3")) for n in range(5)]
    save(store, *world(*many))
    parts = [store.scorecards(limit=4)]
    while parts[-1]:
        parts.append(store.scorecards(after=parts[-1][-1].key, limit=4))
    assert [len(part) for part in parts] == [4, 4, 4, 3, 0]
    assert [facts for part in parts for facts in part] == store.scorecards()
