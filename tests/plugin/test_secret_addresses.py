"""Case 67: an address that is a secret as a whole comes out neither whole nor in parts."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

from plugin.logs import configure
from plugin.settings import SettingsProblem, load

HOOK = (
    "https://flow.example.com/workflows/0a1b2c3d4e5f6a7b/invoke?api-version=1&sig=Nq3vX-9zLw_1kTt"
)
MATRIX = "matrixs://syt_0123456789abcdef@matrix.example.com/!room:example.com"
NTFY = "ntfys://tk_0123456789abcdef/recruiting-alarms"


def test_no_part_of_it_that_could_be_used_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEAMS_WEBHOOK_URL", HOOK)
    monkeypatch.setenv("APPRISE_URLS", f"{MATRIX},{NTFY}")
    settings = load()
    assert list(settings.channels) == ["teams", "apprise"]
    stream = io.StringIO()
    configure(settings.secret_values(), level=logging.DEBUG, stream=stream)
    path = HOOK.removeprefix("https://flow.example.com")
    logging.getLogger("some.library").warning('"POST %s HTTP/1.1" 202 0', path)
    logging.getLogger("some.library").warning("sent to %s and %s and %s", HOOK, MATRIX, NTFY)
    shown = stream.getvalue()
    assert "POST" in shown
    for secret in ("0a1b2c3d4e5f6a7b", "Nq3vX", "syt_", "tk_0123"):
        assert secret not in shown
    assert HOOK not in repr(settings)


def test_a_wrong_one_is_refused_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEAMS_WEBHOOK_URL", HOOK.replace("https://", "http://"))
    with pytest.raises(SettingsProblem) as refused:
        load()
    [problem] = refused.value.problems
    assert problem.variable == "TEAMS_WEBHOOK_URL"
    assert "Nq3vX" not in str(problem)


@pytest.mark.parametrize("listed", ["teams", "Teams,apprise,#recruiting,hiring@example.com"])
def test_the_report_may_go_to_a_room(
    listed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFTERWORD_REPORT_TO", listed)
    assert load().report_to == tuple(listed.split(","))
