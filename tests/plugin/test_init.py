"""``afterword init``: a .env that works at once and is never overwritten."""

from __future__ import annotations

import stat
from pathlib import Path

from plugin.settings import load
from tests.plugin.conftest import Run


def test_init_writes_a_file_with_fresh_secrets_that_only_its_owner_can_read(
    afterword: Run, place: Path
) -> None:
    result = afterword("init")
    assert result.exit_code == 0
    assert stat.S_IMODE((place / ".env").stat().st_mode) == 0o600
    settings = load()
    assert settings.secret_key is not None
    assert settings.page_token is not None
    assert settings.secret_key != settings.page_token
    for secret in settings.secret_values():
        assert len(secret) >= 32
        assert secret not in result.output


def test_no_two_files_have_the_same_secrets(afterword: Run, place: Path) -> None:
    afterword("init")
    first = (place / ".env").read_text()
    (place / ".env").unlink()
    afterword("init")
    assert (place / ".env").read_text() != first


def test_init_never_overwrites(afterword: Run, place: Path) -> None:
    (place / ".env").write_text("AFTERWORD_LIVE=true\n")
    result = afterword("init")
    assert result.exit_code == 2
    assert "is already there, and it is left as it is." in result.stderr
    assert (place / ".env").read_text() == "AFTERWORD_LIVE=true\n"


def test_init_does_not_follow_a_link_that_leads_nowhere(afterword: Run, place: Path) -> None:
    (place / ".env").symlink_to(place / "elsewhere")
    assert afterword("init").exit_code == 2
    assert not (place / "elsewhere").exists()
