"""What a policy may say and probably does not mean, each in a sentence with what to do."""

from __future__ import annotations

from calendar import day_name
from collections.abc import Iterator, Sequence
from dataclasses import replace

from plugin import zones
from plugin.policy_words import TITLES, where, whom
from plugin.rehearsal import case_of
from plugin.values import nearest, visible
from plugin.variables import Settings
from scheduler.phrases import listed
from scheduler.policy import CHANGES, Rule, applies
from scheduler.rulebook import Rulebook
from scheduler.sparing import Manners
from scheduler.store import Named


def hints(book: Rulebook, settings: Settings, stored: Sequence[Named]) -> Iterator[str]:
    """``stored``: where the interviews that are known so far belong."""
    yield from _other_weekend(settings)
    yield from _unheard(book, settings)
    policy = book.policy
    said: set[str] = set()
    for number, rule in enumerate(policy.rules, start=1):
        given = {n: v for n in CHANGES if (v := getattr(rule, n)) is not None}
        if all(name not in said and getattr(policy, name) == v for name, v in given.items()):
            yield f"Rule {number} says what holds anyway. Change it, or remove it."
        said |= given.keys()
        if stored and not _met(rule, book, stored):
            why = _why(rule, book, stored)
            yield f"Rule {number} applies to none of the interviews so far: {why}"


def _unheard(book: Rulebook, settings: Settings) -> Iterator[str]:
    """Steps that reach nobody, or not as they are meant to."""
    policy = book.policy
    ladders = [("Ladder", policy.ladder)]
    ladders += [(f"Rule {n}, ladder", r.ladder) for n, r in enumerate(policy.rules, 1) if r.ladder]
    manners = Manners(allowed=book.allowed)
    for name, places in ladders:
        for number, place in enumerate(places, start=1):
            channel, address = place.channel, place.address
            if address is not None and not manners.may_hear(address):
                yield f"{name} {number} goes to {address}, which allow does not name. Add it there."
            if channel is None or channel in settings.channels:
                continue
            title = TITLES.get(channel, channel)
            if address is None or "@" in address:
                yield f"{name} {number} goes by {title}, which is not set up: others carry it."
            else:
                yield (
                    f"{name} {number} goes to {whom(place)}, and {title} is not set up: nobody "
                    "hears it. Set it up, or name somebody else."
                )


def _other_weekend(settings: Settings) -> Iterator[str]:
    zone = settings.timezone.key
    here = zones.countries().get(zone)
    if here is None or settings.country or zones.weekend(here) == zones.weekend(""):
        return
    free = listed([day_name[day] for day in zones.weekend(here)])
    yield (
        f"Saturday and Sunday count as the weekend, and in {zones.country_names()[here]} ({zone}) "
        f"it is {free}. Set AFTERWORD_COUNTRY={here}."
    )


def _met(rule: Rule, book: Rulebook, stored: Sequence[Named]) -> bool:
    final_rounds = book.policy.final_rounds
    return any(applies(rule, case_of(**each._asdict()), final_rounds) for each in stored)


def _why(rule: Rule, book: Rulebook, stored: Sequence[Named]) -> str:
    """The condition that nothing meets by itself, with the name that may have been meant."""
    bare = replace(rule, departments=(), jobs=(), stages=(), interviews=(), final_round=None)
    kinds: tuple[tuple[str, str, set[str | None]], ...] = (
        ("department", "departments", {each.department for each in stored}),
        ("job", "jobs", {each.job for each in stored}),
        ("stage", "stages", {each.stage for each in stored}),
        ("interview", "interviews", {each.interview for each in stored}),
        ("final round", "final_round", set()),
    )
    for kind, name, known in kinds:
        alone = replace(bare, **{name: getattr(rule, name)})
        if _met(alone, book, stored):
            continue
        if name == "final_round":
            return f"there is {where(alone)} nowhere. See final_rounds."
        patterns = getattr(rule, name)
        hint = next(filter(None, (nearest(each, filter(None, known)) for each in patterns)), "")
        tried = " or ".join(f"“{visible(each)}”" for each in patterns)
        return f"no {kind} is like {tried}.{hint or ' Look it up in the ATS.'}"
    return "no single one meets all its conditions."
