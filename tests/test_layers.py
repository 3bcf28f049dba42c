"""The three floors, read from the import statements themselves."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("connectors", "scheduler", "plugin")
SOURCES = sorted(p for floor in FLOORS for p in (ROOT / floor).rglob("*.py"))
PURE = (
    "connectors/model.py",
    "connectors/errors.py",
    "connectors/signature.py",
    "scheduler/answer_figures.py",
    "scheduler/answer_words.py",
    "scheduler/answers.py",
    "scheduler/cards.py",
    "scheduler/facts.py",
    "scheduler/deciding.py",
    "scheduler/hours.py",
    "scheduler/judging.py",
    "scheduler/nudge_blocks.py",
    "scheduler/plan.py",
    "scheduler/reaching.py",
    "scheduler/replay.py",
    "scheduler/replay_figures.py",
    "scheduler/rulebook.py",
    "scheduler/sparing.py",
    "scheduler/workdays.py",
    "scheduler/policy.py",
    "scheduler/figures.py",
    "scheduler/report.py",
    "scheduler/messages.py",
    "scheduler/owed.py",
    "scheduler/phrases.py",
    "scheduler/blocks.py",
    "scheduler/bounces.py",
    "scheduler/letters.py",
    "scheduler/report_view.py",
)
OUTSIDE = {
    "requests",
    "urllib",
    "urllib3",
    "socket",
    "ssl",
    "smtplib",
    "http",
    "sqlite3",
    "sqlalchemy",
    "alembic",
    "flask",
    "slack_sdk",
    "apscheduler",
    "subprocess",
    "os",
    "time",
    "threading",
    "random",
}
CLOCK = "plugin/clock.py"
CLOCK_READS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(p): p for p in SOURCES}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports_of(path: Path, *, top_level_only: bool = False) -> set[str]:
    """Absolute module names that a file imports; names of ours are resolved to modules."""
    tree = tree_of(path)
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            base = node.module or ""
            found.update(
                f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base
                for alias in node.names
            )
    return found


@pytest.mark.parametrize("floor", FLOORS)
def test_a_module_imports_only_its_own_floor_and_those_below(floor: str) -> None:
    above = set(FLOORS[FLOORS.index(floor) + 1 :]) | {"tests"}
    wrong = [
        f"{name} imports {each}"
        for name, path in MODULES.items()
        if name.split(".")[0] == floor
        for each in imports_of(path)
        if each.split(".")[0] in above
    ]
    assert not wrong


def test_no_modules_import_each_other_in_a_circle() -> None:
    edges = {
        name: {i for i in imports_of(path) if i in MODULES and i != name}
        for name, path in MODULES.items()
    }
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for each in edges[name]:
                walk(each, (*trail, name))
            done.add(name)

    for name in edges:
        walk(name, ())


@pytest.mark.parametrize("path", [p for p in PURE if (ROOT / p).exists()])
def test_a_pure_module_imports_nothing_that_touches_the_outside(path: str) -> None:
    wrong = {i for i in imports_of(ROOT / path) if i.split(".")[0] in OUTSIDE}
    assert not wrong
    ours = {i for i in imports_of(ROOT / path) if i.split(".")[0] in FLOORS}
    allowed = {p.removesuffix(".py").replace("/", ".") for p in PURE} | {"connectors.notify.base"}
    assert ours <= allowed


def test_every_pure_module_exists() -> None:
    assert not [p for p in PURE if not (ROOT / p).exists()]


def test_the_wall_clock_is_read_in_one_place() -> None:
    read = [
        f"{name}, line {node.lineno}"
        for name, path in MODULES.items()
        if path.relative_to(ROOT).as_posix() != CLOCK
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if (node.value.id, node.attr) in CLOCK_READS
    ]
    assert not read


def test_no_file_has_grown_beyond_400_lines() -> None:
    long = [str(path) for path in SOURCES if len(path.read_text().splitlines()) > 400]
    assert not long
