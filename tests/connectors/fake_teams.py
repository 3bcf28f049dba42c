"""A Workflows webhook on loopback: takes what Teams takes and says what is wrong with the rest.

The rules are those of email-and-teams.md sections 9, 10 and 12.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.connectors.loopback import Answer, Asked, serving

MOST_BYTES = 28_000
CARD = "application/vnd.microsoft.card.adaptive"
ELEMENTS = {"TextBlock", "Container", "FactSet"}
ACTIONS = {"Action.OpenUrl", "Action.ShowCard", "Action.ToggleVisibility"}
PATH = "/workflows/0123456789abcdef/triggers/manual/paths/invoke"
SIGNATURE = "sig=Nq3v-secret-signature-_x"


@dataclass
class Flow:
    url: str
    posted: list[dict[str, Any]] = field(default_factory=list)
    """The cards that it took."""
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def a_flow(reply: Callable[[Asked], Answer] | None = None) -> Iterator[Flow]:
    """A flow whose webhook is called; ``reply`` takes the place of its 202."""
    flow = Flow("")

    def answer(asked: Asked) -> Answer:
        flow.asked.append(asked)
        if reply is not None:
            return reply(asked)
        if len(asked.body) > MOST_BYTES:
            return Answer(413, b"request entity too large")
        if wrong := problems(asked.body):
            return Answer(400, json.dumps(wrong).encode())
        flow.posted.append(json.loads(asked.body)["attachments"][0]["content"])
        return Answer(202, b"")

    with serving(answer) as server:
        flow.url = f"{server.url}{PATH}?api-version=1&{SIGNATURE}"
        yield flow


def problems(body: bytes) -> list[str]:
    """What Teams would not take or not show, of a whole request body."""
    content = json.loads(body)
    if content.get("type") != "message" or len(content.get("attachments", ())) != 1:
        return ["not one message with one attachment"]
    [attached] = content["attachments"]
    if attached.get("contentType") != CARD or attached.get("contentUrl", "") is not None:
        return ["not a card"]
    return [*_of_bytes(body), *card_problems(attached["content"])]


def _of_bytes(body: bytes) -> Iterator[str]:
    if len(body) > MOST_BYTES:
        yield f"{len(body)} bytes"


def card_problems(card: dict[str, Any]) -> list[str]:
    """What is wrong with a card, wherever it goes."""
    return list(_card_problems(card))


def _card_problems(card: dict[str, Any]) -> Iterator[str]:
    if card.get("type") != "AdaptiveCard" or card.get("version") != "1.4":
        yield "not a card of version 1.4"
    if not card.get("fallbackText"):
        yield "no fallbackText"
    if card.get("msteams", {}).get("width") != "Full":
        yield "not of full width"
    if not card.get("body"):
        yield "nothing in it"
    if len(card.get("actions", ())) > 6:
        yield "more than six buttons"
    tags = []
    for element in elements_of(card):
        kind = element["type"]
        if kind.startswith("Action."):
            if kind not in ACTIONS:
                yield f"a {kind}"
            if not re.match(r"https?://", element.get("url", "https://")):
                yield "an address that is none"
        elif kind not in ELEMENTS:
            yield f"a {kind}"
        if kind == "TextBlock":
            if element.get("wrap") is not True or not element.get("text"):
                yield "a text that is empty or does not wrap"
            if "\n" in element["text"]:
                yield "a line break"
            tags += re.findall(r"<at>.*?</at>", element["text"])
    entities = [each["text"] for each in card.get("msteams", {}).get("entities", ())]
    if sorted(tags) != sorted(entities):
        yield "mentions and entities differ"


def elements_of(value: Any) -> Iterator[dict[str, Any]]:
    """Every element and action in a card."""
    if isinstance(value, dict):
        if "type" in value and value["type"] != "AdaptiveCard" and value["type"] != "mention":
            yield value
        for each in value.values():
            yield from elements_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from elements_of(each)


def texts_of(card: dict[str, Any]) -> list[str]:
    """Every piece of text that is shown, in order."""
    found = []
    for each in elements_of(card):
        if each["type"] == "TextBlock":
            found.append(each["text"])
        if each["type"] == "FactSet":
            found += [text for fact in each["facts"] for text in (fact["title"], fact["value"])]
    return found


def links_of(card: dict[str, Any]) -> list[str]:
    """Every address that can be opened from it, in order."""
    found = []
    for each in elements_of(card):
        if each["type"] == "TextBlock":
            found += re.findall(r"\]\((https?://[^)\s]+)\)", each["text"])
        if each["type"] == "Action.OpenUrl":
            found.append(each["url"])
    return found
