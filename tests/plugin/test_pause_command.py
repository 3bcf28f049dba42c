"""``afterword pause``, ``resume`` and ``audit``."""

from __future__ import annotations

import json

import pytest

from tests.plugin.conftest import Run


def test_a_pause_shows_in_status_and_dry_run_until_it_is_resumed(
    afterword: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = afterword("pause", "--until", "2099-01-01T00:00:00Z", "--reason", "a trial")
    assert said.exit_code == 0
    assert "until 2099-01-01 00:00 UTC (a trial)" in said.stdout
    assert "All messages are paused" in afterword("status").stdout
    assert json.loads(afterword("status", "--json").stdout)["paused"] is True
    assert "All messages are paused" in afterword("nudge", "--dry-run", "--json").stderr
    over = "The pause is over. Nothing is sent as long as AFTERWORD_LIVE is not true.\n"
    assert afterword("resume").stdout == over
    monkeypatch.setenv("AFTERWORD_LIVE", "true")
    afterword("pause")
    assert afterword("resume").stdout == "Messages go out again.\n"
    assert afterword("resume").stdout == "Nothing was paused.\n"


def test_a_pause_that_is_over_already_is_refused(afterword: Run) -> None:
    result = afterword("pause", "--until", "2020-01-01T00:00:00Z")
    assert result.exit_code == 2
    assert "passed already" in result.stderr


def test_an_audit_of_nothing_finds_nothing(afterword: Run) -> None:
    result = afterword("audit", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["differences"]) == (0, [])
    assert "What was said is what should have been said." in afterword("audit").stdout
