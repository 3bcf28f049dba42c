"""``afterword run``: the web server and the jobs in one process, until SIGTERM."""

from __future__ import annotations

import logging
import os
import platform
import sys
import threading

import click
import structlog
from flask import Flask

from plugin.app import create_app
from plugin.commands.common import Start, fail
from plugin.serve import CannotListen, serve
from plugin.service import Service
from plugin.settings import Settings
from plugin.slack_app import SlackApp, slack_app
from plugin.steady import Steady
from plugin.wiring import Afterword, doorbells
from scheduler.jobs import Jobs

log = structlog.get_logger("afterword.run")


@click.command()
@click.pass_obj
def run(start: Start) -> None:
    """Serve the page and the webhooks, and run the jobs. SIGTERM drains."""
    settings = start.settings(level=logging.INFO)
    if settings.page_token is None or settings.secret_key is None:
        missing = [
            name
            for name, value in (
                ("AFTERWORD_PAGE_TOKEN", settings.page_token),
                ("AFTERWORD_SECRET_KEY", settings.secret_key),
            )
            if value is None
        ]
        fail(
            f"{' and '.join(missing)} must be set to run the service: "
            "`afterword init` writes a .env with good ones.",
            code=2,
        )
    with start.opened() as afterword:
        if not afterword.accounts and not afterword.store.connections():
            click.echo(
                "No ATS is connected: set the credentials of yours, e.g. GREENHOUSE_CLIENT_ID and "
                "GREENHOUSE_CLIENT_SECRET, or import a file. The page is served all the same.",
                err=True,
            )
        if settings.live and not afterword.notifiers:
            click.echo(
                "AFTERWORD_LIVE is true, and neither Slack nor mail is set up, so that nothing can "
                "be sent: set SLACK_BOT_TOKEN, or SMTP_URL and MAIL_FROM.",
                err=True,
            )
        afterword.store.probe_now(afterword.clock())  # a new token or login may be why it starts
        _run(afterword, settings)


def _run(afterword: Afterword, settings: Settings) -> None:
    owner = f"{platform.node()}:{os.getpid()}"
    stopping = threading.Event()
    service = Service(afterword, owner, stopping.is_set, steady=Steady())
    jobs = Jobs(service.jobs(), afterword.clock, stopping)
    slack = slack_app(afterword, lambda: jobs.ring("faces"))
    app = web_app(afterword, jobs, slack)
    socket = slack.socket() if slack else None
    stops = [*([socket.stop] if socket else []), *([slack.stop] if slack else []), jobs.stop]
    mode = "live" if settings.live else "a dry run: nothing is sent until AFTERWORD_LIVE=true"

    def ready(url: str) -> None:
        log.info("serving", url=url, mode=mode)
        jobs.start()
        if socket:
            socket.start()

    try:
        serve(app, settings.bind.host, settings.bind.port, ready=ready, stopping=stops)
    except CannotListen as problem:
        fail(str(problem))
    log.info("stopped")
    sys.exit(0)


def web_app(afterword: Afterword, jobs: Jobs, slack: SlackApp | None = None) -> Flask:
    """The web application over these parts, ringing these jobs."""
    settings = afterword.settings
    assert settings.page_token is not None
    assert settings.secret_key is not None
    push_token = settings.push_token.get_secret_value() if settings.push_token else ""
    app = create_app(
        store=afterword.store,
        accounts=afterword.accounts,
        doorbells=doorbells(settings),
        policy_of=afterword.policy_of,
        zone=settings.timezone,
        clock=afterword.clock,
        page_token=settings.page_token.get_secret_value(),
        secret_key=settings.secret_key.get_secret_value(),
        public_url=settings.public_url or "",
        live=settings.live,
        ring=lambda account: jobs.ring("doorbells"),
        heartbeat=jobs.heartbeat,
        push_token=push_token,
        store_names=settings.store_names,
        hours_of=afterword.hours_of,
        answered=lambda: jobs.ring("faces"),
    )
    if slack:
        app.register_blueprint(slack.blueprint())
    return app
