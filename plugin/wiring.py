"""Puts the parts together as the settings say. Nothing here is global."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from connectors import every_ats
from connectors.ats import spreadsheet
from connectors.ats.base import Ats
from connectors.notify.base import Notifier
from connectors.notify.slack import Slack
from connectors.options import Channel, Connector, Given
from plugin.clock import Clock, wall
from plugin.connections import Connection, from_file
from plugin.links import answer_links, leave_links
from plugin.policy_file import PolicyFile, content_of, policy_of
from plugin.rulebooks import conflicts
from plugin.rulebooks import rulebook as rulebook
from plugin.settings import Problem, Settings, SettingsProblem
from plugin.slack_people import StoredDirectory
from scheduler.facts import PersonFacts
from scheduler.hours import Hours
from scheduler.nudges import Nudging
from scheduler.policy import Policy
from scheduler.rulebook import Rulebook
from scheduler.store import Connection as Known
from scheduler.store import Store
from scheduler.weekly import Weekly

OnWait = Callable[[float, str], None]
Sleep = Callable[[float], None]

BROUGHT_IN = frozenset({spreadsheet.NAME, "push"})
"""Accounts that are filled from outside: by ``afterword import``, by a program that pushes."""


@dataclass(frozen=True)
class Afterword:
    """The parts of a running Afterword."""

    settings: Settings
    store: Store
    accounts: Mapping[str, Ats]
    """The connected accounts by name; an imported file is none of them."""
    notifiers: Mapping[str, Notifier]
    """By name, in the order of preference: Slack, then mail."""
    clock: Clock

    @cached_property
    def rulebook(self) -> Rulebook:
        """Everything the policy file can say, over the environment's defaults."""
        return rulebook(self.settings)

    def company_policy(self) -> Policy:
        """The rules without the moment that an account's silence about history ends."""
        return self.rulebook.policy

    def policies(self) -> dict[str, Policy]:
        """The rules for every account that is connected or was ever synced."""
        known = {connection.ats: connection for connection in self.store.connections()}
        return {name: self._policy(known.get(name)) for name in [*self.accounts, *known]}

    def policy_of(self, ats: str) -> Policy:
        """The rules for one account, as they are now."""
        return self._policy(self.store.connection(ats))

    def nudging(self) -> Nudging:
        """What is stored of an account whose credentials are gone is counted, no more: nobody can
        say whether it still holds. What was brought in was never connected, and is spoken about."""
        policies, book = self.policies(), self.rulebook
        mail = self.settings.channels.get("mail")
        return Nudging(
            store=self.store,
            policies=policies,
            accounts=self.accounts,
            notifiers=tuple(self.notifiers.values()),
            store_names=self.settings.store_names,
            most_messages=book.most_messages,
            on_ambiguous=self.settings.on_ambiguous,
            rules=book,
            links=answer_links(*signed) if (signed := self._signed()) else None,
            replies=bool(mail and mail.options["reply_to"]),
            unplugged=frozenset(policies) - self.accounts.keys() - BROUGHT_IN,
        )

    def weekly(self) -> Weekly:
        return Weekly(
            store=self.store,
            policies=self.policies(),
            policy=self.company_policy(),
            notifiers=tuple(self.notifiers.values()),
            to=self.settings.report_to,
            min_group=self.settings.report_min_group,
            page_url=self.settings.public_url,
            connected=tuple(self.accounts),
            leave_url=leave_links(*signed) if (signed := self._signed()) else None,
        )

    def hours_of(self, person: PersonFacts) -> Hours:
        """When this person works: as the policy says, else as Slack shows it, else the ATS."""
        address = (person.email or "").strip().lower()
        member = self.store.members([address]).get(address)
        return self.rulebook.working.of(person, member)

    def _signed(self) -> tuple[str, str] | None:
        """What links in messages are made with: the public address and the secret, if both are."""
        url, secret = self.settings.public_url, self.settings.secret_key
        return (url, secret.get_secret_value()) if url and secret else None

    def _policy(self, connection: Known | None) -> Policy:
        """Who was interviewed before ``nudge_since`` is left in peace."""
        first_sync = connection.first_sync_at if connection else None
        policy = self.company_policy()
        return replace(policy, nudge_since=policy.nudge_since or first_sync)


@contextmanager
def opened(
    settings: Settings,
    *,
    clock: Clock = wall,
    on_wait: OnWait | None = None,
    sleep: Sleep = time.sleep,
) -> Iterator[Afterword]:
    """The parts, with the store open. Raises StoreProblem.

    ``on_wait`` is told before a connector waits: seconds, and why; ``sleep``: how it waits.
    """
    with Store.open(settings.database_url.get_secret_value()) as store:
        if not settings.store_names:
            store.forget_names()
        channels = notifiers(settings, clock)
        if isinstance(slack := channels.get("slack"), Slack):
            slack.people.directory = StoredDirectory(store, clock)
            slack.people.ids = rulebook(settings).slack_ids
        read_from = accounts(settings, clock, on_wait, sleep)
        yield Afterword(settings, store, read_from, channels, clock)


def accounts(
    settings: Settings,
    clock: Clock = wall,
    on_wait: OnWait | None = None,
    sleep: Sleep = time.sleep,
) -> dict[str, Ats]:
    """Every ATS account that is set up, by its name."""
    return {
        name: connection.plug.build(_given(connection, clock, on_wait, sleep))
        for name, connection in settings.accounts.items()
    }


def doorbells(settings: Settings) -> frozenset[str]:
    """The accounts whose webhooks can be proved."""
    return frozenset(
        name
        for name, connection in settings.accounts.items()
        if connection.plug.doorbell and connection.options[connection.plug.doorbell]
    )


def notifiers(settings: Settings, clock: Clock = wall) -> dict[str, Notifier]:
    """Every channel that is set up, in the order of preference."""
    return {
        name: connection.plug.build(_given(connection, clock))
        for name, connection in settings.channels.items()
    }


def _given(
    connection: Connection[Connector] | Connection[Channel],
    clock: Clock,
    on_wait: OnWait | None = None,
    sleep: Sleep = time.sleep,
) -> Given:
    return Given(connection.name, connection.options, clock, sleep, on_wait)


def load_rulebook(path: Path, settings: Settings) -> Rulebook:
    """The rules that would hold with this policy file in place of that of the settings.

    Raises SettingsProblem with everything that is wrong with the file, its [connections] too.
    """
    return rulebook(settings, read_policy(path, settings))


def read_policy(path: Path, settings: Settings) -> PolicyFile:
    """What another policy file says. Raises SettingsProblem as ``load_rulebook`` does."""
    problems: list[Problem] = []
    content = content_of(path, problems) or {}
    said = policy_of(path, content, problems)
    taken = [name for name, connection in settings.accounts.items() if connection.file is None]
    from_file(path, content, every_ats().by_name, taken, problems)
    problems += conflicts(settings, said)
    if problems:
        raise SettingsProblem(tuple(problems))
    return said
