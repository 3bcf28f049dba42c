"""Every setting: its variable, its default, what it is for, and what to do when it is wrong.

What belongs to an ATS or a channel is declared by its connector (connectors/options.py). From both,
``.env.example`` and the table in the documentation are made (settings_docs.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import Field, PrivateAttr, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.options import Channel, Connector, Option
from plugin.connections import Connection, secrets_in
from plugin.policy_file import PolicyFile
from plugin.values import (
    BindTo,
    Country,
    DatabaseUrl,
    Declined,
    LongSecret,
    Moment,
    ReportTo,
    SendHours,
    WebUrl,
    Zone,
)
from scheduler.doubt import OnAmbiguous
from scheduler.workdays import DayCount


def _var(group: str, name: str, default: Any, meaning: str, remedy: str, **limits: Any) -> Any:
    return Field(
        default,
        alias=name,
        description=meaning,
        json_schema_extra={"group": group, "remedy": remedy},
        validate_default=True,
        **limits,
    )


COMPANY, MESSAGES, SERVICE = "The company and its rules", "Messages and the report", "The service"
BOOLEAN = "Write true or false."


class Settings(BaseSettings):
    """Everything that can be set, checked. Secrets never show in a repr."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        env_file_encoding="utf-8-sig",
        enable_decoding=False,
    )

    timezone: Zone = _var(
        COMPANY,
        "AFTERWORD_TIMEZONE",
        "UTC",
        "The company's time zone: days, weeks and sending hours are meant in it.",
        "Use a name like Europe/Berlin or America/New_York.",
    )
    country: Country = _var(
        COMPANY,
        "AFTERWORD_COUNTRY",
        "",
        "Whose public holidays are not working days, e.g. US or DE-BY; empty: weekends only.",
        "Use a country's two letters, with its region if you like: US, DE-BY.",
    )
    due_after_days: int = _var(
        COMPANY,
        "AFTERWORD_DUE_AFTER_DAYS",
        2,
        "A scorecard is due this many days after the interview's end.",
        "Use a whole number of days from 0 to 60.",
        ge=0,
        le=60,
    )
    day_count: DayCount = _var(
        COMPANY,
        "AFTERWORD_DAY_COUNT",
        DayCount.BUSINESS,
        "Whether those days are business days or calendar days.",
        "Write business or calendar.",
    )
    declined: Declined = _var(
        COMPANY,
        "AFTERWORD_DECLINED",
        Declined.EXCUSE,
        "An interviewer who declined the invitation: excuse them, or ask them all the same.",
        "Write excuse or ask.",
    )
    history_days: int = _var(
        COMPANY,
        "AFTERWORD_HISTORY_DAYS",
        90,
        "How many days the first sync looks back.",
        "Use a whole number of days from 1 to 3650.",
        ge=1,
        le=3650,
    )
    store_names: bool = _var(
        COMPANY,
        "AFTERWORD_STORE_NAMES",
        True,
        "Whether candidates' names are stored and used in messages.",
        BOOLEAN,
    )

    policy: Path | None = _var(
        COMPANY,
        "AFTERWORD_POLICY",
        None,
        "A TOML file with finer rules and further ATS accounts; docs/policy.md shows one.",
        "Write the path of the file.",
    )

    live: bool = _var(
        MESSAGES,
        "AFTERWORD_LIVE",
        False,
        "false is a dry run: messages are planned and shown, none is sent.",
        BOOLEAN,
    )
    nudge_since: Moment | None = _var(
        MESSAGES,
        "AFTERWORD_NUDGE_SINCE",
        None,
        "Interviews that ended before this are never nudged; empty: the moment of the first sync.",
        "Write a day like 2026-11-02, or a moment with its zone like 2026-11-02T09:00:00Z.",
    )
    send_hours: SendHours = _var(
        MESSAGES,
        "AFTERWORD_SEND_HOURS",
        "09:00-17:00",
        "When people may be written to, on working days, each in their own zone.",
        "Write it like 09:00-17:00.",
    )
    max_messages: int = _var(
        MESSAGES,
        "AFTERWORD_MAX_MESSAGES",
        100,
        "The most messages that one run sends.",
        "Use a whole number from 1 to 10000.",
        ge=1,
        le=10_000,
    )
    report_to: ReportTo = _var(
        MESSAGES,
        "AFTERWORD_REPORT_TO",
        (),
        "Who gets the weekly report: mail addresses, #channels, teams, apprise, between commas.",
        "Write it like hiring@example.com,#recruiting,teams.",
    )
    alarms_to: ReportTo = _var(
        MESSAGES,
        "AFTERWORD_ALARMS_TO",
        (),
        "Who is told when Afterword itself needs a hand: written like AFTERWORD_REPORT_TO.",
        "Write it like ops@example.com,#hiring-ops,teams.",
    )
    on_ambiguous: OnAmbiguous = _var(
        MESSAGES,
        "AFTERWORD_ON_AMBIGUOUS",
        OnAmbiguous.HOLD,
        "A message of which nobody can say whether it arrived: hold it, or resend it once.",
        "Write hold or resend.",
    )
    report_min_group: int = _var(
        MESSAGES,
        "AFTERWORD_REPORT_MIN_GROUP",
        1,
        "Groups with fewer scorecards than this are folded into one in the report.",
        "Use a whole number from 1 to 1000.",
        ge=1,
        le=1000,
    )

    database_url: DatabaseUrl = _var(
        SERVICE,
        "AFTERWORD_DATABASE_URL",
        "sqlite:///afterword.db",
        "Where everything is kept: a SQLite file or a PostgreSQL database.",
        "Use sqlite:///afterword.db or postgresql://user:password@host/name.",
    )
    bind: BindTo = _var(
        SERVICE,
        "AFTERWORD_BIND",
        "127.0.0.1:8080",
        "The address and port that the service listens on.",
        "Write it like 127.0.0.1:8080.",
    )
    public_url: WebUrl | None = _var(
        SERVICE,
        "AFTERWORD_PUBLIC_URL",
        None,
        "How people and webhooks reach the service; used for links in messages.",
        "Use a URL like https://afterword.example.com.",
    )
    secret_key: LongSecret | None = _var(
        SERVICE,
        "AFTERWORD_SECRET_KEY",
        None,
        "Signs links and sessions; `afterword init` makes one.",
        "Run `afterword init` in an empty folder to get a good one.",
    )
    page_token: LongSecret | None = _var(
        SERVICE,
        "AFTERWORD_PAGE_TOKEN",
        None,
        "Opens the page with the overdue list; `afterword init` makes one.",
        "Run `afterword init` in an empty folder to get a good one.",
    )
    push_token: LongSecret | None = _var(
        SERVICE,
        "AFTERWORD_PUSH_TOKEN",
        None,
        "Lets another program push interviews to /api/v1; empty: nobody can.",
        "Make one of at least 16 characters, for example with `openssl rand -hex 32`.",
    )

    _accounts: Mapping[str, Connection[Connector]] = PrivateAttr(default_factory=dict)
    _channels: Mapping[str, Connection[Channel]] = PrivateAttr(default_factory=dict)
    _policy_file: PolicyFile = PrivateAttr(default_factory=PolicyFile)

    def connected(
        self,
        accounts: Mapping[str, Connection[Connector]],
        channels: Mapping[str, Connection[Channel]],
        policy_file: PolicyFile | None = None,
    ) -> Settings:
        """These settings with what connectors are told, each by the name of its account, and with
        what the policy file says."""
        settings = self.model_copy()
        settings._accounts = MappingProxyType(dict(accounts))
        settings._channels = MappingProxyType(dict(channels))
        settings._policy_file = policy_file or PolicyFile()
        return settings

    @property
    def accounts(self) -> Mapping[str, Connection[Connector]]:
        """The ATS accounts that are set up, by name."""
        return self._accounts

    @property
    def channels(self) -> Mapping[str, Connection[Channel]]:
        """The notifiers that are set up, by name, in the order of preference."""
        return self._channels

    @property
    def policy_file(self) -> PolicyFile:
        """What AFTERWORD_POLICY says beside its accounts; ``wiring.rulebook`` has it in force."""
        return self._policy_file

    def secret_values(self) -> tuple[str, ...]:
        """Every secret in plain text, the passwords inside URLs too: what a log must not show."""
        return tuple(dict.fromkeys(_secrets_in(self)))


def _secrets_in(settings: Settings) -> Iterator[str]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            yield from secrets_in(value.get_secret_value())
    for account in settings.accounts.values():
        yield from account.secrets()
    for channel in settings.channels.values():
        yield from channel.secrets()


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the environment, whoever reads it."""

    name: str
    group: str
    says: str
    remedy: str
    default: str
    secret: bool


def variables(plugs: Iterable[Connector | Channel]) -> dict[str, Variable]:
    """Every variable by its name: ours, then those of ``plugs``; the order of the documents."""
    ours = [_ours(field) for field in Settings.model_fields.values()]
    theirs = [_theirs(plug, option) for plug in plugs for option in plug.options]
    return {each.name: each for each in (*ours, *theirs)}


def _ours(field: FieldInfo) -> Variable:
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    secret = "SecretStr" in str(field.annotation)
    return Variable(
        field.alias or "",
        str(extra["group"]),
        field.description or "",
        str(extra["remedy"]),
        _default(field),
        secret,
    )


def _theirs(plug: Connector | Channel, option: Option) -> Variable:
    return Variable(
        option.variable, plug.title, option.says, option.remedy, option.default, option.secret
    )


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.value if isinstance(value, StrEnum) else str(value)
