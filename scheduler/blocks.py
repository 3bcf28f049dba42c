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


def press(label: str, action_id: str, value: str, spoken: str = "") -> Block:
    """A button that comes back to us. ``value`` says what it is about and proves nothing."""
    block = {
        "type": "button",
        "text": _plain(label, 30),
        "action_id": action_id,
        "value": value,
    }
    return {**block, "accessibility_label": clean(spoken, 75)} if spoken else block


def menu(action_id: str, options: Iterable[tuple[str, str]]) -> Block:
    """The three dots: two to five of label and value, the labels our own words."""
    # Every one of sixty rows has one, so that each sign counts.
    choices = [
        {"text": {"type": "plain_text", "text": label}, "value": value} for label, value in options
    ]
    return {"type": "overflow", "action_id": action_id, "options": choices}


def _options(options: Iterable[tuple[str, str]]) -> list[Block]:
    return [{"text": _plain(label, 75), "value": value} for label, value in options]


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


def link(label: str, url: str) -> str:
    """mrkdwn that leads to an address that ``web_link`` let pass: it holds no mark of mrkdwn."""
    return f"<{url.replace('&', '&amp;')}|{label}>"


def divider() -> Block:
    return {"type": "divider"}


def dropdown(
    block_id: str, label: str, action_id: str, hint: str, options: Sequence[tuple[str, str]]
) -> Block:
    """Of a modal: choose one of at most a hundred."""
    element = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": _plain(hint, 150),
        "options": _options(options),
    }
    return _input(block_id, label, element)


def radio(block_id: str, label: str, action_id: str, options: Sequence[tuple[str, str]]) -> Block:
    """Of a modal: choose one of at most ten; the first is chosen."""
    choices = _options(options)
    element = {
        "type": "radio_buttons",
        "action_id": action_id,
        "options": choices,
        "initial_option": choices[0],
    }
    return _input(block_id, label, element)


def day(block_id: str, label: str, action_id: str, first: str) -> Block:
    """Of a modal: a day, ``first`` to begin with; may stay as it is."""
    element = {"type": "datepicker", "action_id": action_id, "initial_date": first}
    return {**_input(block_id, label, element), "optional": True}


def _input(block_id: str, label: str, element: Block) -> Block:
    return {"type": "input", "block_id": block_id, "label": _plain(label, 2000), "element": element}


def modal(
    callback_id: str, title: str, blocks: Sequence[Block], *, submit: str = "", private: str = ""
) -> Block:
    """A modal; without ``submit`` it can only be closed. ``private`` comes back, and proves
    nothing."""
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback_id,
        "title": _plain(title, 24),
        "close": _plain("Close" if not submit else "Never mind", 24),
        "blocks": list(blocks),
    }
    if submit:
        view["submit"] = _plain(submit, 24)
    return {**view, "private_metadata": private} if private else view


def context(text: str) -> Block:
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}],
    }


def size(blocks: Iterable[Block]) -> int:
    """Characters of the blocks as they go over the wire."""
    return len(json.dumps(list(blocks)))


def fitted(
    first: Sequence[Block],
    rows: Sequence[Block],
    last: Sequence[Block],
    more: str,
    elsewhere: Sequence[Block] = (),
) -> tuple[Block, ...]:
    """``first``, as many ``rows`` as fit, a line saying how many more there are, ``last``.

    ``more`` has a ``{n}`` for the number of rows that were left out; ``elsewhere`` follows it, and
    says where those are. Where ``first`` and ``last`` fill the message, nothing more is said.
    """
    room = MOST_CHARACTERS - size([*first, *last, context(more), *elsewhere]) - 200
    most = MOST_BLOCKS - len(first) - len(last) - len(elsewhere) - 1
    shown: list[Block] = []
    for row in rows[: max(0, most)]:
        room -= size([row])
        if room < 0:
            break
        shown.append(row)
    left = len(rows) - len(shown)
    rest = [context(more.format(n=left)), *elsewhere] if left and most >= 0 else []
    return (*first, *shown, *rest, *last)
