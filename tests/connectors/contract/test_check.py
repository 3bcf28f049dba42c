"""What `afterword check` is told of an account: all that is needed, and nothing that is not so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from connectors.ats.base import Finding
from connectors.errors import ScopeMissing
from connectors.model import Interview, Page
from tests.connectors.contract.bench import Address, Bench, Practice
from tests.connectors.contract.test_round_trip import pull
from tests.connectors.contract.worlds import NOW, turns


@pytest.fixture
def practice(bench: Bench) -> Iterator[Practice]:
    with bench.serving(turns(), NOW) as practice:
        yield practice


def check(practice: Practice, **changes: str) -> list[Finding]:
    return list(practice.account(**changes).check())


def test_a_good_account_has_nothing_wrong_with_it(practice: Practice) -> None:
    """But for what cannot be told: those say so, and what to do."""
    found = check(practice)
    assert len(found) > 3
    assert len({each.subject for each in found}) == len(found)
    assert all(each.subject and each.detail for each in found)
    assert {type(flag) for each in found for flag in (each.ok, each.optional)} == {bool}
    wrong = [each for each in found if not each.ok]
    assert {each.subject for each in wrong} <= practice.bench.never_sure
    assert all(each.optional and each.remedy for each in wrong)
    assert any(not each.optional for each in found)
    [doorbell] = [each for each in found if each.detail == "set"]
    assert doorbell.optional


def test_an_account_that_tells_less_is_told_so_and_can_be_used(bench: Bench) -> None:
    for account in bench.accounts:
        with bench.serving(turns(), NOW, **account) as practice:
            found = check(practice)
            assert len(found) > 3, account
            assert all(each.ok or (each.optional and each.remedy) for each in found), account


def test_a_missing_webhook_secret_is_a_hint_and_no_failure(practice: Practice) -> None:
    variable = practice.secrets_variable()
    found = check(practice, **{variable: ""})
    [doorbell] = [each for each in found if variable in each.remedy]
    assert not doorbell.ok
    assert doorbell.optional
    assert "polling alone is enough" in doorbell.detail
    assert [each for each in found if each is not doorbell] == [
        each for each in check(practice) if each.subject != doorbell.subject
    ]


def test_a_wrong_key_is_the_one_thing_to_be_told(practice: Practice) -> None:
    connector = practice.bench.connector
    keys = [option for option in connector.options if option.required and option.secret]
    assert keys
    lines = {each.subject for each in check(practice)}
    for option in keys:
        [only] = check(practice, **{option.variable: "wrong-0123456789abcdef"})
        assert only.subject in lines, "the same line, once good and once bad"
        assert not only.ok
        assert not only.optional
        assert re.search(rf"\b{option.variable}\b", only.remedy)
        assert connector.title in only.detail
        assert "wrong-0123456789" not in repr(only)


def test_a_right_that_is_missing_is_told_and_fails_exactly_if_a_pull_does(bench: Bench) -> None:
    """Whoever reads that all is fine has an account that can be read."""
    with bench.serving(turns(), NOW) as practice:
        lines = {each.subject for each in check(practice)}
    hurt = {True: 0, False: 0}
    for right in bench.rights:
        with without(bench, right) as practice:
            found = check(practice)
            worse = [e for e in found if not e.ok and e.subject not in bench.never_sure]
            assert {each.subject for each in found if each.ok} <= lines, right
            works = False
            with suppress(ScopeMissing):
                works = tells_something(pull(practice))
            assert all(each.detail for each in worse)
            assert all(each.remedy for each in worse if not each.optional)
            insists = any(not each.optional for each in worse) and right not in bench.spare_rights
            assert insists is not works, (right, worse)
            hurt[works] += bool(worse)
    assert hurt[False], "no right is needed"


def tells_something(pages: list[Page]) -> bool:
    meetings = (r for page in pages for r in page.records if isinstance(r, Interview))
    return any(card.can_tell for each in meetings for card in each.scorecards)


@contextmanager
def without(bench: Bench, right: str) -> Iterator[Practice]:
    """An account that lacks a right, or whose listing of that name refuses it."""
    account: dict[str, Any] = {}
    if bench.rights_are:
        account[bench.rights_are] = [each for each in bench.rights if each != right]
    with bench.serving(turns(), NOW, **account) as practice:
        if not bench.rights_are:
            practice.server.faults.status(right, 403, times=None)
            practice.server.faults.status(f"{right}/*", 403, times=None)
        yield practice


def test_a_listing_that_is_down_is_no_missing_right(practice: Practice) -> None:
    practice.server.faults.status(practice.bench.paged, 500, times=None)
    worse = [each for each in check(practice) if not each.ok and not each.optional]
    assert worse
    assert not [each for each in worse if "Grant" in each.remedy]


def test_what_a_connector_can_do_is_said_as_data(practice: Practice) -> None:
    told = practice.account().capabilities
    assert told.submission
    assert told.webhooks
    assert told.secret_path is isinstance(practice.bench.seal, Address)
    assert practice.bench.connector.title.split()[0] in told.own_reminders
    assert told.own_reminders.endswith(".")


def test_an_account_has_the_name_under_which_it_is_kept(practice: Practice) -> None:
    assert practice.account().name == practice.bench.name
