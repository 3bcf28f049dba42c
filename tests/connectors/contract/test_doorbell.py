"""What rings: each webhook leads to what changed, and to nothing else, whatever its body says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from connectors.ats.base import Rung, Unreadable, WebhookRequest
from connectors.doorbell import LONGEST_ACTION
from connectors.model import Interview, Kind, Ref
from plugin.sandbox.entities import Application, Entity
from plugin.sandbox.webhooks import Event
from tests.connectors.contract.bench import BENCHES, Bench, Practice, as_request
from tests.connectors.contract.everything import everything
from tests.connectors.contract.storing import EmptyShelf
from tests.connectors.contract.worlds import DAY, MONDAY, NOW, turns

BEGAN = MONDAY - 60 * DAY
UNSIGNED = [name for name, bench in BENCHES.items() if not bench.signs_body]


@pytest.fixture
def practice(bench: Bench) -> Iterator[Practice]:
    with bench.serving(everything(), NOW, sees_private=True) as practice:
        yield practice


def letters(practice: Practice) -> list[tuple[Event, WebhookRequest]]:
    """All that this vendor tells of some days, without a post office."""
    habits, secret = practice.dialect.habits, practice.dialect.webhook_secret
    path = habits.address("", secret).lstrip("/")
    return [
        (event, replace(as_request(habits.letter(event, f"{number:036}", secret)), path=path))
        for number, event in enumerate(practice.dialect.events(BEGAN, NOW))
    ]


def rungs(practice: Practice) -> list[tuple[Event, Rung]]:
    account = practice.account()
    return [(event, account.rung(request)) for event, request in letters(practice)]


def test_every_event_is_known_and_named_by_the_vendors_own_word(practice: Practice) -> None:
    found = rungs(practice)
    assert len({event.action for event, _ in found}) > 1
    assert all(rung.known for _, rung in found)
    assert all(rung.action == event.action for event, rung in found)
    assert all(len(set(rung.refs)) == len(rung.refs) for _, rung in found)


def names(practice: Practice) -> dict[Ref, Entity]:
    """Everything in the world by the names that a connector may ring for."""
    world = practice.server.world
    everything: dict[Kind, list[Any]] = {
        Kind.PERSON: world.people,
        Kind.CANDIDATE: world.candidates,
        Kind.JOB: world.jobs,
        Kind.APPLICATION: world.applications,
        Kind.INTERVIEW: world.interviews,
        Kind.SCORECARD: world.cards,
    }
    id_of = practice.dialect.id_of
    return {
        Ref(kind, id_of(kind, each)): each for kind, found in everything.items() for each in found
    }


def test_every_ref_is_the_name_of_something_that_is_or_was(practice: Practice) -> None:
    known = names(practice)
    found = rungs(practice)
    refs = {ref for _, rung in found for ref in rung.refs}
    assert len(refs) > 3
    assert refs <= known.keys()


def test_whatever_is_told_of_rings_for_it_or_for_what_it_hangs_on(practice: Practice) -> None:
    """An event at the very instant at which an interview or an application changed."""
    changed = changes(practice)
    covered = 0
    for event, rung in rungs(practice):
        about = [each for each in changed if event.at in changed[each]]
        mine = [each for each in about if mentions(event, ways(practice, each))]
        if mine and event.action not in practice.bench.silent:
            assert set(rung.refs) & {ref for each in mine for ref in ways(practice, each)}, event
            covered += 1
    assert covered > 10


def changes(practice: Practice) -> dict[Any, set[Any]]:
    world = practice.server.world
    found: dict[Any, set[Any]] = {}
    for each in (*world.applications, *world.interviews):
        moments = {at for fact in each.facts() for at, _, _ in fact.changes(BEGAN, NOW)}
        found[each] = moments | {each.created_at, each.gone_at}
    return found


def ways(practice: Practice, each: Any) -> set[Ref]:
    id_of = practice.dialect.id_of
    application = each if isinstance(each, Application) else each.application
    kind = Kind.APPLICATION if each is application else Kind.INTERVIEW
    return {
        Ref(kind, id_of(kind, each)),
        Ref(Kind.APPLICATION, id_of(Kind.APPLICATION, application)),
        Ref(Kind.CANDIDATE, id_of(Kind.CANDIDATE, application.candidate)),
    }


def mentions(event: Event, refs: set[Ref]) -> bool:
    text = json.dumps(event.payload)
    return any(ref.id in text for ref in refs)


def test_the_same_delivery_has_the_same_name_and_another_one_another(practice: Practice) -> None:
    """Case 10: where the vendor names deliveries; else the body is the name."""
    account = practice.account()
    posted = [request for _, request in letters(practice)]
    told = [account.rung(each).event_id for each in posted]
    assert told == [account.rung(each).event_id for each in posted]
    named = [each for each in told if each is not None]
    assert not named or (len(named) == len(posted) and len(set(named)) == len(posted))
    assert bool(named) is practice.bench.names_deliveries


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"{}", b"\xff", b"[" * 5000, b'{"action": 7}']
)
def test_what_is_no_webhook_of_this_vendor_is_unreadable_and_nothing_worse(
    practice: Practice, body: bytes
) -> None:
    """Cases 12 and 13."""
    with pytest.raises(Unreadable) as caught:
        practice.account().rung(WebhookRequest({}, body))
    assert caught.value.path
    assert caught.value.reason


@pytest.mark.parametrize("value", [None, True, 1.5, "no id!", [], {}, -1])
def test_a_body_with_a_wrong_value_anywhere_is_read_or_unreadable(
    practice: Practice, value: object
) -> None:
    """Case 13: whatever is rung for then, has the form of an id."""
    account, known = practice.account(), names(practice)
    seen: set[str] = set()
    for event, request in letters(practice):
        if event.action in seen:
            continue
        seen.add(event.action)
        for changed in spoiled(json.loads(request.body), value):
            with suppress(Unreadable):
                rung = account.rung(replace(request, body=json.dumps(changed).encode()))
                assert set(rung.refs) <= known.keys()


def spoiled(content: Any, value: object) -> Iterator[Any]:
    """The same object with one thing in it replaced, at every place down to the third level."""
    if not isinstance(content, dict):
        return
    for key, inner in content.items():
        yield {**content, key: value}
        if isinstance(inner, dict):
            yield from ({**content, key: each} for each in spoiled(inner, value))


def test_an_event_that_nobody_documented_is_said_to_be_unknown(practice: Practice) -> None:
    account = practice.account()
    unknown, word = 0, "a_word_of_tomorrow_" * 9
    for event, request in letters(practice):
        text = request.body.decode().replace(f'"{event.action}"', f'"{word}"')
        if text != request.body.decode():
            rung = account.rung(replace(request, body=text.encode()))
            assert not rung.known
            assert rung.refs == ()
            assert rung.action == word[:LONGEST_ACTION], "as much as is kept"
            unknown += 1
    assert unknown > 3


@pytest.mark.parametrize("bench", UNSIGNED, indirect=True)
def test_an_unsigned_body_is_a_hint_and_never_a_fact(practice: Practice) -> None:
    """Whatever it says of states, times and names: what is kept is what the ATS answers."""
    account = practice.account()
    calm = [r for page in account.read(everything_rung(practice, {})) for r in page.records]
    lies = {"stage": "Hired", "active": False, "name": "Somebody Else", "start": "2001-01-01"}
    told = [r for page in account.read(everything_rung(practice, lies)) for r in page.records]
    assert told == calm
    assert any(isinstance(each, Interview) for each in calm)


def everything_rung(practice: Practice, more: dict[str, Any]) -> list[Ref]:
    """What the deliveries ring for, after ``more`` was written over each of them and proved."""
    account, refs = practice.account(), set()
    for event, request in letters(practice):
        changed = replace(request, body=json.dumps(json.loads(request.body) | more).encode())
        assert account.verify(changed, event.at)
        refs |= set(account.rung(changed).refs)
    return sorted(refs)


def test_a_delivery_that_comes_again_has_one_effect(bench: Bench, shelf: EmptyShelf) -> None:
    """Cases 9 and 10."""
    with bench.serving(turns(), NOW) as practice, shelf() as here:
        account = practice.account()
        refs = sorted({ref for _, rung in rungs(practice) for ref in rung.refs})
        for page in account.read(refs):
            here.store.save_page(bench.name, page, store_names=True)
        once = here.rows()
        for page in account.read([*refs, *refs]):
            here.store.save_page(bench.name, page, store_names=True)
        assert here.rows() == once
