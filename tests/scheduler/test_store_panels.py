"""Who sits on a panel, what was handed in, and ladders that start afresh."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from connectors.model import Interview
from scheduler.store import PlannedMessage, Store
from tests.scheduler.builders import (
    DAY,
    HOUR,
    KEY,
    MONDAY,
    card,
    events,
    interview,
    key,
    moved,
    save,
    world,
)


def submitted(store: Store) -> datetime | None:
    return store.scorecards(keys=[KEY])[0].submitted_at


def seats(store: Store) -> list[str]:
    return [each.key.interviewer_id for each in store.scorecards(open_only=True)]


def test_a_swapped_panellist_leaves_and_the_new_one_joins(store: Store) -> None:
    save(store, *world(interview("i1", card("p1"), card("p2"))))
    save(store, interview("i1", card("p2"), card("p3")), at=MONDAY + HOUR)
    assert seats(store) == ["p2", "p3"]
    assert store.scorecards(keys=[KEY])[0].removed_at == MONDAY + HOUR
    assert sorted(events(store)) == ["first_seen", "panel_added", "panel_removed"]


def test_a_panel_that_could_not_be_read_whole_removes_nobody(store: Store) -> None:
    save(store, *world(interview("i1", card("p1"), card("p2"))))
    save(store, interview("i1", card("p2"), panel_complete=False), at=MONDAY + HOUR)
    assert seats(store) == ["p1", "p2"]


def test_a_seat_comes_back_only_by_a_reading_made_after_it_was_left(store: Store) -> None:
    both = interview("i1", card("p1"), card("p2"))
    save(store, *world(both))
    save(store, interview("i1", card("p2")), at=MONDAY + 2 * HOUR)
    save(store, both, at=MONDAY + HOUR)
    assert seats(store) == ["p2"]
    save(store, both, at=MONDAY + 3 * HOUR)
    assert seats(store) == ["p1", "p2"]


def test_a_reading_made_before_somebody_joined_does_not_remove_them(store: Store) -> None:
    save(store, *world(interview("i1", card("p1"), card("p2"))), at=MONDAY + HOUR)
    save(store, interview("i1", card("p2")), at=MONDAY)
    assert seats(store) == ["p1", "p2"]


def test_an_older_version_of_the_interview_does_not_touch_the_panel(store: Store) -> None:
    """Case 35."""
    newer = interview("i1", card("p1"), card("p2"), updated_at=MONDAY + HOUR)
    save(store, *world(newer))
    save(store, interview("i1", card("p3"), updated_at=MONDAY), at=MONDAY + DAY)
    assert seats(store) == ["p1", "p2"]


def test_a_person_named_twice_on_a_panel_has_submitted_if_one_of_the_cards_says_so(
    store: Store,
) -> None:
    save(store, *world(interview("i1", card(submitted_at=MONDAY), card(updated_at=MONDAY))))
    assert submitted(store) == MONDAY


def test_the_first_submission_stays(store: Store) -> None:
    """metrics.md: later edits do not move it."""
    save(store, *world(interview("i1", card(submitted_at=MONDAY + HOUR, submitter_id="p1"))))
    later = card(submitted_at=MONDAY + DAY, submitter_id="p2", updated_at=MONDAY + DAY)
    save(store, interview("i1", later), at=MONDAY + DAY)
    assert submitted(store) == MONDAY + HOUR
    assert store.scorecards()[0].submitter_id == "p1"


def test_an_earlier_submission_that_is_learned_later_counts(store: Store) -> None:
    save(store, *world(interview("i1", card(submitted_at=MONDAY + DAY))))
    save(store, interview("i1", card(submitted_at=MONDAY)))
    assert submitted(store) == MONDAY


def test_a_reopened_card_is_owed_again(store: Store) -> None:
    save(store, *world(interview("i1", card(submitted_at=MONDAY, updated_at=MONDAY))))
    save(store, interview("i1", card(updated_at=MONDAY + HOUR)))
    assert submitted(store) is None
    assert events(store) == ["first_seen", "reopened"]
    save(store, interview("i1", card(submitted_at=MONDAY + DAY, updated_at=MONDAY + DAY)))
    assert submitted(store) == MONDAY + DAY


def test_a_version_that_is_not_newer_does_not_reopen(store: Store) -> None:
    save(store, *world(interview("i1", card(submitted_at=MONDAY, updated_at=MONDAY))))
    save(store, interview("i1", card(updated_at=MONDAY)), at=MONDAY + DAY)
    assert submitted(store) == MONDAY


@pytest.mark.parametrize(("read_at", "stays"), [(MONDAY - HOUR, True), (MONDAY + HOUR, False)])
def test_a_card_without_stamp_is_gone_only_by_a_reading_made_after_it_was_handed_in(
    store: Store, read_at: datetime, stays: bool
) -> None:
    save(store, *world(interview("i1", card(submitted_at=MONDAY))))
    save(store, interview("i1", card()), at=read_at)
    assert (submitted(store) == MONDAY) is stays


def test_an_account_that_cannot_tell_takes_no_submission_away(store: Store) -> None:
    save(store, *world(interview("i1", card(submitted_at=MONDAY))))
    save(store, interview("i1", card(can_tell=False)), at=MONDAY + DAY)
    assert submitted(store) == MONDAY


def claim(store: Store, id: str = "m1", at: datetime = MONDAY + 2 * DAY) -> None:
    planned = PlannedMessage(id, "nudge", "mail", "p1@example.org", ((KEY, "nudge 1"),))
    assert store.claim(planned, at, HOUR)


@pytest.mark.parametrize(
    "new",
    [
        moved(interview(), MONDAY + 7 * DAY),
        interview(ends_at=None, ends_on=date(2026, 11, 20)),
    ],
)
def test_an_interview_moved_into_the_future_starts_its_ladder_afresh(
    store: Store, new: Interview
) -> None:
    """Case 50: what was planned is void, and the new date is nudged for again."""
    save(store, *world(interview("i1"), interview("i2")))
    claim(store)
    save(store, new, at=MONDAY + 3 * DAY)
    assert store.told([KEY]) == {}
    message = store.message("m1")
    assert message is not None
    assert message.state == "abandoned"
    assert "ladder_reset" in events(store)
    claim(store, "m2")


def test_a_moved_interview_leaves_what_a_digest_says_of_others(store: Store) -> None:
    save(store, *world(interview("i1"), interview("i2")))
    steps = ((KEY, "nudge 1"), (key("i2"), "nudge 1"))
    store.claim(PlannedMessage("m1", "digest", "mail", "p1@example.org", steps), MONDAY, HOUR)
    save(store, moved(interview(), MONDAY + 7 * DAY), at=MONDAY + 3 * DAY)
    (left,) = store.resumable(MONDAY + 3 * DAY)
    assert left.steps == ((key("i2"), "nudge 1"),)


def test_a_small_shift_of_a_past_end_does_not_start_the_ladder_afresh(store: Store) -> None:
    save(store, *world())
    claim(store)
    save(store, moved(interview(), MONDAY + HOUR), at=MONDAY + 3 * DAY)
    assert len(store.told([KEY])[KEY]) == 1
    assert "ladder_reset" not in events(store)


def test_moving_an_interview_that_nobody_was_told_about_resets_nothing(store: Store) -> None:
    save(store, *world())
    save(store, moved(interview(), MONDAY + 7 * DAY))
    assert "ladder_reset" not in events(store)
