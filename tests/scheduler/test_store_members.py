"""Members of a channel, whose scorecards are whose, and what sent messages look like."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connectors.notify.base import Delivery, DeliveryState
from scheduler.store import Member, PlannedMessage, Store
from tests.scheduler.builders import (
    DAY,
    HOUR,
    MONDAY,
    application,
    candidate,
    card,
    interview,
    job,
    key,
    person,
    save,
    world,
)

LEASE = timedelta(hours=1)


def member(address: str = "p1@example.org", user_id: str | None = "U1", **more: object) -> Member:
    values = {"zone": None, "away_until": None, "active": True, "looked_at": MONDAY}
    return Member(address, user_id, **(values | more))  # type: ignore[arg-type]


def test_a_member_comes_back_as_it_was_looked_up_last(store: Store) -> None:
    store.save_members([member(zone="UTC"), member("p2@example.org", None)])
    again = member(zone="Europe/Berlin", away_until=MONDAY + DAY, active=False)
    store.save_members([again])
    found = store.members([" P1@Example.org", "p2@example.org", "p3@example.org"])
    assert found == {"p1@example.org": again, "p2@example.org": member("p2@example.org", None)}


def test_a_member_may_have_several_addresses(store: Store) -> None:
    store.save_members([member("b@example.org"), member("a@example.org"), member("c@x.org", "U2")])
    assert store.member_addresses("U1") == ["a@example.org", "b@example.org"]
    assert store.member_addresses("U9") == []


def test_nobody_and_the_deactivated_are_listed_as_unmatched(store: Store) -> None:
    store.save_members([member(), member("n@x.org", None), member("d@x.org", "U4", active=False)])
    assert store.unmatched() == ["d@x.org", "n@x.org"]
    assert store.forget_members(["p1@example.org"]) == 2
    assert store.unmatched() == []


def test_whoever_may_be_written_to_is_matched_and_nobody_else(store: Store) -> None:
    others = (
        person("idle"),
        person("gone", active=False),
        person("mute", email=None),
        person("rec", email=" Rec@Example.org "),
    )
    seats = (card("p1"), card("gone"), card("mute"))
    save(store, *world(interview("i1", *seats)), *others, application(recruiter_id="rec"))
    # p2 recruits for the job
    assert store.addresses_to_match() == ["p1@example.org", "p2@example.org", "rec@example.org"]


def test_whom_a_panellist_reports_to_may_be_written_to_and_no_other_manager(
    store: Store,
) -> None:
    boss, other = person("boss", email="Boss@example.org"), person("other")
    save(store, *world(interview("i1", card("p1"))), boss, other)
    save(store, replace(person("p1"), manager_id="boss"), at=MONDAY + HOUR)
    save(store, replace(person("p9"), manager_id="other"))  # on no panel
    assert store.addresses_to_match() == ["boss@example.org", "p1@example.org", "p2@example.org"]


def test_what_is_asked_of_an_address_is_found_over_all_of_the_past(store: Store) -> None:
    seats = (card("p1", submitted_at=MONDAY), card("p2"))
    save(store, *world(interview("i1", *seats), interview("i2")), person("p1", email="P1@X.org"))
    assert store.keys_asked_of(["p1@x.org"]) == [key("i1"), key("i2")]
    assert store.keys_asked_of([]) == store.keys_asked_of(["nobody@x.org"]) == []


def test_what_is_looked_after_is_what_the_application_says_or_else_the_job(store: Store) -> None:
    save(
        store,
        *world(
            interview("i1"),
            interview("i2", application_id="a2"),
            interview("i3", card("p2", submitted_at=MONDAY)),
        ),
        candidate("c2"),
        person("rec"),
        job("j2"),
        application("a2", candidate_id="c2", recruiter_id="rec"),
    )
    assert store.keys_looked_after(["p2@example.org"]) == [key("i1")]
    assert store.keys_looked_after(["rec@example.org"]) == [key("i2")]
    assert store.keys_looked_after(["p1@example.org"]) == []


def sent(store: Store, id: str, channel: str = "slack", reference: str | None = "D1:1.1") -> None:
    planned = PlannedMessage(id, "nudge", channel, "p1@example.org", ((key(id), "nudge 1"),))
    store.claim(planned, MONDAY, LEASE)
    store.start_sending(id, MONDAY, LEASE)
    store.finish(id, Delivery(DeliveryState.SENT, reference=reference), MONDAY + DAY)


def test_live_messages_come_in_parts_until_they_are_closed(store: Store) -> None:
    names = [f"m{n}" for n in range(5)]
    save(store, *world(*(interview(name) for name in names)))
    for name in names:
        sent(store, name)
    first = store.live_messages("slack", limit=3)
    rest = store.live_messages("slack", after=first[-1], limit=3)
    assert [each.id for each in (*first, *rest)] == names
    assert first[0].steps == ((key("m0"), "nudge 1"),)
    assert first[0].shown is None
    store.message_shown("m0", "abc", None)
    store.message_shown("m1", "abc", MONDAY)
    store.message_shown("m1", "another", None)  # closed is closed
    assert [(e.id, e.shown) for e in store.live_messages("slack", limit=2)] == [
        ("m0", "abc"),
        ("m2", None),
    ]


def test_mail_and_what_never_arrived_are_not_live(store: Store) -> None:
    save(store, *world(*(interview(name) for name in ("m1", "m2", "m3"))))
    sent(store, "m1", channel="mail")
    sent(store, "m2", reference=None)
    store.claim(
        PlannedMessage("m3", "nudge", "slack", "x@x.org", ((key("m3"), "s"),)), MONDAY, LEASE
    )
    assert store.live_messages("slack") == []
