"""The command line: ``afterword``."""

from __future__ import annotations

from pathlib import Path

import click

from plugin.commands import (
    audit,
    bounce,
    connector,
    demo,
    explaining,
    looking,
    nudge,
    pause,
    policy,
    reading,
    replay,
    run,
    slack,
    starting,
)
from plugin.commands.common import Guarded, Start


@click.group(cls=Guarded, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--env-file", type=click.Path(path_type=Path), help="Read this file, not .env.")
@click.option("--debug", is_flag=True, help="Log more, and show the traceback of a bug.")
@click.pass_context
def main(ctx: click.Context, env_file: Path | None, debug: bool) -> None:
    """Spots interviews with no outcome, nudges whoever owes a scorecard, reports every week."""
    ctx.obj = Start(env_file, debug)


for command in (
    starting.init,
    starting.check,
    reading.sync,
    reading.import_file,
    looking.overdue,
    looking.status,
    nudge.nudge,
    pause.pause,
    pause.resume,
    looking.report,
    explaining.explain,
    audit.audit,
    policy.policy,
    replay.replay,
    bounce.bounce,
    slack.slack,
    demo.demo,
    connector.connector,
    run.run,
    starting.version,
):
    main.add_command(command)
