"""A pull of Ashby: its window, its cost, its sync token, taking it up again (faults.md part B)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.ats.ashby_api import AshbyApi
from connectors.ats.ashby_config import SERVICE
from connectors.ats.ashby_feedback import KeptFeedback
from connectors.ats.base import Window
from connectors.errors import AccessRefused, BrokenPaging, ScopeMissing, Unreachable
from connectors.http import CursorRefused, Http
from connectors.model import Application, Interview, Page, Person
from tests.connectors.fake_ashby import KEY, NOW, FakeAshby, Hands, ashby, connected, uid
from tests.connectors.loopback import Answer, thing
from tests.connectors.test_ashby_rules import WEEK, of, pulled

START = datetime(2026, 6, 1, tzinfo=UTC)
WIDE = Window(START, START + timedelta(days=200))
SCHEDULES, FEEDBACK = "interviewSchedule.list", "applicationFeedback.list"


@pytest.fixture
def fake() -> Iterator[FakeAshby]:
    with ashby() as fake:
        fake.hiring()
        yield fake


def interviews(fake: FakeAshby, count: int, every: timedelta = timedelta(days=3)) -> None:
    """Event 0, event 1, … in a schedule each, which was made two days before."""
    for n in range(count):
        end = START + n * every
        event = fake.event(f"event {n}", endTime=end.isoformat())
        fake.schedule(f"{n}", event, createdAt=(end - timedelta(days=2)).isoformat())


def ids(pages: list[Page]) -> set[str]:
    return {each.id for each in of(Interview, pages)}


def test_the_window_is_of_ends_and_open_at_its_end(fake: FakeAshby) -> None:
    ends = {
        "before": WEEK.since - timedelta(milliseconds=1),
        "first": WEEK.since,
        "last": WEEK.until - timedelta(milliseconds=1),
        "after": WEEK.until,
    }
    events = [fake.event(word, endTime=end.isoformat()) for word, end in ends.items()]
    fake.schedule("schedule", *events)
    assert ids(pulled(fake)) == {uid("first"), uid("last")}


def test_each_schedule_is_read_once_the_youngest_first(fake: FakeAshby) -> None:
    interviews(fake, 60)
    pages = list(connected(fake).pull(WIDE, {}))
    found = [e.id for p in pages for e in p.records if isinstance(e, Interview)]
    assert len(found) == len(set(found)) == 60
    shares = [page.fraction for page in pages]
    assert shares == sorted(shares, key=lambda share: share or 0)
    assert shares[-1] == 1.0
    assert uid("event 55") in found[:10]


def test_a_pull_taken_up_after_any_page_ends_like_one_that_was_never_broken_off(
    fake: FakeAshby,
) -> None:
    """Resume equivalence. The state is a moment, never a cursor, and survives JSON."""
    interviews(fake, 24, timedelta(days=7.5))
    fake.page_size = 5
    whole = list(connected(fake).pull(WIDE, {}))
    assert len(whole) > 5
    for kept in range(len(whole) + 1):
        state = json.loads(json.dumps(dict(whole[kept - 1].state))) if kept else {}
        assert set(state) <= {"created_since"}
        after = list(connected(fake).pull(WIDE, state))
        assert ids(whole[:kept]) | ids(after) == ids(whole)
    assert list(connected(fake).pull(WIDE, whole[-1].state)) == []


def test_what_is_done_is_not_done_again(fake: FakeAshby) -> None:
    interviews(fake, 60)
    whole = list(connected(fake).pull(WIDE, {}))
    [border] = {p.state["created_since"] for p in whole if p.fraction == 1 / 4}
    rest = ids(list(connected(fake).pull(WIDE, {"created_since": border})))
    assert 0 < len(rest) < 60


@pytest.mark.parametrize(
    "state",
    [
        {"created_since": "last week"},
        {"created_since": None},
        {"created_since": "2026-10-12T00:00:00"},
        {"done_until": "2026-10-12T00:00:00Z"},
    ],
)
def test_a_state_that_makes_no_sense_starts_over(fake: FakeAshby, state: dict[str, object]) -> None:
    interviews(fake, 3)
    assert len(ids(list(connected(fake).pull(WIDE, state)))) == 3


def test_a_schedule_that_does_not_say_when_it_was_made_is_never_left_out(fake: FakeAshby) -> None:
    fake.schedule(createdAt=None)
    state = {"created_since": (NOW - timedelta(days=100)).isoformat()}
    assert ids(list(connected(fake).pull(WEEK, state))) == {uid("event")}


def test_an_empty_window_asks_nothing(fake: FakeAshby) -> None:
    assert list(connected(fake).pull(Window(START, START), {})) == []
    assert fake.server.asked == []


def test_pages_are_made_one_after_the_other(fake: FakeAshby) -> None:
    interviews(fake, 60)
    fake.page_size = 2
    pull = connected(fake).pull(Window(NOW - timedelta(days=20), NOW), {})
    next(pull)
    assert len(fake.questions(SCHEDULES)) == 1


def test_what_an_interview_names_has_come_before_it(fake: FakeAshby) -> None:
    interviews(fake, 20)
    fake.feedback("form", "Ivo Brandt", "event 3", submittedByUser=fake.user("Pia Holt"))
    known: set[str] = set()
    for page in connected(fake).pull(WIDE, {}):
        known |= {record.id for record in page.records}
        for each in of(Interview, [page]):
            named = {card.interviewer_id for card in each.scorecards}
            named |= {card.submitter_id or each.id for card in each.scorecards}
            assert named | {each.application_id, each.job_id} <= known


# -- what it costs


def test_the_everyday_pull_asks_for_what_may_have_changed_and_no_more(fake: FakeAshby) -> None:
    """3.10: lists, and applications with something open. Nothing about what is settled."""
    hands = Hands()
    account = connected(fake, clock=hands)
    for n in range(30):
        fake.hiring(f"application {n}")
        done = n >= 3
        event = fake.event(f"event {n}", hasSubmittedFeedback=done)
        fake.schedule(f"{n}", event, applicationId=uid(f"application {n}"))
        if done:
            fake.feedback(f"form {n}", "Ivo Brandt", f"event {n}")
    first = list(account.pull(WEEK, {}))
    assert len(fake.questions("application.info")) == 30
    assert len(fake.questions("candidate.info")) == 1
    fake.server.asked.clear()
    hands.now += timedelta(minutes=15)
    second = list(account.pull(WEEK, {}))
    assert ids(second) == ids(first)
    asked = [each.name for each in fake.server.asked]
    assert sorted(asked) == sorted([FEEDBACK, *[SCHEDULES] * 3, *["application.info"] * 3])


def test_what_was_read_before_comes_on_a_page_with_its_own_moment(fake: FakeAshby) -> None:
    """Facts of a page may be younger than it says, never older."""
    hands = Hands()
    account = connected(fake, clock=hands)
    fake.schedule("schedule", fake.event(endTime="2026-11-30T10:00:00Z"))
    ahead = Window(NOW, NOW + timedelta(days=14))
    assert {page.read_at for page in account.pull(ahead, {})} == {NOW}
    hands.now += timedelta(hours=2)
    pages = list(account.pull(ahead, {}))
    moments = {type(r).__name__: p.read_at for p in pages for r in p.records}
    assert moments["Application"] == moments["Job"] == NOW
    assert moments["Interview"] == hands.now
    hands.now += timedelta(days=1)
    assert {page.read_at for page in account.pull(ahead, {})} == {hands.now}


def test_an_application_with_something_open_is_read_again_each_time(fake: FakeAshby) -> None:
    account = connected(fake)
    fake.schedule()
    list(account.pull(WEEK, {}))
    fake.hiring(status="Archived")
    [application] = of(Application, list(account.pull(WEEK, {})))
    assert application.ats_status == "Archived"


# -- the sync token of feedback (2.3)


def test_feedback_is_read_whole_once_and_then_by_token(fake: FakeAshby) -> None:
    """Trap 7: the token is on the last page only, and goes with the same parameters."""
    account, hands = connected(fake), Hands()
    seats = fake.seat("Ivo Brandt"), fake.seat("Mara Field")
    fake.schedule("schedule", fake.event("event", *seats, hasSubmittedFeedback=True))
    fake.page_size = 1
    fake.feedback("form", "Ivo Brandt")
    fake.feedback("beside", "Ivo Brandt", None)
    list(account.pull(WEEK, {}))
    fake.feedback("second", "Mara Field")
    pages = list(account.pull(Window(WEEK.since + timedelta(hours=1), WEEK.until), {}))
    [interview] = of(Interview, pages)
    assert all(card.submitted_at for card in interview.scorecards)
    asked = fake.questions(FEEDBACK)
    assert [sorted(each) for each in asked] == [
        ["createdAfter"],
        ["createdAfter", "cursor"],
        ["createdAfter", "syncToken"],
    ]
    assert len({each["createdAfter"] for each in asked}) == 1
    assert hands.now == NOW


def test_a_walk_that_finds_nothing_new_keeps_the_old_token(fake: FakeAshby) -> None:
    account = connected(fake)
    fake.schedule()
    fake.feedback("form", "Ivo Brandt")
    for _ in range(3):
        [interview] = of(Interview, list(account.pull(WEEK, {})))
        assert interview.scorecards[0].submitted_at
    assert [("syncToken" in each) for each in fake.questions(FEEDBACK)] == [False, True, True]


@pytest.mark.parametrize(
    "code", ["sync_token_expired", "sync_token_invalid", "incremental_sync_too_large"]
)
@pytest.mark.parametrize("shape", ["info", "strings", "objects"])
def test_a_token_that_is_not_taken_falls_back_to_a_full_walk(
    fake: FakeAshby, code: str, shape: str
) -> None:
    """Case 32, and traps 1 and 8: with status 200, in any of three shapes."""
    account = connected(fake)
    fake.shape = shape
    fake.schedule()
    list(account.pull(WEEK, {}))
    fake.feedback("form", "Ivo Brandt")
    fake.token_trouble = code
    [interview] = of(Interview, list(account.pull(WEEK, {})))
    assert interview.scorecards[0].submitted_at
    fake.token_trouble = None
    list(account.pull(WEEK, {}))
    walks = ["syncToken" in each for each in fake.questions(FEEDBACK)]
    assert walks == [False, True, False, True]


def test_a_walk_cut_off_in_its_middle_falls_back_too(fake: FakeAshby) -> None:
    account = connected(fake)
    fake.schedule()
    list(account.pull(WEEK, {}))
    fake.feedback("form", "Ivo Brandt")
    more = {"success": True, "results": [], "moreDataAvailable": True, "nextCursor": "x"}
    fake.script[FEEDBACK] += [thing(more), fake.failure("incremental_sync_too_large")]
    [interview] = of(Interview, list(account.pull(WEEK, {})))
    assert interview.scorecards[0].submitted_at
    asked = fake.questions(FEEDBACK)
    assert {"createdAfter", "syncToken", "cursor"} == set(asked[2])
    assert set(asked[3]) == {"createdAfter"}


def test_once_a_week_feedback_is_read_whole_because_a_token_tells_no_deletion(
    fake: FakeAshby,
) -> None:
    hands = Hands()
    account = connected(fake, clock=hands)
    fake.schedule()
    fake.feedback("form", "Ivo Brandt")
    list(account.pull(WEEK, {}))
    fake.drop("applicationFeedback", "form")
    hands.now += timedelta(days=6)
    assert of(Interview, list(account.pull(WEEK, {})))[0].scorecards[0].submitted_at
    hands.now += timedelta(days=1)
    assert not of(Interview, list(account.pull(WEEK, {})))[0].scorecards[0].submitted_at


def test_a_window_that_reaches_further_back_reads_feedback_whole(fake: FakeAshby) -> None:
    account = connected(fake)
    list(account.pull(WEEK, {}))
    list(account.pull(Window(WEEK.since - timedelta(days=1), WEEK.until), {}))
    first, second = fake.questions(FEEDBACK)
    assert second["createdAfter"] == first["createdAfter"] - 86_400_000


@pytest.mark.parametrize("hidden", [False, True])
def test_a_key_that_may_not_read_all_feedback_reads_it_by_application(
    fake: FakeAshby, hidden: bool
) -> None:
    """ashby.md 10; and where nobody is waited for there is nothing to read."""
    if hidden:
        fake.script[FEEDBACK].append(fake.failure("missing_endpoint_permission", 403))
    fake.by_application_only = True
    fake.schedule("schedule", fake.event(hasSubmittedFeedback=True))
    ahead = fake.event("untouched", endTime="2026-11-30T10:00:00Z")
    fake.schedule("other", ahead, applicationId=uid("another"))
    fake.feedback("form", "Ivo Brandt")
    pages = list(connected(fake).pull(Window(WEEK.since, NOW + timedelta(days=14)), {}))
    found = {e.id: e.scorecards[0].submitted_at for e in of(Interview, pages)}
    assert found[uid("event")]
    assert found[uid("untouched")] is None
    assert fake.questions(FEEDBACK)[1:] == [{"applicationId": uid("application")}]


def test_too_much_feedback_for_memory_is_asked_for_by_application(fake: FakeAshby) -> None:
    for n in range(4):
        fake.feedback(f"form {n}", "Ivo Brandt", f"event {n}")
    api = AshbyApi(Http(SERVICE, clock=lambda: NOW), fake.server.url, KEY)
    assert KeptFeedback(api, most=4).update(WEEK.since, NOW, [])
    kept = KeptFeedback(api, most=3)
    assert kept.update(WEEK.since, NOW, []) is None
    asked = len(fake.questions(FEEDBACK))
    assert kept.update(WEEK.since, NOW, []) is None
    assert len(fake.questions(FEEDBACK)) == asked, "it is not tried at each pull"


# -- faults


def test_a_fault_in_the_middle_is_ridden_out(fake: FakeAshby) -> None:
    """Cases 28 and 30."""
    interviews(fake, 5)
    troubles = [Answer(502), Answer(body=b'{"success"'), Answer(drop=True)]
    for method in (SCHEDULES, FEEDBACK, "application.info", "job.info", "department.list"):
        fake.script[method] += troubles
    sleeps: list[float] = []
    assert len(ids(list(connected(fake, sleeps=sleeps).pull(WIDE, {})))) == 5
    assert len(sleeps) == 15


def test_a_fault_that_stays_ends_the_pull_and_what_came_before_is_good(fake: FakeAshby) -> None:
    """Case 28."""
    interviews(fake, 60)
    pages: list[Page] = []
    pull = connected(fake).pull(WIDE, {})
    while not pages or pages[-1].fraction != 1 / 4:
        pages.append(next(pull))
    fake.script[SCHEDULES] += [Answer(500)] * 9
    with pytest.raises(Unreachable, match=r"/interviewSchedule\.list"):
        pages += list(pull)
    fake.script.clear()
    assert len(ids(pages + list(connected(fake).pull(WIDE, pages[-1].state)))) == 60


def test_a_key_revoked_in_the_middle_stops_at_once(fake: FakeAshby) -> None:
    """Case 29."""
    fake.schedule()
    fake.script["application.info"].append(fake.failure("invalid_key", 403))
    with pytest.raises(AccessRefused, match="ASHBY_API_KEY"):
        pulled(fake)
    assert len(fake.questions("application.info")) == 1


@pytest.mark.parametrize("right", ["interviews", "candidates"])
def test_a_missing_right_that_is_needed_is_named(fake: FakeAshby, right: str) -> None:
    fake.denied = {right}
    fake.schedule("schedule", fake.event(hasSubmittedFeedback=True))
    with pytest.raises(ScopeMissing, match=f"Grant {right}:read to the API key") as caught:
        pulled(fake)
    assert caught.value.scope == f"{right}:read"


@pytest.mark.parametrize("code", ["next_cursor_expired", "invalid_next_cursor", "cursor_invalid"])
def test_an_expired_cursor_starts_the_walk_again(fake: FakeAshby, code: str) -> None:
    """Case 32."""
    interviews(fake, 6)
    fake.page_size = 2
    cursor = {"success": True, "results": [], "moreDataAvailable": True, "nextCursor": "x"}
    fake.script[SCHEDULES] += [thing(cursor), fake.failure(code)]
    assert len(ids(list(connected(fake).pull(WIDE, {})))) == 6


def test_cursors_that_are_never_taken_end_the_pull(fake: FakeAshby) -> None:
    cursor = thing({"success": True, "results": [], "moreDataAvailable": True, "nextCursor": "x"})
    fake.script[SCHEDULES] += [cursor, fake.failure("next_cursor_expired")] * 2
    with pytest.raises(CursorRefused):
        pulled(fake)


@pytest.mark.parametrize("more", [{"nextCursor": "same"}, {"nextCursor": None}, {}])
def test_pages_that_go_round_or_lead_nowhere_are_found_out(
    fake: FakeAshby, more: dict[str, Any]
) -> None:
    """Case 33."""
    page = thing({"success": True, "results": [], "moreDataAvailable": True, **more})
    fake.script[SCHEDULES] += [page] * 5
    with pytest.raises(BrokenPaging):
        pulled(fake)


def test_a_next_cursor_beside_no_more_data_is_not_followed(fake: FakeAshby) -> None:
    page = {"success": True, "results": [], "moreDataAvailable": False, "nextCursor": "x"}
    fake.script[SCHEDULES] += [thing(page)] * 3
    pulled(fake)
    assert all("cursor" not in each for each in fake.questions(SCHEDULES))


def test_people_of_a_panel_need_no_question(fake: FakeAshby) -> None:
    fake.schedule()
    assert uid("Ivo Brandt") in {each.id for each in of(Person, pulled(fake))}
    assert {"userId": uid("Ivo Brandt")} not in fake.questions("user.info")
