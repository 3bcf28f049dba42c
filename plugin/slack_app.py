"""Slack's way in: one route for signed requests, or Socket Mode without any public address.

Bolt tells the kinds of requests apart and answers them; who may do what is decided in
slack_answers.py. An answer is durable before it is acknowledged, and acknowledged within the three
seconds that Slack gives (slack.md 8); what needs Slack itself comes after the acknowledgement.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import datetime
from typing import Any

import structlog
from flask import Blueprint, Response, request
from slack_bolt import Ack, App
from slack_bolt.adapter.flask.handler import to_bolt_request, to_flask_response
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier
from werkzeug.datastructures import Headers

from connectors.notify.slack import Slack
from connectors.notify.slack_api import SILENT
from connectors.notify.slack_errors import code_of
from plugin import slack_home, slack_views
from plugin.clock import Clock
from plugin.slack_afterwards import Afterwards
from plugin.slack_answers import Answering
from plugin.wiring import Afterword
from scheduler import nudge_blocks
from scheduler.answering import Refused
from scheduler.answers import AnswerKind
from scheduler.blocks import Block
from scheduler.policy import Policy
from scheduler.store import StoreProblem

ROUTE = "/slack/events"
COMMAND = "/afterword"
ANYTHING = re.compile(".*")
REMEMBERED = 1000
"""Ids of events that were dealt with: Slack sends one again when our answer is late."""
HOME = "home"
"""Slack's word for the tab. A window that was opened there carries it: when its answer comes back
nothing else in it tells that the tab has to be shown anew."""
TRY_AGAIN = 30.0
"""Seconds until Socket Mode is tried again."""

Body = Mapping[str, Any]
Policies = Callable[[], Mapping[str, Policy]]
log = structlog.get_logger("afterword.slack")


class SlackApp:
    """``policies``: by account, as they are now. ``executor`` runs the listeners (Bolt's own if
    none is given)."""

    def __init__(
        self,
        slack: Slack,
        answering: Answering,
        policies: Policies,
        *,
        executor: Executor | None = None,
    ) -> None:
        self._slack = slack
        self._answering = answering
        self._policies = policies
        self._afterwards = Afterwards(slack.api, self._tab, executor)
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()
        # Its own checks of token and signature would ask Slack at start and know one secret only;
        # its log would show what people are called.
        self.bolt = App(
            client=slack.api.client,
            authorize=_authorize(slack.api.client.token),
            token_verification_enabled=False,
            request_verification_enabled=False,
            listener_executor=executor,
            logger=SILENT,
            name="slack_bolt",  # it silences the logger of this name, too
        )
        self._listen()

    # --- the two ways in

    def blueprint(self) -> Blueprint:
        """The route for events, what is pressed, and the command. Signed, or refused."""
        door = Blueprint("slack", __name__)

        @door.post(ROUTE)
        def slack_request() -> Response:
            body = request.get_data(cache=True)
            if not self.is_signed(body, request.headers):
                log.warning("refused a request that Slack did not sign")
                return Response("This is not signed as Slack signs.\n", 401, mimetype="text/plain")
            try:
                asked = to_bolt_request(request)
            except (AttributeError, TypeError, ValueError):
                return Response("This cannot be read.\n", 400, mimetype="text/plain")
            return to_flask_response(self.bolt.dispatch(asked))

        return door

    def is_signed(self, body: bytes, headers: Headers) -> bool:
        """Whether one of the live secrets proves this body, at most five minutes ago or ahead."""
        stamp = headers.get("X-Slack-Request-Timestamp", "")
        signature = headers.get("X-Slack-Signature", "")
        if not (stamp.isascii() and stamp.isdigit() and signature.isascii()):
            return False
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return False
        clock = _SignatureClock(self._answering.clock)
        return any(
            SignatureVerifier(secret, clock).is_valid(text, stamp, signature)
            for secret in self._slack.signing_secrets
            if secret.strip()
        )

    def socket(self) -> Socket | None:
        """Socket Mode, not connected yet; None where no app-level token is set."""
        token = self._slack.app_token
        return Socket(self.bolt, token, self._slack.api.client.base_url) if token else None

    def stop(self) -> None:
        """Nothing more is shown to anybody."""
        self._afterwards.stop()

    # --- what is listened to

    def _listen(self) -> None:
        for action, kind in nudge_blocks.ACTIONS.items():
            self.bolt.action(action)(self._pressing(kind))
        self.bolt.action(nudge_blocks.ANSWERS)(self._picked_from_menu)
        self.bolt.action(nudge_blocks.UNDO)(self._undo)
        for turn in (slack_home.OLDER, slack_home.NEWER):
            self.bolt.action(turn)(self._turn)
        for kind, callback in slack_views.CALLBACKS.items():
            self.bolt.view(callback)(self._submitting(kind))
        self.bolt.event("app_home_opened")(self._home_opened)
        self.bolt.command(COMMAND)(self._command)
        # Links come here too, and buttons of older versions: without an answer people see a
        # warning sign beside them.
        for anything in (self.bolt.action, self.bolt.view, self.bolt.shortcut, self.bolt.options):
            anything(ANYTHING)(_acknowledge)
        self.bolt.view_closed(ANYTHING)(_acknowledge)
        self.bolt.event(ANYTHING)(_acknowledge)
        self.bolt.error(_broken)

    def _pressing(self, kind: AnswerKind) -> Callable[..., None]:
        def pressed(ack: Ack, body: Body) -> None:
            self._press(kind, str(body["actions"][0].get("value", "")), ack, body)

        return pressed

    def _picked_from_menu(self, ack: Ack, body: Body) -> None:
        value = str((body["actions"][0].get("selected_option") or {}).get("value", ""))
        word, _, about = value.partition(" ")
        if word in set(AnswerKind):
            self._press(AnswerKind(word), about, ack, body)
        else:
            ack()

    def _press(self, kind: AnswerKind, about: str, ack: Ack, body: Body) -> None:
        user = _user(body)
        if kind is AnswerKind.DONE_ELSEWHERE:
            self._after(self._answering.done(user, about), ack, body)
            return
        view = self._answering.modal(user, about, kind)
        ack()
        if _from_home(body) and "private_metadata" in view:
            view = {**view, "private_metadata": f"{about} {HOME}"}
        self._afterwards.open(view, str(body.get("trigger_id", "")))

    def _undo(self, ack: Ack, body: Body) -> None:
        answer_id = str(body["actions"][0].get("value", ""))
        self._after(self._answering.undo(_user(body), answer_id), ack, body)

    def _after(self, refused: Refused | None, ack: Ack, body: Body) -> None:
        """Acknowledge what was kept (or not), then say why not."""
        ack()
        if refused is not None:
            self._afterwards.open(
                slack_views.notice(refused.sentence), str(body.get("trigger_id", ""))
            )
        elif _from_home(body):
            self._afterwards.show(_user(body))

    def _submitting(self, kind: AnswerKind) -> Callable[..., None]:
        def submitted(ack: Ack, body: Body) -> None:
            view = body["view"]
            values = (view.get("state") or {}).get("values") or {}
            about, _, opened_from = str(view.get("private_metadata", "")).partition(" ")
            refused = self._answering.chosen(_user(body), about, kind, values)
            if refused is None:
                ack()
                if opened_from == HOME:
                    self._afterwards.show(_user(body))
            else:
                part = slack_views.where(kind, values)
                ack(response_action="errors", errors={part: refused.sentence})

        return submitted

    def _turn(self, ack: Ack, body: Body) -> None:
        ack()
        value = str(body["actions"][0].get("value", ""))
        page = int(value) if value.isdecimal() and len(value) < 5 else 0
        self._afterwards.show(_user(body), page)

    def _home_opened(self, body: Body) -> None:
        event = body.get("event") or {}
        if event.get("tab", "home") == "home" and not self._again(str(body.get("event_id", ""))):
            self._afterwards.show(str(event.get("user", "")))

    def _command(self, ack: Ack, body: Body) -> None:
        try:
            mine, now = self._mine(str(body.get("user_id", "")))
        except StoreProblem:
            ack(text="This cannot be shown just now. Please try again in a minute.")
            return
        said = [dict(block) for block in slack_home.said(mine, now)]
        ack(text="What is waiting on you", blocks=said, response_type="ephemeral")

    # --- what is shown

    def _mine(self, user: str) -> tuple[slack_home.Mine, datetime]:
        parts = self._answering
        now, addresses = parts.clock(), parts.store.member_addresses(user)
        mine = slack_home.mine(parts.store, self._policies(), addresses, parts.hours_of, now)
        return mine, now

    def _tab(self, user: str, page: int) -> Block:
        mine, now = self._mine(user)
        return slack_home.view(mine, now, page)

    def _again(self, event_id: str) -> bool:
        """Whether this event was dealt with already."""
        with self._lock:
            known = event_id in self._seen
            self._seen[event_id] = None
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return known


def slack_app(
    afterword: Afterword, ring: Callable[[], None], *, executor: Executor | None = None
) -> SlackApp | None:
    """Slack's way in to these parts; None where Slack has no way to reach them.

    ``ring`` has the messages brought up to date, and returns at once.
    """
    slack = afterword.notifiers.get("slack")
    if not isinstance(slack, Slack) or not slack.interactive:
        return None
    answering = Answering(afterword.store, afterword.clock, afterword.hours_of, ring)
    return SlackApp(slack, answering, afterword.policies, executor=executor)


class Socket:
    """A connection to Slack that is kept up from one thread until it is stopped."""

    def __init__(self, bolt: App, app_token: str, api_url: str) -> None:
        asking = WebClient(base_url=api_url, logger=SILENT, retry_handlers=[])
        connection = SocketModeHandler(bolt, app_token, logger=SILENT, web_client=asking)
        self._connect: Callable[[], Any] = connection.connect
        self._close: Callable[[], Any] = connection.close
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="slack socket", daemon=True)

    def start(self) -> None:
        """Connect in the background; once connected, the connection renews itself."""
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._close()
        self._thread.join(timeout=5)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            try:
                self._connect()
            except Exception as problem:  # whatever it is, people could not answer for ever
                log.warning("Socket Mode could not connect", problem=_word(problem))
            else:
                log.info("Socket Mode is connected")
                return
            self._stopping.wait(TRY_AGAIN)


class _SignatureClock(SignatureClock):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock().timestamp()


def _authorize(token: str | None) -> Callable[..., AuthorizeResult]:
    """There is one workspace and one token; whoever is in it is let in by our own lists."""

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    return authorize


def _acknowledge(ack: Ack) -> None:
    ack()


def _broken(error: Exception, request: BoltRequest) -> BoltResponse:
    log.error("a request of Slack met a bug", problem=type(error).__name__)
    return BoltResponse(status=500, body="")


def _from_home(body: Body) -> bool:
    return (body.get("view") or {}).get("type") == HOME


def _user(body: Body) -> str:
    return str((body.get("user") or {}).get("id", ""))


def _word(problem: Exception) -> str:
    return code_of(problem) or type(problem).__name__
