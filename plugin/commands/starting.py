"""``init``, ``check`` and ``version``: set it up, and see that it works."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib import metadata
from pathlib import Path

import click
import requests
from rich.padding import Padding

from connectors.ats.base import Ats, Finding
from connectors.notify.base import Notifier
from connectors.notify.slack import Slack
from connectors.options import Connector
from plugin import wiring
from plugin.clock import wall
from plugin.commands.common import Start, fail, json_option, terminal
from plugin.connected import MASK, webhook_address
from plugin.connections import Connection
from plugin.settings import ENV_FILE, Settings, SettingsProblem, installed_variables
from plugin.settings_docs import env_file
from scheduler.phrases import clean
from scheduler.store import Store, StoreProblem
from scheduler.weekly import SET_UP, channel_of

MOST_SKEW = timedelta(minutes=5)
YEARS = range(2026, 2100)
SILENT = "it cannot tell: such scorecards are shown as unknown, and nobody is nudged about them"
UNTOLD = "it sends none; polling alone is enough"


@click.command()
def version() -> None:
    """Print the version."""
    try:
        number = metadata.version("afterword")
    except metadata.PackageNotFoundError:
        number = "(not installed: run from a bare checkout)"
    click.echo(f"afterword {number}")


@click.command()
def init() -> None:
    """Write a .env with fresh secrets into this directory."""
    text = env_file(
        {
            "AFTERWORD_SECRET_KEY": secrets.token_urlsafe(48),
            "AFTERWORD_PAGE_TOKEN": secrets.token_urlsafe(24),
        },
        installed_variables(),
    )
    try:
        descriptor = os.open(ENV_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        fail(f"{Path.cwd() / ENV_FILE} is already there, and it is left as it is.", 2)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    click.echo(f"Wrote {Path.cwd() / ENV_FILE}, readable by you alone.")
    click.echo("Next: put in the credentials of your ATS and of Slack or mail, then run")
    click.echo("`afterword check`. Nothing is sent until you set AFTERWORD_LIVE=true.")


@click.command()
@json_option
@click.option("--reveal", is_flag=True, help="Print webhook addresses whole, also with a secret.")
@click.pass_context
def check(ctx: click.Context, as_json: bool, reveal: bool) -> None:
    """Test settings, database, clock, ATS, Slack and mail. Sends nothing."""
    found = list(findings(ctx.obj, reveal=reveal))
    good = all(each.ok or each.optional for each in found)
    if as_json:
        click.echo(json.dumps({"ok": good, "findings": [_plain(each) for each in found]}, indent=2))
    else:
        _show(found, good)
    ctx.exit(0 if good else 1)


def findings(start: Start, *, reveal: bool = False) -> Iterator[Finding]:
    """Everything that ``check`` looks at, in this order. ``reveal``: secrets in addresses too."""
    try:
        settings = start.settings()
    except SettingsProblem as error:
        for problem in error.problems:
            yield Finding(problem.variable, False, problem.fault, problem.remedy)
        return
    yield Finding("Settings", True, "complete and readable")
    yield _keys(settings)
    yield _database(settings)
    yield _clock(settings)
    accounts = wiring.accounts(settings)
    rang = _last_deliveries(settings, accounts)
    for name, account in accounts.items():
        yield from _account(account, settings.accounts[name])
        if account.capabilities.webhooks:
            yield _address(account, settings, rang.get(name), reveal)
    if not accounts:
        remedy = (
            "Set the credentials of your ATS, e.g. GREENHOUSE_CLIENT_ID and "
            "GREENHOUSE_CLIENT_SECRET, or import CSV files."
        )
        yield Finding("ATS", False, "none is connected", remedy, optional=True)
    channels = wiring.notifiers(settings)
    for channel in channels.values():
        yield from channel.check()
    if "slack" in channels:
        yield from _way_in(channels["slack"], settings.public_url)
        yield from _unmatched(settings)
    if not channels:
        remedy = "Set SLACK_BOT_TOKEN, or SMTP_URL and MAIL_FROM."
        detail = "neither Slack nor mail is set up"
        yield Finding("Channels", False, detail, remedy, optional=not settings.live)
    yield from _addresses(settings, channels)


def _account(account: Ats, connection: Connection[Connector]) -> Iterator[Finding]:
    """What this account can and cannot tell, then each of its rights."""
    rights = list(account.check())  # looking may find out that it cannot tell
    can = account.capabilities
    told = (
        ("who handed in", can.submission, "for each interviewer", SILENT),
        ("webhooks", can.webhooks, "it can ring when something changes", UNTOLD),
    )
    for subject, able, yes, no in told:
        text = yes if able else no
        yield Finding(f"{account.name}: {subject}", able, text, optional=True)
    yield Finding(f"{account.name}: its own reminders", True, can.own_reminders)
    for each in rights:
        detail, remedy = map(connection.in_its_words, (each.detail, each.remedy))
        if not each.ok and " Check " in detail:  # it knows better: the network, the address
            detail, _, remedy = detail.rpartition(" Check ")
            remedy = f"Check {remedy}"
        yield replace(each, subject=f"{account.name}: {each.subject}", detail=detail, remedy=remedy)


def _address(account: Ats, settings: Settings, last_at: datetime | None, reveal: bool) -> Finding:
    """Where its webhooks go. Nothing here is needed: polling alone is enough."""
    connection = settings.accounts[account.name]
    secrets = connection.options.get(connection.plug.doorbell, ())
    address = webhook_address(
        account, settings.public_url, secrets[0] if reveal and secrets else MASK
    )
    came = f"the last one came {last_at:%Y-%m-%d %H:%M} UTC" if last_at else "none came yet"
    proved = "a secret is set" if secrets else "no secret is set, so that none is taken"
    hint = ""
    if account.capabilities.secret_path and secrets and not reveal:
        hint = "; the secret is a part of it: `afterword check --reveal` prints it"
    if not settings.public_url:
        address = f"https://…{address}"
    return Finding(
        f"{account.name}: webhook address",
        bool(settings.public_url) or not secrets,
        f"{address} ({proved}; {came}{hint})",
        "Set AFTERWORD_PUBLIC_URL to see the whole address.",
        optional=True,
    )


def _last_deliveries(settings: Settings, names: Iterable[str]) -> dict[str, datetime | None]:
    """When the newest webhook of each account came; of a database that is away, nothing."""
    with suppress(StoreProblem), Store.open(settings.database_url.get_secret_value()) as store:
        return {name: store.last_delivery(name) for name in names}
    return {}


def _keys(settings: Settings) -> Finding:
    missing = [
        name
        for name, value in (
            ("AFTERWORD_SECRET_KEY", settings.secret_key),
            ("AFTERWORD_PAGE_TOKEN", settings.page_token),
        )
        if value is None
    ]
    if not missing:
        return Finding("Keys of the page", True, "set")
    detail = f"{' and '.join(missing)} not set: `afterword run` needs them"
    return Finding("Keys of the page", False, detail, "Run `afterword init`.", optional=True)


def _database(settings: Settings) -> Finding:
    try:
        with Store.open(settings.database_url.get_secret_value()) as store:
            store.ping()
    except StoreProblem as problem:
        return Finding("Database", False, str(problem), "See AFTERWORD_DATABASE_URL.")
    return Finding("Database", True, "can be opened and is up to date")


def _clock(settings: Settings) -> Finding:
    """Compared with the clock of the ATS where one answers; its own check says if none does."""
    here = wall()
    remedy = "Set the clock of this machine (NTP)."
    if here.year not in YEARS:
        return Finding("Clock", False, f"says that it is the year {here.year}", remedy)
    asked = (_their_time(each.options[each.plug.address][0]) for each in settings.accounts.values())
    there = next((answer for answer in asked if answer), None)
    if there is None:
        return Finding("Clock", True, f"says {here:%Y-%m-%d %H:%M} UTC (not compared)")
    skew = abs(here - there)
    if skew > MOST_SKEW:
        minutes = int(skew.total_seconds() // 60)
        return Finding("Clock", False, f"differs from the ATS by {minutes} minutes", remedy)
    return Finding("Clock", True, f"says {here:%Y-%m-%d %H:%M} UTC, as the ATS does")


def _their_time(url: str) -> datetime | None:
    try:
        answer = requests.head(url, timeout=(5, 10), allow_redirects=False)
        return parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
    except (requests.RequestException, KeyError, ValueError):
        return None


def _way_in(slack: Notifier, public_url: str | None) -> Iterator[Finding]:
    """Slack brings what people press to https addresses only, as `slack manifest` says too."""
    signed = isinstance(slack, Slack) and slack.signing_secrets and not slack.app_token
    if signed and not (public_url or "").startswith("https://"):
        yield Finding(
            "Slack requests",
            False,
            "may not come in: Slack calls https addresses only, and AFTERWORD_PUBLIC_URL is "
            f"{public_url or 'empty'}",
            "Set it to an https address, or set SLACK_APP_TOKEN (Socket Mode), which needs none.",
            optional=True,
        )


def _unmatched(settings: Settings) -> Iterator[Finding]:
    """People of the ATS whom Slack does not know by their address, as last looked up."""
    try:
        with Store.open(settings.database_url.get_secret_value()) as store:
            addresses = store.unmatched()
    except StoreProblem:
        return  # said already
    if not addresses:
        return
    some = ", ".join(addresses[:5]) + (", …" if len(addresses) > 5 else "")
    yield Finding(
        "Slack people",
        False,
        f"{len(addresses)} of the ATS are not in Slack by their address: {some}",
        'They get mail instead. Or write [people."ADDRESS"] slack = "U…" into the policy file.',
        optional=True,
    )


def _addresses(settings: Settings, channels: Iterable[str]) -> Iterator[Finding]:
    named = [("Weekly report", each) for each in settings.report_to]
    named += [("Alarms", each) for each in settings.alarms_to]
    for subject, address in named:
        needed = channel_of(address.lower())
        if needed not in channels:
            yield Finding(subject, False, f"{address} cannot be reached", SET_UP[needed])


def _plain(finding: Finding) -> dict[str, object]:
    return {
        "subject": finding.subject,
        "ok": finding.ok,
        "optional": finding.optional,
        "detail": finding.detail,
        "remedy": finding.remedy,
    }


def _show(found: Sequence[Finding], good: bool) -> None:
    console = terminal()
    for each in found:
        mark, style = (
            ("✓", "green") if each.ok else ("!", "yellow") if each.optional else ("✗", "red")
        )
        whole = "://" in each.detail  # an address is to be copied in one piece
        line = f"{mark} {each.subject}: {clean(each.detail, 500)}"
        console.print(line, style=style, soft_wrap=whole)
        if each.remedy and not each.ok:
            console.print(Padding(clean(each.remedy, 500), (0, 0, 0, 4), expand=False))
    if not good:
        console.print("Something has to be done: see the lines with ✗.")
    elif all(each.ok for each in found):
        console.print("Everything works.")
    else:
        console.print("What is set up works; the lines with ! are not set up yet.")
