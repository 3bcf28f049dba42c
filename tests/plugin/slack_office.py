"""A small company whose people are on a Slack on loopback, and everything that they may press."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.test import TestResponse

from connectors.model import Interview
from connectors.notify.slack import Slack
from plugin.service import Service
from plugin.slack_app import ROUTE, SlackApp, slack_app
from plugin.slack_people import StoredDirectory
from plugin.variables import Settings
from plugin.wiring import Afterword
from scheduler.facts import ScorecardKey
from scheduler.nudge_blocks import token
from scheduler.store import Store
from tests.connectors.fake_slack import SCOPES, TOKEN, FakeSlack, Post
from tests.connectors.fake_time import FakeTime
from tests.scheduler.builders import HOUR, FakeAts, card, interview, key, person, world
from tests.stores import emptied, opened

SECRET, OLD_SECRET = "s" * 32, "o" * 32
WEDNESDAY = datetime.fromisoformat("2026-11-18T10:00:00+00:00")
"""An interview that ended at MONDAY is due, and somebody is nudged."""
FORM = "https://app.greenhouse.io/guides/7/people/9"


@dataclass
class Clock:
    now: datetime = WEDNESDAY

    def __call__(self) -> datetime:
        return self.now


class Awaited(ThreadPoolExecutor):
    """Bolt's listeners, and a way to wait until they have come to their end."""

    def __init__(self) -> None:
        super().__init__(4)
        self.begun: list[Future[Any]] = []

    def submit(self, fn: Any, /, *args: Any, **more: Any) -> Future[Any]:
        future = super().submit(fn, *args, **more)
        self.begun.append(future)
        return future

    def idle(self) -> None:
        while running := [each for each in self.begun if not each.done()]:
            wait(running)  # what it begins in turn is there before it is done


@dataclass
class SlackOffice:
    store: Store
    slack: FakeSlack
    time: FakeTime = field(default_factory=FakeTime)
    clock: Clock = field(default_factory=Clock)
    ats: FakeAts = field(default_factory=FakeAts)
    rung: list[str] = field(default_factory=list)
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        options = {"signing_secrets": (SECRET, OLD_SECRET), **self.options}
        self.notifier = Slack(
            TOKEN,
            self.slack.url,
            timeout=2,
            monotonic=self.time,
            sleep=self.time.sleep,
            now=self.clock,
            **options,
        )
        self.notifier.people.directory = StoredDirectory(self.store, self.clock)
        settings = {"AFTERWORD_LIVE": "true", "AFTERWORD_NUDGE_SINCE": "2026-11-02"}
        self.parts = Afterword(
            Settings.model_validate(settings),
            self.store,
            {self.ats.name: self.ats},
            {"slack": self.notifier},
            self.clock,
        )
        self.service = Service(self.parts, "test")
        self.executor = Awaited()
        app = slack_app(self.parts, lambda: self.rung.append("faces"), executor=self.executor)
        assert app is not None
        self.app: SlackApp = app
        flask = Flask("office")
        flask.register_blueprint(self.app.blueprint())
        self.client = flask.test_client()

    # --- what happens in the company

    def holds(self, *interviews: Interview) -> SlackOffice:
        """The ATS tells of these, and the store knows them."""
        people = (person("p3", "Rae"),)
        self.ats.with_records(*world(*interviews), *people).at(self.clock.now)
        self.service.sync()
        return self

    def nudged(self) -> Post:
        """Bo was written to; the message."""
        self.service.nudges()
        [post] = self.slack.said("U1")
        return post

    def pass_time(self, span: timedelta) -> None:
        self.clock.now += span
        self.time.now += span.total_seconds()

    def rewritten(self) -> Post:
        """The message as it is after the jobs ran."""
        self.service.faces()
        return self.slack.said("U1")[-1]

    # --- what people press

    def post(self, body: bytes, kind: str, **headers: str) -> TestResponse:
        """A signed request; ``headers`` replace its own, "" leaves one out."""
        stamp = str(int(self.clock.now.timestamp()))
        sent = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": sign(body, stamp),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        sent = {name: value for name, value in sent.items() if value}
        return self.client.post(ROUTE, data=body, headers=sent)

    def interact(self, payload: Mapping[str, Any], **headers: str) -> TestResponse:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        answer = self.post(body, "application/x-www-form-urlencoded", **headers)
        self.executor.idle()
        return answer

    def press(self, action: Mapping[str, Any], user: str = "U1", **more: Any) -> TestResponse:
        return self.interact(pressed(action, user, self.slack.trigger(), **more))

    def submit(
        self, view: Mapping[str, Any], values: Mapping[str, Any], user: str = "U1"
    ) -> TestResponse:
        return self.interact(
            {
                "type": "view_submission",
                "user": {"id": user},
                "team": {"id": "T1"},
                "view": {**view, "id": "V1", "root_view_id": "V1", "state": {"values": values}},
            }
        )

    def event(
        self, event: Mapping[str, Any], event_id: str = "Ev1", **headers: str
    ) -> TestResponse:
        body = json.dumps(
            {"type": "event_callback", "team_id": "T1", "event_id": event_id, "event": event}
        ).encode()
        answer = self.post(body, "application/json", **headers)
        self.executor.idle()
        return answer

    def command(self, user: str = "U1", text: str = "") -> TestResponse:
        form = {"command": "/afterword", "user_id": user, "team_id": "T1", "text": text}
        answer = self.post(urlencode(form).encode(), "application/x-www-form-urlencoded")
        self.executor.idle()
        return answer


def sign(body: bytes, stamp: str, secret: str = SECRET) -> str:
    base = b":".join((b"v0", stamp.encode(), body))
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def pressed(action: Mapping[str, Any], user: str, trigger: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": user, "name": "somebody", "team_id": "T1"},
        "team": {"id": "T1"},
        "trigger_id": trigger,
        "container": {"type": "message", "channel_id": "DU1", "message_ts": "1.2"},
        "actions": [{"type": "button", "block_id": "b1", "action_ts": "1.1", **action}],
        **more,
    }


def button(post: Post, action_id: str) -> dict[str, Any]:
    """A button of the message, as Slack gives it back when it is pressed."""
    [found] = [each for each in buttons(post) if each["action_id"] == action_id]
    return found


def buttons(post: Post) -> list[dict[str, Any]]:
    """Everything in the message that can be pressed."""
    found = [e for block in post.blocks if block["type"] == "actions" for e in block["elements"]]
    return [*found, *(block["accessory"] for block in post.blocks if "accessory" in block)]


def words(post: Post) -> str:
    """All that the blocks say."""
    texts = [block["text"]["text"] for block in post.blocks if "text" in block]
    small = [e["text"] for b in post.blocks if b["type"] == "context" for e in b["elements"]]
    return "\n".join([*texts, *small])


def choice(menu: Mapping[str, Any], word: str) -> dict[str, Any]:
    """What Slack sends when this answer is chosen in a row's menu."""
    [option] = [each for each in menu["options"] if each["value"].startswith(f"{word} ")]
    return {"type": "overflow", "action_id": menu["action_id"], "selected_option": option}


def about(which: ScorecardKey | None = None) -> str:
    return token(which or key())


@contextmanager
def slack_office(folder: Path, **options: Any) -> Iterator[SlackOffice]:
    """Bo (p1) is U1, Ali the recruiter (p2) is U2, Rae (p3) is U3; U7 is nobody of the ATS."""
    time = FakeTime()
    scopes = (*SCOPES, "commands")
    with (
        opened(emptied()) as store,
        FakeSlack(scopes=scopes, clock=time) as slack,
    ):
        for number in (1, 2, 3):
            slack.person(f"p{number}@example.org", f"U{number}", tz="Europe/Berlin")
        slack.person("stranger@example.org", "U7")
        office = SlackOffice(store, slack, time, options=options)
        yield office
        office.executor.shutdown(wait=True)


def an_interview(id: str = "i1", *seats: str, **more: Any) -> Interview:
    cards = [card(who, url=FORM) for who in seats or ("p1", "p3")]
    return interview(id, *cards, **more)


def changed(office: SlackOffice, *records: Any) -> None:
    office.pass_time(HOUR)
    office.ats.with_records(*records).at(office.clock.now)
    office.service.sync()


def handed_in(office: SlackOffice, *who: str, id: str = "i1") -> None:
    seats = [card(w, submitted_at=office.clock.now if w in who else None) for w in ("p1", "p3")]
    changed(office, interview(id, *seats))
