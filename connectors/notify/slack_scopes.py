"""Which rights the Slack app asks for, and for what. Read by ``check`` and by the manifest."""

from __future__ import annotations

from collections.abc import Set

from connectors.ats.base import Finding

SCOPES = {
    "chat:write": "posts the messages and brings them up to date",
    "im:write": "opens the chat with a person",
    "users:read": "finds people, their time zone and whether they have left",
    "users:read.email": "finds people by their mail address",
}
"""What the bot token must be granted, and for what."""
TO_ANSWER = {"commands": "lets people type /afterword"}
"""Needed once Slack can reach us."""
OPTIONAL = {
    "dnd:read": "sees who does not want to be disturbed, and writes to them later",
    "chat:write.public": "posts the report in public channels that the app was not invited to",
}
"""Not in the manifest, which asks for as little as it can; used where somebody added them."""
UNASKED = {
    "im:history": "looks up whether a message arrived after all, when Slack's answer was lost",
}
"""The same, and not even asked for by ``check``: it opens the app's own chats to it."""


def scope_findings(granted: Set[str] | None, *, interactive: bool) -> list[Finding]:
    """What of it the token has. ``granted`` None: Slack did not say."""
    if granted is None:
        unknown = "Slack did not say which scopes the token has"
        return [Finding("Slack scopes", False, unknown, "Check them by hand.", optional=True)]
    needed = SCOPES | (TO_ANSWER if interactive else {})
    found = [_finding(scope, says, granted, optional=False) for scope, says in needed.items()]
    may = [_finding(scope, says, granted, optional=True) for scope, says in OPTIONAL.items()]
    extra = [
        Finding(f"Slack scope {scope}", True, says, optional=True)
        for scope, says in UNASKED.items()
        if scope in granted
    ]
    return found + may + extra


def _finding(scope: str, says: str, granted: Set[str], *, optional: bool) -> Finding:
    if scope in granted:
        return Finding(f"Slack scope {scope}", True, says, optional=optional)
    missing = "is optional and not granted" if optional else "is missing"
    return Finding(
        f"Slack scope {scope}",
        False,
        f"{missing}: it {says}",
        f"Add {scope} to the bot token scopes under OAuth & Permissions, then install the app "
        "again.",
        optional=optional,
    )
