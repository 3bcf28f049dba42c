"""A running Odoo over a fresh copy of the prepared database, and a way to talk to it."""

from __future__ import annotations

import shutil
import socket as sockets
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from tests.odoo.installation import MODEL, CannotInstall, Installation

DATABASE = "proof"
PATIENCE = 60.0
"""Seconds for Odoo to answer for the first time."""


@dataclass(frozen=True)
class Odoo:
    """Over JSON-2, as one user."""

    url: str
    keys: Mapping[str, str]

    def call(
        self, model: str, method: str, *, key: str = "admin", **arguments: Any
    ) -> requests.Response:
        return requests.post(
            f"{self.url}/json/2/{model}/{method}",
            json=arguments,
            headers={
                "Authorization": f"bearer {self.keys.get(key, key)}",
                "X-Odoo-Database": DATABASE,
            },
            timeout=30,
        )

    def do(self, model: str, method: str, *, key: str = "admin", **arguments: Any) -> Any:
        """The result. An error of Odoo's fails with its own sentence."""
        answer = self.call(model, method, key=key, **arguments)
        if answer.status_code != 200:
            raise AssertionError(f"{model}.{method}: {answer.status_code} {answer.text[:600]}")
        return answer.json()

    def create(self, model: str, *, context: Mapping[str, Any] | None = None, **values: Any) -> int:
        """The new record's id. Nobody is mailed about it."""
        quiet = {"no_mail_to_attendees": True, **(context or {})}
        made = self.do(model, "create", vals_list=[values], context=quiet)
        return int(made[0])

    def write(self, model: str, id: int, **values: Any) -> None:
        self.do(model, "write", ids=[id], vals=values, context={"no_mail_to_attendees": True})

    def find(self, model: str, domain: list[Any], *fields: str, **more: Any) -> list[Any]:
        found: list[Any] = self.do(model, "search_read", domain=domain, fields=fields, **more)
        return found

    def ring_on_filled_forms(self, url: str) -> None:
        """An automation rule that posts to ``url``, as an administrator clicks it together."""
        model = self.find("ir.model", [["model", "=", "survey.user_input"]], "id")[0]["id"]
        named = [["model_id", "=", model], ["name", "=", "applicant_id"]]
        column = self.find("ir.model.fields", named, "id")[0]["id"]
        rule = self.create(
            "base.automation",
            name="Tell Afterword",
            model_id=model,
            trigger="on_create_or_write",
            filter_domain="[('state', '=', 'done')]",
        )
        self.create(
            "ir.actions.server",
            name="Tell Afterword",
            model_id=model,
            base_automation_id=rule,
            usage="base_automation",
            state="webhook",
            webhook_url=url,
            webhook_field_ids=[[6, 0, [column]]],
        )

    def answer_form(self, survey: str, answer: str, given: Mapping[str, str]) -> None:
        """Fill a form as its web page does, by the link that was made for somebody."""
        with requests.Session() as browser:
            for step, content in (("begin", {}), ("submit", given)):
                told = browser.post(
                    f"{self.url}/survey/{step}/{survey}/{answer}",
                    json={"jsonrpc": "2.0", "method": "call", "params": content},
                    timeout=30,
                )
                told.raise_for_status()
                assert "error" not in told.json(), told.text[:600]


@contextmanager
def running(installation: Installation) -> Iterator[Odoo]:
    """Everything on loopback, everything stopped afterwards."""
    with installation.postgres() as socket:
        _fresh_copy(installation)
        port, other = free_port(), free_port()
        command = installation.command(
            socket,
            DATABASE,
            "--http-interface=127.0.0.1",
            f"--http-port={port}",
            f"--gevent-port={other}",
        )
        with (installation.cache / "odoo.log").open("w") as log:
            process = subprocess.Popen(
                command,
                cwd=installation.cache,
                env=installation.environment(),
                stdout=log,
                stderr=log,
            )
            try:
                url = f"http://127.0.0.1:{port}"
                _wait_for(url, process)
                yield Odoo(url, installation.keys())
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _fresh_copy(installation: Installation) -> None:
    installation.sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    installation.sql(f"CREATE DATABASE {DATABASE} OWNER odoo TEMPLATE {MODEL}")
    files = installation.state / "filestore"
    shutil.rmtree(files / DATABASE, ignore_errors=True)
    if (files / MODEL).is_dir():
        shutil.copytree(files / MODEL, files / DATABASE)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if process.poll() is not None:
            break
        try:
            if requests.get(f"{url}/web/version", timeout=5).ok:
                return
        except (requests.ConnectionError, requests.Timeout):  # a busy machine
            time.sleep(0.2)
    raise CannotInstall("Odoo did not come up; see odoo.log in the cache folder.")


def free_port() -> int:
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
