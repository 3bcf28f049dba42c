"""Who else sat on the panels of many scorecards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scheduler.facts import ScorecardFacts, ScorecardKey
from scheduler.store import Store

AT_ONCE = 200
"""Interviews: one question for each would take minutes where thousands are open."""


class Panels:
    """Called with a scorecard: all the scorecards of its interview, as they are stored.

    Read in parts, in the order of ``keys``; only the part at hand is kept in memory.
    """

    def __init__(self, store: Store, keys: Iterable[ScorecardKey]) -> None:
        self._store = store
        self._order = list(dict.fromkeys((key.ats, key.interview_id) for key in keys))
        self._place = {each: place for place, each in enumerate(self._order)}
        self._read: dict[tuple[str, str], list[ScorecardFacts]] = {}

    def __call__(self, key: ScorecardKey) -> Sequence[ScorecardFacts]:
        wanted = (key.ats, key.interview_id)
        if wanted not in self._read:
            start = self._place.get(wanted, len(self._order))
            part = self._order[start : start + AT_ONCE] or [wanted]
            ids = [interview_id for ats, interview_id in part if ats == key.ats]
            found = self._store.panels(key.ats, ids)
            self._read = {(key.ats, each): found.get(each, []) for each in ids}
        return self._read[wanted]
