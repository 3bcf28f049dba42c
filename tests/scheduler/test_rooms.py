"""A room that many people read gets what is about one person only where the policy says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.notify.base import Recipient
from scheduler.channels import in_order
from scheduler.facts import Audience
from scheduler.plan import Draft
from tests.scheduler.sample_owed import owed
from tests.scheduler.speaking import FakeNotifier

CHANNELS = [FakeNotifier(name) for name in ("slack", "mail", "teams", "apprise")]


def draft(address: str, wish: str | None = None) -> Draft:
    scorecard = owed(5)
    step = replace(scorecard.step, channel=wish)
    return Draft(Recipient("Bo", address), Audience.INTERVIEWER, (replace(scorecard, step=step),))


def test_what_is_private_in_a_digest_keeps_all_of_it_out_of_the_room() -> None:
    one, other = draft("bo@example.com", "teams"), draft("bo@example.com")
    mixed = replace(one, owed=(*one.owed, *other.owed))
    assert [each.name for each in in_order(CHANNELS, mixed)] == ["slack", "mail"]


@pytest.mark.parametrize(
    ("address", "wish", "order"),
    [
        ("bo@example.com", None, ["slack", "mail"]),
        ("bo@example.com", "mail", ["mail", "slack"]),
        ("bo@example.com", "teams", ["teams", "slack", "mail"]),
        ("teams", None, ["teams"]),
        ("#recruiting", None, ["slack"]),
        ("#recruiting", "teams", ["teams", "slack"]),
        ("apprise", None, ["apprise"]),
    ],
)
def test_who_carries_what(address: str, wish: str | None, order: list[str]) -> None:
    assert [each.name for each in in_order(CHANNELS, draft(address, wish))] == order
