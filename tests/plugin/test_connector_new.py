"""``connector new`` writes a connector that works, is clean, and stands in the documentation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from plugin.commands.connector import skeleton
from tests.plugin.conftest import Run

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "adding-a-connector.md"


def run(here: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=here,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{here}", "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_its_own_test_passes(afterword: Run, place: Path) -> None:
    assert afterword("connector", "new", "acme").exit_code == 0
    code, said = run(place, "pytest", "-q", "-p", "no:cacheprovider", "test_acme.py")
    assert code == 0, said
    assert "6 passed" in said


def test_what_is_written_is_clean(afterword: Run, place: Path) -> None:
    afterword("connector", "new", "acme")
    config = f"--config={ROOT / 'pyproject.toml'}"
    code, said = run(place, "ruff", "check", "--no-cache", config, ".")
    assert code == 0, said
    code, said = run(place, "ruff", "format", "--check", "--no-cache", config, ".")
    assert code == 0, said


@pytest.mark.slow
def test_what_is_written_has_strict_types(afterword: Run, place: Path) -> None:
    afterword("connector", "new", "acme")
    code, said = run(place, "mypy", "--strict", "acme.py", "test_acme.py")
    assert code == 0, said


def test_nothing_is_overwritten(afterword: Run, place: Path) -> None:
    (place / "test_acme.py").write_text("mine")
    result = afterword("connector", "new", "acme")
    assert result.exit_code == 2
    assert "test_acme.py is already there" in result.stderr
    assert (place / "test_acme.py").read_text() == "mine"
    assert not (place / "acme.py").exists()


@pytest.mark.parametrize("name", ["../x", "Acme", "a b", "class", "1st", ""])
def test_a_name_that_cannot_be_a_module_is_refused(afterword: Run, place: Path, name: str) -> None:
    assert afterword("connector", "new", name).exit_code == 2
    assert [each.name for each in place.iterdir()] == ["afterword.db"]


def test_the_page_shows_the_very_connector_that_is_written() -> None:
    """So the example of the page is run by the first test here."""
    [shown] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert shown == skeleton("connector.txt", "acme")
