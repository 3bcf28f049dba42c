"""Whom a run spares: of whom the ATS told nothing, whose account is gone, who shares an address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from connectors.model import Page, Ref
from scheduler import nudges
from scheduler.nudges import make_plan, run
from scheduler.store import PlannedMessage, Store
from tests.scheduler.builders import DAY, FakeAts, card, interview, key, person, save
from tests.scheduler.speaking import DUE, WEDNESDAY, Company, company

PANEL = interview("i1", card("p1"), card("p3"))


class HalfRead(FakeAts):
    """Reads only the first seat of each panel when it is asked for an interview."""

    def read(self, refs: Sequence[Ref]) -> Iterator[Page]:
        half = replace(PANEL, scorecards=PANEL.scorecards[:1], panel_complete=False)
        yield Page((half,), WEDNESDAY)


def panel(store: Store) -> Company:
    return company(store, PANEL).knows(person("p3", "Cy"))


def test_of_a_panel_that_was_not_read_whole_only_the_seats_that_were_read_are_spoken_about(
    store: Store,
) -> None:
    firm = panel(store)
    outcome = run(firm.nudging(accounts={"greenhouse": HalfRead()}), WEDNESDAY)
    assert firm.said == [("slack", "p1@example.org")]
    assert [(each.key, each.reason) for each in outcome.withdrawn] == [
        (key("i1", "p3"), nudges.UNREAD)
    ]


def test_a_message_left_over_waits_for_the_seat_that_was_not_read(store: Store) -> None:
    firm = panel(store)
    planned = PlannedMessage(
        "m1", "nudge", "slack", "p3@example.org", ((key("i1", "p3"), "nudge 1"),)
    )
    store.claim(planned, DUE, nudges.LEASE)
    later = DUE + 2 * nudges.LEASE
    run(firm.nudging(accounts={"greenhouse": HalfRead()}), later)
    assert ("slack", "p3@example.org") not in firm.said
    run(firm.nudging(), later + nudges.LEASE)
    assert ("slack", "p3@example.org") in firm.said


def test_nobody_is_spoken_to_about_an_account_that_is_not_connected_any_more(store: Store) -> None:
    firm = company(store)
    nudging = firm.nudging(accounts={}, unplugged=frozenset({"greenhouse"}))
    outcome = run(nudging, WEDNESDAY)
    assert (firm.said, firm.states()) == ([], [])
    (silence,) = outcome.plan.silent
    assert silence.reason == "the account greenhouse is not connected any more"


def test_what_is_left_over_of_an_account_that_is_gone_is_not_sent(store: Store) -> None:
    firm = company(store)
    planned = PlannedMessage(
        "m1", "nudge", "slack", "p1@example.org", ((key("i1", "p1"), "nudge 1"),)
    )
    store.claim(planned, DUE, nudges.LEASE)
    nudging = firm.nudging(accounts={}, unplugged=frozenset({"greenhouse"}))
    outcome = run(nudging, DUE + 2 * nudges.LEASE)
    assert firm.said == []
    assert "not connected any more" in outcome.withdrawn[0].reason


def test_two_people_at_one_address_are_a_shared_mailbox_and_undeliverable(store: Store) -> None:
    """Case 55: never sent to a guess; the recruiter hears of it, once."""
    firm = panel(store)
    firm.knows(person("p3", "Cy", email="P1@example.org"))
    (draft,) = make_plan(firm.nudging(), WEDNESDAY).drafts
    assert draft.to.address == "p2@example.org"
    shared = "the interviewer's address belongs to several people in the ATS"
    assert [(each.facts.key.interviewer_id, each.unreachable) for each in draft.owed] == [
        ("p1", shared),
        ("p3", shared),
    ]
    run(firm.nudging(), WEDNESDAY)
    found = make_plan(firm.nudging(), WEDNESDAY + DAY)
    assert found.drafts == ()
    assert [(each.key.interviewer_id, each.reason) for each in found.undeliverable] == [
        (who, f"undeliverable: {shared}; somebody else was told") for who in ("p1", "p3")
    ]


def test_one_person_with_two_users_is_written_to_and_so_is_the_successor_of_one_who_left(
    store: Store,
) -> None:
    firm = panel(store)
    save(store, person("p3", " bo  EK ", email="P1@example.org"))
    save(store, person("p9", "Old Hand", email="p1@example.org", active=False))
    (draft,) = make_plan(firm.nudging(), WEDNESDAY).drafts
    assert (draft.to.address, len(draft.owed)) == ("p1@example.org", 2)
