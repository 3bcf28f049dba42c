"""``afterword sync`` against the practice ATS, and what the command line makes of trouble."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.console import Console

from connectors.errors import AccessRefused
from connectors.model import Candidate, Page
from plugin import progress
from plugin.commands.common import Guarded, Start
from plugin.sandbox.server import SandboxServer
from plugin.settings import Problem, SettingsProblem
from scheduler.store import Store, StoreProblem
from tests.plugin.conftest import Run
from tests.plugin.sandbox_kit import DAY, MONDAY, story
from tests.stores import store_at

ROOT = Path(__file__).resolve().parent.parent.parent
LATER = MONDAY + 9 * DAY
NOW = "2026-11-25T09:00:00Z"


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxServer]:
    with SandboxServer(story().world, now=LATER) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        yield server


# -- sync


def test_sync_brings_in_what_the_ats_knows_and_says_how_much(
    afterword: Run, sandbox: SandboxServer
) -> None:
    result = afterword("sync", "--now", NOW)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("greenhouse: ok, ")
    assert "100%" in result.stderr
    owed = json.loads(afterword("overdue", "--json", "--now", NOW).stdout)
    assert {each["interviewer"]["email"] for each in owed} == {
        "ivo@example.org",
        "mara@example.org",
    }
    assert {type(each["interview_id"]) for each in owed} == {str}


def test_since_goes_back_to_the_midnight_of_the_companys_zone(
    afterword: Run, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_TIMEZONE", "America/New_York")
    afterword("sync", "--since", "2026-11-16", "--now", NOW)
    asked = [seen.query for seen in sandbox.requests if seen.path == "/v3/interviews"]
    assert any("2026-11-16T05:00:00" in str(query) for query in asked)


def test_without_a_connected_ats_sync_says_what_to_set(afterword: Run) -> None:
    result = afterword("sync")
    assert result.exit_code == 2
    assert "GREENHOUSE_CLIENT_ID" in result.stderr


def test_a_refused_credential_is_one_sentence_and_exit_code_1(
    afterword: Run, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 29."""
    monkeypatch.setenv("GREENHOUSE_CLIENT_SECRET", "wrong-secret-123")
    result = afterword("sync", "--now", NOW)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("greenhouse: ")
    assert "wrong-secret-123" not in result.output


def test_two_syncs_at_once_do_not_disturb_each_other(
    afterword: Run, sandbox: SandboxServer, place: Path
) -> None:
    """Case 37."""
    with Store.open(store_at(place / "afterword.db")) as store:
        assert store.begin_sync("greenhouse", "somebody else", LATER)
    result = afterword("sync", "--now", NOW)
    assert result.exit_code == 1
    assert "Another sync of greenhouse is under way." in result.stderr


# -- progress


def page(fraction: float | None, records: int = 1) -> Page:
    candidates = tuple(Candidate(str(n), None) for n in range(records))
    return Page(candidates, datetime(2026, 11, 20, tzinfo=UTC), fraction=fraction)


def test_away_from_a_terminal_progress_is_a_line_for_each_tenth_and_long_wait() -> None:
    out = io.StringIO()
    with progress.shown(Console(file=out, width=80)) as shown:
        for hundredth in range(1, 101):
            shown.page("greenhouse", page(hundredth / 100, 20))
        shown.wait(0.4, "too short to speak of")
        shown.wait(29.6, "told to slow down (429)")
    lines = out.getvalue().splitlines()
    assert lines[-1] == "waiting 30 s: told to slow down (429)"
    assert lines[-2] == "greenhouse: 100%, 2,000 records"
    assert len(lines) <= 12


def test_on_a_terminal_progress_is_a_bar_that_says_when_it_waits() -> None:
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True)
    with progress.shown(console) as shown:
        shown.wait(12.0, "told to slow down (429)")
        shown.page("greenhouse", page(0.5, 20))
        shown.page("greenhouse", page(None))
        shown.page("greenhouse", page(1.0))
    assert "100%" in out.getvalue()
    assert "22 records" in out.getvalue()


# -- trouble


def in_trouble(error: BaseException, *options: str) -> tuple[int, str]:
    """A command that raises, under the same guard as every command."""

    @click.group(cls=Guarded)
    @click.option("--debug", is_flag=True)
    @click.pass_context
    def program(ctx: click.Context, debug: bool) -> None:
        ctx.obj = Start(debug=debug)

    @program.command()
    def stumble() -> None:
        raise error

    result = CliRunner().invoke(program, [*options, "stumble"])
    return result.exit_code, result.stderr


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (StoreProblem("The database is locked."), 1, "The database is locked.\n"),
        (AccessRefused("Greenhouse refused the token."), 1, "Greenhouse refused the token.\n"),
        (SettingsProblem((Problem("A", "is b.", "Do c."),) * 2), 2, "A is b. Do c.\n" * 2),
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
            1,
            "The disk is full: free some space, then run it again.\n",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "x.db"),
            1,
            "x.db: Permission denied.\n",
        ),
        (KeyboardInterrupt(), 1, "Stopped. Everything that was finished is kept;"),
    ],
)
def test_what_the_world_can_do_to_a_command_is_one_sentence(
    error: BaseException, code: int, said: str
) -> None:
    found, stderr = in_trouble(error)
    assert (found, stderr[: len(said)]) == (code, said)


def test_a_bug_asks_to_be_reported_and_shows_its_trace_only_when_asked() -> None:
    code, quiet = in_trouble(ZeroDivisionError("secret"))
    assert code == 1
    assert "Please report it" in quiet
    assert "ZeroDivisionError" in quiet
    assert "Traceback" not in quiet
    assert "secret" not in quiet
    assert "Traceback" in in_trouble(ZeroDivisionError(), "--debug")[1]


@pytest.mark.parametrize(
    "command",
    [
        ["sync"],
        ["overdue", "--json"],
        ["status"],
        ["report"],
        ["explain", "1"],
        ["nudge"],
        ["run"],
        ["import", "setup.cfg"],
    ],
)
def test_wrong_settings_are_all_said_and_exit_code_2(
    command: list[str], afterword: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "setup.cfg").touch()
    monkeypatch.setenv("AFTERWORD_LIVE", "perhaps")
    monkeypatch.setenv("SMTP_URL", "smtp://mail.example.com")
    result = afterword(*command)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert [line.split()[0] for line in result.stderr.splitlines()] == [
        "MAIL_FROM",
        "AFTERWORD_LIVE",
    ]


def test_a_damaged_database_is_one_sentence(afterword: Run, place: Path) -> None:
    (place / "afterword.db").write_bytes(b"this is not a database, " * 100)
    result = afterword("status")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


def test_the_program_runs_as_a_process_of_its_own(place: Path) -> None:
    code = "from plugin.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "status", "--json"],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["parked"] == 0
