"""The auditor finds what is wrong, and nothing where nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from connectors.notify.base import Delivery, DeliveryState
from scheduler import auditor
from scheduler.answers import Answer, AnswerKind
from scheduler.audit import MEANINGS, Grounds, found_in
from scheduler.nudges import run
from scheduler.store import PlannedMessage, Store
from tests.scheduler.builders import (
    DAY,
    HOUR,
    KEY,
    MONDAY,
    card,
    interview,
    job,
    key,
    person,
    save,
    world,
)
from tests.scheduler.speaking import DUE, POLICY, WEDNESDAY, company

SENT = Delivery(DeliveryState.SENT)
GROUNDS = Grounds(
    policies={"greenhouse": POLICY},
    spans=((time(0), time(23, 59, 59)),),
    since=MONDAY,
    may_send=True,
)


def kinds(store: Store, now: datetime, grounds: Grounds = GROUNDS) -> set[str]:
    """One audit, kept as the job keeps it."""
    auditor.keep(store, auditor.look(store, grounds, now))
    return {each.kind for each in found_in(store.audit())}


@pytest.fixture
def known(store: Store) -> Store:
    """One scorecard, due on Wednesday at nine and stamped."""
    save(store, *world(interview("i1"), interview("i2")))
    store.stamp_due([(key(i), DUE, MONDAY) for i in ("i1", "i2")], MONDAY + HOUR)
    return store


def said(store: Store, at: datetime, id: str = "m1", *, about: Any = KEY, **more: Any) -> None:
    """A message that was sent, past all that decides."""
    values = {"step": "nudge 1", "channel": "mail", "to": "p1@example.org", "kind": "nudge"} | more
    steps = ((about, values["step"]),)
    planned = PlannedMessage(id, values["kind"], values["channel"], values["to"], steps)
    assert store.claim(planned, at, HOUR)
    assert store.start_sending(id, at, HOUR)
    assert store.finish(id, values.get("delivery", SENT), at)


def test_a_message_as_it_should_be_is_no_difference(known: Store) -> None:
    said(known, WEDNESDAY)
    assert kinds(known, WEDNESDAY) == set()
    stored = known.audit()
    assert stored is not None
    assert (stored.at, stored.compared) == (WEDNESDAY, 3)


def test_a_step_that_was_said_twice(known: Store) -> None:
    said(known, WEDNESDAY)
    channel = {"channel": "slack"}
    failed = Delivery(DeliveryState.FAILED, "no", permanent=True)
    said(known, WEDNESDAY + DAY, "m2", about=key("i2"), delivery=failed)
    said(known, WEDNESDAY + DAY, "m3", about=key("i2"), **channel)
    assert kinds(known, WEDNESDAY + DAY) == set(), "a known failure and its second way are one"
    with known._write() as db:
        db.exec_driver_sql("UPDATE messages SET state = 'unknown' WHERE id = 'm2'")
    assert "twice" in kinds(known, WEDNESDAY + DAY)


def test_what_was_known_to_be_handed_in_and_taken_back(known: Store) -> None:
    handed_in = interview("i1", card(submitted_at=DUE))
    save(known, handed_in, at=DUE + HOUR / 2)
    said(known, WEDNESDAY)
    assert kinds(known, WEDNESDAY) == {"known"}
    said(known, DUE + HOUR / 4, "m2", about=key("i2"), to="a@example.org", kind="escalation")
    found = auditor.look(known, GROUNDS, WEDNESDAY)
    assert {each.message_id for each in found.found} == {"m1"}


@pytest.mark.parametrize(
    ("kind", "more", "wrong"),
    [
        (AnswerKind.DONE_ELSEWHERE, {}, True),
        (AnswerKind.SNOOZE, {"until": WEDNESDAY + HOUR}, True),
        (AnswerKind.SNOOZE, {"until": WEDNESDAY - HOUR / 4}, False),
        (AnswerKind.DID_NOT_HAPPEN, {"undone_at": WEDNESDAY - HOUR / 4}, False),
    ],
)
def test_what_an_answer_forbade(
    known: Store, kind: AnswerKind, more: dict[str, Any], wrong: bool
) -> None:
    more, undone_at = dict(more), more.get("undone_at")
    more.pop("undone_at", None)
    at = WEDNESDAY - HOUR / 2
    given = Answer("a1", kind, at, "p1@example.org", "page", **more)
    answer_id = known.give_answer(KEY, given, MONDAY).id
    if undone_at:
        known.undo_answer(answer_id, "p1@example.org", "page", undone_at)
    said(known, WEDNESDAY)
    assert kinds(known, WEDNESDAY) == ({"known"} if wrong else set())


def test_too_early_and_too_soon(known: Store) -> None:
    said(known, DUE)
    assert kinds(known, DUE) == {"early"}
    said(known, WEDNESDAY, "m2", about=key("i2"))
    said(known, WEDNESDAY + 15 * HOUR, "m3", about=key("i2"), step="nudge 2")
    found = auditor.look(known, GROUNDS, WEDNESDAY + DAY)
    assert {(each.kind, each.message_id) for each in found.found if each.key} == {
        ("early", "m1"),
        ("early", "m3"),
    }


def test_a_second_message_on_one_day_and_none_on_the_next(known: Store) -> None:
    said(known, WEDNESDAY)
    said(known, WEDNESDAY + HOUR, "m2", about=key("i2"))
    assert kinds(known, WEDNESDAY + HOUR) == {"crowd"}


def test_somebody_else_an_address_that_is_not_allowed_and_the_night(known: Store) -> None:
    said(known, WEDNESDAY, to="p9@example.org")
    grounds = replace(GROUNDS, allowed=("*@acme.example",), spans=((time(11), time(12)),))
    assert kinds(known, WEDNESDAY, grounds) == {"stranger", "not allowed", "at night"}
    assert kinds(known, WEDNESDAY + HOUR) == {"stranger", "not allowed", "at night"}, "kept"
    assert kinds(known, WEDNESDAY + 15 * DAY) == set(), "and in the end forgotten"


@pytest.mark.parametrize("role", ["recruiter_ids", "coordinator_ids", "hiring_manager_ids"])
def test_whoever_is_asked_for_help_is_asked_by_day_where_the_ats_says_they_live(
    known: Store, role: str
) -> None:
    tokyo = replace(person("p2", "Ali"), zone="Asia/Tokyo")
    team: dict[str, Any] = {"recruiter_ids": (), role: ("p2",)}
    save(known, tokyo, replace(job(), **team), at=MONDAY + HOUR)
    said(known, WEDNESDAY, to="p2@example.org", kind="escalation", step="escalation 1")
    at_work_there = replace(GROUNDS, spans=((time(18), time(20)),))  # ten in UTC is seven in Tokyo
    assert kinds(known, WEDNESDAY, at_work_there) == set()


def test_rules_of_today_are_not_held_against_what_was_said_before_them(known: Store) -> None:
    said(known, WEDNESDAY, to="p9@example.org")
    strict = replace(GROUNDS, allowed=("nobody",), since=WEDNESDAY + HOUR)
    assert kinds(known, WEDNESDAY + HOUR, strict) == set()


def test_a_step_that_nobody_took(known: Store) -> None:
    """Missing for as long as it could have been said, and not while nothing could go out."""
    later = WEDNESDAY + 7 * DAY
    silent = replace(GROUNDS, may_send=False)
    for n in range(10):
        assert kinds(known, later + n * HOUR / 2, silent) == set()
    seen = [kinds(known, later + DAY + n * HOUR / 2) for n in range(5)]
    assert seen[:3] == [set()] * 3
    assert seen[4] == {"missing"}
    firm = company(known)
    run(firm.nudging(accounts={}), later + 2 * DAY)
    assert kinds(known, later + 2 * DAY) == set()


@pytest.mark.parametrize(
    "reason",
    [
        {"away": frozenset({"p1@example.org"})},
        {"silent": frozenset({"greenhouse"})},
        {"allowed": ("*@elsewhere.example",)},
        {"policies": {"greenhouse": replace(POLICY, nudge_since=DUE)}},
        {"policies": {"greenhouse": replace(POLICY, nudge_since=None)}},
        {"policies": {"greenhouse": replace(POLICY, ladder=())}},
    ],
)
def test_where_there_is_a_reason_nothing_is_missing(known: Store, reason: dict[str, Any]) -> None:
    grounds = replace(GROUNDS, **reason)
    later = WEDNESDAY + 7 * DAY
    assert {k for n in range(9) for k in kinds(known, later + n * HOUR, grounds)} == set()


def test_who_was_written_to_lately_may_still_be_spared(known: Store) -> None:
    said(known, WEDNESDAY + 5 * DAY, about=key("i2"))
    later = WEDNESDAY + 9 * DAY
    assert {k for n in range(9) for k in kinds(known, later + n * HOUR / 2)} == set()
    much_later = WEDNESDAY + 14 * DAY
    assert {k for n in range(9) for k in kinds(known, much_later + n * HOUR / 2)} == {"missing"}


def test_what_is_stuck_and_what_is_in_doubt_for_long(known: Store) -> None:
    known.claim(
        PlannedMessage("m1", "escalation", "mail", "p2@example.org", ((KEY, "nudge 1"),)), DUE, HOUR
    )
    doubt = Delivery(DeliveryState.UNKNOWN, "no answer")
    said(known, WEDNESDAY, "m2", about=key("i2"), delivery=doubt)
    at = WEDNESDAY + DAY - timedelta(minutes=1)
    assert kinds(known, at) == set()
    assert {k for n in range(9) for k in kinds(known, at + HOUR + n * HOUR)} == {
        "stuck",
        "in doubt",
    }


def test_every_kind_has_a_meaning() -> None:
    assert all(each and each[0].islower() for each in MEANINGS.values())
