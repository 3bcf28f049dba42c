"""``connector new``: the skeleton of a connector for an ATS that Afterword does not know yet."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path
from string import Template

import click

from plugin.commands.common import fail


@click.group()
def connector() -> None:
    """Connect an ATS that Afterword does not know yet."""


@connector.command()
@click.argument("name")
def new(name: str) -> None:
    """Write NAME.py and test_NAME.py into this directory: a whole small connector and its test."""
    if not re.fullmatch(r"[a-z][a-z0-9]{1,30}", name, re.ASCII) or keyword.iskeyword(name):
        fail(f"{name} is not a good name: use small letters and digits, a letter first.", 2)
    written = {Path(f"{name}.py"): "connector.txt", Path(f"test_{name}.py"): "connector_test.txt"}
    there = [str(path) for path in written if path.exists()]
    if there:
        fail(f"{' and '.join(there)} is already there, and nothing was written.", 2)
    for path, source in written.items():
        path.write_text(skeleton(source, name), encoding="utf-8")
        click.echo(f"Wrote {path}.")
    click.echo(f"Next: python -m pytest test_{name}.py, then docs/adding-a-connector.md.")


def skeleton(source: str, name: str) -> str:
    """The text of a file (``connector.txt``) for an ATS of this name."""
    text = files("plugin.commands").joinpath(source).read_text(encoding="utf-8")
    title = name.capitalize()
    return Template(text).substitute(name=name, title=title, klass=title, upper=name.upper())
