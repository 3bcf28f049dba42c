"""Pulling from Lever: slices, pages, offsets, resuming, faults in the middle (faults.md part B)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.errors import (
    AccessRefused,
    BrokenPaging,
    ConnectorError,
    RateLimited,
    ScopeMissing,
    Unreachable,
)
from connectors.model import (
    Application,
    Candidate,
    Interview,
    Job,
    Kind,
    Person,
    Ref,
)
from tests.connectors.fake_lever import (
    DAYS,
    KEY,
    NOW,
    FakeLever,
    connected,
    days,
    hidden,
    ids,
    lever,
    missing,
    of,
    people,
    pulled,
)
from tests.connectors.loopback import Answer, serving, thing


@pytest.fixture
def fake() -> Iterator[FakeLever]:
    with lever() as fake:
        yield fake


# -- which interviews


def test_every_interview_comes_once_with_what_it_names_before_it(fake: FakeLever) -> None:
    people(fake, 26)
    pages = pulled(fake)
    assert sorted(e.id for e in of(Interview, pages)) == sorted(
        f"opp-{n}:int-{n}" for n in range(26)
    )
    known: set[tuple[str, str]] = set()
    order = [Person, Candidate, Job, Application, Interview]
    for page in pages:
        ranks = [order.index(type(record)) for record in page.records]
        assert ranks == sorted(ranks)
        known |= {(type(record).__name__, record.id) for record in page.records}
        for each in of(Interview, [page]):
            assert ("Application", each.application_id) in known
            assert ("Job", each.job_id) in known
            assert {("Person", card.interviewer_id) for card in each.scorecards} <= known
    for kind in (Person, Job):
        names = [each.id for each in of(kind, pages)]
        assert len(names) == len(set(names))
    assert fake.count("users") == fake.count("postings") == 1


def test_what_changed_before_the_window_is_not_walked(fake: FakeLever) -> None:
    fake.opportunity("old", updatedAt=days(-15))
    fake.opportunity("just", updatedAt=days(-14.02))
    fake.interview("int-old", "old")
    fake.interview("int-just", "just")
    assert ids(pulled(fake)) == {"int-just"}, "an hour of overlap (3.6)"


def test_what_ended_before_the_window_is_left_out_and_what_comes_later_is_not(
    fake: FakeLever,
) -> None:
    """The date passing bumps nothing (3.1): what is ahead must be stored to be asked for later."""
    fake.opportunity()
    edge = DAYS.since - timedelta(hours=1)
    for name, at in (("before", edge - timedelta(minutes=1)), ("at", edge), ("far", None)):
        date = days(40) if at is None else int(at.timestamp() * 1000)
        fake.interview(name, date=date)
    assert ids(pulled(fake)) == {"at", "far"}


def test_who_has_only_old_interviews_does_not_come_at_all(fake: FakeLever) -> None:
    fake.opportunity()
    fake.interview(date=days(-30))
    pages = pulled(fake)
    assert [record for page in pages for record in page.records] == []
    assert fake.count("feedback") == 0


def test_confidential_ones_are_asked_for(fake: FakeLever) -> None:
    """Trap 2."""
    fake.opportunity(confidentiality="confidential")
    fake.interview()
    assert ids(pulled(fake)) == {"int-1"}


def test_when_asking_for_confidential_ones_is_refused_the_others_come(fake: FakeLever) -> None:
    """What a key without the right is answered is unknown."""
    people(fake, 3)
    fake.script["opportunities"].append(thing({"code": "Forbidden", "message": "no"}, 403))
    assert ids(pulled(fake)) == {"int-0", "int-1", "int-2"}
    tries = [each.query.get("confidentiality") for each in fake.asked("opportunities")]
    assert tries.count("all") == 1


def test_a_confidential_one_whose_interviews_are_refused_is_counted(fake: FakeLever) -> None:
    fake.opportunity(confidentiality="confidential")
    fake.interview()
    fake.denied = {"interviews"}
    assert hidden(pulled(fake)) == {Ref(Kind.APPLICATION, "opp-1")}


@pytest.mark.parametrize("name", ["opportunities", "interviews", "feedback", "users"])
def test_a_missing_right_ends_the_pull_and_is_named(fake: FakeLever, name: str) -> None:
    people(fake, 1)
    fake.denied = {name}
    with pytest.raises(ScopeMissing, match=f"{name}:read:admin.*Super Admin") as caught:
        pulled(fake)
    assert caught.value.scope == f"{name}:read:admin"


@pytest.mark.parametrize("gone", [True, False])
def test_a_posting_that_cannot_be_read_is_hidden(fake: FakeLever, gone: bool) -> None:
    people(fake, 2)
    fake.denied = set() if gone else {"postings"}
    fake.tables["postings"] = {}
    pages = pulled(fake)
    assert len(ids(pages)) == 2
    assert Ref(Kind.JOB, "posting-1") in hidden(pages)
    assert fake.count("postings") == 1


def test_one_that_vanishes_while_paging_is_gone_and_takes_no_other_with_it(
    fake: FakeLever,
) -> None:
    """2.4; case 31."""
    people(fake, 3, every=0)
    fake.script["interviews"].append(thing({"code": "ResourceNotFound", "message": "no"}, 404))
    pages = pulled(fake)
    assert ids(pages) == {"int-1", "int-2"}
    assert missing(pages) == {Ref(Kind.APPLICATION, "opp-0")}


# -- slices, state, memory


def test_the_walk_goes_day_by_day_and_the_last_day_has_no_end(fake: FakeLever) -> None:
    """Case 36: a change while we walk, or a stamp in the future, is not lost."""
    people(fake, 20)
    fake.opportunity("opp-late", updatedAt=days(2))
    fake.interview("int-late", "opp-late")
    assert len(ids(pulled(fake))) == 21
    asked = [each.query for each in fake.asked("opportunities")]
    ends = [int(each["updated_at_end"]) for each in asked[:-1]]
    assert [int(each["updated_at_start"]) for each in asked[1:]] == ends
    assert "updated_at_end" not in asked[-1]
    assert len(asked) == 15


def test_a_pull_resumed_after_any_page_ends_like_one_that_was_never_interrupted(
    fake: FakeLever,
) -> None:
    people(fake, 14, every=0.9)
    whole = list(connected(fake).pull(DAYS, {}))
    assert json.loads(json.dumps([page.state for page in whole])) == [p.state for p in whole]
    assert [page.fraction for page in whole] == sorted(page.fraction or 0 for page in whole)
    assert whole[-1].fraction == 1
    for kept in range(0, len(whole) + 1, 3):
        before = whole[:kept]
        begun = fake.count("opportunities")
        after = list(connected(fake).pull(DAYS, before[-1].state if before else {}))
        assert ids(before) | ids(after) == ids(whole)
        assert fake.count("opportunities") - begun <= 15 - sum(not p.records for p in before) // 2


def test_a_pull_killed_in_the_middle_of_a_day_begins_that_day_again(fake: FakeLever) -> None:
    people(fake, 25, every=0)
    first = next(connected(fake).pull(DAYS, {}))
    assert len(ids([first])) == 10
    assert len(ids([first, *connected(fake).pull(DAYS, first.state)])) == 25


def test_a_finished_walk_asks_nothing_more(fake: FakeLever) -> None:
    people(fake, 2)
    state = pulled(fake)[-1].state
    asked = len(fake.server.asked)
    assert list(connected(fake).pull(DAYS, state)) == []
    assert len(fake.server.asked) == asked


def test_pages_are_small_and_made_one_after_the_other(fake: FakeLever) -> None:
    people(fake, 35, every=0)
    walk = connected(fake).pull(DAYS, {})
    first = next(walk)
    assert fake.count("interviews") == 10
    assert [len(of(Interview, [page])) for page in (first, *walk)][:4] == [10, 10, 10, 5]


def test_one_that_comes_twice_in_a_slice_is_read_once(fake: FakeLever) -> None:
    """How the list is sorted is not documented (trap 1)."""
    people(fake, 1)
    row = fake.tables["opportunities"]["opp-0"]
    first = {"data": [row, row], "hasNext": True, "next": "%5B0%5D"}
    fake.script["opportunities"] += [thing(first), thing({"data": [row]})]
    pages = pulled(fake)
    assert fake.count("interviews") == 1
    assert ids(pages) == {"int-0"}


# -- offsets


def test_an_offset_that_is_percent_encoded_is_encoded_exactly_once(fake: FakeLever) -> None:
    """Trap 3: the fake takes only what it handed out, decoded once."""
    people(fake, 7, every=0)
    fake.most = 3
    assert len(ids(pulled(fake))) == 7
    offsets = [each.query["offset"] for each in fake.server.asked if "offset" in each.query]
    assert '[3, "a b"]' in offsets


@pytest.mark.parametrize("token", ["plain-token", "a+b/c==", "[1,2]", "x&y=z"])
def test_an_offset_that_is_not_encoded_comes_back_as_it_was(fake: FakeLever, token: str) -> None:
    people(fake, 1)
    content = {"data": [], "hasNext": True, "next": token}
    fake.script["opportunities"] += [thing(content), thing({"data": []})]
    pulled(fake)
    assert fake.asked("opportunities")[1].query["offset"] == token


def test_without_hasnext_a_list_is_at_its_end(fake: FakeLever) -> None:
    """2.1."""
    fake.script["opportunities"].append(thing({"data": [], "next": "more"}))
    pulled(fake)
    assert "offset" not in fake.asked("opportunities")[1].query


def test_a_next_page_without_a_name_is_no_end(fake: FakeLever) -> None:
    fake.script["opportunities"] += [thing({"data": [], "hasNext": True})] * 5
    with pytest.raises(Unreachable, match="next page"):
        pulled(fake)


def test_an_expired_offset_starts_its_day_again_and_reads_nobody_twice(fake: FakeLever) -> None:
    """Case 32."""
    people(fake, 7, every=0)
    fake.most = 5
    walk = connected(fake).pull(DAYS, {})
    pages = [next(walk)]
    fake.script["opportunities"].append(thing({"code": "BadRequest", "message": "offset"}, 400))
    pages += list(walk)
    assert len(of(Interview, pages)) == len(ids(pages)) == 7
    assert fake.count("interviews") == 7


def test_a_looping_list_ends_the_pull(fake: FakeLever) -> None:
    """Case 33."""
    content = {"data": [], "hasNext": True, "next": "A"}
    fake.script["opportunities"] += [thing(content)] * 3
    with pytest.raises(BrokenPaging):
        pulled(fake)


def test_an_offset_that_is_an_address_is_only_a_word_to_us(fake: FakeLever) -> None:
    """Case 34: the key goes nowhere else."""
    with serving(lambda asked: thing({"data": []})) as other:
        content = {"data": [], "hasNext": True, "next": f"{other.url}/v1/opportunities"}
        fake.script["opportunities"] += [thing(content), thing({"data": []})]
        pulled(fake)
        assert other.asked == []


def test_a_redirect_is_not_followed(fake: FakeLever) -> None:
    """2.4 and case 34."""
    with serving(lambda asked: thing({"data": []})) as other:
        fake.script["opportunities"].append(Answer(301, b"", {"Location": other.url}))
        with pytest.raises(ConnectorError, match="LEVER_API_URL"):
            pulled(fake)
        assert other.asked == []


# -- faults


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({}, (1, 2)),
        ({"Retry-After": "7"}, (7, 8)),
        ({"Retry-After": "soon"}, (1, 2)),
        ({"Retry-After": "86400"}, (120, 120)),
    ],
)
def test_a_429_is_waited_out(
    fake: FakeLever, headers: dict[str, str], waits: tuple[float, float]
) -> None:
    """Case 27; a Retry-After is not documented (2.3), so waits double."""
    people(fake, 1)
    fake.script["interviews"].append(Answer(429, headers=headers))
    sleeps: list[float] = []
    assert ids(pulled(fake, sleeps=sleeps)) == {"int-0"}
    [wait] = [each for each in sleeps if each > 0.5]
    assert waits[0] <= wait <= waits[1]


def test_an_endless_429_waits_longer_each_time_and_then_ends(fake: FakeLever) -> None:
    people(fake, 1)
    fake.script["interviews"] += [Answer(429)] * 9
    sleeps: list[float] = []
    with pytest.raises(RateLimited):
        pulled(fake, sleeps=sleeps)
    assert [int(each).bit_length() for each in sleeps if each > 0.5] == [1, 2, 3, 4, 5]


def test_requests_keep_a_distance_that_leaves_others_room(fake: FakeLever) -> None:
    """3.6: half of ten a second."""
    people(fake, 5)
    sleeps: list[float] = []
    pulled(fake, sleeps=sleeps)
    assert len(sleeps) > len(fake.server.asked) * 0.9
    assert all(0 < each <= 0.2 for each in sleeps)


def test_a_fault_in_the_middle_is_ridden_out(fake: FakeLever) -> None:
    """Cases 28 and 30: 5xx, truncated, reset, HTML with 200, a list where an object was due."""
    people(fake, 5)
    html = Answer(200, b"<html>sorry</html>", {"Content-Type": "text/html"})
    faults = [Answer(503), Answer(short_by=9), Answer(drop=True), html]
    for name in ("opportunities", "interviews", "feedback", "users", "postings", "panels"):
        fake.script[name] += faults
    fake.script["archive_reasons"].append(Answer(body=b"[]"))
    fake.opportunity("opp-0", archived={"archivedAt": days(-1), "reason": "reason-1"})
    assert len(ids(pulled(fake))) == 5


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"data": null}', b'{"data": {}}', b'{"x":1}'])
def test_an_answer_of_another_form_is_no_empty_list(fake: FakeLever, body: bytes) -> None:
    """Case 39."""
    fake.script["opportunities"] += [Answer(body=body)] * 5
    with pytest.raises(Unreachable, match="/v1/opportunities"):
        pulled(fake)


def test_a_fault_that_stays_ends_the_pull_and_what_came_before_is_good(fake: FakeLever) -> None:
    """Case 28."""
    people(fake, 14, every=0.9)
    walk = connected(fake).pull(DAYS, {})
    pages = [next(walk), next(walk), next(walk)]
    fake.script["feedback"] += [Answer(500)] * 9
    with pytest.raises(Unreachable, match="feedback"):
        pages += list(walk)
    fake.script.clear()
    assert len(ids(pages + list(connected(fake).pull(DAYS, pages[-1].state)))) == 14


def test_a_key_revoked_in_the_middle_stops_at_once(fake: FakeLever) -> None:
    """Case 29."""
    people(fake, 5)
    walk = connected(fake).pull(DAYS, {})
    next(walk)
    fake.key = "another key"
    asked = len(fake.server.asked)
    with pytest.raises(AccessRefused, match="LEVER_API_KEY") as caught:
        list(walk)
    assert len(fake.server.asked) == asked + 1
    assert KEY not in str(caught.value)


def test_an_echoed_key_is_in_no_error(fake: FakeLever) -> None:
    fake.script["opportunities"].append(thing({"message": f"bad key {KEY}"}, 401))
    with pytest.raises(AccessRefused) as caught:
        pulled(fake)
    assert KEY not in str(caught.value)


def test_a_page_says_when_its_listing_was_asked_for(fake: FakeLever) -> None:
    people(fake, 2)
    assert {page.read_at for page in pulled(fake)} == {NOW}
