"""The manifest from which the Slack app is created: slack.md 2. Pure."""

from __future__ import annotations

from typing import Any

from connectors.notify.slack_scopes import SCOPES, TO_ANSWER
from plugin.slack_app import COMMAND, ROUTE

DESCRIPTION = "Reminds you of interview notes that a candidate waits for, and takes your answer."
LONG_DESCRIPTION = (
    "After an interview a candidate waits for word. This app reminds whoever was on the panel, "
    "once and politely, and takes the answer where it is read: done elsewhere, snooze, hand over, "
    "it did not happen. Its Home tab lists what waits on you. It reads no messages, joins no "
    "channels and stores nothing that anybody writes."
)


def manifest(public_url: str | None) -> dict[str, Any]:
    """What is pasted at "Create New App, From a manifest".

    ``public_url``: how Slack reaches Afterword, https; None: by Socket Mode.
    """
    address = f"{public_url.rstrip('/')}{ROUTE}" if public_url else None
    to = {"url": address} if address else {}
    asked = {"request_url": address} if address else {}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "Afterword",
            "description": DESCRIPTION,
            "long_description": LONG_DESCRIPTION,
            "background_color": "#2f3e46",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "afterword", "always_online": True},
            "slash_commands": [
                {
                    "command": COMMAND,
                    "description": "What is waiting on you",
                    "should_escape": True,
                    **to,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": [*SCOPES, *TO_ANSWER]}},
        "settings": {
            "interactivity": {"is_enabled": True, **asked},
            "event_subscriptions": {**asked, "bot_events": ["app_home_opened"]},
            "socket_mode_enabled": address is None,
            "org_deploy_enabled": False,
            "token_rotation_enabled": False,
        },
    }
