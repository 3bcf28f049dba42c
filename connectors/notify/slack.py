"""Delivers a message on Slack: finds the person by mail address, opens the chat, posts.

Facts: slack.md sections 3 to 6. Only ``chat.postMessage`` is ambiguous when its answer is lost,
and Slack has no idempotency key, so that it is never retried here; the look-ups before it are.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from connectors.ats.base import Finding
from connectors.notify.base import Delivery, DeliveryState, Message
from connectors.options import Channel, Option, vendor_url

API_URL = "https://slack.com/api/"
SCOPES = {
    "chat:write": "posts the messages",
    "im:write": "opens the chat with a person",
    "users:read": "finds people",
    "users:read.email": "finds people by their mail address",
}
"""What the bot token must be granted, and for what."""

TOKEN_PROBLEMS = {
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "not_allowed_token_type",
    "no_permission",
    "missing_scope",
    "org_login_required",
    "team_access_not_granted",
    "ekm_access_denied",
    "accesslimited",
    "access_denied",
    "messages_tab_disabled",
}
"""Nobody can be reached before somebody mends the app: the channel is down."""
PERSON_PROBLEMS = {
    "users_not_found",
    "user_not_found",
    "user_not_visible",
    "user_disabled",
    "invalid_user_combination",
    "cannot_dm_bot",
    "app_access_restricted",
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
}
"""This person or channel cannot be reached this way, now or later."""
OUR_MISTAKES = {
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "invalid_arguments",
    "invalid_arg_name",
}
"""Slack refuses the message itself; the same message again would fare no better."""
PARTLY_DONE = {"fatal_error", "internal_error"}
"""Slack documents that some part may have succeeded: for a post, neither sent nor failed."""
TOO_MANY = {"ratelimited", "rate_limited", "message_limit_exceeded"}
DEFAULT_WAIT = 60.0
"""Seconds, where Slack asks to wait and does not say how long."""
LONGEST_TEXT = 3900
"""Characters of the fallback text; Slack asks for less than 4,000."""

# slack_sdk logs whole answers and addresses as errors; what went wrong is in the Delivery.
_SILENT = logging.getLogger("afterword.slack_sdk")
_SILENT.setLevel(logging.CRITICAL + 1)


class Slack:
    """``timeout``: seconds a call may take. People who were found are remembered while this lives,
    those who were not are asked for again next time."""

    name = "slack"

    def __init__(self, token: str, api_url: str = API_URL, *, timeout: int = 30) -> None:
        self._client = WebClient(
            token,
            base_url=api_url if api_url.endswith("/") else f"{api_url}/",
            timeout=timeout,
            # The default would post a second time when an answer is lost.
            retry_handlers=[],
            logger=_SILENT,
        )
        self._chats: dict[str, str] = {}

    def deliver(self, message: Message) -> Delivery:
        """Try once. ``reference`` is ``channel:ts``, what a later update needs."""
        address = message.to.address.strip().lower()
        channel = address if address.startswith("#") else self._chats.get(address)
        if channel is None:
            try:
                channel = self._chat_with(address)
            except (SlackClientError, OSError, HTTPException) as problem:
                return _look_up_failed(problem)
            self._chats[address] = channel
        try:
            answer = self._client.chat_postMessage(
                channel=channel,
                text=_shortened(message.text),
                blocks=[dict(block) for block in message.blocks] or None,
                unfurl_links=False,
                unfurl_media=False,
            )
        except (SlackClientError, OSError, HTTPException) as problem:
            delivery = _post_failed(problem)
            if delivery.permanent:
                self._chats.pop(address, None)
            return delivery
        return Delivery(DeliveryState.SENT, reference=f"{answer['channel']}:{answer['ts']}")

    def _chat_with(self, address: str) -> str:
        """The id of the direct chat with the person of this mail address."""
        person = self._client.users_lookupByEmail(email=address)["user"]["id"]
        return str(self._client.conversations_open(users=person)["channel"]["id"])

    def check(self) -> Iterable[Finding]:
        """Whether the token works, then each scope. Posts nothing."""
        try:
            answer = self._client.auth_test()
        except (SlackClientError, OSError, HTTPException) as problem:
            failed = _look_up_failed(problem)
            return [Finding("Slack token", False, failed.reason, _remedy(failed))]
        detail = f"works for the workspace {answer.get('team', '?')}"
        return [Finding("Slack token", True, detail), *_scope_findings(answer)]


def _scope_findings(answer: SlackResponse) -> list[Finding]:
    granted = _header(answer.headers, "x-oauth-scopes")
    if granted is None:
        unknown = "Slack did not say which scopes the token has"
        return [Finding("Slack scopes", False, unknown, "Check them by hand.", optional=True)]
    have = {scope.strip() for scope in granted.split(",")}
    return [
        Finding(f"Slack scope {scope}", True, purpose)
        if scope in have
        else Finding(
            f"Slack scope {scope}",
            False,
            f"is missing: it {purpose}",
            f"Add {scope} to the bot token scopes under OAuth & Permissions, then install the "
            "app again.",
        )
        for scope, purpose in SCOPES.items()
    ]


def _remedy(failed: Delivery) -> str:
    if failed.channel_down:
        return "Copy the bot token (xoxb-…) from OAuth & Permissions into SLACK_BOT_TOKEN."
    return "Check that this machine reaches Slack (proxy, firewall, SLACK_API_URL)."


def _look_up_failed(problem: Exception) -> Delivery:
    """A look-up changes nothing, so that nothing is ever in doubt."""
    delivery = _post_failed(problem)
    if delivery.state is DeliveryState.UNKNOWN:
        return Delivery(DeliveryState.FAILED, "Slack gave no usable answer; it is tried again.")
    return delivery


def _post_failed(problem: Exception) -> Delivery:
    if isinstance(problem, SlackApiError):
        return _refused(problem.response)
    if isinstance(problem, URLError):
        # urllib wraps what happens until the last byte of the request is handed over, and only
        # that: without the whole request Slack cannot have posted.
        return Delivery(DeliveryState.FAILED, f"Slack could not be reached: {_cause(problem)}.")
    return Delivery(
        DeliveryState.UNKNOWN,
        "The message went to Slack and no answer came back: it may have been posted.",
    )


def _cause(problem: URLError) -> str:
    reason = problem.reason
    if isinstance(reason, TimeoutError):
        return "the connection timed out"
    return (reason.strerror or type(reason).__name__) if isinstance(reason, OSError) else "no way"


def _refused(response: SlackResponse) -> Delivery:
    """What an answer that is not ok means, by its HTTP status and its code."""
    failed, content = DeliveryState.FAILED, response.data
    code = content.get("error") if isinstance(content, dict) else None
    # slack_sdk puts a sentence with the whole body here when the body was not JSON.
    known = isinstance(code, str) and code.replace("_", "").isalnum()
    status = int(response.status_code)
    if status == 429 or code in TOO_MANY:
        wait = _seconds(_header(response.headers, "retry-after"))
        return Delivery(failed, f"Slack asks to wait {wait:.0f} s.", retry_after=wait)
    if status >= 500 and not known:
        return Delivery(failed, f"Slack is out of order (HTTP {status}); it is tried again.")
    if not known:
        return Delivery(DeliveryState.UNKNOWN, f"Slack's answer (HTTP {status}) could not be read.")
    if code in PARTLY_DONE:
        return Delivery(
            DeliveryState.UNKNOWN, f"Slack broke down ({code}): it may have posted the message."
        )
    if code in TOKEN_PROBLEMS:
        return Delivery(failed, _token_problem(str(code), content), channel_down=True)
    if code in PERSON_PROBLEMS:
        reason = f"Slack cannot reach this person or channel ({code})."
        return Delivery(failed, reason, permanent=True)
    if code in OUR_MISTAKES:
        reason = f"Slack refuses the message itself ({code}): please report this as a bug."
        return Delivery(failed, reason, permanent=True)
    return Delivery(failed, f"Slack answered {code}; it is tried again.")


def _token_problem(code: str, content: object) -> str:
    if code == "missing_scope" and isinstance(content, dict):
        needed = str(content.get("needed", "?"))
        return f"The Slack token lacks the scope {needed}: add it and install the app again."
    if code == "messages_tab_disabled":
        return "The Slack app cannot write to people: switch on its Messages tab in App Home."
    return f"Slack refuses the token ({code}): put a working one into SLACK_BOT_TOKEN."


def _header(headers: Mapping[str, Any], name: str) -> str | None:
    for key, value in headers.items():
        if key.lower() == name:
            return str(value[0] if isinstance(value, list) else value)
    return None


def _seconds(header: str | None) -> float:
    try:
        return max(0.0, float(header or DEFAULT_WAIT))
    except ValueError:
        return DEFAULT_WAIT


def _shortened(text: str) -> str:
    """Whole lines only; the blocks and the mail hold the rest."""
    if len(text) <= LONGEST_TEXT:
        return text
    head = text[:LONGEST_TEXT]
    return head[: head.rfind("\n") + 1] + "…"


CHANNEL = Channel(
    name="slack",
    title="Slack",
    options=(
        Option(
            "SLACK_BOT_TOKEN",
            "bot_token",
            "The bot token of your Slack app; begins with xoxb-.",
            "Copy it from your Slack app's page OAuth & Permissions.",
            required=True,
            secret=True,
        ),
        Option(
            "SLACK_API_URL",
            "api_url",
            "The Slack API.",
            "Leave it out unless you test against something else.",
            default=API_URL,
            read=vendor_url,
        ),
    ),
    build=lambda given: Slack(given.one("bot_token"), given.one("api_url")),
)
