"""Writes ``.env.example`` and the settings table from what can be set.

    python -m plugin.settings_docs

The table goes between the two ``settings`` marks of README.md, the keys of the policy file between
the two ``keys`` marks of docs/policy.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from connectors import every_ats, every_notifier
from plugin.policy_keys import tables
from plugin.variables import Variable, variables

Known = Mapping[str, Variable]


def ours() -> Known:
    """The variables of Afterword itself, whatever else is installed here."""
    return variables((*every_ats(()).by_name.values(), *every_notifier(()).by_name.values()))


def _groups(known: Known) -> Iterator[tuple[str, Iterator[Variable]]]:
    return groupby(known.values(), lambda variable: variable.group)


def env_file(values: Mapping[str, str], known: Known) -> str:
    """A commented ``.env`` in which only ``values`` are set; the rest is shown with its default."""

    def lines() -> Iterator[str]:
        yield "# Afterword reads this file from the directory that it is started in."
        yield "# A line that begins with # is not set and shows the default. NAME_FILE=path reads a"
        yield "# secret from a file. Variables of the environment win over this file."
        for group, members in _groups(known):
            yield f"\n# --- {group} ---"
            for each in members:
                yield f"\n# {each.says}"
                name, given = each.name, values.get(each.name)
                yield f"#{name}={each.default}" if given is None else f"{name}={given}"

    return "\n".join(lines()) + "\n"


def table(known: Known) -> str:
    """The settings as Markdown, one row a variable."""

    def lines() -> Iterator[str]:
        for group, members in _groups(known):
            yield f"\n**{group}**\n"
            yield "| variable | default | meaning |\n|---|---|---|"
            for each in members:
                default = f"`{each.default}`" if each.default else ""
                mark = " ▪" if each.secret else ""
                yield f"| `{each.name}`{mark} | {default} | {each.says.replace('<', '&lt;')} |"
        yield "\n▪ a secret: may also be read from the file that the same name with `_FILE` names."

    return "\n".join(lines()).strip() + "\n"


def documents(root: Path) -> dict[Path, str]:
    """What the generated files of the project should hold."""
    readme, policy = root / "README.md", root / "docs" / "policy.md"
    return {
        root / ".env.example": env_file({}, ours()),
        readme: _between(readme, "settings", table(ours())),
        policy: _between(policy, "keys", tables()),
    }


def _between(file: Path, mark: str, text: str) -> str:
    """The file with ``text`` between its two marks."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, _, rest = file.read_text(encoding="utf-8").partition(begin)
    return f"{before}{begin}\n\n{text}\n{end}{rest.partition(end)[2]}"


def main() -> None:
    for path, text in documents(Path.cwd()).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
