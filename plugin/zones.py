"""Which country a time zone lies in, as the zone database itself says, and so whose days off count.

``zone.tab`` gives each zone one country. An old name (Asia/Tel_Aviv) has the country of the zone it
stands for, unless that zone serves several: then nobody can tell which of them is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays

from scheduler.workdays import WorkCalendar


def _rows(name: str) -> Iterator[list[str]]:
    text = (resources.files("tzdata.zoneinfo") / name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


@cache
def countries() -> Mapping[str, str]:
    """The two letters of the country of every zone that has one, by its names."""
    found = {zone: country for country, _, zone, *_ in _rows("zone.tab")}
    serves = {zone: country for country, _, zone, *_ in _rows("zone1970.tab")}
    for alias, target in _links().items():
        if alias not in found and len(serves.get(target, "")) == len("XX"):
            found[alias] = serves[target]
    return MappingProxyType(found)


@cache
def _links() -> Mapping[str, str]:
    """Other names of zones, to the name that the database keeps."""
    words = (row[0].split() for row in _rows("tzdata.zi"))
    return MappingProxyType({line[2]: line[1] for line in words if line[0] == "L"})


def names_of(zone: str) -> frozenset[str]:
    """A zone's own name and the old ones that mean it and no other country's zone."""
    here = countries().get(zone)
    kept = _links().get(zone, zone)
    if here is None:
        return frozenset({zone})
    every = (kept, *(alias for alias, target in _links().items() if target == kept))
    return frozenset({zone, *(name for name in every if countries().get(name) == here)})


@cache
def country_names() -> Mapping[str, str]:
    """What a country's two letters stand for, in English."""
    return MappingProxyType({row[0]: row[1] for row in _rows("iso3166.tab")})


@cache
def weekend(country: str) -> tuple[int, ...]:
    """Today's days of the weekend of a country, Monday is 0; "" for Saturday and Sunday."""
    if not country:
        return (5, 6)
    return tuple(sorted(holidays.country_holidays(country).weekend))


@lru_cache(maxsize=64)
def calendars(home: ZoneInfo, company: WorkCalendar) -> Mapping[str, WorkCalendar]:
    """Whose days off count where, by the name of a zone; elsewhere the company's.

    The company's own zone and the other zones of its country keep its calendar, region and all.
    """
    known = holidays.list_supported_countries()
    own = company.country or countries().get(home.key)
    found = {
        zone: company if country == own else WorkCalendar(country)
        for zone, country in countries().items()
        if country in known
    }
    return MappingProxyType(found | dict.fromkeys(names_of(home.key), company))
