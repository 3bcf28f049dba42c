"""Writes ``.env.example`` and the settings table from the settings class.

    python -m plugin.settings_docs

The table goes between the two ``settings`` marks of README.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from plugin.variables import is_secret, variables

BEGIN, END = "<!-- settings -->", "<!-- /settings -->"


def _group(variable: tuple[str, FieldInfo]) -> str:
    extra = variable[1].json_schema_extra
    assert isinstance(extra, dict)
    return str(extra["group"])


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.value if isinstance(value, StrEnum) else str(value)


def env_file(values: Mapping[str, str]) -> str:
    """A commented ``.env`` in which only ``values`` are set; the rest is shown with its default."""

    def lines() -> Iterator[str]:
        yield "# Afterword reads this file from the directory that it is started in."
        yield "# A line that begins with # is not set and shows the default. NAME_FILE=path reads a"
        yield "# secret from a file. Variables of the environment win over this file."
        for group, members in groupby(variables().items(), _group):
            yield f"\n# --- {group} ---"
            for name, field in members:
                yield f"\n# {field.description}"
                yield f"{name}={values[name]}" if name in values else f"#{name}={_default(field)}"

    return "\n".join(lines()) + "\n"


def table() -> str:
    """The settings as Markdown, one row a variable."""

    def lines() -> Iterator[str]:
        for group, members in groupby(variables().items(), _group):
            yield f"\n**{group}**\n"
            yield "| variable | default | meaning |\n|---|---|---|"
            for name, field in members:
                default = f"`{_default(field)}`" if _default(field) else ""
                mark = " ▪" if is_secret(field) else ""
                meaning = (field.description or "").replace("<", "&lt;")
                yield f"| `{name}`{mark} | {default} | {meaning} |"
        yield "\n▪ a secret: may also be read from the file that the same name with `_FILE` names."

    return "\n".join(lines()).strip() + "\n"


def documents(root: Path) -> dict[Path, str]:
    """What the generated files of the project should hold."""
    readme = root / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    return {
        root / ".env.example": env_file({}),
        readme: f"{before}{BEGIN}\n\n{table()}\n{END}{after}",
    }


def main() -> None:
    for path, text in documents(Path.cwd()).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
