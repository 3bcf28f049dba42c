"""`make mutants`: break one line of a connector at a time and see whether its tests notice.

For each connector a repeatable sample of single-line changes is put, one by one, into a copy of
the tree. The quick part of the contract suite runs for it first, then, as long as nothing was
noticed, the connector's own tests and the long rest of the contract. So there are two scores: of
the quick part of the contract alone, and of everything. Whoever survives is printed.

    python bench/mutants.py --each 60 greenhouse lever
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

sys.path.insert(0, str(Path(__file__).parent))

from mutations import Mutant, mutants

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("connectors", "scheduler", "plugin", "tests", "docs", "setup.cfg", "pyproject.toml")
SEED = "afterword"
LONGEST = 240.0
"""Seconds; a mutant that makes the tests hang has been noticed."""
QUICK = ("round_trip", "tolerance", "signatures")
LONG = ("resume", "faults", "convergence")
NO_TESTS = 5
"""What pytest says when it selected none."""
LIBRARIES = (
    "flask",
    "werkzeug.serving",
    "sqlalchemy.dialects.sqlite",
    "alembic.command",
    "pydantic_settings",
    "requests",
    "responses",
    "slack_sdk",
    "rich.progress",
    "structlog",
    "click",
    "holidays",
)
"""What the tests import first; nothing of the product."""
QUICKLY = [
    "-x",
    "-n0",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
    "--tb=line",
    "--assert=plain",
]
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Verdict:
    connector: str
    mutant: Mutant
    killer: str
    """``contract``, ``own``, ``rest``, ``time-out``, or "" for a survivor."""
    seconds: float


def modules(connector: str) -> list[Path]:
    """The files of a connector; how it is configured is the settings' affair."""
    found = sorted((ROOT / "connectors" / "ats").glob(f"{connector}*.py"))
    return [path for path in found if not path.stem.endswith("_config")]


def connectors() -> list[str]:
    first = {
        path.stem.partition("_")[0] for path in (ROOT / "connectors" / "ats").glob("[a-z]*.py")
    }
    return sorted(first - {"base", ""})


def sample(connector: str, each: int) -> list[Mutant]:
    """At most one mutant to a line, the same ones whenever the code is the same."""
    rng = random.Random(f"{SEED} {connector}")
    by_line: dict[tuple[str, int], list[Mutant]] = defaultdict(list)
    for path in modules(connector):
        name = str(path.relative_to(ROOT))
        for mutant in mutants(name, path.read_text(encoding="utf-8")):
            by_line[mutant.path, mutant.line].append(mutant)
    chosen = rng.sample(sorted(by_line), min(each, len(by_line)))
    return [rng.choice(by_line[place]) for place in chosen]


def suites(connector: str) -> dict[str, list[str]]:
    """The arguments of pytest, by suite, in the order of what notices most for its time."""

    def contract(names: Sequence[str]) -> list[str]:
        paths = [f"tests/connectors/contract/test_{name}.py" for name in names]
        return [*(path for path in paths if (ROOT / path).exists()), "-k", f"[{connector}"]

    own = sorted(str(p.relative_to(ROOT)) for p in ROOT.glob(f"tests/*/test_{connector}*.py"))
    return {"contract": contract(QUICK), "own": own, "rest": contract(LONG)}


def in_a_child(copy: Path, arguments: Sequence[str], log: Path) -> None:
    """The body of a forked process: pytest over the copy; its exit code is the answer."""
    import pytest

    os.chdir(copy)
    with log.open("w") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(copy))
    temporary = copy / "tmp"
    temporary.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    options = (
        "-x",
        "-n0",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "--tb=line",
        "--assert=plain",
    )
    os._exit(int(pytest.main([*options, *arguments])))


def noticed(copy: Path, arguments: Sequence[str]) -> str:
    """``yes``, ``no``, ``time-out`` or ``no tests``."""
    child = FORK.Process(target=in_a_child, args=(copy, arguments, copy / "pytest.log"))
    child.start()
    child.join(LONGEST)
    if child.is_alive():
        child.kill()
        child.join()
        return "time-out"
    return {0: "no", NO_TESTS: "no tests"}.get(child.exitcode or 0, "yes")


def judge(connector: str, mutant: Mutant, copy: Path) -> Verdict:
    path, began = copy / mutant.path, time.monotonic()
    source = (ROOT / mutant.path).read_text(encoding="utf-8")
    path.write_text(mutant.applied(source), encoding="utf-8")
    killer = ""
    try:
        for suite, arguments in suites(connector).items():
            seen = noticed(copy, arguments) if arguments else "no tests"
            if seen in ("yes", "time-out"):
                killer = suite if seen == "yes" else seen
                break
    finally:
        path.write_text(source, encoding="utf-8")
    return Verdict(connector, mutant, killer, time.monotonic() - began)


def sound(connector: str, copy: Path) -> str | None:
    """Why a score would mean nothing: the tests fail without a mutant, or there are none."""
    said = {suite: noticed(copy, args) for suite, args in suites(connector).items() if args}
    failing = [suite for suite, seen in said.items() if seen in ("yes", "time-out")]
    if failing:
        return f"{', '.join(failing)} fail unchanged: {(copy / 'pytest.log').read_text()[-400:]}"
    return None if "no" in said.values() else "has no tests"


def copied(home: Path, number: int) -> Path:
    copy = home / f"copy{number}"
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            copy.mkdir(exist_ok=True)
            shutil.copy(source, copy / name)
    return copy


def run(names: Sequence[str], each: int, workers: int) -> list[Verdict]:
    for library in LIBRARIES:  # once, instead of in every child
        with suppress(ImportError):
            importlib.import_module(library)
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="mutants") as home:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            copies.put(copied(Path(home), number))

        def one(connector: str, mutant: Mutant) -> Verdict:
            copy = copies.get()
            try:
                verdict = judge(connector, mutant, copy)
            finally:
                copies.put(copy)
            word = verdict.killer or "SURVIVED"
            print(f"{connector:12} {verdict.seconds:5.0f} s  {word:9} {mutant.path}:{mutant.line} "
                  f"{mutant.what}", flush=True)  # fmt: skip
            return verdict

        for connector in names:
            copy = copies.get()
            flaw = sound(connector, copy)
            copies.put(copy)
            if flaw:
                print(f"{connector}: not measured, {flaw}", flush=True)
                continue
            with ThreadPoolExecutor(workers) as pool:
                waiting = [pool.submit(one, connector, m) for m in sample(connector, each)]
                verdicts += [each.result() for each in waiting]
    return verdicts


def report(verdicts: Sequence[Verdict]) -> str:
    lines = ["", "connector      mutants  quick contract   all its tests  survivors"]
    for connector in sorted({verdict.connector for verdict in verdicts}):
        mine = [verdict for verdict in verdicts if verdict.connector == connector]
        killers = Counter(verdict.killer for verdict in mine)
        total, survivors = len(mine), killers[""]
        contract = killers["contract"]
        lines.append(
            f"{connector:12} {total:9} {contract / total:15.0%} "
            f"{(total - survivors) / total:15.0%} {survivors:10}"
        )
    for verdict in verdicts:
        if not verdict.killer:
            source = (ROOT / verdict.mutant.path).read_text(encoding="utf-8")
            lines += ["", verdict.mutant.diff(source)]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("connector", nargs="*", help="all of them unless named")
    parser.add_argument("--each", type=int, default=20, help="mutants of each connector")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    began = time.monotonic()
    verdicts = run(given.connector or connectors(), given.each, given.workers)
    print(report(verdicts))
    print(f"\n{len(verdicts)} mutants in {(time.monotonic() - began) / 60:.0f} minutes")


if __name__ == "__main__":
    main()
