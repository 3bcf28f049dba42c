"""Who may answer what, what is kept of it, and how it is taken back."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.model import InterviewState
from scheduler.answering import (
    OPERATOR,
    Answered,
    Refused,
    Undone,
    answer,
    choices,
    closed,
    standing,
    undo,
)
from scheduler.answers import Answer, AnswerKind
from scheduler.facts import ScorecardFacts
from scheduler.hours import Hours
from scheduler.store import Store
from scheduler.workdays import WorkCalendar
from tests.scheduler import cards
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
    key,
    moved,
    person,
    save,
)

NOW = MONDAY + 3 * DAY
BO = "p1@example.org"
SNOOZE, DONE = AnswerKind.SNOOZE, AnswerKind.DONE_ELSEWHERE
HAND_OVER, DID_NOT_HAPPEN = AnswerKind.HAND_OVER, AnswerKind.DID_NOT_HAPPEN


@pytest.fixture
def company(store: Store) -> Store:
    """A panel of Bo and Ada; Ali recruits, Hedda hires, Lou left, Nix has no address."""
    save(
        store,
        person("p1", "Bo Ek"),
        person("p2", "Ali"),
        person("p3", "Ada Lund"),
        person("p4", "Hedda"),
        person("p5", "Lou", active=False),
        person("p6", "Nix", email=None),
        candidate(),
        job(recruiter_ids=("p2", "p5"), coordinator_ids=("p6",), hiring_manager_ids=("p4", "p3")),
        application(),
        interview("i1", card("p1"), card("p3")),
    )
    return store


def facts(store: Store) -> ScorecardFacts:
    return store.scorecards(keys=[KEY])[0]


def given(store: Store, kind: AnswerKind = DONE, by: str = BO, **more: Any) -> Answer:
    taken = answer(store, KEY, kind, by, "page", more.pop("now", NOW), **more)
    assert isinstance(taken, Answered), taken
    return taken.answer


def refusal(store: Store, kind: AnswerKind = DONE, by: str = BO, **more: Any) -> str:
    taken = answer(store, KEY, kind, by, "page", more.pop("now", NOW), **more)
    assert isinstance(taken, Refused)
    assert facts(store).answers == ()
    return taken.sentence


def test_an_answer_is_kept_with_who_gave_it_when_and_how(company: Store) -> None:
    taken = given(company, HAND_OVER, " P1@Example.org ", to_id="p3")
    assert facts(company).answers == (taken,)
    assert (taken.by, taken.via, taken.at, taken.to_id) == (BO, "page", NOW, "p3")
    assert standing(facts(company), NOW) == taken
    assert events(company)[-1] == "answered"


def test_a_value_of_another_kind_is_not_kept(company: Store) -> None:
    taken = given(company, DONE, until=NOW + DAY, to_id="p3", reason="moved")
    assert (taken.until, taken.to_id, taken.reason) == (None, None, None)


def test_a_second_click_is_the_same_answer(company: Store) -> None:
    first = given(company, SNOOZE, until=NOW + DAY)
    assert given(company, SNOOZE, until=NOW + DAY, now=NOW + timedelta(seconds=1)) == first
    assert facts(company).answers == (first,)
    assert events(company).count("answered") == 1


def test_two_clicks_at_one_moment_are_one_answer(company: Store) -> None:
    start = threading.Barrier(4)
    taken: list[Answered | Refused] = []

    def press() -> None:
        start.wait(5)
        taken.append(answer(company, KEY, DONE, BO, "page", NOW))

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(taken) == 4
    assert len(set(map(str, taken))) == 1
    assert len(facts(company).answers) == 1


def test_a_click_that_read_the_clock_first_and_comes_second_is_the_same_answer(
    company: Store,
) -> None:
    first = given(company, DONE)
    assert given(company, DONE, now=NOW - timedelta(milliseconds=7)) == first
    assert facts(company).answers == (first,)


def test_a_later_answer_takes_the_place_of_an_earlier_one_even_at_the_same_moment(
    company: Store,
) -> None:
    given(company, DONE)
    for reason in ("no_show", "moved", "other", "not_me", "cancelled"):
        latest = given(company, DID_NOT_HAPPEN, reason=reason)
        assert standing(facts(company), NOW) == latest
    assert len(facts(company).answers) == 6


def test_what_was_said_before_and_replaced_can_be_said_again(company: Store) -> None:
    given(company, DONE)
    given(company, SNOOZE, until=NOW + DAY)
    again = given(company, DONE, now=NOW + HOUR)
    assert standing(facts(company), NOW + HOUR) == again
    assert len(facts(company).answers) == 3


@pytest.mark.parametrize("by", ["p3@example.org", "", "p1@example.org.evil"])
def test_nobody_answers_for_somebody_else(company: Store, by: str) -> None:
    assert "asked of somebody else" in refusal(company, by=by)


def test_an_address_of_several_people_answers_nothing(company: Store) -> None:
    """Case 55."""
    save(company, person("p9", "Kim", email=BO))
    assert "Several people share your address" in refusal(company)


def test_somebody_without_an_address_cannot_be_impersonated(company: Store) -> None:
    save(company, person("p1", "Bo Ek", email=None), at=NOW)
    assert "asked of somebody else" in refusal(company, by="")


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        (None, "over already"),
        (NOW, "over already"),
        (NOW - DAY, "over already"),
        (NOW + timedelta(days=14, seconds=1), "14 days is the longest"),
    ],
)
def test_a_snooze_ends_in_the_next_fourteen_days(
    company: Store, until: datetime | None, sentence: str
) -> None:
    assert sentence in refusal(company, SNOOZE, until=until)


def test_the_longest_snooze_is_taken(company: Store) -> None:
    assert given(company, SNOOZE, until=NOW + 14 * DAY).until == NOW + 14 * DAY


@pytest.mark.parametrize("to_id", [None, "p1", "p5", "p6", "nobody"])
def test_it_is_handed_only_to_whom_the_list_offers(company: Store, to_id: str | None) -> None:
    assert "somebody from the list" in refusal(company, HAND_OVER, to_id=to_id)


@pytest.mark.parametrize("reason", [None, "", "boredom"])
def test_what_did_not_happen_has_a_reason_of_the_list(company: Store, reason: str | None) -> None:
    assert "one of the reasons" in refusal(company, DID_NOT_HAPPEN, reason=reason)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"cards": (card("p1", submitted_at=NOW - HOUR), card("p3"))}, "Your scorecard is in"),
        ({"cards": (card("p3"),)}, "no longer on the panel"),
        ({"cards": (card("p1", required=False),)}, "asks you for no scorecard"),
        ({"state": InterviewState.CANCELLED}, "called off"),
        ({"state": InterviewState.UNSCHEDULED}, "no date"),
        ({"ends_at": NOW + DAY}, "still to come"),
    ],
)
def test_what_is_closed_is_not_answered(
    company: Store, change: dict[str, Any], sentence: str
) -> None:
    more = {"cards": (card("p1"), card("p3")), **change}
    save(company, interview("i1", *more.pop("cards"), **more), at=NOW - HOUR)
    assert sentence in refusal(company)


def test_an_interview_that_is_gone_is_not_answered(company: Store) -> None:
    taken = answer(company, key("i9"), DONE, BO, "mail", NOW)
    assert isinstance(taken, Refused)
    assert "not known here any more" in taken.sentence


def test_an_all_day_interview_of_tomorrow_is_still_to_come() -> None:
    facts = cards.card(ends_at=None, ends_on=(NOW + DAY).date())
    assert "still to come" in str(closed(facts, NOW))
    assert closed(replace(facts, ends_on=NOW.date()), NOW) is None


def test_an_answer_is_undone_once_and_the_one_before_it_holds_again(company: Store) -> None:
    first = given(company, DONE)
    second = given(company, SNOOZE, until=NOW + DAY, now=NOW + HOUR)
    one = undo(company, second.id, BO.upper(), "page", NOW + 2 * HOUR)
    two = undo(company, second.id, BO, "slack", NOW + 3 * HOUR)
    assert isinstance(one, Undone)
    assert one == two
    assert (one.answer.undone_at, one.answer.undone_by) == (NOW + 2 * HOUR, BO)
    assert standing(facts(company), NOW + 2 * HOUR) == first
    assert events(company).count("answer_undone") == 1


def test_only_whoever_gave_it_and_the_operator_take_an_answer_back(company: Store) -> None:
    taken = given(company)
    refused = undo(company, taken.id, "p3@example.org", "page", NOW)
    assert isinstance(refused, Refused)
    assert standing(facts(company), NOW) == taken
    assert isinstance(undo(company, taken.id, OPERATOR, "page", NOW), Undone)
    assert standing(facts(company), NOW) is None
    assert isinstance(undo(company, "nonsense", BO, "page", NOW), Refused)


def test_what_was_undone_can_be_answered_anew(company: Store) -> None:
    first = given(company)
    undo(company, first.id, BO, "page", NOW)
    second = given(company)
    assert second.id != first.id
    assert standing(facts(company), NOW) == second


def test_an_answer_about_a_meeting_that_was_moved_speaks_of_another_one(company: Store) -> None:
    first = given(company, DID_NOT_HAPPEN, reason="moved")
    meeting = interview("i1", card("p1"), card("p3"))
    later = NOW + 5 * DAY
    save(company, moved(meeting, later), at=NOW + HOUR)
    assert standing(facts(company), later + DAY) is None
    again = given(company, DID_NOT_HAPPEN, reason="moved", now=later + DAY)
    assert again.id != first.id
    assert standing(facts(company), later + DAY) == again


def test_the_panel_comes_first_then_the_recruiters_and_nobody_twice_or_oneself(
    company: Store,
) -> None:
    panel = company.panels("greenhouse", ["i1"])["i1"]
    offered = choices(facts(company), panel, NOW, Hours()).colleagues
    assert [(each.id, each.role) for each in offered] == [
        ("p3", "on the panel"),
        ("p2", "recruiter"),
        ("p4", "hiring manager"),
    ]


def test_somebody_who_left_the_panel_is_not_offered_and_names_are_cleaned() -> None:
    own = cards.card(recruiters=())
    gone = cards.card(who="ada", removed_at=NOW)
    odd = cards.card(interviewer=cards.person("odd", name="\u202eEve\n<b>"))
    shared = cards.card(interviewer=cards.person("two", shares_address=True))
    offered = choices(own, [own, gone, odd, shared], NOW, Hours()).colleagues
    assert [each.name for each in offered] == ["Eve <b>"]


BERLIN, LA = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Los_Angeles")
GERMAN = WorkCalendar.of("DE-BE")


@pytest.mark.parametrize(
    ("now", "hours", "tomorrow", "monday"),
    [
        # Wednesday
        ("2026-11-18 10:00", Hours(BERLIN), "2026-11-19 08:00", "2026-11-23 08:00"),
        # Friday: tomorrow is no working day, so both are Monday
        ("2026-11-20 10:00", Hours(BERLIN), "2026-11-23 08:00", "2026-11-23 08:00"),
        # Thursday in Berlin and still Wednesday in Los Angeles
        ("2026-11-19 03:00", Hours(LA), "2026-11-19 17:00", "2026-11-23 17:00"),
        # the night of the clock change lies between
        ("2026-10-23 10:00", Hours(BERLIN), "2026-10-26 08:00", "2026-10-26 08:00"),
        # the Thursday before Easter: Friday and Monday are holidays
        ("2026-04-02 10:00", Hours(BERLIN, GERMAN), "2026-04-07 07:00", "2026-04-07 07:00"),
    ],
)
def test_a_snooze_ends_when_the_person_begins_to_work(
    now: str, hours: Hours, tomorrow: str, monday: str
) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    offered = choices(cards.card(), [], at, hours)
    assert f"{offered.tomorrow:%Y-%m-%d %H:%M}" == tomorrow
    assert f"{offered.monday:%Y-%m-%d %H:%M}" == monday
    assert len(offered.moments) == len({tomorrow, monday})
    assert at < offered.monday <= offered.latest == at + 14 * DAY


def test_answers_are_counted_by_kind_and_the_undone_apart(company: Store) -> None:
    undo(company, given(company).id, BO, "page", NOW + HOUR)
    given(company, SNOOZE, until=NOW + DAY, now=NOW + 2 * HOUR)
    counts, undone = company.count_answers(NOW + DAY)
    assert ({kind: n for kind, n in counts.items() if n}, undone) == ({SNOOZE: 1}, 1)
    assert company.count_answers(NOW)[0][DONE] == 1
    assert company.count_answers(NOW - DAY) == (dict.fromkeys(AnswerKind, 0), 0)
    assert [each.kind for _, each in company.newest_answers(50)] == [SNOOZE, DONE]


def test_an_address_leaves_a_list_once_and_may_come_back(store: Store) -> None:
    assert store.unsubscribe("report", " Boss@Example.org ", NOW)
    assert not store.unsubscribe("report", "boss@example.org", NOW + DAY)
    assert store.unsubscribed("report") == {"boss@example.org"}
    assert store.unsubscribed("other") == frozenset()
    assert store.subscribe_again("report", "BOSS@example.org")
    assert not store.subscribe_again("report", "boss@example.org")
    assert store.unsubscribed("report") == frozenset()
