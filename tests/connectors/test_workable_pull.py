"""Walking and re-reading Workable, through its faults (faults.md B)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.ats.base import Window
from connectors.errors import (
    AccessRefused,
    BrokenPaging,
    NotFound,
    RateLimited,
    ScopeMissing,
    Unreachable,
)
from connectors.model import Application, Candidate, Interview, Job, Kind, Page, Person, Ref
from tests.connectors.fake_workable import (
    NOW,
    FakeWorkable,
    ago,
    connected,
    workable,
)
from tests.connectors.loopback import Answer, thing
from tests.connectors.test_workable import of

START = datetime(2026, 10, 26, tzinfo=UTC)
MONTH = Window(START, START + timedelta(days=28))


@pytest.fixture
def fake() -> Iterator[FakeWorkable]:
    with workable() as fake:
        yield fake


def events(fake: FakeWorkable, count: int) -> None:
    """e00, e01, … one a day at 10:00, of a candidate each, rated by Ivo two hours later."""
    for n in range(count):
        start = START + timedelta(days=n, hours=10)
        fake.event(f"e{n:02}", start=start, candidate={"id": f"c{n}", "name": "Noor"})
        if start < NOW:
            fake.rate("ivo", start + timedelta(hours=2), f"c{n}")


def ids(pages: list[Page]) -> list[str]:
    return [each.id for each in of(Interview, pages)]


def test_a_window_is_walked_week_by_week_with_a_margin_and_every_event_comes_once(
    fake: FakeWorkable,
) -> None:
    events(fake, 28)
    fake.most_per_page = 3
    pages = list(connected(fake).pull(MONTH, {}))
    assert sorted(ids(pages)) == [f"e{n:02}" for n in range(28)]
    first = [q for q in fake.questions("events") if not q.keys() & {"since_id", "candidate_id"}]
    margins = [(q["start_date"][:10], q["end_date"][:10]) for q in first]
    assert margins == [
        ("2026-10-23", "2026-11-03"),
        ("2026-10-30", "2026-11-10"),
        ("2026-11-06", "2026-11-17"),
        ("2026-11-13", "2026-11-24"),
    ]
    assert pages[-1].fraction == 1


def test_filters_go_with_every_page_although_the_link_does_not_carry_them(
    fake: FakeWorkable,
) -> None:
    events(fake, 9)
    fake.most_per_page = 3
    list(connected(fake).pull(MONTH, {}))
    later = [query for query in fake.questions("events") if "since_id" in query]
    assert later
    for query in later:
        assert (query["type"], query["include_cancelled"]) == ("interview", "true")


def test_what_ends_on_a_border_belongs_to_the_later_slice_and_to_one_only(
    fake: FakeWorkable,
) -> None:
    fake.event("border", start=START + timedelta(days=6, hours=23))
    fake.event("beyond", start=MONTH.until - timedelta(hours=1))
    pages = list(connected(fake).pull(MONTH, {}))
    assert ids(pages) == ["border"]
    assert [p.fraction for p in pages if of(Interview, [p])] == [0.25]


def test_a_pull_resumed_after_any_page_ends_like_one_that_was_never_interrupted(
    fake: FakeWorkable,
) -> None:
    events(fake, 10)
    fake.most_per_page = 3
    whole = list(connected(fake).pull(MONTH, {}))
    assert len(whole) > 3
    everything = {record for page in whole for record in page.records}
    for kept in range(len(whole) + 1):
        before = whole[:kept]
        state = json.loads(json.dumps(before[-1].state if before else {}))
        after = list(connected(fake).pull(MONTH, state))
        assert {r for page in (*before, *after) for r in page.records} == everything


def test_a_second_pull_over_an_unchanged_account_is_equal(fake: FakeWorkable) -> None:
    events(fake, 20)
    connector = connected(fake)
    first, second = ([*connector.pull(MONTH, {})] for _ in range(2))
    assert [p.records for p in first] == [p.records for p in second]


def test_who_is_named_comes_before_who_names(fake: FakeWorkable) -> None:
    events(fake, 20)
    known: set[str] = set()
    for page in connected(fake).pull(MONTH, {}):
        for record in page.records:
            if isinstance(record, Interview):
                named = {card.interviewer_id for card in record.scorecards}
                assert {record.application_id, record.job_id, *named} <= known
            known.add(record.id)


def test_members_are_listed_once_a_pull_those_who_left_too(fake: FakeWorkable) -> None:
    events(fake, 20)
    list(connected(fake).pull(MONTH, {}))
    assert fake.questions("members") == [{"limit": "100", "status": "all"}]


def test_candidates_are_not_kept_from_one_week_to_the_next(fake: FakeWorkable) -> None:
    """There are too many to keep: memory stays flat."""
    fake.event("one", start=START + timedelta(days=1))
    fake.event("two", start=START + timedelta(days=9))
    list(connected(fake).pull(MONTH, {}))
    assert len(fake.questions("c1")) == 2


# -- faults


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(503),
        Answer(drop=True),
        Answer(200, b'{"events": [', {}),
        Answer(200, b"<html>", {"Content-Type": "text/html"}),
        Answer(200, b"[]"),
        thing({"things": []}),
        thing({"events": {}}),
        thing({"events": [], "paging": {"next": 5}}),
    ],
    ids=["503", "dropped", "cut off", "html", "a list", "no events", "an object", "odd paging"],
)
def test_an_unusable_answer_is_asked_for_again(fake: FakeWorkable, trouble: Answer) -> None:
    """Cases 28 and 30."""
    events(fake, 3)
    fake.script["events"].append(trouble)
    sleeps: list[float] = []
    assert len(ids(list(connected(fake, sleeps=sleeps).pull(MONTH, {})))) == 3
    assert sleeps


def test_trouble_that_lasts_ends_the_pull_and_what_came_before_stays(fake: FakeWorkable) -> None:
    events(fake, 20)
    pull = connected(fake).pull(MONTH, {})
    assert of(Interview, [next(pull)])
    fake.script["activities"] += [Answer(500)] * 9
    with pytest.raises(Unreachable):
        list(pull)


def test_a_429_without_a_retry_after_waits_a_whole_window(fake: FakeWorkable) -> None:
    """Case 27: the sheet names no Retry-After."""
    events(fake, 1)
    fake.script["events"].append(thing({"error": "Rate limit exceeded"}, 429))
    sleeps: list[float] = []
    assert ids(list(connected(fake, sleeps=sleeps).pull(MONTH, {})))
    assert 10 <= max(sleeps) <= 11


def test_an_endless_429_becomes_an_error(fake: FakeWorkable) -> None:
    fake.script["events"] += [Answer(429)] * 9
    with pytest.raises(RateLimited):
        list(connected(fake).pull(MONTH, {}))


def test_ten_requests_in_ten_seconds_and_no_more(fake: FakeWorkable) -> None:
    events(fake, 3)
    sleeps: list[float] = []
    list(connected(fake, sleeps=sleeps, requests=10).pull(MONTH, {}))
    asked = len(fake.server.asked)
    assert len(sleeps) == asked - 1
    assert sum(sleeps) > 0.9 * (asked - 1)


def test_a_refused_token_ends_the_pull_at_once(fake: FakeWorkable) -> None:
    """Case 29."""
    events(fake, 20)
    pull = connected(fake).pull(MONTH, {})
    next(pull)
    before = len(fake.server.asked)
    fake.script["events"].append(thing({"error": "Not authorized"}, 401))
    with pytest.raises(AccessRefused, match="WORKABLE_TOKEN"):
        list(pull)
    assert len(fake.server.asked) < before + 15


@pytest.mark.parametrize(
    ("name", "scope"),
    [("events", "r_jobs"), ("candidates", "r_candidates"), ("members", "read members")],
)
def test_a_missing_right_ends_the_pull_and_is_named(
    fake: FakeWorkable, name: str, scope: str
) -> None:
    events(fake, 1)
    fake.denied = {name}
    with pytest.raises(ScopeMissing, match=scope):
        list(connected(fake).pull(MONTH, {}))


def test_a_link_that_loops_ends_the_pull(fake: FakeWorkable) -> None:
    """Case 33."""
    link = f"{fake.server.url}/spi/v3/events?limit=100&since_id=e00"
    fake.script["events"] += [thing({"events": [], "paging": {"next": link}})] * 3
    with pytest.raises(BrokenPaging):
        list(connected(fake).pull(MONTH, {}))


def test_a_link_to_another_host_gets_no_token(fake: FakeWorkable) -> None:
    """Case 34."""
    with workable() as other:
        link = f"{other.server.url}/spi/v3/events?limit=100&since_id=e00"
        fake.script["events"].append(thing({"events": [], "paging": {"next": link}}))
        with pytest.raises(BrokenPaging, match="another host"):
            list(connected(fake).pull(MONTH, {}))
        assert other.server.asked == []


def test_a_since_id_that_is_gone_starts_its_slice_again(fake: FakeWorkable) -> None:
    """Case 32."""
    events(fake, 6)
    fake.most_per_page = 3
    pull = connected(fake).pull(MONTH, {})
    pages = [next(pull)]
    fake.script["events"].append(thing({"error": "Invalid since_id"}, 400))
    pages += list(pull)
    assert {f"e{n:02}" for n in range(6)} == set(ids(pages))


# -- reading again


def test_an_interview_is_read_with_everything_that_hangs_on_it(fake: FakeWorkable) -> None:
    fake.event()
    fake.rate("ivo", ago(days=1))
    [page] = connected(fake).read([Ref(Kind.INTERVIEW, "ev1")])
    [found] = of(Interview, [page])
    assert [card.submitted_at for card in found.scorecards] == [ago(days=1), None]
    kinds = {type(record) for record in page.records}
    assert kinds == {Person, Candidate, Job, Application, Interview}


@pytest.mark.parametrize("kind", [Kind.CANDIDATE, Kind.APPLICATION])
def test_a_candidate_brings_all_their_interviews(fake: FakeWorkable, kind: Kind) -> None:
    fake.event()
    fake.event("ev2", start=ago(days=200), cancelled=True)
    pages = list(connected(fake).read([Ref(kind, "c1")]))
    assert set(ids(pages)) == {"ev1", "ev2"}


def test_what_is_gone_is_missing(fake: FakeWorkable) -> None:
    """Case 40: also an event whose candidate was taken off it."""
    fake.event("empty", candidate=None)
    refs = [Ref(Kind.INTERVIEW, "never"), Ref(Kind.INTERVIEW, "empty"), Ref(Kind.CANDIDATE, "c7")]
    refs += [
        Ref(Kind.PERSON, "nobody"),
        Ref(Kind.INTERVIEW, "../members"),
        Ref(Kind.SCORECARD, "s"),
    ]
    pages = list(connected(fake).read(refs))
    missing = {ref for page in pages for ref in page.missing}
    assert missing == {*refs, Ref(Kind.APPLICATION, "c7")}
    assert not [ref for page in pages for ref in page.hidden]
    assert all("members" not in asked.path for asked in fake.server.asked if ".." in asked.path)


def test_an_unreadable_interview_is_parked_and_not_missing(fake: FakeWorkable) -> None:
    fake.event(ends_at=None)
    [page] = connected(fake).read([Ref(Kind.INTERVIEW, "ev1")])
    assert [flaw.path for flaw in page.parked] == ["event.ends_at"]
    assert page.missing == ()


def test_people_and_jobs_are_read_by_name(fake: FakeWorkable) -> None:
    fake.event()
    pages = list(connected(fake).read([Ref(Kind.PERSON, "ivo"), Ref(Kind.JOB, "GROOV005")]))
    assert of(Person, pages) == [Person("ivo", "Ivo Brandt", "ivo@example.org")]
    assert of(Job, pages) == [Job("GROOV005", "Platform engineer")]


def test_an_account_that_answers_404_for_the_events_of_a_candidate_has_none(
    fake: FakeWorkable,
) -> None:
    fake.candidate()
    fake.script["events"].append(thing({"error": "Not found"}, 404))
    pages = list(connected(fake).read([Ref(Kind.CANDIDATE, "c1")]))
    assert of(Application, pages)
    assert ids(pages) == []


def test_a_single_answer_that_says_404_for_a_listing_is_told(fake: FakeWorkable) -> None:
    fake.script["events"].append(Answer(404))
    with pytest.raises(NotFound):
        list(connected(fake).pull(MONTH, {}))
