"""Every setting: its variable, its default, what it is for, and what to do when it is wrong.

``.env.example`` and the table in the documentation are made from this class (settings_docs.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from plugin.values import (
    BindTo,
    Country,
    DatabaseUrl,
    LongSecret,
    MailAddress,
    Moment,
    ReportTo,
    Secrets,
    SendHours,
    SmtpUrl,
    VendorUrl,
    WebUrl,
    Zone,
)
from scheduler.workdays import DayCount


class Declined(StrEnum):
    """What becomes of an interviewer who declined the invitation."""

    EXCUSE = "excuse"
    ASK = "ask"


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
GREENHOUSE, SLACK, MAIL = "Greenhouse", "Slack", "Mail"
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
        "When the service may write, on working days, in the company's zone.",
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
        "Who gets the weekly report: mail addresses and #channels, separated by commas.",
        "Write it like hiring@example.com,#recruiting.",
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

    greenhouse_client_id: SecretStr | None = _var(
        GREENHOUSE,
        "GREENHOUSE_CLIENT_ID",
        None,
        "The Harvest v3 (OAuth) credential's client id.",
        "Copy it from Greenhouse, Configure, Dev Center, API Credential Management.",
    )
    greenhouse_client_secret: SecretStr | None = _var(
        GREENHOUSE,
        "GREENHOUSE_CLIENT_SECRET",
        None,
        "That credential's client secret.",
        "Copy it from Greenhouse; it is shown once, when the credential is made.",
    )
    greenhouse_user_id: str | None = _var(
        GREENHOUSE,
        "GREENHOUSE_USER_ID",
        None,
        "The Greenhouse user whose permissions apply, by id; empty: the credential's own.",
        "Use the number in the address of the user's page.",
        pattern=r"^\d+$",
    )
    greenhouse_webhook_secret: Secrets = _var(
        GREENHOUSE,
        "GREENHOUSE_WEBHOOK_SECRET",
        (),
        "The secret key of the webhook; several, separated by commas, while you change it.",
        "Copy it from the webhook's page in Greenhouse.",
    )
    greenhouse_api_url: VendorUrl = _var(
        GREENHOUSE,
        "GREENHOUSE_API_URL",
        "https://harvest.greenhouse.io/v3",
        "The Harvest API.",
        "Leave it out unless you test against something else.",
    )
    greenhouse_token_url: VendorUrl = _var(
        GREENHOUSE,
        "GREENHOUSE_TOKEN_URL",
        "https://auth.greenhouse.io/token",
        "Where tokens come from.",
        "Leave it out unless you test against something else.",
    )
    greenhouse_web_url: WebUrl = _var(
        GREENHOUSE,
        "GREENHOUSE_WEB_URL",
        "https://app.greenhouse.io",
        "Where people open Greenhouse; used for links in messages.",
        "Use the address in your browser, e.g. https://app.eu.greenhouse.io.",
    )

    slack_bot_token: SecretStr | None = _var(
        SLACK,
        "SLACK_BOT_TOKEN",
        None,
        "The bot token of your Slack app; begins with xoxb-.",
        "Copy it from your Slack app's page OAuth & Permissions.",
    )
    slack_api_url: VendorUrl = _var(
        SLACK,
        "SLACK_API_URL",
        "https://slack.com/api/",
        "The Slack API.",
        "Leave it out unless you test against something else.",
    )

    smtp_url: SmtpUrl | None = _var(
        MAIL,
        "SMTP_URL",
        None,
        "The mail server, smtp://user:password@host:587 (STARTTLS) or smtps://… (TLS at once).",
        "Write it like smtp://user:password@mail.example.com:587.",
    )
    mail_from: MailAddress | None = _var(
        MAIL,
        "MAIL_FROM",
        None,
        "The sender of mails, e.g. Afterword <afterword@example.com>.",
        "Write it like Afterword <afterword@example.com>.",
    )
    mail_reply_to: MailAddress | None = _var(
        MAIL,
        "AFTERWORD_MAIL_REPLY_TO",
        None,
        "Where answers to mails go; empty: to the sender.",
        "Write it like recruiting@example.com.",
    )

    def secret_values(self) -> tuple[str, ...]:
        """Every secret in plain text, the passwords inside URLs too: what a log must not show."""
        return tuple(dict.fromkeys(_secrets_in(self)))


def _secrets_in(settings: Settings) -> Iterator[str]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        for each in value if isinstance(value, tuple) else (value,):
            if not isinstance(each, SecretStr):
                continue
            text = each.get_secret_value()
            if "://" not in text:
                yield text
            elif password := urlsplit(text).password:
                yield from (text, password, unquote(password))


def variables() -> dict[str, FieldInfo]:
    """Every variable by its name in the environment, in the order of the documentation."""
    return {field.alias or "": field for field in Settings.model_fields.values()}


def is_secret(field: FieldInfo) -> bool:
    return "SecretStr" in str(field.annotation)
