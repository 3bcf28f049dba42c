"""What the commands share: how they start, what they accept, how they print."""

from __future__ import annotations

import errno
import json
import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from rich.console import Console
from rich.text import Text

from connectors.errors import ConnectorError
from connectors.model import utc
from plugin import logs, wiring
from plugin.clock import wall
from plugin.settings import Settings, SettingsProblem, load
from plugin.wiring import Afterword, OnWait
from scheduler.phrases import clean
from scheduler.store import StoreProblem

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Start:
    """What was said before the command's name."""

    env_file: Path | None = None
    debug: bool = False
    _settings: Settings | None = None

    def settings(self, *, level: int = logging.WARNING, policy: Path | None = None) -> Settings:
        """The settings, read once; from then on nothing secret can be logged.

        ``policy``: in place of the file that AFTERWORD_POLICY names. Raises SettingsProblem.
        """
        if self._settings is None:
            self._settings = load(self.env_file, policy=policy)
            level = logging.DEBUG if self.debug else level
            logs.configure(self._settings.secret_values(), level=level)
        return self._settings

    @contextmanager
    def opened(self, *, on_wait: OnWait | None = None) -> Iterator[Afterword]:
        """The parts, wired. Raises SettingsProblem and StoreProblem."""
        with wiring.opened(self.settings(), on_wait=on_wait) as afterword:
            yield afterword


class Guarded(click.Group):
    """Turns what can go wrong into one plain sentence on stderr and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except SettingsProblem as error:
            _refuse(error)
        except KeyboardInterrupt:
            fail("Stopped. Everything that was finished is kept; run it again to go on.")
        except (StoreProblem, ConnectorError) as error:
            fail(str(error))
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            fail(_of_the_system(error))
        except Exception as bug:
            start = ctx.find_object(Start)
            if start and start.debug:
                traceback.print_exc()
            fail(
                f"Afterword stopped on a bug of its own ({type(bug).__name__}). Please report it, "
                "with what `afterword --debug …` prints after you have removed names from it."
            )


def _refuse(problem: SettingsProblem) -> NoReturn:
    for each in problem.problems:
        click.echo(str(each), err=True)
    sys.exit(2)


def _of_the_system(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "The disk is full: free some space, then run it again."
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or type(error).__name__}."


YEARS = range(1970, 2200)
"""Beyond them days can soon be added no more."""


def fail(sentence: str, code: int = 1) -> NoReturn:
    """One sentence on stderr, and the end."""
    click.echo(sentence, err=True)
    sys.exit(code)


def moment(value: str | datetime) -> datetime:
    """An option's text as an aware instant in UTC."""
    if isinstance(value, datetime):
        return value
    try:
        found = utc(value)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"'{value}' is not a moment with a time zone. Write 2026-11-20T10:00:00Z."
        ) from None
    if found.year not in YEARS:
        raise click.BadParameter(f"'{value}' is not within the years {YEARS[0]} to {YEARS[-1]}.")
    return found


def day(value: str) -> date:
    """An option's text as a calendar day."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"'{value}' is not a day. Write 2026-11-20.") from None


def _present() -> datetime:
    """Now, in whole seconds: what is printed can then be given back as ``--now``."""
    return wall().replace(microsecond=0)


def now_option(command: F) -> F:
    """``--now``: judge as of another moment, so that a run can be repeated."""
    return click.option(
        "--now",
        type=moment,
        metavar="MOMENT",
        default=_present,
        help="Judge as of this moment, e.g. 2026-11-20T10:00:00Z; without it, of now.",
    )(command)


def json_option(command: F) -> F:
    """``--json``: only JSON on stdout."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def iso(instant: datetime | None) -> str | None:
    """``2026-11-20T10:00:00Z``, with microseconds only when there are any."""
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def terminal(*, err: bool = False) -> Console:
    """For people: as wide as the terminal, 80 columns and no colour codes when piped."""
    return Console(stderr=err, highlight=False, markup=False, emoji=False)


def shown(text: str | None, limit: int = 60) -> Text:
    """An outside string that can do nothing to the terminal."""
    return Text(clean(text or "", limit))
