"""Who on Slack has which mail address: matched by the address, by a map, or not at all.

Nobody is ever guessed by name. Facts: slack.md 4 and 15.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from connectors.notify.slack_api import SlackApi
from connectors.notify.slack_errors import PROBLEMS, code_of

MOST_ONE_BY_ONE = 50
"""Beyond so many the whole list is read: it comes in pages of 200, looking up one at a time is
limited to fifty a minute."""
A_PAGE = 200
MOST_PAGES = 500
A_TEAM = 50
"""People in one question about who is not to be disturbed."""
UNTIL_NEXT_LOOK = timedelta(hours=24)
"""How long a status without an end is believed."""
NOBODY = ("users_not_found", "user_not_found", "user_not_visible")


@dataclass(frozen=True, slots=True)
class Found:
    """What Slack says of the person behind an address."""

    address: str
    """As the ATS has it, lower case."""
    user_id: str | None
    """None: nobody there has this address."""
    zone: str | None = None
    away_until: datetime | None = None
    active: bool = True


class Directory(Protocol):
    """Remembers who is who, beyond the life of a process."""

    def user_of(self, address: str) -> str | None:
        """The Slack id that was found for this address; None: it is to be looked up."""

    def found(self, found: Found) -> None:
        """Remember what was just looked up."""


@dataclass
class InMemory:
    """A directory for as long as the process lives."""

    users: dict[str, str] = field(default_factory=dict)

    def user_of(self, address: str) -> str | None:
        return self.users.get(address)

    def found(self, found: Found) -> None:
        self.users.pop(found.address, None)
        if found.user_id and found.active:
            self.users[found.address] = found.user_id


class People:
    """``away_emoji``: a status with one of these, e.g. ``:palm_tree:``, means out of office."""

    def __init__(self, api: SlackApi, away_emoji: Collection[str] = ()) -> None:
        self._api = api
        self._away_emoji = frozenset(each.strip(":") for each in away_emoji)
        self.directory: Directory = InMemory()
        self.ids: Mapping[str, str] = {}
        """Who has another address in Slack: lower-case mail address to Slack user id."""

    def user_of(self, address: str, now: datetime) -> str:
        """The id of the person with this address. Raises one of PROBLEMS, SlackApiError with
        ``users_not_found`` if there is none."""
        known, mapped = self.directory.user_of(address), self.ids.get(address)
        if mapped and mapped != known:
            self.directory.found(Found(address, mapped))
        if mapped or known:
            return str(mapped or known)
        found = self._person(address, self._api.ask("users.lookupByEmail", email=address), now)
        self.directory.found(found)
        assert found.user_id is not None
        return found.user_id

    def look_at(self, addresses: Sequence[str], now: datetime) -> Iterator[Found]:
        """What Slack says of each of these now, those whom it does not know among them.

        Raises one of PROBLEMS; what came before it holds.
        """
        if len(addresses) > MOST_ONE_BY_ONE:
            yield from self._from_the_list(addresses, now)
            return
        people: list[Found] = []
        broken: Exception | None = None
        for address in addresses:
            try:
                people.append(self._one(address, now))
            except PROBLEMS as problem:
                broken = problem
                break
        yield from self._undisturbed(people, now)
        if broken is not None:
            raise broken

    def _one(self, address: str, now: datetime) -> Found:
        mapped = self.ids.get(address)
        try:
            answer = (
                self._api.ask("users.info", user=mapped)
                if mapped
                else self._api.ask("users.lookupByEmail", email=address)
            )
        except PROBLEMS as problem:
            if code_of(problem) in NOBODY:
                return Found(address, None)
            raise
        return self._person(address, answer, now)

    def _from_the_list(self, addresses: Sequence[str], now: datetime) -> Iterator[Found]:
        by_id = {id: address for address in addresses if (id := self.ids.get(address))}
        wanted = set(addresses) - set(by_id.values())
        found: dict[str, Found] = {}
        for person in self._everybody():
            profile = person.get("profile") or {}
            mail = str(profile.get("email") or "").strip().lower()
            address = by_id.get(str(person.get("id"))) or (mail if mail in wanted else None)
            if address is None or person.get("is_bot"):
                continue
            each = self._person(address, {"user": person}, now)
            if each.active or address not in found:  # an old account may have the same address
                found[address] = each
        yield from self._undisturbed(
            [found.get(address) or Found(address, None) for address in addresses], now
        )

    def _everybody(self) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        for _ in range(MOST_PAGES):
            page = self._api.ask("users.list", limit=A_PAGE, cursor=cursor)
            yield from page.get("members") or ()
            following = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if following in ("", cursor):
                return
            cursor = following

    def _person(self, address: str, answer: Mapping[str, Any], now: datetime) -> Found:
        person = answer["user"]
        zone = person.get("tz")
        return Found(
            address,
            str(person["id"]),
            zone if isinstance(zone, str) and 0 < len(zone) <= 64 else None,
            self._away(person.get("profile") or {}, now),
            not person.get("deleted"),
        )

    def _away(self, profile: Mapping[str, Any], now: datetime) -> datetime | None:
        if str(profile.get("status_emoji") or "").strip(":") not in self._away_emoji:
            return None
        end = _moment(profile.get("status_expiration"))
        return end if end and end > now else None if end else now + UNTIL_NEXT_LOOK

    def _undisturbed(self, people: Sequence[Found], now: datetime) -> Iterable[Found]:
        """With whoever does not want to be disturbed at this moment, where we may see it."""
        if "dnd:read" not in (self._api.scopes or ()):
            return people
        until: dict[str, datetime] = {}
        ids = sorted({each.user_id for each in people if each.user_id and each.active})
        for start in range(0, len(ids), A_TEAM):
            answer = self._api.ask("dnd.teamInfo", users=",".join(ids[start : start + A_TEAM]))
            for id, dnd in (answer.get("users") or {}).items():
                begin, end = (
                    _moment(dnd.get("next_dnd_start_ts")),
                    _moment(dnd.get("next_dnd_end_ts")),
                )
                if dnd.get("dnd_enabled") and begin and end and begin <= now < end:
                    until[id] = end
        return [_away_longest(each, until.get(each.user_id or "")) for each in people]


def _away_longest(found: Found, until: datetime | None) -> Found:
    ends = [each for each in (found.away_until, until) if each]
    end = max(ends, default=None)
    return Found(found.address, found.user_id, found.zone, end, found.active)


def _moment(stamp: Any) -> datetime | None:
    """Unix seconds, as Slack gives them; 0 and what is no number: none."""
    try:
        return datetime.fromtimestamp(float(stamp), UTC) if float(stamp) > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None
