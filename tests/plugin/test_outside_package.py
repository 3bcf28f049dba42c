"""Somebody else's package brings an ATS and a channel, and nothing here had to change."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "tests" / "fixtures" / "outside_ats"
PIP = "-m pip install --quiet --no-index --no-deps --no-build-isolation --disable-pip-version-check"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built and installed into a folder of its own."""
    home = tmp_path_factory.mktemp("outside")
    source = shutil.copytree(PACKAGE, home / "source")  # building leaves things behind
    target = home / "installed"
    command = [sys.executable, *PIP.split(), "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return target


def afterword(installed: Path, here: Path, *words: str, **env: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", "from plugin.cli import main; main()", *words],
        cwd=here,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{installed}", **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def findings(text: str) -> dict[str, dict[str, Any]]:
    return {each["subject"]: each for each in json.loads(text)["findings"]}


def test_its_ats_and_its_channel_are_checked_like_ours(installed: Path, tmp_path: Path) -> None:
    set_up = {"HOMEGROWN_KEY": "hg-1", "PIGEON_LOFT": "roof"}
    code, said = afterword(installed, tmp_path, "check", "--json", **set_up)
    found = findings(said)
    assert code == 0
    assert found["homegrown: key"]["ok"]
    assert "cannot tell" in found["homegrown: who handed in"]["detail"]
    assert found["homegrown: its own reminders"]["detail"] == "Homegrown reminds nobody."
    assert found["Pigeon"]["detail"] == "awake"


@pytest.mark.slow
def test_a_second_account_of_it_stands_in_the_policy_file(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "more.toml").write_text(
        '[connections.second]\nats = "homegrown"\nkey = "of another kind"\n'
    )
    code, said = afterword(installed, tmp_path, "check", AFTERWORD_POLICY="more.toml")
    assert code == 1
    assert "✗ second: key: is of another kind" in said


@pytest.mark.slow
def test_its_settings_are_held_to_the_same_rules(installed: Path, tmp_path: Path) -> None:
    code, said = afterword(installed, tmp_path, "status", HOMEGROWN_KEY_FILE="nowhere")
    assert code == 2
    assert said.startswith("HOMEGROWN_KEY_FILE names a file that cannot be read: nowhere")
    code, said = afterword(installed, tmp_path, "init")
    assert code == 0
    assert "#HOMEGROWN_URL=http://127.0.0.1:9\n" in (tmp_path / ".env").read_text()


def test_a_package_that_cannot_be_loaded_is_named(installed: Path, tmp_path: Path) -> None:
    broken = tmp_path / "installed"
    shutil.copytree(installed, broken)
    (broken / "outside_ats.py").write_text("import a_module_that_is_not_there\n")
    code, said = afterword(broken, tmp_path, "status")
    assert code == 2
    assert "afterword.ats homegrown cannot be loaded (ModuleNotFoundError)." in said
    assert "Upgrade or remove the package outside-ats." in said
    assert "Traceback" not in said
