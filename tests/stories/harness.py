"""A company, its ATS, mail server and Slack, Afterword beside them, and a clock that advances.

Everything is real but the ATS and Slack, which are our practice ones: HTTP, SMTP with TLS and
login, the store, the web server for webhooks. At the end of a story every message that arrived must
have been expected; one that nobody expected fails it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from connectors.model import utc
from plugin import wiring
from plugin.commands.run import web_app
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.world import World
from plugin.serve import WebServer
from plugin.service import Service
from plugin.settings import load
from plugin.wiring import Afterword
from scheduler.audit import found_in
from scheduler.jobs import Jobs
from tests.connectors.fake_slack import TOKEN, FakeSlack
from tests.connectors.mail_server import MailServer

TICK = timedelta(hours=3)
SETTINGS = {
    "AFTERWORD_TIMEZONE": "Europe/Berlin",
    "AFTERWORD_COUNTRY": "DE-BE",
    "AFTERWORD_LIVE": "true",
    "AFTERWORD_SEND_HOURS": "08:00-18:00",
    "AFTERWORD_REPORT_TO": "hiring@example.org",
    "AFTERWORD_SECRET_KEY": "a-key-for-stories-0123456789",
    "AFTERWORD_PAGE_TOKEN": "a-token-for-stories-0123456789",
    "MAIL_FROM": "Afterword <afterword@example.org>",
}


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
    seen_mails: int = 0
    seen_posts: int = 0
    answers: list[int | None] = field(default_factory=list)
    """What Afterword answered to webhooks."""

    def tick(self) -> None:
        """What the service does at every tick, once."""
        self.service.sync()
        self.service.doorbells()
        self.service.nudges()
        self.service.report()
        self.service.watch.audit()
        found = found_in(self.afterword.store.audit())
        assert found == (), "the auditor found what should not be"

    def until(self, moment: str | datetime, *, every: timedelta = TICK) -> None:
        """Let time pass, with a tick every so often and one at the end."""
        end = utc(moment) if isinstance(moment, str) else moment
        while self.now < end:
            self.pass_to(min(end, self.now + every))
            self.tick()

    def pass_to(self, moment: str | datetime) -> None:
        """Time passes, webhooks are posted, and Afterword does nothing by itself (it is off)."""
        self.now = utc(moment) if isinstance(moment, str) else moment
        self.clock.now = self.now
        self.answers += [posted.status for posted in self.sandbox.advance(self.now)]

    # --- what arrived

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
    settings: Mapping[str, str] | None = None,
) -> Iterator[Story]:
    """Everything running at ``begins``, with the first sync done (the connection)."""
    clock = _Clock(utc(begins))
    with (
        SandboxServer(world, now=clock.now, clock=clock, limit=10**6, token_limit=10**6) as sandbox,
        MailServer() as mail,
        FakeSlack() as fake_slack,
    ):
        given = {
            **SETTINGS,
            **sandbox.environment(),
            "SMTP_URL": mail.url,
            "AFTERWORD_DATABASE_URL": database or f"sqlite:///{folder / 'story.db'}",
            **({"SLACK_BOT_TOKEN": TOKEN, "SLACK_API_URL": fake_slack.url} if slack else {}),
            **(settings or {}),
        }
        for name, value in given.items():
            environment.setenv(name, value)
        environment.chdir(folder)
        with wiring.opened(load(), clock=clock) as afterword, _served(afterword) as url:
            service = Service(afterword, "story")
            told = Story(
                world, sandbox, mail, fake_slack, url, afterword, service, clock.now, clock
            )
            told.tick()
            yield told
            assert told.mails() == [], "a mail arrived that nobody expected"
            assert told.posts() == [], "a Slack message arrived that nobody expected"


@contextmanager
def _served(afterword: Afterword) -> Iterator[str]:
    """The web application on loopback; its doorbells wait for the story's next tick."""
    app = web_app(afterword, Jobs([], afterword.clock))
    server = WebServer(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join()
