"""What people see and press in Slack, and what good manners are in numbers of our own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import requests

from plugin.slack_app import ROUTE
from tests.connectors.fake_slack import Post
from tests.plugin.slack_office import buttons, pressed, sign, words
from tests.stories.harness import Arrival, Story

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Local:
    """Where somebody works."""

    zone: str
    off: frozenset[date] = frozenset()
    opens: time = time(8)
    closes: time = time(18)


def polite(arrivals: Iterable[Arrival], people: Mapping[str, Local]) -> None:
    """Everybody was written to in hours of theirs, never on a day off, once a day at most."""
    days: set[tuple[str, date]] = set()
    for each in arrivals:
        if each.to not in people:
            continue
        local = people[each.to]
        here = each.at.astimezone(ZoneInfo(local.zone))
        said = f"{each.to} was written to at {here}"
        assert local.opens <= here.time() < local.closes, said
        assert here.weekday() < 5, said
        assert here.date() not in local.off, said
        assert (each.to, here.date()) not in days, f"{said}, again"
        days.add((each.to, here.date()))


def heard(arrivals: Iterable[Arrival]) -> list[tuple[str, str]]:
    """Who was written to and when, in order: ``("11-09 08:30", "bo@example.org")``, in UTC."""
    return [(f"{each.at:%m-%d %H:%M}", each.to) for each in arrivals]


# --- in Slack


def pressable(post: Post) -> list[str]:
    """The action ids of everything that can be pressed and is not just a link."""
    return [each["action_id"] for each in buttons(post) if not each.get("url")]


def row(post: Post, name: str) -> dict[str, Any]:
    """What can be pressed in the line about a candidate."""
    (found,) = [
        block["accessory"]
        for block in post.blocks
        if "accessory" in block and name in block["text"]["text"]
    ]
    return dict(found)


def line(post: Post, name: str) -> str:
    """The line of a message about a candidate."""
    (found,) = [each for each in words(post).splitlines() if name in each]
    return found


def press(told: Story, user: str, action: Mapping[str, Any]) -> None:
    """Somebody presses; afterwards the messages are as the rung job leaves them."""
    _post(told, pressed(action, user, told.slack.trigger()))


def choose(told: Story, user: str, values: Mapping[str, Any]) -> None:
    """Somebody fills in the window that was opened last, and sends it."""
    view = {**told.slack.opened[-1], "id": "V1", "root_view_id": "V1", "state": {"values": values}}
    _post(
        told, {"type": "view_submission", "user": {"id": user}, "team": {"id": "T1"}, "view": view}
    )


def option(told: Story, label: str) -> dict[str, Any]:
    """The choice with this label in the window that was opened last, as Slack gives it back."""
    for block in told.slack.opened[-1]["blocks"]:
        for each in (block.get("element") or {}).get("options", ()):
            if label in each["text"]["text"]:
                return {block["block_id"]: {"any": {"selected_option": each}}}
    raise LookupError(f"nothing is called {label}")


def _post(told: Story, payload: Mapping[str, Any]) -> None:
    body = urlencode({"payload": json.dumps(payload)}).encode()
    stamp = str(int(told.now.timestamp()))
    head = {
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": sign(body, stamp),
    }
    answer = requests.post(told.url + ROUTE, data=body, headers=head, timeout=10)
    assert (answer.status_code, answer.text) == (200, ""), answer.text
    told.bolt.idle()
    told.service.faces()
