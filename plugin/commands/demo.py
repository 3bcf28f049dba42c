"""``afterword demo``: the whole product against the practice ATS. Nothing leaves the machine."""

from __future__ import annotations

import os
import secrets
import socket
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import click
from pydantic_settings import PydanticBaseSettingsSource
from rich.console import Console
from rich.rule import Rule

from connectors import every_ats
from connectors.ats.base import Ats, Finding
from connectors.notify.base import Delivery, DeliveryState, Message, MessageKind
from connectors.notify.console import Console as Preview
from plugin import progress, wiring
from plugin.app import create_app
from plugin.clock import wall
from plugin.commands.common import fail, terminal
from plugin.commands.looking import print_overdue, seen
from plugin.connections import from_environment
from plugin.sandbox.generate import generate
from plugin.sandbox.server import SandboxServer
from plugin.serve import serve
from plugin.settings import Settings
from plugin.wiring import Afterword
from scheduler import nudges, weekly
from scheduler.facts import Status
from scheduler.judging import judge
from scheduler.phrases import counted
from scheduler.store import Store
from scheduler.sync import stamp_due, sync
from scheduler.workdays import Week

SEED = 7
ZONE = "Europe/Berlin"
TOKEN = "afterword-demo"
SECRET = secrets.token_hex()
PORT = 8080
DAYS = 9
"""Working days that pass before the visitor's eyes."""
MORNING = time(10, 0)
THINKING = timedelta(hours=3)
"""From the nudge in the morning to the scorecard."""
WILLING = 0.6
"""The part of those who are nudged that hand in at once."""


class Given(Settings):
    """Settings from arguments alone: whatever is in the environment stays out of the demo."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: Any,
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@dataclass
class Hands:
    """A clock that is put forward by hand."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Practice:
    """Stands for Slack: takes every message and keeps it."""

    clock: Hands
    name: str = "slack"
    taken: list[tuple[datetime, Message]] = field(default_factory=list)

    def deliver(self, message: Message) -> Delivery:
        self.taken.append((self.clock.now, message))
        return Delivery(DeliveryState.SENT, reference=f"practice:{message.id}")

    def check(self) -> Iterable[Finding]:
        return [Finding("Slack", True, "the practice channel takes everything")]


@click.command()
@click.option("--once", is_flag=True, help="Show everything once, serve nothing, and end.")
@click.option("--port", default=PORT, show_default=True, help="Where the page is served.")
def demo(once: bool, port: int) -> None:
    """The whole product against a practice ATS on this machine. Nothing leaves it."""
    screen = terminal()
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"  # the practice ATS is on this machine
    present = _at_work(wall().replace(microsecond=0))
    address = None if once else f"http://127.0.0.1:{_free(port)}"
    with TemporaryDirectory(prefix="afterword-demo-") as folder:
        mornings = _mornings(present)
        clock = Hands(mornings[0])
        world = generate(SEED, present)
        with (
            SandboxServer(world, now=clock.now, clock=clock, limit=10**6) as sandbox,
            Store.open(f"sqlite:///{Path(folder) / 'demo.db'}") as store,
        ):
            slack = Practice(clock)
            parts = _parts(sandbox, store, slack, clock, present, address)
            show = _Show(screen, sandbox, parts, clock, slack)
            show.connect()
            show.let_days_pass(mornings[1:])
            show.today(present)
            show.report()
            if address is None:
                show.goodbye()
            else:
                show.serve(int(address.rpartition(":")[2]))


def _at_work(now: datetime) -> datetime:
    """Now, or at night and on days off the last moment before it when people were at work."""
    hours = wiring.rulebook(Given.model_validate({"AFTERWORD_TIMEZONE": ZONE})).working.usual
    while not hours.open_at(now):
        now -= timedelta(minutes=30)
    return now


def _free(port: int) -> int:
    """This port, or if it is taken any other: links in messages must know it beforehand."""
    for wanted in (port, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", wanted))
            return int(probe.getsockname()[1])
    return port


def _mornings(present: datetime) -> list[datetime]:
    """The last working days' mornings before today, oldest first."""
    policy = wiring.rulebook(Given.model_validate({"AFTERWORD_TIMEZONE": ZONE})).policy
    day = present.astimezone(policy.zone).date()
    found: list[datetime] = []
    while len(found) < DAYS:
        day -= timedelta(days=1)
        if policy.calendar.is_workday(day):
            found.append(datetime.combine(day, MORNING, tzinfo=policy.zone))
    return [each.astimezone(present.tzinfo) for each in reversed(found)]


def _parts(
    sandbox: SandboxServer,
    store: Store,
    slack: Practice,
    clock: Hands,
    present: datetime,
    address: str | None,
) -> Afterword:
    """``address``: where the page will be served, for links in messages; None: nowhere."""
    plug = every_ats().by_name["greenhouse"]
    connected = from_environment([plug], sandbox.environment(plug.name), [])
    settings = Given.model_validate(
        {
            "AFTERWORD_TIMEZONE": ZONE,
            "AFTERWORD_NUDGE_SINCE": (present - timedelta(weeks=5)).isoformat(),
            "AFTERWORD_LIVE": "true",
            **(
                {"AFTERWORD_PUBLIC_URL": address, "AFTERWORD_SECRET_KEY": SECRET} if address else {}
            ),
        }
    ).connected(connected, {})
    accounts: dict[str, Ats] = wiring.accounts(settings, clock)
    return Afterword(settings, store, accounts, {"slack": slack}, clock)


@dataclass
class _Show:
    screen: Console
    sandbox: SandboxServer
    parts: Afterword
    clock: Hands
    slack: Practice
    moods: Random = field(default_factory=lambda: Random(SEED))

    def title(self, text: str) -> None:
        self.screen.print()
        self.screen.print(Rule(text, align="left"))

    def connect(self) -> None:
        self.title("Connecting")
        self.screen.print(f"The practice ATS speaks Greenhouse's dialect at {self.sandbox.url}")
        with progress.shown(terminal(err=True)) as shown:
            outcome = self._sync(on_page=shown.page)
        if outcome.error:
            fail(outcome.error)
        scorecards = len(self.parts.store.scorecards())
        self.screen.print(
            f"Read {counted(outcome.records, 'record')}; "
            f"{counted(scorecards, 'scorecard')} are expected or in."
        )

    def let_days_pass(self, mornings: list[datetime]) -> None:
        """The days before today, so that today has a past: nudges that helped and some that not."""
        self.title("Some days pass (in the practice world)")
        for morning in mornings:
            self._go_to(morning)
            outcome = nudges.run(self.parts.nudging(), morning)
            said = Counter(entry.message.kind for entry in outcome.entries)
            reminded = said[MessageKind.NUDGE] + said[MessageKind.DIGEST]
            noon = morning + THINKING
            came_in = self._answer(outcome.entries, noon - timedelta(minutes=1))
            self._go_to(noon)
            self.screen.print(
                f"{self._day(morning)}  {reminded:>3} nudged · {came_in:>2} handed in by noon · "
                f"{counted(said[MessageKind.ESCALATION], 'recruiter')} told · "
                f"{self._overdue(noon)} overdue"
            )

    def _answer(self, entries: list[nudges.Entry], at: datetime) -> int:
        """Most of those who were nudged hand in what they owe; returns how many scorecards."""
        world = self.sandbox.world
        interviews = {str(each.id): each for each in world.interviews}
        people = {str(each.id): each for each in world.people}
        handed_in = 0
        for entry in entries:
            if entry.message.kind is MessageKind.ESCALATION or self.moods.random() > WILLING:
                continue
            for key, _, _ in entry.owed:
                world.submit(interviews[key.interview_id], people[key.interviewer_id], at)
                handed_in += 1
        return handed_in

    def today(self, present: datetime) -> None:
        self._go_to(present)
        self.title("Today: who owes what")
        print_overdue(self.screen, seen(self.parts, present), most=8)
        outcome = nudges.dry_run(self.parts.nudging(), present)
        self.title(f"Today: what would be sent ({counted(len(outcome.entries), 'message')})")
        self.screen.print("The first of each kind, as Slack and as mail would show it.")
        preview = Preview(self.screen)
        for kind in (MessageKind.NUDGE, MessageKind.DIGEST, MessageKind.ESCALATION):
            chosen = [each.message for each in outcome.entries if each.message.kind is kind]
            past = [(at, message) for at, message in self.slack.taken if message.kind is kind]
            if chosen:
                preview.deliver(chosen[0])
            elif past:
                at, message = past[-1]
                self.screen.print(f"No {kind} today; this one was sent on {self._day(at)}:")
                preview.deliver(message)

    def _day(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.parts.settings.timezone):%a %d %b}"

    def report(self) -> None:
        self.title("The weekly report")
        week = Week.containing(self.clock.now, self.parts.settings.timezone).previous()
        report = weekly.compile_week(self.parts.weekly(), week, self.clock.now)
        self.parts.store.save_report(week.label, self.clock.now, report.as_json())
        self.screen.print(report.as_text())

    def goodbye(self) -> None:
        self.title("That was all")
        found = seen(self.parts, self.clock.now)
        handed_in = found.counts[Status.SUBMITTED] + found.counts[Status.SUBMITTED_LATE]
        self.screen.print(
            f"Of {counted(found.total, 'scorecard')}, {handed_in} are in and "
            f"{found.counts[Status.OVERDUE]} overdue; "
            f"{counted(len(self.slack.taken), 'message')} went out on the days before today."
        )
        self.screen.print(
            "Nothing left this machine. To connect your own account: `afterword init`, then the "
            "README, “Connect your Greenhouse account”. It starts in a dry run."
        )

    def serve(self, port: int) -> None:
        def ready(url: str) -> None:
            self.title("The page")
            self.screen.print(f"{url}   token: {TOKEN}   (Ctrl-C ends the demo)")

        app = create_app(
            store=self.parts.store,
            accounts=self.parts.accounts,
            doorbells=wiring.doorbells(self.parts.settings),
            policy_of=self.parts.policy_of,
            zone=self.parts.settings.timezone,
            clock=self.clock,
            page_token=TOKEN,
            secret_key=SECRET,
            public_url=self.parts.settings.public_url,
            live=False,
            ring=lambda account: None,
            heartbeat=self.clock,
            hours_of=self.parts.hours_of,
        )
        serve(app, "127.0.0.1", port, ready=ready)

    def _go_to(self, moment: datetime) -> None:
        self.clock.now = moment
        self.sandbox.advance(moment)
        self._sync()

    def _sync(self, **more: Any) -> Any:
        (ats,) = self.parts.accounts.values()
        now = self.clock.now
        outcome = sync(
            ats, self.parts.store, now=now, owner="demo", store_names=True, clock=self.clock, **more
        )
        stamp_due(self.parts.store, self.parts.policy_of(ats.name), now)
        return outcome

    def _overdue(self, now: datetime) -> int:
        policies = self.parts.policies()
        rows = self.parts.store.scorecards(open_only=True)
        judged = (judge(facts, policies[facts.key.ats], now) for facts in rows)
        return sum(each.status is Status.OVERDUE for each in judged)
