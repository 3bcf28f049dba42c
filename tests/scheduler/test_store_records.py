"""A page into rows: newer wins, only what differs is written, deleted things come back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.model import ApplicationState, Candidate, InterviewState, Kind, Parked, Ref
from scheduler.store import Delivery, Store, tables
from tests.scheduler.builders import (
    DAY,
    HOUR,
    KEY,
    MONDAY,
    application,
    candidate,
    card,
    events,
    interview,
    job,
    moved,
    page,
    person,
    rows,
    save,
    world,
)


def test_a_page_is_there_after_saving(store: Store) -> None:
    assert save(store, *world()) == 7
    (facts,) = store.scorecards()
    assert facts.key == KEY
    assert (facts.interviewer.name, facts.candidate, facts.job) == (
        "Bo Ek",
        "Noor V.",
        "Platform engineer",
    )
    assert [each.name for each in facts.recruiters] == ["Ali"]


def test_saving_the_same_page_again_writes_no_row(store: Store, store_url: str) -> None:
    parked = (Parked(Ref(Kind.JOB, "j9"), "name", "not there"),)
    hidden = (Ref(Kind.APPLICATION, "a9"),)
    save(store, *world(), hidden=hidden, parked=parked)
    before = rows(store_url, *tables.metadata.sorted_tables)
    assert save(store, *world(), at=MONDAY + HOUR, hidden=hidden, parked=parked) == 0
    assert rows(store_url, *tables.metadata.sorted_tables) == before


@pytest.mark.parametrize("late", [True, False])
def test_an_older_record_never_overwrites_a_newer_one(store: Store, late: bool) -> None:
    """Case 35: poll overtaken by webhook."""
    older = person(name="Old", updated_at=MONDAY)
    newer = person(name="New", updated_at=MONDAY + HOUR)
    save(store, *world())
    for record in (newer, older) if late else (older, newer):
        save(store, record)
    assert store.scorecards()[0].interviewer.name == "New"


@pytest.mark.parametrize("stamp", [None, MONDAY])
def test_of_equally_old_records_the_later_read_one_wins(store: Store, stamp: None) -> None:
    """Case 36: stamps missing, or equal for thousands of rows."""
    save(store, *world(), person(name="First", updated_at=stamp))
    save(store, person(name="Second", updated_at=stamp))
    assert store.scorecards()[0].interviewer.name == "Second"


def test_a_version_without_a_stamp_does_not_make_older_ones_welcome_again(store: Store) -> None:
    """Case 36."""
    save(store, *world(), person(name="Stamped", updated_at=MONDAY + HOUR))
    save(store, person(name="Without"))
    save(store, person(name="Old", updated_at=MONDAY))
    assert store.scorecards()[0].interviewer.name == "Without"


def test_the_newest_of_one_page_counts_whatever_its_place(store: Store) -> None:
    newer = interview(updated_at=MONDAY + HOUR, name="New")
    save(store, *world(newer, interview(updated_at=MONDAY, name="Old")))
    assert store.scorecards()[0].interview == "New"


def test_accounts_do_not_touch_each_other(store: Store) -> None:
    """Case 25: the same ids at two accounts."""
    save(store, *world())
    store.save_page("lever", page(*world(interview(name="Other"))), store_names=True)
    assert [each.interview for each in store.scorecards()] == ["Systems talk", "Other"]
    assert len(store.scorecards(ats="lever")) == 1


def test_no_candidate_name_is_stored_when_none_is_wanted(store: Store, store_url: str) -> None:
    store.save_page("greenhouse", page(*world()), store_names=False)
    assert store.scorecards()[0].candidate is None
    assert "Noor" not in str(rows(store_url, *tables.metadata.sorted_tables))


def test_turning_names_off_erases_those_that_are_stored(store: Store, store_url: str) -> None:
    save(store, *world())
    store.save_page("greenhouse", page(*world()), store_names=False)
    assert "Noor" not in str(rows(store_url))


def test_a_moved_interview_leaves_a_trace(store: Store) -> None:
    save(store, *world())
    save(store, moved(interview(), MONDAY + DAY))
    (story,) = store.story("i1")
    assert [each.event for each in story.history] == ["first_seen", "moved"]
    assert story.history[1].detail == "from 2026-11-16 09:00Z to 2026-11-17 09:00Z"


def test_a_cancelled_interview_leaves_a_trace(store: Store) -> None:
    save(store, *world())
    save(store, interview(state=InterviewState.CANCELLED))
    assert events(store) == ["first_seen", "cancelled"]


def test_a_rejected_application_is_told_of_at_each_of_its_interviews(store: Store) -> None:
    save(store, *world(interview("i1"), interview("i2"), interview("i3", application_id="a2")))
    save(store, application(state=ApplicationState.REJECTED))
    assert "application_state" in events(store, "i1")
    assert "application_state" in events(store, "i2")
    assert "application_state" not in events(store, "i3")


def test_what_is_missing_is_deleted_and_comes_back_when_it_reappears(store: Store) -> None:
    """Case 40."""
    save(store, *world())
    save(store, at=MONDAY + HOUR, missing=(Ref(Kind.INTERVIEW, "i1"),))
    assert store.scorecards()[0].interview_deleted_at == MONDAY + HOUR
    assert store.scorecards(open_only=True) == []
    save(store, interview(), at=MONDAY)  # read before the deletion: proves nothing
    assert store.scorecards(open_only=True) == []
    save(store, interview(), at=MONDAY + 2 * HOUR)
    assert len(store.scorecards(open_only=True)) == 1
    assert events(store) == ["first_seen", "deleted", "revived"]


def test_a_deletion_is_written_once(store: Store) -> None:
    save(store, *world())
    gone = (Ref(Kind.INTERVIEW, "i1"), Ref(Kind.CANDIDATE, "c1"), Ref(Kind.PERSON, "p1"))
    assert save(store, at=MONDAY + HOUR, missing=gone) == 4
    assert save(store, at=MONDAY + 2 * HOUR, missing=gone) == 0


def test_a_deleted_application_takes_its_interviews_along(store: Store) -> None:
    save(store, *world(interview("i1"), interview("i2", application_id="a2")))
    save(store, at=MONDAY + HOUR, missing=(Ref(Kind.APPLICATION, "a1"),))
    assert [each.key.interview_id for each in store.scorecards(open_only=True)] == ["i2"]


def test_a_name_that_was_erased_does_not_come_back_by_an_older_reading(store: Store) -> None:
    """Case 41."""
    save(store, *world())
    save(store, at=MONDAY + HOUR, missing=(Ref(Kind.CANDIDATE, "c1"),))
    save(store, candidate(), at=MONDAY)
    assert store.scorecards()[0].candidate is None
    save(store, candidate(), at=MONDAY + 2 * HOUR)
    assert store.scorecards()[0].candidate == "Noor V."


def test_an_erased_candidate_loses_the_name_and_takes_everything_along(
    store: Store, store_url: str
) -> None:
    """Case 41."""
    save(store, *world())
    save(store, at=MONDAY + HOUR, missing=(Ref(Kind.CANDIDATE, "c1"),))
    assert store.scorecards(open_only=True) == []
    assert "Noor" not in str(rows(store_url, *tables.metadata.sorted_tables))


@pytest.mark.parametrize("records", [(), (candidate(name="(anonymized)"),)])
def test_with_a_name_go_the_bodies_of_the_webhooks_that_may_hold_it(
    records: tuple[Candidate, ...], store: Store, store_url: str
) -> None:
    """Case 41: gone, or called otherwise from now on."""
    save(store, *world())
    for ats in ("greenhouse", "lever"):
        body = f"a hook of {ats}".encode()
        store.receive(ats, Delivery(MONDAY, "e", body.hex(), "s", body, None))
    save(store, candidate(), at=MONDAY + HOUR)
    assert "a hook of greenhouse" in str(rows(store_url, tables.deliveries))
    missing = () if records else (Ref(Kind.CANDIDATE, "c1"),)
    save(store, *records, at=MONDAY + 2 * HOUR, missing=missing)
    kept = str(rows(store_url, tables.deliveries))
    assert "a hook of greenhouse" not in kept
    assert "a hook of lever" in kept


def test_a_candidate_whose_applications_went_to_another_is_named_no_longer(
    store: Store, store_url: str
) -> None:
    """Merged. Somebody with an application left keeps the name."""
    save(store, *world(), candidate("c2", "Noor Vance"), application("a2"))
    save(store, application(candidate_id="c2"), at=MONDAY + HOUR)
    assert "Noor V." in str(rows(store_url, tables.candidates))
    save(store, application("a2", candidate_id="c2"), at=MONDAY + 2 * HOUR)
    kept = str(rows(store_url, tables.candidates))
    assert "Noor V." not in kept
    assert "Noor Vance" in kept


def test_a_person_who_is_gone_is_not_active_any_more(store: Store) -> None:
    save(store, *world())
    save(store, at=MONDAY + HOUR, missing=(Ref(Kind.PERSON, "p1"),))
    assert not store.scorecards()[0].interviewer.active


def test_a_parked_record_is_counted_until_it_can_be_read(store: Store) -> None:
    """Case 39."""
    flaw = Parked(Ref(Kind.INTERVIEW, "i1"), "ends_at", "not a time")
    save(store, *world()[:-1], parked=(flaw,))
    save(store, parked=(replace(flaw, reason="not there"),), at=MONDAY + HOUR)
    assert store.count_parked("greenhouse") == store.count_parked() == 1
    assert store.count_parked("lever") == 0
    (parked,) = store.parked()
    assert (parked.path, parked.reason, parked.seen_at) == ("ends_at", "not there", MONDAY + HOUR)
    save(store, interview())
    assert store.count_parked() == 0


def test_a_parked_scorecard_is_forgotten_when_its_interview_brings_it(store: Store) -> None:
    save(store, parked=(Parked(Ref(Kind.SCORECARD, "s1"), "submitted_at", "not a time"),))
    save(store, *world(interview("i1", card(id="s1"))))
    assert store.count_parked() == 0


def test_what_this_account_may_not_read_is_counted_and_makes_facts_unreadable(
    store: Store,
) -> None:
    """Trap 21."""
    save(store, *world(interview("i1"), interview("i2", application_id="a2")))
    save(store, hidden=(Ref(Kind.APPLICATION, "a1"), Ref(Kind.JOB, "j2")))
    assert [each.application_readable for each in store.scorecards()] == [False, False]
    assert store.hidden_counts() == {"application": 1, "job": 1}
    save(store, application())
    assert [each.application_readable for each in store.scorecards()] == [True, False]
    assert store.count_hidden() == 1


def test_text_that_a_database_cannot_hold_is_cleaned_and_stays_equal(store: Store) -> None:
    """Case 15: PostgreSQL text never receives NUL, and nothing a lone surrogate."""
    odd = candidate(name="No\x00or \ud800")
    assert save(store, *world(), odd, job(name="\x00")) == 7
    assert store.scorecards()[0].candidate == "No\ufffdor \ufffd"
    assert save(store, odd) == 0


def test_a_record_with_an_endless_id_is_parked_and_the_others_are_stored(store: Store) -> None:
    """Case 57."""
    save(store, *world(interview("i1"), interview("i2", card("p" * 500), application_id="a1")))
    assert [each.key.interview_id for each in store.scorecards()] == ["i1"]
    (parked,) = store.parked()
    assert parked.ref_id == "i2"
    assert parked.path == "scorecards.interviewer_id"


def test_hundreds_of_records_fit_into_one_page(store: Store) -> None:
    many = [interview(f"i{n}", card("p1"), card("p2")) for n in range(900)]
    assert save(store, *world(*many)) == 5 + 900 * 3
    assert save(store, *world(*many)) == 0
    assert len(store.scorecards()) == 1800
