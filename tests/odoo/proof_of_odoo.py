"""Afterword against a real Odoo 19, from its command line: ``make test-odoo``.

Not collected by default: it fetches some 200 MB the first time. What is expected comes from
``department.py``, which knows the plan and nothing of Afterword.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from plugin.clock import wall
from tests.connectors.mail_server import MailServer
from tests.odoo.department import Department, Meeting, week_of
from tests.odoo.installation import Installation, default_cache
from tests.odoo.server import DATABASE, Odoo, free_port, running

ROOT = Path(__file__).parents[2]
AFTERWORD = (sys.executable, "-c", "from plugin.cli import main; main()")
RESULT = ROOT / "docs" / "odoo-proof.md"


@dataclass
class Proof:
    """What was found, for the page in docs/."""

    version: str = ""
    postgresql: str = ""
    lines: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def note(self, line: str) -> None:
        self.lines.append(f"{time.monotonic() - self.began:5.1f} s  {line}")
        print(f"  {self.lines[-1]}", flush=True)

    def page(self) -> str:
        return "\n".join(
            [
                "# The last proof against a real Odoo",
                "",
                "Written by `make test-odoo`, which seeds a recruitment department into an Odoo "
                "that nobody here wrote,",
                "through its own API, and runs Afterword beside it from the command line. What "
                "must come out is worked out from",
                "the plan of the seeding alone (`tests/odoo/department.py`).",
                "",
                f"Odoo {self.version}, PostgreSQL {self.postgresql}, "
                f"Python {platform.python_version()}, {wall():%Y-%m-%d %H:%M} UTC.",
                "",
                *(f"    {line}" for line in self.lines),
                "",
                "The first run fetches some 200 MB and takes one to five minutes longer.",
                "",
            ]
        )


@pytest.fixture(scope="module")
def proof() -> Proof:
    return Proof()


@pytest.fixture(scope="module", autouse=True)
def result(proof: Proof, request: pytest.FixtureRequest) -> Iterator[None]:
    """Written only when everything passed."""
    yield
    if not request.session.testsfailed and proof.version:
        RESULT.write_text(proof.page(), encoding="utf-8")


@pytest.fixture(scope="module")
def odoo(proof: Proof) -> Iterator[Odoo]:
    installation = Installation(default_cache(), proof.note)
    installation.prepare()
    proof.version = installation.version()
    with running(installation) as server:
        proof.postgresql = installation.sql("SHOW server_version").split()[-3]
        proof.note("Odoo answers")
        yield server


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@dataclass
class Command:
    """``afterword`` as somebody types it, with nothing but environment variables."""

    folder: Path
    environment: dict[str, str]

    def __call__(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            [*AFTERWORD, *words],
            cwd=self.folder,
            env=self.environment | {"PYTHONPATH": str(ROOT)},
            text=True,
            capture_output=True,
            timeout=120,
        )
        assert done.returncode == code, f"afterword {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self(*words, code=code))

    def overdue(self) -> set[tuple[int, str]]:
        """(meeting, e-mail) of the overdue list."""
        rows = self.json("overdue", "--json")
        return {(int(row["interview_id"]), row["interviewer"]["email"]) for row in rows}

    def nudge(self) -> list[tuple[int, str]]:
        """(meeting, e-mail) of everything in the messages that were sent."""
        sent = self.json("nudge", "--json")
        assert {message["state"] for message in sent} <= {"sent"}
        return [
            (int(card["interview_id"]), card["interviewer_email"])
            for message in sent
            for card in message["scorecards"]
        ]

    def last_sync(self) -> Any:
        return self.json("status", "--json")["last_sync"]["odoo"]

    @contextmanager
    def service(self) -> Iterator[str]:
        """``afterword run``, and where it listens."""
        url = f"http://{self.environment['AFTERWORD_BIND']}"
        with (
            (self.folder / "run.log").open("w") as log,
            subprocess.Popen(
                [*AFTERWORD, "run"],
                cwd=self.folder,
                env=self.environment | {"PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            ) as process,
        ):
            try:
                wait_until(lambda: answers(url))
                yield url
            finally:
                process.terminate()


def connected(odoo: Odoo, folder: Path, mail: MailServer, *, key: str, **more: str) -> Command:
    given = {
        "PATH": os.environ["PATH"],
        "ODOO_URL": odoo.url,
        "ODOO_DATABASE": DATABASE,
        "ODOO_API_KEY": key,
        "AFTERWORD_DAY_COUNT": "calendar",
        "AFTERWORD_DUE_AFTER_DAYS": "2",
        "AFTERWORD_NUDGE_SINCE": "2026-01-01",
        "AFTERWORD_LIVE": "true",
        "AFTERWORD_SEND_HOURS": "00:00-23:59",  # whenever the proof is run
        "AFTERWORD_COUNTRY": {5: "IR", 6: "SA"}.get(wall().weekday(), ""),  # also at a weekend
        "SMTP_URL": mail.url,
        "MAIL_FROM": "Afterword <afterword@example.org>",
        **more,
    }
    return Command(folder, given)


@pytest.fixture(scope="module")
def department(odoo: Odoo, proof: Proof) -> Department:
    """Jobs, applicants, meetings, forms, to-dos and notes."""
    here = Department(wall().replace(microsecond=0), odoo)
    here.hire_people()
    here.open_job("Platform engineer", "recruitment")
    here.open_job("Designer", "recruitment")
    here.open_job("Secretary", "custom")  # its forms are kept from the service user, in silence
    for name, job in APPLICANTS.items():
        here.apply(name, job)
    enter_meetings(here)
    enter_what_was_handed_in(here)
    here.leave("gone")
    proof.note(
        f"seeded: {len(here.jobs)} jobs, {len(here.applicants)} applicants, "
        f"{len(here.meetings)} meetings, {len(here.forms)} forms"
    )
    return here


APPLICANTS = {
    "Noor Vance": "Platform engineer",
    "Sam Ortiz": "Designer",
    "Ines Brandt": "Platform engineer",
    "Tomas Weil": "Designer",
    "Uma Rao": "Secretary",
    "Karl Holm": "Platform engineer",
    "Lea Marsh": "Designer",
}


def enter_meetings(here: Department) -> None:
    def ago(days: float) -> datetime:
        return here.now - timedelta(days=days)

    guest, noor, sam = (
        here.partners["guest"],
        here.applicants["Noor Vance"].partner,
        here.applicants["Sam Ortiz"].partner,
    )
    # The candidate sits there too and gives the subject, as Odoo proposes.
    here.meet(Meeting("Noor Vance", "Noor Vance", ("bo", "cem"), ago(3.2)), noor)
    here.meet(Meeting("Systems talk", "Noor Vance", ("dana",), ago(3)), guest)
    here.meet(Meeting("Portfolio", "Sam Ortiz", ("bo", "dana", "eve"), ago(3.5)), sam)
    here.meet(Meeting("Review", "Tomas Weil", ("cem", "eve"), ago(3.1), declined=("eve",)))
    here.meet(Meeting("Before", "Tomas Weil", ("bo",), ago(9)))
    day = ago(5).date()
    here.meet(Meeting("On site", "Ines Brandt", ("bo", "cem"), ago(5), whole_day=day))
    here.meet(Meeting("Phone", "Ines Brandt", ("dana",), ago(0.5)))
    here.meet(Meeting("Next week", "Sam Ortiz", ("dana",), ago(-6)))
    here.meet(Meeting("Typing", "Uma Rao", ("bo", "eve"), ago(3)))
    here.meet(Meeting("Secret", "Karl Holm", ("bo",), ago(3), private=True))
    here.meet(Meeting("Second talk", "Karl Holm", ("gone", "eve"), ago(3)))
    here.meet(Meeting("Culture", "Karl Holm", ("bo", "dana"), ago(3.3), organiser="bo"))
    here.meet(Meeting("Sketches", "Sam Ortiz", ("cem", "eve"), ago(3.4), organiser="cem"))
    for number, title in enumerate(("Cancelled", "Deleted", "Moved away", "Swapped", "Late")):
        here.meet(Meeting(title, "Karl Holm", ("cem",), ago(2.7 + number / 10)))
    here.meet(Meeting("Moved back", "Sam Ortiz", ("cem",), ago(-3)))
    here.meet(Meeting("Closed", "Lea Marsh", ("dana", "eve"), ago(3)))


def enter_what_was_handed_in(here: Department) -> None:
    def ago(days: float) -> datetime:
        return here.now - timedelta(days=days)

    here.fill("Noor Vance", "bo", ago(2.5))
    here.fill("Noor Vance", "dana", ago(6))  # before this talk, so not about it
    here.fill("Sam Ortiz", "eve", None)  # made for her, and it waits
    here.fill("Sam Ortiz", "dana", ago(3.2))
    here.fill("Tomas Weil", "bo", ago(8.5))
    here.fill("Uma Rao", "bo", ago(2.8))
    here.fill_in_the_browser("Ines Brandt", "cem")
    here.finish(here.called("Culture"))
    here.note("Sam Ortiz", "bo")
    here.note("Noor Vance", "cem")


def change_afterwards(here: Department) -> None:
    """All of it after the sync, and without another before the nudge."""
    here.cancel(here.called("Cancelled"))
    here.delete(here.called("Deleted"))
    here.move(here.called("Moved away"), here.now + timedelta(days=1))
    here.swap(here.called("Swapped"), "dana")
    here.fill_in_the_browser("Karl Holm", "eve")
    here.refuse("Lea Marsh")


@pytest.fixture(scope="module")
def connect(
    odoo: Odoo, mail: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Command]:
    """A fresh Afterword with a database of its own, connected by environment variables."""

    def fresh(key: str = "service", **more: str) -> Command:
        folder = tmp_path_factory.mktemp("afterword")
        return connected(odoo, folder, mail, key=odoo.keys.get(key, key), **more)

    return fresh


def test_the_whole_job(
    department: Department, connect: Callable[..., Command], mail: MailServer, proof: Proof
) -> None:
    afterword = connect()
    assert afterword.json("check", "--json")["ok"] is True
    afterword("sync")
    expected = department.owing(wall())
    assert len(expected) > 10
    assert afterword.overdue() == expected
    assert afterword.json("status", "--json")["hidden"] == {"interview": 1}
    proof.note(f"sync, overdue: exactly the {len(expected)} scorecards that the plan says")

    change_afterwards(department)
    told = {each: to for each, to in department.told(wall()).items() if each in expected}
    left = [owes for owes, to in told.items() if owes[1] != to]
    assert left, "somebody who has left owes something"
    pairs = afterword.nudge()
    assert sorted(pairs) == sorted(told)
    recipients = [each["To"].addresses[0].addr_spec for each in mail.received]
    assert sorted(recipients) == sorted(set(told.values()))
    proof.note(
        f"nudge: {len(recipients)} mails about {len(pairs)} scorecards arrived over SMTP, one a "
        "person; of what was cancelled, deleted, moved, swapped, refused or handed in since the "
        f"sync, none; of {len(left)} that somebody owes who has left, the recruiter was told"
    )

    department.move(department.called("Moved back"), department.now - timedelta(days=4))
    afterword("sync")
    now = wall()
    assert afterword.overdue() == department.owing(now)
    assert afterword("sync").strip().endswith("0 rows new or changed")
    proof.note("sync after the changes: the list is again exactly the plan's; once more: 0 rows")
    assert afterword.nudge() == []
    proof.note("nudge again on the same day: nobody is written to twice")
    for week in {week_of(now - timedelta(days=days)) for days in (7, 14)}:
        counts = afterword.json("report", "--week", week, "--format", "json")["counts"]
        assert {name: n for name, n in counts.items() if n} == department.counts(now, week)
    proof.note("report: the counts of the last two closed weeks are the plan's")


@pytest.mark.parametrize("evidence", ["activity", "message"])
def test_the_other_evidence_gives_the_list_that_the_plan_gives(
    evidence: str, department: Department, connect: Callable[..., Command], proof: Proof
) -> None:
    afterword = connect(ODOO_EVIDENCE=evidence)
    assert afterword.json("check", "--json")["ok"] is True
    afterword("sync")
    expected = department.owing(wall(), evidence)
    assert expected
    assert afterword.overdue() == expected
    proof.note(f"evidence {evidence}: exactly the {len(expected)} scorecards that the plan says")


@pytest.mark.parametrize(
    ("key", "more", "sentence"),
    [
        ("outsider", {}, "not allowed (403)"),
        ("no-such-key", {}, "the credential was refused (401)"),
        ("service", {"ODOO_DATABASE": "another"}, "Check ODOO_URL and ODOO_DATABASE"),
    ],
    ids=["a user without the right", "a wrong key", "a wrong database"],
)
def test_what_is_wrong_is_said_in_a_sentence(
    key: str,
    more: dict[str, str],
    sentence: str,
    department: Department,
    connect: Callable[..., Command],
    proof: Proof,
) -> None:
    afterword = connect(key, **more)
    found = afterword.json("check", "--json", code=1)
    said = [f"{each['detail']} {each['remedy']}" for each in found["findings"] if not each["ok"]]
    assert sentence in " ".join(said)
    afterword("sync", code=1)
    proof.note(f"{key}, {more or 'right database'}: said in a sentence, exit code 1")


def test_a_webhook_of_odoo_brings_a_filled_form_at_once(
    odoo: Odoo, department: Department, connect: Callable[..., Command], proof: Proof
) -> None:
    secret = secrets.token_urlsafe(32)
    afterword = connect(
        ODOO_WEBHOOK_SECRET=secret,
        AFTERWORD_LIVE="false",
        AFTERWORD_BIND=f"127.0.0.1:{free_port()}",
        AFTERWORD_SECRET_KEY=secrets.token_urlsafe(32),
        AFTERWORD_PAGE_TOKEN=secrets.token_urlsafe(32),
    )
    afterword("sync")
    with afterword.service() as url:
        wait_until(lambda: afterword.last_sync()["outcome"] == "ok")
        odoo.ring_on_filled_forms(f"{url}/webhooks/odoo/{secret}")
        before = afterword.last_sync()
        assert (department.called("Systems talk").id, "dana@example.org") in afterword.overdue()
        began = time.monotonic()
        department.fill_in_the_browser("Noor Vance", "dana")
        wait_until(lambda: afterword.overdue() == department.owing(wall()))
        seconds = time.monotonic() - began
        assert afterword.last_sync() == before, "a sync came in between and proves nothing"
    proof.note(f"webhook: a form filled in Odoo is off the list {seconds:.1f} s later, by itself")


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code < 500
    except (requests.ConnectionError, requests.Timeout):
        return False


def wait_until(true: Callable[[], bool], patience: float = 60.0) -> None:
    give_up = time.monotonic() + patience
    while not true():
        assert time.monotonic() < give_up, "it did not come"
        time.sleep(0.2)
