"""Reads the settings from the environment, ``.env`` and the policy file; says all that is wrong.

An empty variable counts as not set. Every secret may also come from a file that NAME_FILE names.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import ValidationError

from connectors import Broken, every_ats, every_notifier
from connectors.options import Channel, Connector
from plugin.connections import Connection, from_environment, from_file
from plugin.policy_file import PolicyFile, content_of, policy_of
from plugin.rulebooks import conflicts
from plugin.values import Bind, Declined, Hours, Problem, nearest, read_secret
from plugin.variables import Settings, Variable, variables

__all__ = ["Bind", "Connection", "Declined", "Hours", "Problem", "Settings", "SettingsProblem"]
__all__ += ["installed_variables", "load"]

ENV_FILE = Path(".env")


class SettingsProblem(Exception):
    """The settings cannot be used; ``problems`` holds everything that is wrong with them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@cache
def installed_variables() -> Mapping[str, Variable]:
    """Every variable, those of third parties' connectors that are installed here as well."""
    return variables((*every_ats().by_name.values(), *every_notifier().by_name.values()))


def load(env_file: Path | None = None, *, policy: Path | None = None) -> Settings:
    """The settings of the environment and of the files; the environment wins over ``.env``.

    Without ``env_file``, ``.env`` of the current directory is read if it is there. ``policy``: in
    place of the file that AFTERWORD_POLICY names. Raises SettingsProblem with everything that is
    wrong at once.
    """
    file = env_file or ENV_FILE
    problems: list[Problem] = []
    raw = _in_file(file, problems) if env_file or file.exists() else {}
    readable = bool(raw)  # a bad line does not hide what is wrong with the others
    raw |= os.environ
    given = {name.upper(): value for name, value in raw.items() if value}
    if policy is not None:
        given["AFTERWORD_POLICY"] = str(policy)
    from_files: dict[str, Any] = dict(_in_secret_files(given, problems))
    problems += _unknown(given)
    content: Mapping[str, Any] = {}
    policy_file = PolicyFile()
    if place := given.get("AFTERWORD_POLICY"):
        content = content_of(Path(place), problems) or {}
        policy_file = policy_of(Path(place), content, problems)
    accounts, channels = _connections(given | from_files, content, problems)
    try:
        other = {} if policy is None else {"AFTERWORD_POLICY": policy}
        settings = Settings(**{"_env_file": file if readable else None, **from_files, **other})
    except ValidationError as error:
        problems += _invalid(error)
    else:
        settings = settings.connected(accounts, channels, policy_file)
        problems += conflicts(settings)
    if problems:
        raise SettingsProblem(tuple(problems))
    return settings


def _in_file(file: Path, problems: list[Problem]) -> dict[str, str]:
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
        logging.getLogger("dotenv").setLevel(logging.ERROR)  # it would say the same again
        found = dotenv_values(file, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        problems.append(
            Problem(str(file), f"cannot be read: {why}.", "Check its name and its permissions.")
        )
        return {}
    return {name: value for name, value in found.items() if value is not None}


def _in_secret_files(
    given: Mapping[str, str], problems: list[Problem]
) -> Iterator[tuple[str, str]]:
    for name, variable in installed_variables().items():
        place = given.get(f"{name}_FILE")
        if place is None or not variable.secret:
            continue
        if name in given:
            fault = f"and {name}_FILE are both set."
            problems.append(Problem(name, fault, "Remove one of them."))
            continue
        secret = read_secret(Path(place))
        if secret.fault:
            problems.append(Problem(f"{name}_FILE", secret.fault, "Correct the path."))
        else:
            yield name, secret.text


def _unknown(given: Mapping[str, str]) -> Iterator[Problem]:
    every = installed_variables()
    known = [*every, *(f"{name}_FILE" for name, each in every.items() if each.secret)]
    for name in given:
        if name.startswith("AFTERWORD_") and name not in known:
            remedy = nearest(name, known).strip() or "Remove it."
            yield Problem(name, "is not a setting.", remedy)


def _connections(
    given: Mapping[str, str], content: Mapping[str, Any], problems: list[Problem]
) -> tuple[dict[str, Connection[Connector]], dict[str, Connection[Channel]]]:
    """What is set up, of the vendors' accounts and of the channels. ``content``: the policy
    file's."""
    ats, notifiers = every_ats(), every_notifier()
    problems += map(_of_package, (*ats.broken, *notifiers.broken))
    accounts = from_environment(ats.by_name.values(), given, problems)
    if policy := given.get("AFTERWORD_POLICY"):
        accounts |= from_file(Path(policy), content, ats.by_name, accounts, problems)
    return accounts, from_environment(notifiers.by_name.values(), given, problems)


def _of_package(broken: Broken) -> Problem:
    remedy = f"Upgrade or remove the package {broken.package}."
    return Problem(f"{broken.group} {broken.name}", f"{broken.reason}.", remedy)


def _invalid(error: ValidationError) -> Iterator[Problem]:
    for each in error.errors(include_url=False):
        name = str(each["loc"][0])
        variable = installed_variables()[name]
        reason = each.get("ctx", {}).get("error")
        value = "what it is" if variable.secret else repr(each["input"])
        fault = str(reason) if reason else f"cannot be {value}"
        yield Problem(name, fault if fault[-1] in ".?" else f"{fault}.", variable.remedy)
