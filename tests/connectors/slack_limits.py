"""What Slack would refuse of a message, a modal or a home view: slack.md sections 9 and 10."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

LONGEST_MESSAGE = 13_200
"""Characters of all blocks as JSON; of this size messages were refused (slack.md 6)."""
LARGEST_VIEW = 250_000
Json = dict[str, Any]


def problems(blocks: Sequence[Json]) -> list[str]:
    """Of a message."""
    return [*_blocks(blocks, most=50, kinds=IN_MESSAGES)]


def view_problems(view: Json) -> list[str]:
    """Of a modal or a home view."""
    found = [*_blocks(view.get("blocks") or [], most=100, kinds=IN_VIEWS)]
    if not view.get("blocks"):
        found.append("no blocks")
    if len(json.dumps(view)) > LARGEST_VIEW:
        found.append("view_too_large")
    if len(view.get("private_metadata", "")) > 3000:
        found.append("private_metadata over 3000 characters")
    if len(view.get("callback_id", "")) > 255:
        found.append("callback_id over 255 characters")
    if view.get("type") == "home":
        return found
    for name in ("title", "submit", "close"):
        if name in view:
            found += [f"{name}: {each}" for each in _text(view[name], 24, ("plain_text",))]
    if "title" not in view:
        found.append("no title")
    if "submit" not in view and any(each["type"] == "input" for each in view["blocks"]):
        found.append("an input block and no submit")
    return found


def _blocks(blocks: Sequence[Json], *, most: int, kinds: tuple[str, ...]) -> Iterator[str]:
    if len(blocks) > most:
        yield f"{len(blocks)} blocks, at most {most}"
    ids = [each["block_id"] for each in blocks if "block_id" in each]
    if len(ids) != len(set(ids)):
        yield "a block_id twice"
    for at, block in enumerate(blocks):
        for problem in _block(block, kinds):
            yield f"{problem} [/blocks/{at}]"


IN_MESSAGES = ("header", "section", "context", "actions", "divider")
IN_VIEWS = (*IN_MESSAGES, "input")
KEYS = {
    "header": {"text"},
    "section": {"text", "fields", "accessory"},
    "context": {"elements"},
    "actions": {"elements"},
    "divider": set(),
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
}


def _block(block: Json, kinds: tuple[str, ...]) -> Iterator[str]:
    kind = str(block.get("type"))
    if kind not in kinds:
        yield f"unsupported type: {kind}"
        return
    yield from (f"unknown key {key}" for key in set(block) - KEYS[kind] - {"type", "block_id"})
    if not 1 <= len(block.get("block_id", "x")) <= 255:
        yield "block_id of 1 to 255 characters"
    elements: list[Json] = []
    if kind == "header":
        yield from _text(block["text"], 150, ("plain_text",))
    elif kind == "section":
        yield from _text(block["text"], 3000) if "text" in block else ["no text"]
        elements = [block["accessory"]] if "accessory" in block else []
    elif kind == "context":
        yield from (p for each in block["elements"] for p in _text(each, 2000))
        if not 1 <= len(block["elements"]) <= 10:
            yield "1 to 10 elements"
    elif kind == "actions":
        elements = block["elements"]
        if not 1 <= len(elements) <= 25:
            yield "1 to 25 elements"
    elif kind == "input":
        yield from _text(block["label"], 2000, ("plain_text",))
        elements = [block["element"]]
    ids = [each.get("action_id") for each in elements]
    if len(ids) != len(set(ids)):
        yield "an action_id twice"
    for each in elements:
        yield from _element(each)


def _element(element: Json) -> Iterator[str]:
    kind = element.get("type")
    if not 1 <= len(element.get("action_id", "")) <= 255:
        yield "action_id of 1 to 255 characters"
    if kind == "button":
        yield from _button(element)
    elif kind == "overflow":
        yield from _options(element, 2, 5)
    elif kind == "static_select":
        yield from _options(element, 1, 100)
        yield from _text(element["placeholder"], 150, ("plain_text",))
    elif kind == "radio_buttons":
        yield from _options(element, 1, 10)
    elif kind == "datepicker":
        if len(element.get("initial_date", "2026-01-01")) != 10:
            yield "initial_date is not a day"
    else:
        yield f"unsupported element: {kind}"


def _options(element: Json, least: int, most: int) -> Iterator[str]:
    options = element["options"]
    if not least <= len(options) <= most:
        yield f"{least} to {most} options"
    values = [each["value"] for each in options]
    if len(values) != len(set(values)):
        yield "an option's value twice"
    for each in options:
        yield from _text(each["text"], 75, ("plain_text", "mrkdwn"))
        if not 1 <= len(each["value"]) <= 75:
            yield "an option's value of 1 to 75 characters"
        if "description" in each:
            yield from _text(each["description"], 75)
    initial = element.get("initial_option")
    if initial is not None and initial not in options:
        yield "initial_option is none of the options"


def _text(text: Json, limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> list[str]:
    found = [] if text.get("type") in kinds else [f"text of type {text.get('type')}"]
    plain = text.get("type") == "plain_text"
    allowed = {"type", "text", "emoji"} if plain else {"type", "text", "verbatim"}
    found += [f"unknown key {key}" for key in set(text) - allowed]
    return found + ([] if 1 <= len(text.get("text", "")) <= limit else [f"1 to {limit} characters"])


def _button(button: Json) -> Iterator[str]:
    yield from _text(button["text"], 75, ("plain_text",))
    for key, limit in (("url", 3000), ("value", 2000), ("accessibility_label", 75)):
        if len(button.get(key, "")) > limit:
            yield f"{key} over {limit} characters"
    if not button.get("url", "https://").startswith(("https://", "http://")):
        yield "url is not a web address"
    if button.get("style", "primary") not in ("primary", "danger"):
        yield "an unknown style"
    confirm = button.get("confirm")
    if confirm is not None:
        yield from _text(confirm["title"], 100, ("plain_text",))
        yield from _text(confirm["text"], 300)
        yield from _text(confirm["confirm"], 30, ("plain_text",))
        yield from _text(confirm["deny"], 30, ("plain_text",))
