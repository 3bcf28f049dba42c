"""``slack manifest``: the Slack app, ready to be created in your workspace."""

from __future__ import annotations

import click

from plugin.commands.common import Start, fail, print_json
from plugin.slack_manifest import manifest


@click.group()
def slack() -> None:
    """Set up the Slack app."""


@slack.command("manifest")
@click.option("--socket", is_flag=True, help="For Socket Mode: without a public address.")
@click.pass_obj
def print_manifest(start: Start, socket: bool) -> None:
    """Print the manifest of the Slack app as JSON, with the scopes it needs and no others."""
    url = start.settings().public_url
    if not socket and url is None:
        fail(
            "Slack needs an address to send answers to: set AFTERWORD_PUBLIC_URL, or use --socket, "
            "which needs none.",
            code=2,
        )
    if not socket and url is not None and not url.startswith("https://"):
        fail(
            "Slack sends answers to https:// addresses only: correct AFTERWORD_PUBLIC_URL, or use "
            "--socket, which needs no address.",
            code=2,
        )
    print_json(manifest(None if socket else url))
