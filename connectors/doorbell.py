"""Reducing a proven webhook to the names of what to read again, by a table of known actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.ats.base import Rung, Unreadable
from connectors.model import Kind, Ref
from connectors.wire import number_id, parse_json, storable

Places = tuple[tuple[Kind, str], ...]
"""Where in the body the ids of what changed are; a path that ends in [] holds a list of them."""

LONGEST_ACTION = 128
LONGEST_EVENT_ID = 256


def ring(body: bytes, event_id: str | None, events: Mapping[str, Places]) -> Rung:
    """What the JSON object in ``body`` is about: its ``action``, looked up in ``events``.

    An action with no places is known and does not matter; one that is not in the table is
    ``known=False``. Raises Unreadable, and nothing else, whatever the bytes are.
    """
    try:
        envelope = parse_json(body)
    except ValueError as error:
        raise Unreadable("body", str(error)) from None
    action = _step(envelope, "body", "action")
    if not isinstance(action, str) or not action:
        raise Unreadable("action", "should be a word")
    _step(_step(envelope, "body", "payload"), "payload", None)
    refs = [
        Ref(kind, each) for kind, path in events.get(action, ()) for each in _ids(envelope, path)
    ]
    return Rung(
        action=storable(action)[:LONGEST_ACTION],
        event_id=storable(event_id)[:LONGEST_EVENT_ID] if event_id else None,
        refs=tuple(dict.fromkeys(refs)),
        known=action in events,
    )


def _step(value: object, path: str, key: str | None) -> object:
    """``value[key]``, or ``value`` itself once it is known to be an object."""
    if not isinstance(value, dict):
        raise Unreadable(path, "should be an object")
    if key is None:
        return value
    if key not in value:
        raise Unreadable(key if path == "body" else f"{path}.{key}", "is missing")
    return value[key]


def _ids(envelope: object, path: str) -> Iterator[str]:
    value, walked = envelope, "body"
    for key in path.removesuffix("[]").split("."):
        value = _step(value, walked, key)
        walked = key if walked == "body" else f"{walked}.{key}"
    if path.endswith("[]"):
        if not isinstance(value, list):
            raise Unreadable(walked, "should be a list")
    else:
        value = [value]
    for each in value:
        name = number_id(each)
        if name is None:
            raise Unreadable(walked, "should be a whole number of at most 64 bits")
        yield name
