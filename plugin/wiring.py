"""Puts the parts together as the settings say. Nothing here is global."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from connectors.ats.base import Ats
from connectors.ats.greenhouse import Greenhouse, GreenhouseConfig
from connectors.notify.base import Notifier
from connectors.notify.mail import Mail
from connectors.notify.slack import Slack
from plugin.clock import Clock, wall
from plugin.settings import Settings
from plugin.variables import Declined
from scheduler.nudges import Nudging
from scheduler.policy import Policy
from scheduler.store import Connection, Store
from scheduler.weekly import Weekly
from scheduler.workdays import WorkCalendar

OnWait = Callable[[float, str], None]


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

    def company_policy(self) -> Policy:
        """The rules without the moment that an account's silence about history ends."""
        return company_policy(self.settings)

    def policies(self) -> dict[str, Policy]:
        """The rules for every account that is connected or was ever synced."""
        known = {connection.ats: connection for connection in self.store.connections()}
        return {name: self._policy(known.get(name)) for name in [*self.accounts, *known]}

    def policy_of(self, ats: str) -> Policy:
        """The rules for one account, as they are now."""
        return self._policy(self.store.connection(ats))

    def nudging(self) -> Nudging:
        return Nudging(
            store=self.store,
            policies=self.policies(),
            accounts=self.accounts,
            notifiers=tuple(self.notifiers.values()),
            store_names=self.settings.store_names,
            most_messages=self.settings.max_messages,
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
        )

    def _policy(self, connection: Connection | None) -> Policy:
        first_sync = connection.first_sync_at if connection else None
        return company_policy(self.settings, first_sync)


@contextmanager
def opened(
    settings: Settings, *, clock: Clock = wall, on_wait: OnWait | None = None
) -> Iterator[Afterword]:
    """The parts, with the store open. Raises StoreProblem.

    ``on_wait`` is told before a connector waits: seconds, and why.
    """
    with Store.open(settings.database_url.get_secret_value()) as store:
        yield Afterword(
            settings, store, accounts(settings, clock, on_wait), notifiers(settings, clock), clock
        )


def accounts(
    settings: Settings, clock: Clock = wall, on_wait: OnWait | None = None
) -> dict[str, Ats]:
    """Every ATS whose credentials are set."""
    found: dict[str, Ats] = {}
    if settings.greenhouse_client_id and settings.greenhouse_client_secret:
        config = GreenhouseConfig(
            client_id=_plain(settings.greenhouse_client_id),
            client_secret=_plain(settings.greenhouse_client_secret),
            user_id=settings.greenhouse_user_id,
            webhook_secrets=tuple(map(_plain, settings.greenhouse_webhook_secret)),
            api_url=settings.greenhouse_api_url,
            token_url=settings.greenhouse_token_url,
            web_url=settings.greenhouse_web_url,
        )
        found["greenhouse"] = Greenhouse(config, clock=clock, sleep=time.sleep, on_wait=on_wait)
    return found


def doorbells(settings: Settings) -> frozenset[str]:
    """The accounts whose webhooks can be proved."""
    return frozenset({"greenhouse"} if settings.greenhouse_webhook_secret else ())


def notifiers(settings: Settings, clock: Clock = wall) -> dict[str, Notifier]:
    """Every channel that is set up, in the order of preference."""
    found: dict[str, Notifier] = {}
    if settings.slack_bot_token:
        found["slack"] = Slack(_plain(settings.slack_bot_token), settings.slack_api_url)
    if settings.smtp_url and settings.mail_from:
        found["mail"] = Mail(
            _plain(settings.smtp_url),
            settings.mail_from,
            clock=clock,
            reply_to=settings.mail_reply_to,
        )
    return found


def company_policy(settings: Settings, first_sync_at: datetime | None = None) -> Policy:
    """The rules as set; who was interviewed before ``nudge_since`` is left in peace."""
    return Policy(
        due_after_days=settings.due_after_days,
        day_count=settings.day_count,
        zone=settings.timezone,
        calendar=WorkCalendar.of(settings.country),
        nudge_since=settings.nudge_since or first_sync_at,
        declined_is_excused=settings.declined is Declined.EXCUSE,
    )


def _plain(secret: SecretStr) -> str:
    return secret.get_secret_value()
