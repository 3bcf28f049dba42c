"""A sync of one account, and of several."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest

from connectors.ats.base import Window
from connectors.errors import AccessRefused, BadRequest, BrokenPaging, ConnectorError, Unreachable
from connectors.model import Kind, Page, Parked, Ref
from scheduler.policy import Policy
from scheduler.store import Delivery, Store
from scheduler.sync import (
    STAMPED_AT_ONCE,
    SyncOutcome,
    answer_doorbells,
    stamp_due,
    sync,
    sync_all,
)
from scheduler.workdays import DayCount, WorkCalendar
from tests.scheduler.builders import (
    DAY,
    HOUR,
    KEY,
    MONDAY,
    FakeAts,
    application,
    card,
    events,
    interview,
    moved,
    page,
    person,
    save,
    world,
)

NOW = MONDAY + HOUR
I1, I2 = Ref(Kind.INTERVIEW, "i1"), Ref(Kind.INTERVIEW, "i2")
A1, C1 = Ref(Kind.APPLICATION, "a1"), Ref(Kind.CANDIDATE, "c1")


def run(
    ats: FakeAts, store: Store, now: datetime = NOW, since: datetime | None = None
) -> SyncOutcome:
    ats.at(now)
    return sync(ats, store, now=now, owner="me", store_names=True, clock=lambda: now, since=since)


@pytest.fixture
def ats() -> FakeAts:
    return FakeAts().with_records(*world())


def test_a_first_sync_brings_everything_and_a_second_changes_nothing(
    store: Store, ats: FakeAts
) -> None:
    first, second = run(ats, store), run(ats, store, NOW + HOUR)
    assert (first.outcome, first.records, first.written) == ("ok", 6, 7)
    assert (second.outcome, second.records, second.written) == ("ok", 6, 0)
    assert [each.key for each in store.scorecards()] == [KEY]


def test_the_first_sync_reaches_back_and_later_ones_stay_around_now(
    store: Store, ats: FakeAts
) -> None:
    run(ats, store)
    run(ats, store, NOW + DAY)
    assert ats.windows == [
        Window(NOW - 90 * DAY, NOW + 14 * DAY),
        Window(NOW - 13 * DAY, NOW + 15 * DAY),
    ]


def test_after_a_long_pause_the_window_reaches_back_to_the_last_complete_sync(
    store: Store, ats: FakeAts
) -> None:
    """Case 32: not to zero."""
    run(ats, store)
    run(ats, store, NOW + 40 * DAY)
    assert ats.windows[-1] == Window(NOW - DAY, NOW + 54 * DAY)


def test_a_mark_in_the_future_is_clamped_to_now(store: Store, ats: FakeAts) -> None:
    """Case 36: the clock of the last sync was wrong."""
    run(ats, store, NOW + 400 * DAY)
    assert run(ats, store, NOW).outcome == "ok"
    assert ats.windows[-1] == Window(NOW - 14 * DAY, NOW + 14 * DAY)
    run(ats, store, NOW + HOUR)
    assert ats.windows[-1].since == NOW + HOUR - 14 * DAY


def test_since_reaches_back_as_far_as_it_says(store: Store, ats: FakeAts) -> None:
    run(ats, store)
    run(ats, store, NOW + HOUR, since=NOW - 300 * DAY)
    assert ats.windows[-1].since == NOW - 300 * DAY


@pytest.mark.parametrize(("days", "state"), [(90, {"done": 3}), (300, {})])
def test_since_goes_on_with_an_interrupted_walk_only_over_the_same_window(
    store: Store, ats: FakeAts, days: int, state: dict[str, int]
) -> None:
    run(ats.failing_after(3, Unreachable("no answer")), store)
    run(ats, store, NOW + HOUR, since=NOW - days * DAY)
    assert ats.windows[-1].since == NOW - days * DAY
    assert ats.states[-1] == state


def test_each_page_of_the_walk_is_announced(store: Store, ats: FakeAts) -> None:
    heard: list[tuple[str, int]] = []

    def hear(name: str, one: Page) -> None:
        heard.append((name, len(one.records)))

    sync_all([ats], store, now=NOW, owner="me", store_names=True, clock=lambda: NOW, on_page=hear)
    assert heard == [("greenhouse", 1)] * 6


def test_names_stay_out_when_they_are_not_wanted(store: Store, ats: FakeAts) -> None:
    store.receive("greenhouse", doorbell(Ref(Kind.CANDIDATE, "c1")))
    sync(ats, store, now=NOW, owner="me", store_names=False, clock=lambda: NOW)
    assert store.scorecards()[0].candidate is None


def test_an_interview_that_vanished_is_asked_for_by_name_and_deleted(
    store: Store, ats: FakeAts
) -> None:
    """Trap 17: deleted rows vanish silently. Its candidate may have gone with it."""
    run(ats.with_records(interview("i2")), store)
    run(ats.without(I1), store, NOW + HOUR)
    assert ats.asked == [(I1,), (C1,)]
    assert events(store) == ["first_seen", "deleted"]
    assert [each.key.interview_id for each in store.scorecards(open_only=True)] == ["i2"]


def test_whoever_vanished_with_an_interview_is_named_no_longer(store: Store, ats: FakeAts) -> None:
    """Case 41, without a webhook. Without a name nobody is asked after."""
    run(ats, store)
    run(ats.without(I1, A1, C1), store, NOW + HOUR)
    (facts,) = store.scorecards()
    assert facts.candidate is None
    again = ats.with_records(interview("i2", application_id="a2"), application("a2"))
    run(again, store, NOW + 2 * HOUR)
    run(again.without(I2), store, NOW + 3 * HOUR)
    assert again.asked.count((C1,)) == 1


def test_an_interview_that_was_moved_out_of_the_window_is_not_deleted(
    store: Store, ats: FakeAts
) -> None:
    run(ats, store)
    later = moved(interview(), NOW + 60 * DAY)
    run(ats.with_records(later), store, NOW + HOUR)
    assert store.scorecards()[0].ends_at == NOW + 60 * DAY
    assert store.scorecards()[0].interview_deleted_at is None


def test_once_a_day_open_scorecards_beyond_the_window_are_read_again(
    store: Store, ats: FakeAts
) -> None:
    old = interview("old", ends_at=NOW - 60 * DAY)
    done = interview("done", card(submitted_at=NOW), ends_at=NOW - 60 * DAY)
    run(ats.with_records(old, done), store)
    asked = [len(ats.asked)]
    for hours in (1, 25, 26):
        run(ats, store, NOW + timedelta(hours=hours))
        asked.append(len(ats.asked))
    assert ats.asked == [(Ref(Kind.INTERVIEW, "old"),)]
    assert asked == [0, 0, 1, 1]


def test_a_scorecard_handed_in_very_late_is_noticed_the_next_day(
    store: Store, ats: FakeAts
) -> None:
    old = interview("i1", ends_at=NOW - 60 * DAY)
    run(ats.with_records(old), store)
    handed_in = replace(old, scorecards=(card(submitted_at=NOW + HOUR),))
    run(ats.with_records(handed_in), store, NOW + 2 * DAY)
    assert store.scorecards(open_only=True) == []


def test_an_outage_keeps_what_was_read_and_the_next_run_goes_on_from_there(store: Store) -> None:
    """Case 28."""
    ats = FakeAts().with_records(interview("i0"), *world())
    outcome = run(ats.failing_after(3, Unreachable("greenhouse did not answer")), store)
    assert (outcome.outcome, outcome.records) == ("partial", 3)
    assert outcome.error == "greenhouse did not answer"
    again = run(ats, store, NOW + HOUR)
    assert (again.outcome, again.records) == ("ok", 4)
    assert ats.states[-1] == {"done": 3}
    assert ats.windows[0] == ats.windows[1]
    assert ats.asked == []  # what the first run has seen had not vanished
    last = store.last_sync("greenhouse")
    assert last is not None
    assert (last["outcome"], last["error"], last["records"]) == ("ok", None, 4)


def test_a_revoked_key_fails_this_account_and_the_others_go_on(store: Store) -> None:
    """Case 29."""
    broken = FakeAts("lever").with_records(*world()).failing_after(1, AccessRefused("revoked"))
    fine = FakeAts("ashby").with_records(*world())
    outcomes = sync_all(
        [broken, fine], store, now=NOW, owner="me", store_names=True, clock=lambda: NOW
    )
    assert [(each.ats, each.outcome) for each in outcomes] == [("lever", "failed"), ("ashby", "ok")]
    last = store.last_sync("lever")
    assert last is not None
    assert (last["outcome"], last["error"]) == ("failed", "revoked")
    assert store.last_complete_sync("lever") is None


@pytest.mark.parametrize("problem", [BrokenPaging("a loop"), BadRequest("what?")])
def test_a_place_that_the_ats_refuses_to_go_on_from_is_given_up(
    store: Store, ats: FakeAts, problem: ConnectorError
) -> None:
    assert run(ats.failing_after(3, problem), store).outcome == "failed"
    run(ats, store, NOW + HOUR)
    assert ats.states[-1] == {}


def test_only_one_sync_of_an_account_runs_and_a_crashed_one_is_taken_over(
    store: Store, ats: FakeAts
) -> None:
    """Case 37."""
    assert store.begin_sync("greenhouse", "crashed", NOW)
    assert run(ats, store, NOW + timedelta(minutes=9)).outcome == "busy"
    assert ats.windows == []
    assert run(ats, store, NOW + timedelta(minutes=11)).outcome == "ok"


def test_a_sync_that_was_overtaken_stops_and_stores_nothing_more(
    store: Store, ats: FakeAts
) -> None:
    """Case 37: it slept for longer than its lease."""

    def overtake(name: str, one: Page) -> None:
        store.begin_sync(name, "other", NOW + DAY)

    outcome = sync(
        ats.at(NOW),
        store,
        now=NOW,
        owner="me",
        store_names=True,
        clock=lambda: NOW,
        on_page=overtake,
    )
    assert (outcome.outcome, outcome.records) == ("partial", 1)
    assert "taken over" in str(outcome.error)
    assert store.begin_sync("greenhouse", "third", NOW + DAY) is None  # the other one's lease holds


@pytest.mark.parametrize(("flaws", "outcome"), [(1, "ok"), (2, "failed")])
def test_a_run_with_too_many_unreadable_records_fails(
    store: Store, ats: FakeAts, flaws: int, outcome: str
) -> None:
    """Case 39: one of five interviews is an accident, two of six a changed format."""
    ats.with_records(*(interview(f"i{n}") for n in range(2, 5)))
    ats.flaws = [Parked(Ref(Kind.INTERVIEW, f"x{n}"), "ends_at", "null") for n in range(flaws)]
    ended = run(ats, store)
    assert (ended.outcome, ended.parked) == (outcome, flaws)
    assert store.count_parked() == flaws
    assert len(store.scorecards()) == 4
    run(ats, store, NOW + HOUR)
    assert ats.windows[-1].since == NOW + HOUR - (14 if outcome == "ok" else 90) * DAY


def test_a_bug_in_a_connector_is_not_swallowed_and_gives_the_lease_back(
    store: Store, ats: FakeAts
) -> None:
    with pytest.raises(ZeroDivisionError):
        run(ats.failing_after(2, ZeroDivisionError("a bug")), store)
    assert run(ats, store, NOW + HOUR / 60).outcome == "ok"


def doorbell(*refs: Ref, event_id: str = "e1") -> Delivery:
    digest = hashlib.sha256(event_id.encode()).hexdigest()
    return Delivery(NOW, event_id, digest, "s1", event_id.encode(), "changed", refs)


def test_a_rung_doorbell_is_answered_by_reading_again(store: Store, ats: FakeAts) -> None:
    """Cases 1 to 3: how often it rang does not matter."""
    save(store, *world(interview("i1"), interview("i2")))
    store.receive("greenhouse", doorbell(I1))
    store.receive("greenhouse", doorbell(I1, I2, event_id="e2"))
    store.receive("greenhouse", doorbell(event_id="e3"))
    answered = answer_doorbells(ats.at(NOW), store, NOW, store_names=True)
    assert (answered.settled, answered.error) == (3, None)
    assert ats.asked == [(I1, I2)]
    assert store.waiting_count() == 0
    assert events(store, "i2") == ["first_seen", "deleted"]


def test_a_doorbell_that_could_not_be_answered_stays(store: Store, ats: FakeAts) -> None:
    store.receive("greenhouse", doorbell(I1))
    ats.refusing(I1, Unreachable("no answer"))
    answered = answer_doorbells(ats, store, NOW, store_names=True)
    assert (answered.settled, answered.error) == (0, "no answer")
    assert run(ats, store).outcome == "partial"
    assert store.waiting_count() == 1


def test_one_doorbell_that_the_ats_refuses_does_not_keep_the_others(
    store: Store, ats: FakeAts
) -> None:
    """Case 57."""
    for number, ref in enumerate((I1, Ref(Kind.INTERVIEW, "poison"), I2)):
        store.receive("greenhouse", doorbell(ref, event_id=f"e{number}"))
    ats.refusing(Ref(Kind.INTERVIEW, "poison"), BadRequest("not an id"))
    answered = answer_doorbells(ats, store, NOW, store_names=True)
    assert (answered.settled, answered.error) == (2, None)
    assert store.waiting_count() == 0
    assert len(store.scorecards()) == 1


CALENDAR = Policy(due_after_days=2, day_count=DayCount.CALENDAR)


def test_what_has_ended_is_stamped_with_its_due_time_once(store: Store) -> None:
    save(store, *world(interview("i1"), interview("i2", ends_at=NOW + HOUR)))
    assert stamp_due(store, CALENDAR, NOW) == 1
    assert stamp_due(store, CALENDAR, NOW) == 0
    assert [each.due_at for each in store.scorecards()] == [MONDAY + 2 * DAY, None]
    assert stamp_due(store, CALENDAR, NOW + HOUR) == 1


def test_more_than_fits_into_one_part_is_stamped_whole(store: Store) -> None:
    many = [interview(f"i{n}", card("p1"), card("p2")) for n in range(STAMPED_AT_ONCE // 2 + 1)]
    whole_day = interview("i", ends_at=None, ends_on=MONDAY.date())  # asked for in every run
    save(store, *world(whole_day, *many))
    assert stamp_due(store, CALENDAR, NOW) == STAMPED_AT_ONCE + 2
    assert stamp_due(store, CALENDAR, NOW) == 0


def test_changing_the_policy_does_not_move_what_is_stamped(store: Store) -> None:
    save(store, *world())
    stamp_due(store, CALENDAR, NOW)
    assert stamp_due(store, replace(CALENDAR, due_after_days=9), NOW + DAY) == 0
    assert store.scorecards()[0].due_at == MONDAY + 2 * DAY


def test_a_moved_end_is_stamped_anew(store: Store) -> None:
    """Case 50."""
    save(store, *world())
    stamp_due(store, CALENDAR, NOW)
    save(store, moved(interview(), MONDAY + 3 * DAY))
    assert stamp_due(store, CALENDAR, NOW) == 0
    assert stamp_due(store, CALENDAR, NOW + 3 * DAY) == 1
    assert store.scorecards()[0].due_at == MONDAY + 5 * DAY


@dataclass(frozen=True)
class Torn(WorkCalendar):
    """A calendar that lacks the week of Monday."""

    def is_workday(self, day: date) -> bool:
        if day < date(2026, 11, 23):
            raise KeyError(day)
        return super().is_workday(day)


def test_a_row_that_cannot_be_judged_is_set_aside_and_the_others_go_on(store: Store) -> None:
    """Case 57."""
    save(store, *world(interview("i1"), interview("i2", ends_at=MONDAY + 7 * DAY)))
    assert stamp_due(store, Policy(calendar=Torn()), NOW + 7 * DAY) == 1
    (parked,) = store.parked()
    assert (parked.ref_id, parked.path) == ("i1", "due_at")


def test_accounts_are_stamped_apart_by_their_own_policies(store: Store) -> None:
    save(store, *world())
    store.save_page("lever", page(*world(), person()), store_names=True)
    assert stamp_due(store, CALENDAR, NOW, ats="lever") == 1
    assert stamp_due(store, CALENDAR, NOW) == 1
