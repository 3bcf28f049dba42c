"""Slack Block Kit, as plain dicts, within the limits of slack.md section 10. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scheduler.phrases import clean

Block = Mapping[str, Any]

MOST_BLOCKS = 50
MOST_CHARACTERS = 12_000
"""Of all the blocks as JSON. Slack does not document the limit; 13,200 were refused."""
_LOOK_ALIKES = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})
"""mrkdwn cannot escape its own marks, so that an outside string gets signs that look the same."""


def mrkdwn(text: str) -> str:
    """An outside string inside mrkdwn: it can neither format, nor link, nor mention anybody."""
    plain = text.translate(_LOOK_ALIKES)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": clean(text, limit), "emoji": False}


def button(label: str, url: str, action_id: str, spoken: str) -> Block:
    """A link button. ``spoken`` is what a screen reader says instead of the label."""
    return {
        "type": "button",
        "text": _plain(label, 30),
        "url": url,
        "action_id": action_id,
        "accessibility_label": clean(spoken, 75),
    }


def header(text: str) -> Block:
    return {"type": "header", "text": _plain(text, 150)}


def section(text: str, accessory: Block | None = None) -> Block:
    """``text`` is mrkdwn, with its outside strings already escaped."""
    block: dict[str, Any] = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": text, "verbatim": True},
    }
    return {**block, "accessory": accessory} if accessory else block


def actions(*buttons: Block) -> Block:
    return {"type": "actions", "elements": list(buttons)}


def context(text: str) -> Block:
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}],
    }


def size(blocks: Iterable[Block]) -> int:
    """Characters of the blocks as they go over the wire."""
    return len(json.dumps(list(blocks)))


def fitted(
    first: Sequence[Block], rows: Sequence[Block], last: Sequence[Block], more: str
) -> tuple[Block, ...]:
    """``first``, as many ``rows`` as fit, a line saying how many more there are, ``last``.

    ``more`` has a ``{n}`` for the number of rows that were left out.
    """
    room = MOST_CHARACTERS - size([*first, *last, context(more)]) - 200
    most = MOST_BLOCKS - len(first) - len(last) - 1
    shown: list[Block] = []
    for row in rows[:most]:
        room -= size([row])
        if room < 0:
            break
        shown.append(row)
    left = len(rows) - len(shown)
    rest = [context(more.format(n=left))] if left else []
    return (*first, *shown, *rest, *last)
