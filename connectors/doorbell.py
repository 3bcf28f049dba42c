"""Reducing a proven webhook to the names of what to read again, by a table of known actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from connectors.ats.base import Rung, Unreadable
from connectors.model import Kind, Ref
from connectors.wire import number_id, parse_json, storable

Places = tuple[tuple[Kind, str], ...]
"""Where in the body the ids of what changed are; a path that ends in [] holds a list of them."""

LONGEST_ACTION = 128
LONGEST_EVENT_ID = 256


def ring(
    body: bytes,
    event_id: str | None,
    events: Mapping[str, Places],
    *,
    content: str = "payload",
    read_id: Callable[[object], str | None] = number_id,
    should_be: str = "should be a whole number of at most 64 bits",
) -> Rung:
    """What the JSON object in ``body`` is about: its ``action``, looked up in ``events``.

    ``content``: where the object with the news is; ``read_id``: how this vendor's ids are read.
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
    _step(_step(envelope, "body", content), content, None)
    refs = []
    for kind, path in events.get(action, ()):
        for where, value in _values(envelope, path):
            name = read_id(value)
            if name is None:
                raise Unreadable(where, should_be)
            refs.append(Ref(kind, name))
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


def _values(envelope: object, path: str) -> Iterator[tuple[str, object]]:
    value, walked = envelope, "body"
    for key in path.removesuffix("[]").split("."):
        value = _step(value, walked, key)
        walked = key if walked == "body" else f"{walked}.{key}"
    if not path.endswith("[]"):
        yield walked, value
        return
    if not isinstance(value, list):
        raise Unreadable(walked, "should be a list")
    for each in value:
        yield walked, each
