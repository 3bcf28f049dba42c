"""One world, told in the vendor's dialect and pulled back, is the same world, record for record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from types import NoneType
from typing import get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings

from connectors.ats.base import Window
from connectors.model import (
    Application,
    Candidate,
    Interview,
    Job,
    Kind,
    Page,
    Person,
    Record,
    Ref,
    Scorecard,
)
from plugin.sandbox import truth
from plugin.sandbox.generate import generate
from plugin.sandbox.world import World
from tests.connectors.contract.bench import Bench, Practice
from tests.connectors.contract.everything import everything
from tests.connectors.contract.worlds import DAY, HOUR, MONDAY, NOW, small_worlds, turns

WIDE = Window(NOW - 90 * DAY, NOW + 30 * DAY)
NEAR = Window(NOW - 21 * DAY, NOW + 7 * DAY)
"""Everything in the small worlds; a third of the requests."""
KINDS = {
    "Person": Kind.PERSON,
    "Candidate": Kind.CANDIDATE,
    "Job": Kind.JOB,
    "Application": Kind.APPLICATION,
    "Interview": Kind.INTERVIEW,
}

NEVER_NONE = {
    model: [name for name, hint in get_type_hints(model).items() if NoneType not in get_args(hint)]
    for model in (Person, Candidate, Job, Application, Interview, Scorecard)
}


@cache
def company(seed: int) -> World:
    return generate(seed, NOW)


def told(practice: Practice, window: Window) -> list[Record]:
    """What a perfect reader of this vendor would bring."""
    return [
        replace(each, id=practice.bench.names(each)) if isinstance(each, Interview) else each
        for each in truth.records(practice.dialect, window)
    ]


def differences(practice: Practice, pages: Sequence[Page], true: list[Record]) -> list[str]:
    """What came that is not so, and what is so and did not come."""
    assert not [flaw for page in pages for flaw in page.parked]
    there = {Ref(KINDS[type(each).__name__], each.id) for each in true}
    assert not there.intersection(ref for page in pages for ref in page.missing)
    found = truth.differences(true, came(pages), practice.dialect.cannot_tell)
    return found + unsound(pages)


def came(pages: Iterable[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def unsound(pages: Iterable[Page]) -> list[str]:
    """What an interview names and neither came before it nor is said to be hidden; and None
    where the model has no None."""
    known: set[Ref] = set()
    lines = []
    for page in pages:
        known |= {Ref(KINDS[type(each).__name__], each.id) for each in page.records}
        known |= set(page.hidden)
        for each in page.records:
            lines += [f"{each.id} names {ref}" for ref in named(each) if ref not in known]
            cards = each.scorecards if isinstance(each, Interview) else ()
            lines += [f"{each.id} lacks {name}" for one in (each, *cards) for name in lacking(one)]
    return lines


def lacking(record: Record | Scorecard) -> Iterator[str]:
    return (name for name in NEVER_NONE[type(record)] if getattr(record, name) is None)


def named(record: Record) -> list[Ref]:
    people: list[str | None] = []
    refs: list[tuple[Kind, str | None]] = []
    match record:
        case Job():
            people += [*record.recruiter_ids, *record.coordinator_ids, *record.hiring_manager_ids]
        case Application():
            people += [record.recruiter_id, record.coordinator_id]
            refs += [(Kind.CANDIDATE, record.candidate_id), (Kind.JOB, record.job_id)]
        case Interview():
            people += [who for c in record.scorecards for who in (c.interviewer_id, c.submitter_id)]
            refs += [(Kind.APPLICATION, record.application_id), (Kind.JOB, record.job_id)]
    refs += [(Kind.PERSON, who) for who in people]
    return [Ref(kind, name) for kind, name in refs if name is not None]


def pull(practice: Practice, window: Window = NEAR) -> list[Page]:
    return list(practice.account().pull(window, {}))


def test_a_story_with_a_turn_of_every_kind_comes_back_equal(bench: Bench) -> None:
    with bench.serving(turns(), NOW) as practice:
        assert differences(practice, pull(practice), told(practice, NEAR)) == []


@pytest.mark.parametrize("sees_private", [True, False], ids=["all", "public"])
def test_every_field_comes_back_by_itself(bench: Bench, sees_private: bool) -> None:
    with bench.serving(everything(), NOW, sees_private=sees_private) as practice:
        assert differences(practice, pull(practice), told(practice, NEAR)) == []


def test_whoever_pulls_again_is_told_what_happened_meanwhile(bench: Bench) -> None:
    """The same process, and whatever it has kept."""
    began = NOW - 8 * DAY
    with bench.serving(everything(), began, sees_private=True) as practice:
        account = practice.account()
        for moment in (began, began, began + 3 * DAY, NOW):
            practice.server.advance(moment)
            pages = list(account.pull(NEAR, {}))
            assert differences(practice, pages, told(practice, NEAR)) == [], moment


def test_whoever_reads_again_is_told_what_happened_since_the_pull(bench: Bench) -> None:
    """The look before a send, by the same process, some hours after the last pull (case 43)."""
    with bench.serving(everything(), MONDAY, sees_private=True) as practice:
        account = practice.account()
        before = came(account.pull(NEAR, {}))
        practice.server.advance(MONDAY + 4 * HOUR)
        true = told(practice, NEAR)
        assert differences(practice, [Page(tuple(before), MONDAY)], true)
        refs = [Ref(Kind.INTERVIEW, each.id) for each in true if isinstance(each, Interview)]
        assert differences(practice, list(account.read(refs)), true) == []


def test_a_stamp_is_of_the_last_change_or_later_and_never_of_the_future(bench: Bench) -> None:
    """Where more moves it than the story tells, so that the round trip cannot say which it is."""
    with bench.serving(everything(), NOW, sees_private=True) as practice:
        found = {(type(each), each.id): each.updated_at for each in came(pull(practice))}
        for each in told(practice, NEAR):
            if KINDS[type(each).__name__] in bench.moved_by_more:
                moment = found[type(each), each.id]
                assert moment
                assert each.updated_at
                assert each.updated_at <= moment <= NOW


def test_an_account_that_tells_less_is_told_as_it_is(bench: Bench) -> None:
    for account in bench.accounts:
        with bench.serving(everything(), NOW, sees_private=True, **account) as practice:
            assert differences(practice, pull(practice, WIDE), told(practice, WIDE)) == [], account


@pytest.mark.slow
def test_a_whole_company_comes_back_equal(bench: Bench) -> None:
    with bench.serving(company(7), NOW) as practice:
        true = told(practice, WIDE)
        assert len(true) > 400
        assert differences(practice, pull(practice, WIDE), true)[:5] == []


@pytest.mark.slow
def test_any_small_world_comes_back_equal(bench: Bench) -> None:
    @settings(max_examples=8, suppress_health_check=list(HealthCheck), database=None)
    @given(small_worlds())
    def check(world: World) -> None:
        with bench.serving(world, NOW) as practice:
            assert differences(practice, pull(practice), told(practice, NEAR)) == []

    check()


def test_the_same_world_is_told_by_reading_each_record_by_name(bench: Bench) -> None:
    """What a doorbell or the look before a send brings is what a pull brings."""
    with bench.serving(everything(), NOW) as practice:
        true = told(practice, NEAR)
        interviews = [each for each in true if isinstance(each, Interview)]
        account = practice.account()
        pages = list(account.read([Ref(Kind.INTERVIEW, each.id) for each in interviews]))
        assert differences(practice, pages, true) == []


def dated(page: Page) -> Page:
    """Without the interviews that have no date, which no pull brings."""
    stay = [r for r in page.records if not isinstance(r, Interview) or r.ends_at or r.ends_on]
    return replace(page, records=tuple(stay))


@pytest.mark.parametrize("kind", [Kind.CANDIDATE, Kind.APPLICATION])
def test_what_hangs_on_a_record_comes_with_it(bench: Bench, kind: Kind) -> None:
    with bench.serving(everything(), NOW, sees_private=True) as practice:
        true = told(practice, NEAR)
        applications = [each for each in true if isinstance(each, Application)]
        names = {a.candidate_id if kind is Kind.CANDIDATE else a.id for a in applications}
        pages = list(practice.account().read([Ref(kind, name) for name in sorted(names)]))
        with_dates = [dated(each) for each in pages]
        assert differences(practice, with_dates, true) == []
        undated = set(came(pages)) - set(came(with_dates))
        states = {each.state for each in undated if isinstance(each, Interview)}
        assert states == bench.undated


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS.values())
def test_one_record_by_name_is_the_record_that_a_pull_brings(bench: Bench, kind: Kind) -> None:
    with bench.serving(everything(), NOW) as practice:
        true = told(practice, NEAR)
        account, masks = practice.account(), practice.dialect.cannot_tell
        for each in (each for each in true if KINDS[type(each).__name__] is kind):
            found = came(account.read([Ref(kind, each.id)]))
            [same] = [r for r in found if type(r) is type(each) and r.id == each.id]
            assert truth.differences([each], [same], masks) == []
