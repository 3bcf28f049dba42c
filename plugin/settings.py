"""Reads the settings from the environment and ``.env``, and says everything that is wrong at once.

An empty variable counts as not set. Every secret may also come from a file that NAME_FILE names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream
from pydantic import ValidationError

from plugin.values import Bind, Hours, nearest
from plugin.variables import Declined, Settings, is_secret, variables

__all__ = ["Bind", "Declined", "Hours", "Problem", "Settings", "SettingsProblem", "load"]

ENV_FILE = Path(".env")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the settings."""

    variable: str
    fault: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.variable} {self.fault} {self.remedy}"


class SettingsProblem(Exception):
    """The settings cannot be used; ``problems`` holds everything that is wrong with them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


TOGETHER = (
    (
        ("GREENHOUSE_CLIENT_ID", "GREENHOUSE_CLIENT_SECRET"),
        ("GREENHOUSE_USER_ID", "GREENHOUSE_WEBHOOK_SECRET"),
    ),
    (("SMTP_URL", "MAIL_FROM"), ("AFTERWORD_MAIL_REPLY_TO",)),
)
"""Variables that only make sense all together, and those that only make sense beside them."""


def load(env_file: Path | None = None) -> Settings:
    """The settings of the environment and of the file; the environment wins.

    Without ``env_file``, ``.env`` of the current directory is read if it is there. Raises
    SettingsProblem with everything that is wrong at once.
    """
    file = env_file or ENV_FILE
    problems: list[Problem] = []
    raw = dict(_in_file(file, problems)) if env_file or file.exists() else {}
    readable = not problems
    raw |= os.environ
    given = {name.upper(): value for name, value in raw.items() if value}
    from_files: dict[str, Any] = dict(_in_secret_files(given, problems))
    problems += _unknown(given)
    problems += _incomplete(given.keys() | from_files.keys())
    try:
        settings = Settings(**{"_env_file": file if readable else None, **from_files})
    except ValidationError as error:
        problems += _invalid(error)
    if problems:
        raise SettingsProblem(tuple(problems))
    return settings


def _in_file(file: Path, problems: list[Problem]) -> Iterator[tuple[str, str]]:
    try:
        with file.open(encoding="utf-8-sig") as stream:
            for binding in parse_stream(stream):
                if binding.error or (binding.key and binding.value is None):
                    problems.append(
                        Problem(
                            f"{file}, line {binding.original.line},",
                            "is not NAME=value.",
                            "Correct the line, or put # before it.",
                        )
                    )
                elif binding.key and binding.value is not None:
                    yield binding.key, binding.value
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        problems.append(
            Problem(str(file), f"cannot be read: {why}.", "Check its name and its permissions.")
        )


def _in_secret_files(
    given: Mapping[str, str], problems: list[Problem]
) -> Iterator[tuple[str, str]]:
    for name, field in variables().items():
        place = given.get(f"{name}_FILE")
        if place is None or not is_secret(field):
            continue
        if name in given:
            fault = f"and {name}_FILE are both set."
            problems.append(Problem(name, fault, "Remove one of them."))
            continue
        try:
            yield name, Path(place).read_text(encoding="utf-8-sig").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8 text"
            fault = f"names a file that cannot be read: {place}: {why}."
            problems.append(Problem(f"{name}_FILE", fault, "Correct the path."))


def _unknown(given: Mapping[str, str]) -> Iterator[Problem]:
    known = [*variables(), *(f"{n}_FILE" for n, field in variables().items() if is_secret(field))]
    for name in given:
        if name.startswith("AFTERWORD_") and name not in known:
            remedy = nearest(name, known).strip() or "Remove it."
            yield Problem(name, "is not a setting.", remedy)


def _incomplete(given: set[str]) -> Iterator[Problem]:
    for pair, besides in TOGETHER:
        missing = [name for name in pair if name not in given]
        present = [name for name in (*pair, *besides) if name in given]
        if missing and present:
            fault = f"is missing, and {present[0]} is set."
            for name in missing:
                yield Problem(name, fault, f"Set {name} too, or remove {present[0]}.")


def _invalid(error: ValidationError) -> Iterator[Problem]:
    for each in error.errors(include_url=False):
        name = str(each["loc"][0])
        field = variables()[name]
        reason = each.get("ctx", {}).get("error")
        value = "what it is" if is_secret(field) else repr(each["input"])
        fault = str(reason) if reason else f"cannot be {value}"
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        yield Problem(name, fault if fault[-1] in ".?" else f"{fault}.", str(extra["remedy"]))
