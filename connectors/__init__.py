"""The registry: every ATS and notifier by name, ours and third parties', loaded when asked for.

A third party's package names a class that fulfils ``connectors.ats.base.Ats`` or
``connectors.notify.base.Notifier`` under the entry point ``afterword.ats`` or
``afterword.notifiers``. Ours cannot be replaced that way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

ATS_GROUP = "afterword.ats"
NOTIFIERS_GROUP = "afterword.notifiers"


def _registry(group: str, **ours: str) -> Mapping[str, EntryPoint]:
    return MappingProxyType({name: EntryPoint(name, at, group) for name, at in ours.items()})


ATS = _registry(ATS_GROUP, greenhouse="connectors.ats.greenhouse:Greenhouse")
NOTIFIERS = _registry(
    NOTIFIERS_GROUP,
    slack="connectors.notify.slack:Slack",
    mail="connectors.notify.mail:Mail",
    console="connectors.notify.console:Console",
)


class UnknownConnector(LookupError):
    """No connector of that name is installed; the message lists those that are."""


def find_ats(name: str, installed: Iterable[EntryPoint] | None = None) -> Any:
    """The class of the ATS connector called ``name``. Raises UnknownConnector.

    ``installed``: the third parties' entry points; those of this environment unless given.
    """
    return _load(
        "ATS", name, ATS, entry_points(group=ATS_GROUP) if installed is None else installed
    )


def find_notifier(name: str, installed: Iterable[EntryPoint] | None = None) -> Any:
    """The class of the notifier called ``name``. Raises UnknownConnector."""
    found = entry_points(group=NOTIFIERS_GROUP) if installed is None else installed
    return _load("notifier", name, NOTIFIERS, found)


def _load(
    what: str, name: str, ours: Mapping[str, EntryPoint], installed: Iterable[EntryPoint]
) -> Any:
    known = {point.name: point for point in installed} | dict(ours)
    if name not in known:
        raise UnknownConnector(f"There is no {what} called {name}. There are: {sorted(known)}.")
    return known[name].load()
