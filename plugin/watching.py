"""Watches over Afterword itself: the auditor's job, and the alarms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog

from plugin.health import accounts_at
from plugin.wiring import Afterword
from scheduler import alarms, auditor
from scheduler.alarms import Alarming, Problem
from scheduler.audit import Audit, Grounds, found_in
from scheduler.nudges import in_doubt
from scheduler.phrases import counted, sentence
from scheduler.workdays import zone

TOO_OLD = timedelta(hours=2)
"""As for ``/readyz``: an account that was not read whole for so long needs a hand."""
LATELY = timedelta(days=3)
"""Whoever was out of office so lately may still be waiting for their turn."""
NEW_DOUBTS = timedelta(days=1)
LOOKED_AT = 500
"""Messages that failed or are in doubt, the newest ones."""

log = structlog.get_logger("afterword.service")


class Watch:
    """``since``: these rules hold since this process began; None: nothing is held against them."""

    def __init__(self, parts: Afterword, *, since: datetime | None = None) -> None:
        self._parts = parts
        self._since = since

    def audit(self) -> bool:
        """Compare what was said with what should have been, and keep the result."""
        found = self.look(self._parts.clock())
        auditor.keep(self._parts.store, found)
        if found.found:
            kinds = sorted({each.kind for each in found.found})
            log.warning("the auditor found differences", count=len(found.found), kinds=kinds)
        return False

    def look(self, now: datetime) -> Audit:
        return auditor.look(self._parts.store, self._grounds(now), now)

    def alarms(self) -> bool:
        """Tell whoever runs Afterword what began and what is over, when live."""
        parts = self._parts
        if not parts.settings.live or not parts.settings.alarms_to:
            return False
        now = parts.clock()
        in_doubt(parts.store, now)
        alarming = Alarming(
            parts.store,
            tuple(parts.notifiers.values()),
            parts.settings.alarms_to,
            parts.settings.public_url,
            parts.settings.on_ambiguous,
        )
        unsent = alarms.tell(alarming, self.problems(now), now)
        if unsent:
            log.warning("alarms were not sent", problems=unsent)
        return False

    def problems(self, now: datetime) -> Iterator[Problem]:
        """Everything about Afterword itself that needs a hand now."""
        store = self._parts.store
        for pause in store.channel_pauses().values():
            broken = f"{sentence(pause.scope)} does not work"
            why = f"{broken}, others carry its messages: {pause.reason}"
            yield Problem(f"channel {pause.scope}", why)
        for account in accounts_at(store, self._parts.accounts, now, TOO_OLD):
            connection = store.connection(account.name)
            first = connection.first_sync_at if connection else now
            if now - (account.synced_at or first) > TOO_OLD:
                yield Problem(f"account {account.name}", f"{account.name}: {account.problem}")
        found = found_in(store.audit())
        if found:
            many = counted(len(found), "difference")
            yield Problem("audit", f"The auditor found {many}: `afterword audit` lists them.")
        doubts = [
            each
            for each in store.undelivered(LOOKED_AT)
            if each.state == "unknown" and each.created_at > now - NEW_DOUBTS
        ]
        if doubts:
            many = counted(len(doubts), "message")
            yield Problem("doubt", f"{many} may or may not have arrived: the page lists them.")

    def _grounds(self, now: datetime) -> Grounds:
        """The rules as numbers, with every reading of them that may be meant."""
        parts = self._parts
        store, book, working = parts.store, parts.rulebook, parts.rulebook.working
        policies = parts.policies()
        members = store.members(store.addresses_to_match())
        zones = {a: (own.zone,) for a, own in working.people.items() if own.zone is not None}
        for address, member in members.items():
            try:
                shown = (zone(member.zone),) if member.zone else ()
            except ValueError:
                shown = ()
            zones[address] = (*zones.get(address, ()), *shown)
        usual, people = working.usual, list(working.people.values())
        calendars = (usual.calendar, *working.calendars.values())
        calendars += tuple(each.calendar for each in people if each.calendar is not None)
        spans = (usual.work, *(each.work for each in people if each.work is not None))
        accounts = accounts_at(store, parts.accounts, now, TOO_OLD)
        late = {each.name for each in accounts if each.problem}
        return Grounds(
            policies=policies,
            zone=usual.zone,
            calendars=calendars,
            spans=spans,
            zones=zones,
            away=frozenset(
                address
                for address, member in members.items()
                if member.away_until is not None and member.away_until > now - LATELY
            ),
            allowed=book.allowed,
            longest_gap=max(book.gaps, default=1),
            silent=parts.nudging().unplugged | late,
            since=self._since,
            may_send=self._may_send(now) and usual.open_at(now),
        )

    def _may_send(self, now: datetime) -> bool:
        parts = self._parts
        works = parts.notifiers.keys() - parts.store.channel_pauses().keys()
        return parts.settings.live and bool(works) and parts.store.paused(now) is None
