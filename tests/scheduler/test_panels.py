"""Who else sat on the panels of many scorecards."""

from __future__ import annotations

import pytest

from scheduler.facts import ScorecardKey
from scheduler.panels import AT_ONCE, Panels
from scheduler.store import Store
from tests.scheduler.builders import card, interview, page, save, world


@pytest.fixture
def two_accounts(store: Store) -> Store:
    many = [interview(f"i{n:03}", card("p1"), card("p2")) for n in range(AT_ONCE + 3)]
    save(store, *world(*many))
    store.save_page("lever", page(*world(interview("i001", card("p3")))), store_names=True)
    return store


def test_each_scorecard_is_given_its_own_panel_in_whatever_order(two_accounts: Store) -> None:
    keys = [facts.key for facts in two_accounts.scorecards()]
    panels = Panels(two_accounts, keys)
    for key in (*keys, *reversed(keys)):
        panel = panels(key)
        assert panel == two_accounts.scorecards(ats=key.ats, interview_id=key.interview_id)


def test_an_interview_that_nobody_named_before_is_read_too(two_accounts: Store) -> None:
    panels = Panels(two_accounts, [])
    assert len(panels(ScorecardKey("greenhouse", "i002", "p1"))) == 2
    assert panels(ScorecardKey("greenhouse", "i999", "p1")) == []
