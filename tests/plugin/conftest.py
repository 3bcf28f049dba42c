"""What the tests of the surface share: the command line, run in an empty directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin.cli import main
from tests.stores import store_at

Run = Callable[..., Result]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory with nothing in it but an empty store, where no setting names another."""
    store_at(tmp_path / "afterword.db")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def afterword(place: Path) -> Run:
    """``afterword(*words)`` in the empty directory; a bug that got through fails the test."""

    def run(*words: str) -> Result:
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "bug of its own" not in result.output
        assert "Traceback" not in result.output
        return result

    return run
