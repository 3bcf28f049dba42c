"""Links to Lever: what is documented, and what only a customer can confirm (lever.md 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.model import Interview, Scorecard
from tests.connectors.fake_lever import FakeLever, cards, lever, of, pulled


@pytest.fixture
def fake() -> Iterator[FakeLever]:
    with lever() as fake:
        fake.opportunity()
        yield fake


def card(fake: FakeLever, **config: Any) -> Scorecard:
    return cards(pulled(fake, **config))["int-1", "user-1"]


def test_the_link_is_the_opportunity_unless_the_form_is_set(fake: FakeLever) -> None:
    """Section 5: the form's address is not documented, so it is off until somebody checked it."""
    fake.interview()
    assert card(fake).url == "https://hire.example.net/candidates/opp-1"
    form = "https://hire.example.net/interviews/{interview_id}"
    assert card(fake, form_url=form).url == "https://hire.example.net/interviews/int-1"


@pytest.mark.parametrize("urls", [None, {"show": None}, {"show": "javascript:alert(1)"}])
def test_a_link_that_is_none_is_left_out(fake: FakeLever, urls: object) -> None:
    fake.opportunity(urls=urls)
    fake.interview()
    assert card(fake).url is None


def test_a_subject_with_the_candidates_name_is_not_kept(fake: FakeLever) -> None:
    fake.interview("int-1", subject="Phone screen: Vance / Ivo")
    fake.interview("int-2", subject=None)
    assert {each.name for each in of(Interview, pulled(fake))} == {"Interview"}


def test_a_number_or_a_letter_is_no_name(fake: FakeLever) -> None:
    fake.opportunity(name="Noor V 2")
    fake.interview(subject="Round 2, part V")
    assert {each.name for each in of(Interview, pulled(fake))} == {"Round 2, part V"}
