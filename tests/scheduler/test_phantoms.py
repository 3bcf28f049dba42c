"""Nobody is spoken to about a scorecard that only seems to be owed, and the reason is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.model import Kind, Ref
from scheduler.facts import Status
from scheduler.judging import judge
from scheduler.nudges import make_plan, run
from scheduler.store import Store
from scheduler.sync import stamp_due
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
    key,
    person,
    save,
    world,
)
from tests.scheduler.phantoms import DUE, NOW, PHANTOMS
from tests.scheduler.speaking import POLICY, Company


@pytest.mark.parametrize("name", PHANTOMS)
def test_a_phantom_is_silent_with_its_reason(name: str, store: Store) -> None:
    phantom = PHANTOMS[name]
    save(store, *world())
    firm = Company(store)
    assert len(make_plan(firm.nudging(), NOW).drafts) == 1, "it is owed before"
    phantom.happens(store, NOW - HOUR)
    found = make_plan(firm.nudging(), NOW)
    assert found.drafts == ()
    (facts,) = store.scorecards(keys=[KEY])
    judgement = judge(facts, POLICY, NOW)
    assert (judgement.status, judgement.excuse) == (phantom.status, phantom.excuse)
    reasons = [judgement.reason, *(each.reason for each in found.silent)]
    assert any(phantom.says in each for each in reasons)
    assert phantom.event is None or phantom.event in events(store)


def test_of_an_interviewer_who_left_the_recruiter_hears_once(store: Store) -> None:
    """Case 55."""
    firm = Company(store).knows(*world())
    firm.knows(person(active=False))
    for days in range(9):
        run(firm.nudging(), NOW + days * DAY)
    assert firm.said == [("slack", "p2@example.org")]


def test_a_merged_candidate_is_waited_for_under_the_new_one_and_nothing_is_said_twice(
    store: Store,
) -> None:
    firm = Company(store).knows(*world())
    run(firm.nudging(), DUE + HOUR)
    firm.ats.without(Ref(Kind.CANDIDATE, "c1"), Ref(Kind.APPLICATION, "a1"))
    save(store, at=DUE + 2 * HOUR, missing=(Ref(Kind.CANDIDATE, "c1"),))
    assert judge(store.scorecards(keys=[KEY])[0], POLICY, NOW).status is Status.CANCELLED
    survivor = (
        candidate("c9", "Noor Vance"),
        application("a9", candidate_id="c9"),
        interview(application_id="a9"),
    )
    save(store, *survivor, at=DUE + 3 * HOUR)
    (facts,) = store.scorecards(keys=[KEY])
    assert (facts.candidate, judge(facts, POLICY, NOW).status) == ("Noor Vance", Status.OVERDUE)
    found = make_plan(firm.nudging(), NOW + 20 * HOUR)
    assert [each.reason for each in found.silent] == ["nudge 1 was already decided"]


# -- who is swapped in late


def joined(store: Store) -> list[str]:
    rows = store.scorecards(interview_id="i1")
    return [each.key.interviewer_id for each in rows if each.joined_at]


def test_whoever_is_on_the_panel_soon_after_it_was_first_seen_was_there_from_the_start(
    store: Store,
) -> None:
    """Pushed or paged, a panel comes in pieces."""
    save(store, *world())
    both = interview("i1", card(), card("p3"))
    save(store, both, at=MONDAY + HOUR)
    assert joined(store) == []
    later = MONDAY + HOUR + timedelta(seconds=1)
    save(store, interview("i1", card(), card("p3"), card("p4")), at=later)
    assert joined(store) == ["p4"]


def test_who_is_swapped_in_after_it_was_due_is_stamped_n_days_later(store: Store) -> None:
    save(store, *world(), person("p3", "Cy"))
    save(store, interview("i1", card("p3")), at=NOW)
    assert stamp_due(store, POLICY, NOW) == 2
    stamps = {each.key.interviewer_id: each.due_at for each in store.scorecards()}
    assert stamps == {"p1": DUE, "p3": NOW + 2 * DAY}
    assert make_plan(Company(store).nudging(), NOW + DAY).drafts == ()
    late = make_plan(Company(store).nudging(), NOW + 2 * DAY + HOUR)
    assert [draft.to.address for draft in late.drafts] == ["p3@example.org"]


def test_who_comes_back_to_a_panel_has_n_days_again(store: Store) -> None:
    save(store, *world())
    stamp_due(store, POLICY, NOW)
    save(store, interview("i1", card("p2")), at=NOW)
    save(store, interview("i1", card("p1"), card("p2")), at=NOW + DAY)
    stamp_due(store, POLICY, NOW + DAY)
    (facts,) = store.scorecards(keys=[key()])
    assert facts.due_at == NOW + 5 * DAY  # over a week-end
    assert judge(facts, POLICY, NOW + 2 * DAY).status is Status.AWAITING
