"""What the tests of the policy file share."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.settings import Settings, SettingsProblem, load


def read(file: Path, text: str) -> Settings:
    file.write_text(text, encoding="utf-8")
    return load()


def wrong(file: Path, text: str) -> dict[str, str]:
    """By the place in the file, what is wrong there and what to do."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsProblem) as caught:
        load()
    found: dict[str, str] = {}
    for each in caught.value.problems:
        place = each.variable.removeprefix(f"{file}").removeprefix(": ")
        assert place not in found, f"{place} is said twice"
        found[place] = f"{each.fault} {each.remedy}"
    return found
