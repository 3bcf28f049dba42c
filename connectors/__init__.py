"""The registry: every ATS and notifier by name, ours and third parties', loaded when asked for.

A third party's package names its ``connectors.options.Connector`` under the entry point group
``afterword.ats``, its ``Channel`` under ``afterword.notifiers``. Ours cannot be replaced that way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Generic, TypeVar

from connectors.options import Channel, Connector

P = TypeVar("P", Connector, Channel)

ATS_GROUP = "afterword.ats"
NOTIFIERS_GROUP = "afterword.notifiers"


def _registry(group: str, **ours: str) -> Mapping[str, EntryPoint]:
    return MappingProxyType({name: EntryPoint(name, at, group) for name, at in ours.items()})


ATS = _registry(
    ATS_GROUP,
    ashby="connectors.ats.ashby:CONNECTOR",
    greenhouse="connectors.ats.greenhouse:CONNECTOR",
    lever="connectors.ats.lever:CONNECTOR",
    merge="connectors.ats.merge:CONNECTOR",
    odoo="connectors.ats.odoo:CONNECTOR",
    workable="connectors.ats.workable:CONNECTOR",
)
NOTIFIERS = _registry(  # in the order of preference
    NOTIFIERS_GROUP,
    slack="connectors.notify.slack:CHANNEL",
    mail="connectors.notify.mail:CHANNEL",
    teams="connectors.notify.teams:CHANNEL",
    apprise="connectors.notify.apprise_urls:CHANNEL",
)


class UnknownConnector(LookupError):
    """No connector of that name is installed; the message lists those that are."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A third party's entry point that cannot be used."""

    group: str
    name: str
    package: str
    reason: str
    """The end of a sentence that begins with the name."""


@dataclass(frozen=True, slots=True)
class Loaded(Generic[P]):
    """Everything of one kind: ours first, in our order, then the third parties' by name."""

    by_name: Mapping[str, P]
    broken: tuple[Broken, ...] = ()


def every_ats(installed: Iterable[EntryPoint] | None = None) -> Loaded[Connector]:
    """Every ATS. ``installed``: the third parties' entry points; this environment's unless given.

    What a third party's package does wrong is told in ``broken`` and not raised.
    """
    return _every(Connector, ATS_GROUP, ATS, installed)


def every_notifier(installed: Iterable[EntryPoint] | None = None) -> Loaded[Channel]:
    """Every notifier, as ``every_ats``."""
    return _every(Channel, NOTIFIERS_GROUP, NOTIFIERS, installed)


def find_ats(name: str, installed: Iterable[EntryPoint] | None = None) -> Connector:
    """The ATS connector called ``name``. Raises UnknownConnector."""
    return _find("ATS", name, every_ats(installed))


def find_notifier(name: str, installed: Iterable[EntryPoint] | None = None) -> Channel:
    """The notifier called ``name``. Raises UnknownConnector."""
    return _find("notifier", name, every_notifier(installed))


def _find(what: str, name: str, loaded: Loaded[P]) -> P:
    if name not in loaded.by_name:
        raise UnknownConnector(
            f"There is no {what} called {name}. There are: {sorted(loaded.by_name)}."
        )
    return loaded.by_name[name]


@cache
def _installed(group: str) -> tuple[EntryPoint, ...]:
    """Of this environment, which stays as it is while a process runs; reading it takes a while."""
    return tuple(entry_points(group=group))


def _every(
    kind: type[P],
    group: str,
    ours: Mapping[str, EntryPoint],
    installed: Iterable[EntryPoint] | None,
) -> Loaded[P]:
    found: dict[str, P] = {name: point.load() for name, point in ours.items()}
    taken = {option.variable for each in found.values() for option in each.options}
    broken = []
    theirs = _installed(group) if installed is None else installed
    for point in sorted(theirs, key=lambda each: each.name):
        plug = _third_party(kind, point)
        if isinstance(plug, kind):
            if point.name in found:
                plug = f"is called like one that is there already: {point.name}"
            elif clash := sorted(taken & {option.variable for option in plug.options}):
                plug = f"reads a variable that belongs to another: {clash[0]}"
        if isinstance(plug, str):
            package = point.dist.name if point.dist else "an unknown package"
            broken.append(Broken(group, point.name, package, plug))
        else:
            found[point.name] = plug
            taken |= {option.variable for option in plug.options}
    return Loaded(MappingProxyType(found), tuple(broken))


def _third_party(kind: type[P], point: EntryPoint) -> P | str:
    """What the entry point names, or why it cannot be used."""
    try:
        plug = point.load()
    except Exception as problem:  # whatever their module does when it is imported
        return f"cannot be loaded ({type(problem).__name__})"
    if not isinstance(plug, kind):
        return f"is not a {kind.__name__} but a {type(plug).__name__}"
    if plug.name != point.name:
        return f"calls itself by another name: {plug.name}"
    return plug
