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


def test_each_scorecard_is_given_its_own_panel_also_out_of_order(two_accounts: Store) -> None:
    rows = two_accounts.scorecards()
    keys = [facts.key for facts in rows]
    panels = Panels(two_accounts, keys)
    for key in (*keys, keys[0], keys[-1], keys[1]):
        place = (key.ats, key.interview_id)
        assert panels(key) == [r for r in rows if (r.key.ats, r.key.interview_id) == place]


def test_an_interview_that_nobody_named_before_is_read_too(two_accounts: Store) -> None:
    panels = Panels(two_accounts, [])
    assert len(panels(ScorecardKey("greenhouse", "i002", "p1"))) == 2
    assert panels(ScorecardKey("greenhouse", "i999", "p1")) == []
