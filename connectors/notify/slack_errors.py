"""What Slack's answers mean for a delivery, by HTTP status and code (slack.md 3). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError

from connectors.notify.base import Delivery, DeliveryState
from connectors.notify.slack_pace import TooSoon

PROBLEMS = (SlackClientError, OSError, HTTPException, TooSoon)
"""What a call can raise that the outside caused."""

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
FIXED = {
    "message_not_found",
    "cant_update_message",
    "edit_window_closed",
    "block_mismatch",
    "is_inactive",
}
"""A message that is there can never be changed again."""
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
METADATA = {"metadata_too_large", "invalid_metadata_format", "invalid_metadata_schema"}
"""The message goes without it."""
PARTLY_DONE = {"fatal_error", "internal_error"}
"""Slack documents that some part may have succeeded: for a post, neither sent nor failed."""
TOO_MANY = {"ratelimited", "rate_limited", "message_limit_exceeded"}
DEFAULT_WAIT = 60.0
"""Seconds, where Slack asks to wait and does not say how long."""


def post_failed(problem: Exception) -> Delivery:
    """What becomes of a message that was to be posted."""
    if isinstance(problem, TooSoon):
        return Delivery(DeliveryState.FAILED, str(problem), retry_after=problem.seconds)
    if isinstance(problem, SlackApiError):
        return _refused(problem)
    if isinstance(problem, URLError):
        # urllib wraps what happens until the last byte of the request is handed over, and only
        # that: without the whole request Slack cannot have posted.
        return Delivery(DeliveryState.FAILED, f"Slack could not be reached: {_cause(problem)}.")
    return Delivery(
        DeliveryState.UNKNOWN,
        "The message went to Slack and no answer came back: it may have been posted.",
    )


def harmless(problem: Exception) -> Delivery:
    """The same for what changes nothing, or may be done twice: nothing is ever in doubt."""
    delivery = post_failed(problem)
    if delivery.state is DeliveryState.UNKNOWN:
        return Delivery(DeliveryState.FAILED, "Slack gave no usable answer; it is tried again.")
    return delivery


def code_of(problem: Exception) -> str | None:
    """Slack's own word for what went wrong, if it gave one."""
    if not isinstance(problem, SlackApiError):
        return None
    content = problem.response.data
    code = content.get("error") if isinstance(content, dict) else None
    # slack_sdk puts a sentence with the whole body here when the body was not JSON.
    return code if isinstance(code, str) and code.replace("_", "").isalnum() else None


def asked_to_wait(problem: Exception) -> float | None:
    """Seconds, when Slack limits the rate: with HTTP 429, or 200 and a code."""
    if not isinstance(problem, SlackApiError):
        return None
    if problem.response.status_code != 429 and code_of(problem) not in TOO_MANY:
        return None
    try:
        said = float(header(problem.response.headers, "retry-after") or DEFAULT_WAIT)
    except ValueError:
        return DEFAULT_WAIT
    return max(0.0, said)


def header(headers: Mapping[str, Any], name: str) -> str | None:
    for key, value in headers.items():
        if key.lower() == name:
            return str(value[0] if isinstance(value, list) else value)
    return None


def _cause(problem: URLError) -> str:
    reason = problem.reason
    if isinstance(reason, TimeoutError):
        return "the connection timed out"
    return (reason.strerror or type(reason).__name__) if isinstance(reason, OSError) else "no way"


def _refused(problem: SlackApiError) -> Delivery:
    """What an answer that is not ok means."""
    failed, code = DeliveryState.FAILED, code_of(problem)
    status = int(problem.response.status_code)
    wait = asked_to_wait(problem)
    if wait is not None:
        return Delivery(failed, f"Slack asks to wait {wait:.0f} s.", retry_after=wait)
    if status >= 500 and not code:
        return Delivery(failed, f"Slack is out of order (HTTP {status}); it is tried again.")
    if not code:
        return Delivery(DeliveryState.UNKNOWN, f"Slack's answer (HTTP {status}) could not be read.")
    if code in PARTLY_DONE:
        return Delivery(
            DeliveryState.UNKNOWN, f"Slack broke down ({code}): it may have posted the message."
        )
    if code in TOKEN_PROBLEMS:
        return Delivery(failed, _token_problem(code, problem.response.data), channel_down=True)
    if code in PERSON_PROBLEMS:
        reason = f"Slack cannot reach this person or channel ({code})."
        return Delivery(failed, reason, permanent=True)
    if code in FIXED:
        return Delivery(failed, f"The message cannot be changed any more ({code}).", permanent=True)
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
