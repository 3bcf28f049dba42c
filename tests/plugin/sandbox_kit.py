"""A small world with a team, and a client of the practice ATS that decides nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from plugin.sandbox.entities import Application, Interview, Person
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.world import World

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass
class Story:
    """Noor talks to Ivo and Mara on Monday from 14 to 15; Pia recruits."""

    world: World
    pia: Person
    ivo: Person
    mara: Person
    zoe: Person
    noor: Application
    talk: Interview

    @property
    def starts_at(self) -> datetime:
        return MONDAY + 5 * HOUR

    @property
    def ends_at(self) -> datetime:
        return MONDAY + 6 * HOUR


def story(**options: Any) -> Story:
    """``options`` are those of World.application."""
    world = World.empty()
    pia = world.person("Pia Holt", "pia@example.org", site_admin=True)
    ivo = world.person("Ivo Brandt", "ivo@example.org")
    mara = world.person("Mara Field", "mara@example.org")
    zoe = world.person("Zoë Dahl", "zoe@example.org")
    noor = world.application("Noor Vance", recruiter=pia, **options)
    starts_at = MONDAY + 5 * HOUR
    talk = world.interview(noor, "Systems talk", starts_at, starts_at + HOUR, panel=[ivo, mara])
    return Story(world, pia, ivo, mara, zoe, noor, talk)


class Client:
    """Asks one server with one token; every answer comes back as it is."""

    def __init__(self, server: SandboxServer, **form: str) -> None:
        self.environment = server.environment()
        self.api = self.environment["GREENHOUSE_API_URL"]
        self.session = requests.Session()
        self.token = self.mint(**form).json().get("access_token", "none")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def mint(self, *, secret: str | None = None, **form: str) -> requests.Response:
        return self.session.post(
            self.environment["GREENHOUSE_TOKEN_URL"],
            auth=(
                self.environment["GREENHOUSE_CLIENT_ID"],
                secret or self.environment["GREENHOUSE_CLIENT_SECRET"],
            ),
            data={"grant_type": "client_credentials", **form},
            timeout=5,
        )

    def ask(self, path: str, parameters: Mapping[str, str] | None = None) -> requests.Response:
        url = path if path.startswith("http") else f"{self.api}/{path}"
        return self.session.get(
            url,
            params=parameters,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=5,
        )

    def rows(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        answer = self.ask(path, parameters)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def one(self, path: str, **parameters: str) -> dict[str, Any]:
        (row,) = self.rows(path, **parameters)
        return row

    def everything(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        """All pages, along the next links."""
        answer = self.ask(path, parameters)
        rows: list[dict[str, Any]] = answer.json()
        while "next" in answer.links:
            answer = self.ask(answer.links["next"]["url"])
            rows += answer.json()
        return rows
