"""A company, its ATS, mail server and Slack, Afterword beside them, and a clock that advances.

Everything is real but the ATS and Slack, which are our practice ones: HTTP, SMTP with TLS and
login, the store, the web server for webhooks. At the end of a story every message that arrived must
have been expected; one that nobody expected fails it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from connectors.model import utc
from connectors.notify.slack import Slack
from connectors.notify.slack_pace import Pace
from plugin import wiring
from plugin.commands.run import web_app
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.world import World
from plugin.serve import WebServer
from plugin.service import Service
from plugin.settings import load
from plugin.slack_app import slack_app
from plugin.wiring import Afterword
from scheduler.audit import found_in
from scheduler.jobs import Jobs
from tests.connectors.fake_slack import SCOPES, TOKEN, FakeSlack, Post
from tests.connectors.mail_server import MailServer
from tests.plugin.slack_office import SECRET, Awaited
from tests.stores import store_at

TICK = timedelta(hours=8)
SETTINGS = {
    "AFTERWORD_TIMEZONE": "Europe/Berlin",
    "AFTERWORD_HISTORY_DAYS": "14",
    "AFTERWORD_COUNTRY": "DE-BE",
    "AFTERWORD_LIVE": "true",
    "AFTERWORD_SEND_HOURS": "08:00-18:00",
    "AFTERWORD_REPORT_TO": "hiring@example.org",
    "AFTERWORD_SECRET_KEY": "a-key-for-stories-0123456789",
    "AFTERWORD_PAGE_TOKEN": "a-token-for-stories-0123456789",
    "MAIL_FROM": "Afterword <afterword@example.org>",
}


@dataclass(frozen=True)
class Arrival:
    """A message, with the tick at which it came."""

    at: datetime
    to: str
    """A mail address, also of somebody in Slack; or a channel."""
    text: str
    """As it was when it came."""
    mail: EmailMessage | None = None
    post: Post | None = None
    """With whatever became of it since."""

    @property
    def by(self) -> str:
        return "mail" if self.mail else "slack"


@dataclass
class Story:
    """``now`` moves only by ``until`` and ``tick``."""

    world: World
    sandbox: SandboxServer
    mail: MailServer
    slack: FakeSlack
    url: str
    """Where Afterword itself answers."""
    afterword: Afterword
    service: Service
    now: datetime
    clock: _Clock
    bolt: Awaited
    """What Slack's way in does beside its requests."""
    beside: tuple[SandboxServer, ...] = ()
    """Further accounts."""
    arrived: list[Arrival] = field(default_factory=list)
    """Every message of the story."""
    seen_arrivals: int = 0
    seen_mails: int = 0
    seen_posts: int = 0
    answers: list[int | None] = field(default_factory=list)
    """What Afterword answered to webhooks."""

    def tick(self) -> None:
        """What the service does at every tick, once."""
        self.service.sync()
        self.service.doorbells()
        self.service.members()
        self.service.nudges()
        self.service.report()
        self.service.faces()
        self.service.watch.audit()
        self.service.watch.alarms()
        self._note()
        found = found_in(self.afterword.store.audit())
        assert found == (), "the auditor found what should not be"

    def until(self, moment: str | datetime, *, every: timedelta = TICK) -> None:
        """Let time pass, with a tick every so often and one at the end."""
        end = utc(moment) if isinstance(moment, str) else moment
        while self.now < end:
            self.pass_to(min(end, self.now + every))
            self.tick()

    def at(self, *moments: str | datetime) -> None:
        """One tick at each of these moments, and none between."""
        for moment in moments:
            self.pass_to(moment)
            self.tick()

    def pass_to(self, moment: str | datetime) -> None:
        """Time passes, webhooks are posted, and Afterword does nothing by itself (it is off)."""
        self.now = utc(moment) if isinstance(moment, str) else moment
        self.clock.now = self.now
        for each in (self.sandbox, *self.beside):
            self.answers += [posted.status for posted in each.advance(self.now)]

    # --- what arrived

    def arrivals(self) -> list[Arrival]:
        """What came by any channel since the last call; it counts as expected from now on."""
        self._note()
        self.mails()
        self.posts()
        new = self.arrived[self.seen_arrivals :]
        self.seen_arrivals = len(self.arrived)
        return new

    def _note(self) -> None:
        noted = Counter(each.by for each in self.arrived)
        for mail in self.mail.received[noted["mail"] :]:
            to = mail["To"].addresses[0].addr_spec
            self.arrived.append(Arrival(self.now, to, text_of(mail), mail=mail))
        for post in self.slack.posts[noted["slack"] :]:
            self.arrived.append(Arrival(self.now, post.to or post.channel, post.text, post=post))

    def mails(self) -> list[EmailMessage]:
        """The mails that came since the last call; they count as expected from now on."""
        new = self.mail.received[self.seen_mails :]
        self.seen_mails += len(new)
        return new

    def posts(self) -> list[tuple[str, str]]:
        """The Slack messages since the last call, as (channel or person, text)."""
        new = self.slack.posts[self.seen_posts :]
        self.seen_posts += len(new)
        return [(post.channel, post.text) for post in new]

    def one_mail(self, to: str) -> str:
        """The text of the one mail that came since the last call; it went to ``to`` alone."""
        mails = self.mails()
        assert [mail["To"].addresses[0].addr_spec for mail in mails] == [to]
        return text_of(mails[0])

    def silence(self) -> None:
        """Nothing arrived since the last call."""
        assert self.mails() == []
        assert self.posts() == []


@dataclass
class _Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


def no_time(seconds: float) -> None:
    """Connectors keep their pace in the story's time, which stands still meanwhile."""


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@contextmanager
def story(
    world: World,
    begins: str,
    folder: Path,
    environment: pytest.MonkeyPatch,
    *,
    database: str | None = None,
    slack: bool = False,
    members: Mapping[str, tuple[str, str]] | None = None,
    settings: Mapping[str, str] | None = None,
    dialect: str = "greenhouse",
    beside: Mapping[str, World] | None = None,
) -> Iterator[Story]:
    """Everything running at ``begins``, with the first sync done (the connection).

    ``members``: who is in Slack from the start, id and zone by mail address; they can answer there.
    ``beside``: further accounts, their worlds by dialect.
    """
    clock, bolt, in_slack = _Clock(utc(begins)), Awaited(), slack or members is not None
    with (
        _practice(world, clock, dialect) as sandbox,
        MailServer() as mail,
        FakeSlack(scopes=(*SCOPES, "commands"), wall=lambda: clock.now.timestamp()) as fake_slack,
        ExitStack() as more,
    ):
        others = [
            more.enter_context(_practice(each, clock, name))
            for name, each in (beside or {}).items()
        ]
        for address, (id, zone) in (members or {}).items():
            fake_slack.person(address, id, tz=zone)
        given = {
            **SETTINGS,
            **{k: v for each in (sandbox, *others) for k, v in each.environment().items()},
            "SMTP_URL": mail.url,
            "AFTERWORD_DATABASE_URL": database or store_at(folder / "story.db"),
            **({"SLACK_BOT_TOKEN": TOKEN, "SLACK_API_URL": fake_slack.url} if in_slack else {}),
            **({"SLACK_SIGNING_SECRET": SECRET} if members else {}),
            **(settings or {}),
        }
        for name, value in given.items():
            environment.setenv(name, value)
        environment.chdir(folder)
        more.callback(bolt.shutdown)
        with (
            wiring.opened(load(), clock=clock, sleep=no_time) as afterword,
            _served(afterword, bolt) as url,
        ):
            if isinstance(in_use := afterword.notifiers.get("slack"), Slack):
                in_use.api.pace = Pace(lambda: clock.now.timestamp(), no_time)
            service = Service(afterword, "story")
            told = Story(
                world,
                sandbox,
                mail,
                fake_slack,
                url,
                afterword,
                service,
                clock.now,
                clock,
                bolt,
                tuple(others),
            )
            told.tick()
            yield told
            assert told.mails() == [], "a mail arrived that nobody expected"
            assert told.posts() == [], "a Slack message arrived that nobody expected"


def _practice(world: World, clock: _Clock, dialect: str) -> SandboxServer:
    account: dict[str, Any] = {"limit": 10**6}
    if dialect == "greenhouse":
        account["token_limit"] = 10**6
    return SandboxServer(world, now=clock.now, clock=clock, dialects=[dialect], **account)


@contextmanager
def _served(afterword: Afterword, bolt: Awaited) -> Iterator[str]:
    """The web application on loopback; its doorbells wait for the story's next tick."""
    slack = slack_app(afterword, lambda: None, executor=bolt)
    app = web_app(afterword, Jobs([], afterword.clock), slack)
    server = WebServer(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join()
