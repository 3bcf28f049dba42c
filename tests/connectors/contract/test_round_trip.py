"""One world, told in the vendor's dialect and pulled back, is the same world, record for record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache

from hypothesis import HealthCheck, given, settings

from connectors.ats.base import Window
from connectors.model import Interview, InterviewState, Kind, Record, Ref
from plugin.sandbox import truth
from plugin.sandbox.generate import generate
from plugin.sandbox.world import World
from tests.connectors.contract.bench import Bench, Practice
from tests.connectors.contract.worlds import DAY, NOW, small_worlds, turns

WIDE = Window(NOW - 90 * DAY, NOW + 30 * DAY)


@cache
def company(seed: int) -> World:
    return generate(seed, NOW)


def told(practice: Practice, window: Window) -> list[Record]:
    """What a perfect reader of this vendor would bring."""
    return [
        replace(each, id=practice.bench.names(each)) if isinstance(each, Interview) else each
        for each in truth.records(practice.dialect, window)
    ]


def differences(practice: Practice, window: Window = WIDE) -> list[str]:
    """What came that is not so, and what is so and did not come."""
    pages = list(practice.account().pull(window, {}))
    assert not [flaw for page in pages for flaw in page.parked]
    true = told(practice, window)
    held = {each.id: each for each in true if isinstance(each, Interview)}
    poorer = 0
    pulled: list[Record] = []
    for record in (record for page in pages for record in page.records):
        if isinstance(record, Interview) and record.id in held:
            record, poor = _filled(record, held[record.id], practice.server.now)
            poorer += poor
        pulled.append(record)
    owed = sum(len(each.scorecards) for each in held.values())
    assert poorer <= owed / 50, "too much of what can be told came as unknown"
    return truth.differences(true, pulled, practice.dialect.cannot_tell)


def _filled(came: Interview, true: Interview, now: datetime) -> tuple[Interview, int]:
    """With the truth in two places where saying less is right; how many cards came as unknown.

    The answer in the calendar may be missing where nobody is waited for; and "unknown" is never
    wrong, it is only poor: nobody is nudged, and it is counted in the open.
    """
    known = {each.interviewer_id: each for each in true.scorecards}
    waits = came.ends_at is not None and came.ends_at <= now
    cards, poorer = [], 0
    for card in came.scorecards:
        truth_of_it = known.get(card.interviewer_id)
        if truth_of_it and truth_of_it.can_tell and not card.can_tell:
            assert card.submitted_at is None
            card, poorer = truth_of_it, poorer + 1
        calm = not waits or card.submitted_at or came.state is not InterviewState.STANDING
        if truth_of_it and card.attendance is None and calm:
            card = replace(card, attendance=truth_of_it.attendance)
        cards.append(card)
    return replace(came, scorecards=tuple(cards)), poorer


def test_a_story_with_a_turn_of_every_kind_comes_back_equal(bench: Bench) -> None:
    with bench.serving(turns(), NOW) as practice:
        assert differences(practice) == []


def test_a_whole_company_comes_back_equal(bench: Bench) -> None:
    with bench.serving(company(7), NOW) as practice:
        assert len(told(practice, WIDE)) > 400
        assert differences(practice)[:5] == []


def test_any_small_world_comes_back_equal(bench: Bench) -> None:
    @settings(max_examples=8, suppress_health_check=list(HealthCheck), database=None)
    @given(small_worlds())
    def check(world: World) -> None:
        with bench.serving(world, NOW) as practice:
            assert differences(practice) == []

    check()


def test_the_same_world_is_told_by_reading_each_record_by_name(bench: Bench) -> None:
    """What a doorbell or the look before a send brings is what a pull brings."""
    with bench.serving(turns(), NOW) as practice:
        account = practice.account()
        pulled = [r for page in account.pull(WIDE, {}) for r in page.records]
        held = {each.id: each for each in pulled if isinstance(each, Interview)}
        refs = [Ref(Kind.INTERVIEW, each) for each in held]
        again = [r for page in account.read(refs) for r in page.records]
        assert {each.id: each for each in again if isinstance(each, Interview)} == held
