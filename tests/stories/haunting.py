"""A scorecard that only seems to be owed, as mails, explain and the report show it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from connectors.model import utc
from plugin.cli import main
from plugin.sandbox.world import World
from tests.stories.harness import Story, story, text_of

HOUR = timedelta(hours=1)
BEGIN = utc("2026-11-09T07:00Z")
"""Monday, 08:00 in Berlin; the days of the first week are called by their names."""
TALK = utc("2026-11-09T09:00Z")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (
    f"2026-11-{day:02}T16:00Z" for day in (9, 10, 11, 12, 13)
)
"""An hour before people go home: whatever is to be sent that day is sent then."""
BO, PIA, MARA, HIRING = (f"{who}@example.org" for who in ("bo", "pia", "mara", "hiring"))


class Company:
    """Bo interviews Noor on Monday from 10:00 to 11:00, due on Wednesday at 11:00. Pia recruits."""

    def __init__(self, *, required: bool = True, shadowed: bool = False) -> None:
        self.world = World.empty()
        self.pia = self.world.person("Pia Holt", PIA)
        self.bo = self.world.person("Bo Ek", BO)
        self.mara = self.world.person("Mara Field", MARA)
        self.noor = self.world.application("Noor Vance", "Platform engineer", recruiter=self.pia)
        self.talk = self.world.interview(
            self.noor,
            "Systems talk",
            TALK,
            TALK + HOUR,
            [self.bo],
            without_card=[self.mara] if shadowed else (),
            require_scorecard=required,
        )


@dataclass
class Haunt:
    told: Story
    company: Company
    folder: Path

    def until(self, moment: str) -> None:
        """With a tick every morning and one at the end."""
        self.told.until(moment, every=timedelta(hours=24))

    def at(self, moment: str | datetime) -> None:
        """One tick then, and none before."""
        self.told.pass_to(moment)
        self.told.tick()

    def mails(self) -> list[tuple[str, str]]:
        """(to, subject) of those that came since the last time."""
        return [
            (mail["To"].addresses[0].addr_spec, str(mail["Subject"])) for mail in self.told.mails()
        ]

    def to(self) -> list[str]:
        return [to for to, _ in self.mails()]

    def text_to(self, to: str) -> str:
        return self.told.one_mail(to)

    def press(self, label: str, **fields: str) -> None:
        """One of the answers of the mail that just came."""
        (mail,) = self.told.mails()
        links = re.findall(
            r"^(.+?): https://afterword\.example\.org(/answer/\S+)\s*$", text_of(mail), re.M
        )
        path = {said.strip(): found for said, found in links}[label]
        page = requests.get(self.told.url + path, timeout=10)
        stamp = re.search(r'name="stamp" value="([^"]+)"', page.text)
        assert stamp
        sent = {"stamp": stamp[1], **fields}
        assert requests.post(self.told.url + path, data=sent, timeout=10).status_code == 200

    def stored(self, word: str) -> bool:
        """Whether it stands in any row of the database."""
        with closing(sqlite3.connect(self.folder / "story.db")) as database:
            return any(word in line for line in _rows(database))

    def explained(self) -> str:
        """What ``afterword explain`` says of the talk now, in one line."""
        (wanted,) = {each.key.interview_id for each in self.told.afterword.store.scorecards()}
        return " ".join(self._run("explain", wanted).split())

    def counted(self) -> dict[str, Any]:
        """This week's report as it would be now; ``counts`` without what is 0."""
        found: dict[str, Any] = json.loads(
            self._run("report", "--week", "2026-W46", "--format", "json")
        )
        found["counts"] = {status: n for status, n in found["counts"].items() if n}
        return found

    def report_text(self) -> str:
        return " ".join(self._run("report", "--week", "2026-W46").split())

    def _run(self, *words: str) -> str:
        now = ("--now", self.told.now.isoformat())
        done = CliRunner().invoke(main, [*words, *now])
        assert done.exit_code == 0, done.output
        return done.stdout

    def quiet_for_good(self) -> None:
        """Nobody hears anything any more but the reports of two Mondays."""
        for day in (16, 17, 18, 20, 23):
            if (noon := utc(f"2026-11-{day}T12:00Z")) > self.told.now:
                self.at(noon)
        assert set(self.to()) <= {HIRING}


def _rows(database: sqlite3.Connection) -> Iterator[str]:
    database.text_factory = bytes
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        for row in database.execute(f'SELECT * FROM "{table.decode()}"'):
            yield " ".join(v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in row)


@contextmanager
def haunted(
    company: Company,
    folder: Path,
    environment: pytest.MonkeyPatch,
    *,
    policy: str = "",
    dialect: str = "greenhouse",
    **settings: str,
) -> Iterator[Haunt]:
    """The service beside the company from Monday morning on; ``policy``: lines of policy.toml."""
    if policy:
        (folder / "policy.toml").write_text(policy)
        settings["AFTERWORD_POLICY"] = str(folder / "policy.toml")
    given = {"AFTERWORD_PUBLIC_URL": "https://afterword.example.org", **settings}
    begins = BEGIN.isoformat()
    with story(company.world, begins, folder, environment, settings=given, dialect=dialect) as told:
        yield Haunt(told, company, folder)
