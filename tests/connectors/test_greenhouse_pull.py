"""A pull in slices and pages: order, memory, resuming, faults in the middle (faults.md part B)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.ats.base import Window
from connectors.errors import AccessRefused, BrokenPaging, ScopeMissing, Unreachable
from connectors.model import (
    Application,
    Candidate,
    Interview,
    Job,
    Page,
    Person,
    Record,
)
from tests.connectors.fake_harvest import NOW, FakeHarvest, connected, harvest
from tests.connectors.loopback import Answer, rows, thing
from tests.connectors.test_greenhouse_traps import WEEK, hidden, of, pulled

START = datetime(2026, 10, 5, tzinfo=UTC)
MONTH = Window(START, START + timedelta(days=28))


@pytest.fixture
def fake() -> Iterator[FakeHarvest]:
    with harvest() as fake:
        fake.hiring()
        yield fake


def interviews(fake: FakeHarvest, count: int, every: timedelta = timedelta(days=1)) -> None:
    """Interviews 1000, 1001, … with one seat each, the first at 10:00 of the first day."""
    for n in range(count):
        start = START + timedelta(hours=10) + n * every
        end = start + timedelta(hours=1)
        fake.interview(1000 + n, starts_at=start.isoformat(), ends_at=end.isoformat())
        fake.seat(1000 + n, 500 + n % 5, 6000 + n)


def ids(pages: list[Page]) -> set[str]:
    return {each.id for each in of(Interview, pages)}


def test_a_window_is_walked_week_by_week_and_every_interview_comes_once(
    fake: FakeHarvest,
) -> None:
    interviews(fake, 28)
    pages = list(connected(fake).pull(MONTH, {}))
    found = [each.id for each in of(Interview, pages)]
    assert sorted(found) == [str(1000 + n) for n in range(28)]
    assert [page.fraction for page in pages] == [0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1]
    starts = [q["ends_at"][4:14] for q in fake.questions("interviews") if "ends_at" in q]
    assert starts == ["2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26"]


def test_what_ends_on_a_border_belongs_to_the_later_slice_and_to_one_only(
    fake: FakeHarvest,
) -> None:
    border = START + timedelta(days=7)
    fake.interview(1, starts_at=START.isoformat(), ends_at=border.isoformat())
    fake.interview(2, starts_at=START.isoformat(), ends_at=MONTH.until.isoformat())
    pages = list(connected(fake).pull(MONTH, {}))
    assert [each.id for each in of(Interview, pages)] == ["1"]


def test_the_state_moves_at_the_end_of_a_slice_only(fake: FakeHarvest) -> None:
    interviews(fake, 14)
    window = Window(START, START + timedelta(days=14))
    states = [dict(page.state) for page in connected(fake).pull(window, {})]
    first = {"done_until": "2026-10-12T00:00:00+00:00"}
    assert states == [{}, first, first, {"done_until": "2026-10-19T00:00:00+00:00"}]
    assert json.loads(json.dumps(states)) == states


def test_a_pull_resumed_after_any_page_ends_like_one_that_was_never_interrupted(
    fake: FakeHarvest,
) -> None:
    """Resume equivalence; finished slices are not asked for again."""
    interviews(fake, 28)
    whole = list(connected(fake).pull(MONTH, {}))
    for kept in range(len(whole) + 1):
        before = whole[:kept]
        state = before[-1].state if before else {}
        asked_before = len(fake.questions("interviews"))
        after = list(connected(fake).pull(MONTH, state))
        assert ids(before) | ids(after) == ids(whole)
        assert len(fake.questions("interviews")) - asked_before == 2 * (4 - kept // 2)


@pytest.mark.parametrize(
    "state",
    [
        {"done_until": "last week"},
        {"done_until": None},
        {"done_until": "2026-10-12T00:00:00"},
        {"done_until": "2020-01-01T00:00:00Z"},
        {"other": 1},
    ],
)
def test_a_state_that_makes_no_sense_starts_over(
    fake: FakeHarvest, state: dict[str, object]
) -> None:
    interviews(fake, 3)
    assert len(ids(list(connected(fake).pull(MONTH, state)))) == 3


def test_a_finished_or_empty_window_asks_nothing(fake: FakeHarvest) -> None:
    done = {"done_until": "2030-01-01T00:00:00Z"}
    assert list(connected(fake).pull(MONTH, done)) == []
    assert list(connected(fake).pull(Window(START, START), {})) == []
    assert fake.server.asked == []


def test_people_and_jobs_are_asked_for_once_and_come_before_what_names_them(
    fake: FakeHarvest,
) -> None:
    interviews(fake, 28)
    pages = list(connected(fake).pull(MONTH, {}))
    for kind in (Person, Job):
        names = [record.id for record in of(kind, pages)]
        assert len(names) == len(set(names))
    for name in ("jobs", "job_interviews", "departments", "job_owners", "job_hiring_managers"):
        assert len(fake.questions(name)) == 1, name
    order = [Person, Candidate, Job, Application, Interview]
    known: set[str] = set()
    for page in pages:
        ranks = [order.index(type(record)) for record in page.records]
        assert ranks == sorted(ranks)
        known |= {_named(record) for record in page.records}
        for each in of(Interview, [page]):
            assert f"Application {each.application_id}" in known
            assert f"Job {each.job_id}" in known
            assert {f"Person {card.interviewer_id}" for card in each.scorecards} <= known


def _named(record: Record) -> str:
    return f"{type(record).__name__} {record.id}"


def test_many_interviews_come_in_pages_of_a_bounded_size(fake: FakeHarvest) -> None:
    interviews(fake, 250, every=timedelta(minutes=30))
    sizes = [len(of(Interview, [page])) for page in connected(fake).pull(MONTH, {})]
    assert sum(sizes) == 250
    assert max(sizes) == 100


def test_pages_are_made_one_after_the_other(fake: FakeHarvest) -> None:
    """Nothing of the later slices is asked for before the first page is taken."""
    interviews(fake, 28)
    pull = connected(fake).pull(MONTH, {})
    next(pull)
    assert len(fake.questions("interviews")) == 1


def test_an_all_day_interview_seen_in_both_listings_comes_once(fake: FakeHarvest) -> None:
    fake.interview(1, all_day_end_on="2026-11-10")
    [found] = of(Interview, pulled(fake))
    assert found.ends_on is None, "it has an end to the minute"


def test_an_application_met_again_in_a_later_week_is_read_again(fake: FakeHarvest) -> None:
    """What is kept for the whole pull is people and jobs; there are too many candidates."""
    interviews(fake, 8)
    pull = connected(fake).pull(MONTH, {})
    pages = [next(pull)]
    fake.hiring(status="rejected")
    pages += list(pull)
    assert [each.ats_status for each in of(Application, pages)] == ["in_process", "rejected"]
    assert len(fake.questions("candidates")) == 2


def test_a_token_that_the_vendor_echoes_is_not_repeated(fake: FakeHarvest) -> None:
    """Case 67."""
    interviews(fake, 1)
    fake.script["users"].append(thing({"errors": ["token-1 may not read users"]}, 403))
    with pytest.raises(ScopeMissing, match=r"\[secret\] may not read users"):
        list(connected(fake).pull(MONTH, {}))


def test_a_page_says_when_its_first_question_was_asked(fake: FakeHarvest) -> None:
    interviews(fake, 1)
    assert {page.read_at for page in connected(fake).pull(MONTH, {})} == {NOW}


def test_a_fault_in_the_middle_is_ridden_out(fake: FakeHarvest) -> None:
    """Cases 28 and 30."""
    interviews(fake, 5)
    for name in ("interviews", "interviewers", "scorecards", "applications", "users", "token"):
        fake.script[name] += [Answer(502), Answer(body=b'[{"id"'), Answer(drop=True)]
    sleeps: list[float] = []
    assert len(ids(list(connected(fake, sleeps=sleeps).pull(MONTH, {})))) == 5
    assert len(sleeps) == 18


def test_a_fault_that_stays_ends_the_pull_and_what_came_before_is_good(fake: FakeHarvest) -> None:
    """Case 28: the state of the last page leads to where it stopped."""
    interviews(fake, 14)
    pages = []
    pull = connected(fake).pull(MONTH, {})
    pages += [next(pull), next(pull)]
    fake.script["interviewers"] += [Answer(500)] * 9
    with pytest.raises(Unreachable, match="/v3/interviewers"):
        pages += list(pull)
    fake.script.clear()
    assert pages[-1].state == {"done_until": "2026-10-12T00:00:00+00:00"}
    assert len(ids(pages + list(connected(fake).pull(MONTH, pages[-1].state)))) == 14


def test_a_key_revoked_in_the_middle_stops_at_once(fake: FakeHarvest) -> None:
    """Case 29."""
    interviews(fake, 14)
    pull = connected(fake).pull(MONTH, {})
    next(pull)
    fake.good_tokens.clear()
    fake.script["token"] += [thing({"error": "invalid_client"}, 401)]
    before = len(fake.server.asked)
    with pytest.raises(AccessRefused, match="GREENHOUSE_CLIENT_SECRET"):
        list(pull)
    assert len(fake.server.asked) == before + 2, "the refused one and the try for a new token"


def test_an_expired_cursor_starts_its_slice_again_and_not_the_window(fake: FakeHarvest) -> None:
    """Case 32."""
    interviews(fake, 14)
    fake.most_per_page = 3
    pull = connected(fake).pull(MONTH, {"done_until": "2026-10-12T00:00:00Z"})
    pages = [next(pull)]
    fake.script["interviews"].append(thing({"errors": ["cursor has expired"]}, 422))
    pages += list(pull)
    assert ids(pages) == {str(1000 + n) for n in range(7, 14)}
    starts = [q["ends_at"][4:14] for q in fake.questions("interviews") if "ends_at" in q]
    assert starts == ["2026-10-12", "2026-10-12", "2026-10-19", "2026-10-26"]


def test_a_looping_listing_ends_the_pull(fake: FakeHarvest) -> None:
    """Case 33."""
    link = f'<{fake.server.url}/v3/interviews?cursor=A>; rel="next"'
    fake.script["interviews"] += [rows(Link=link)] * 3
    with pytest.raises(BrokenPaging):
        list(connected(fake).pull(MONTH, {}))


def test_a_link_to_another_host_gets_no_token(fake: FakeHarvest) -> None:
    """Case 34."""
    with harvest() as other:
        link = f'<{other.server.url}/v3/interviews?cursor=A>; rel="next"'
        fake.script["interviews"].append(rows(Link=link))
        with pytest.raises(BrokenPaging):
            list(connected(fake).pull(MONTH, {}))
        assert other.server.asked == []


@pytest.mark.parametrize("moment", [None, "2031-01-01T00:00:00Z", "2026-11-02T08:00:00Z"])
def test_a_missing_equal_or_future_stamp_of_change_decides_nothing_here(
    fake: FakeHarvest, moment: str | None
) -> None:
    """Case 36: paging is by id and the window by the interview's end, so stamps only come along."""
    interviews(fake, 12, every=timedelta(hours=1))
    fake.most_per_page = 5
    for row in fake.tables["interviews"]:
        row["updated_at"] = moment
    assert len(ids(list(connected(fake).pull(MONTH, {})))) == 12


def test_a_row_that_vanishes_while_paging_takes_no_other_with_it(fake: FakeHarvest) -> None:
    """Case 31, for cursors."""
    interviews(fake, 6, every=timedelta(hours=1))
    fake.most_per_page = 2
    pull = connected(fake).pull(MONTH, {})
    pages = [next(pull)]
    fake.drop("interviews", 1003)
    pages += list(pull)
    assert ids(pages) == {"1005", "1004", "1002", "1001", "1000"}


@pytest.mark.parametrize("name", ["interviews", "interviewers", "scorecards", "users"])
def test_a_missing_mandatory_scope_ends_the_pull_and_is_named(fake: FakeHarvest, name: str) -> None:
    interviews(fake, 1)
    fake.denied = {name}
    with pytest.raises(ScopeMissing, match=f"harvest:{name}:list.*Dev Center") as caught:
        list(connected(fake).pull(MONTH, {}))
    assert caught.value.scope == f"harvest:{name}:list"


def test_without_the_optional_scopes_there_is_less_to_say_and_no_crash(fake: FakeHarvest) -> None:
    interviews(fake, 28)
    optional = {"job_interviews", "departments", "job_owners", "job_hiring_managers", "candidates"}
    fake.denied = optional
    pages = list(connected(fake).pull(MONTH, {}))
    assert len(ids(pages)) == 28
    assert {each.name for each in of(Interview, pages)} == {"Interview"}
    assert all(card.required for each in of(Interview, pages) for card in each.scorecards)
    [job] = of(Job, pages)
    assert (job.department, job.recruiter_ids, job.hiring_manager_ids) == (None, (), ())
    assert {(each.id, each.name) for each in of(Candidate, pages)} == {("800", None)}
    assert hidden(pages) == []
    assert [len(fake.questions(name)) for name in optional] == [1] * 5, "refused once is enough"


def test_a_week_with_nothing_in_it_is_finished_all_the_same(fake: FakeHarvest) -> None:
    [page] = pulled(fake)
    assert (page.records, page.fraction) == ((), 1)
    assert page.state == {"done_until": WEEK.until.isoformat()}
