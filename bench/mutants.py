"""`make mutants`: break one line of a connector at a time and see whether its tests notice.

For each connector a repeatable sample of single-line changes is put, one by one, into a private
copy of the tree. The contract suite runs for it first, then, as long as nothing was noticed, the
connector's own tests. So there are two scores: of the contract alone, and of both. Whoever
survives is printed. What changes nothing that anybody could see is named in bench/equivalents.py
and left out. The long part of the contract (every column spoiled, faults, …) runs with ``--long``.

    python -m bench.mutants --connector greenhouse --contract --each 60
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
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from queue import SimpleQueue

from bench.equivalents import EQUIVALENT
from bench.mutations import Mutant, mutants

ROOT = Path(__file__).resolve().parent.parent
COPIED = (
    "connectors",
    "scheduler",
    "plugin",
    "tests",
    "docs",
    "setup.cfg",
    "pyproject.toml",
    ".env.example",
)
SEED = "afterword"
LONGEST = 120.0
"""Seconds; a mutant that makes the tests hang has been noticed."""
QUICK = ("options", "round_trip", "reading", "doorbell", "tolerance", "check", "signatures")
LONG = ("columns", "resume", "faults", "convergence")
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
    "hypothesis",
    "slack_sdk",
    "rich.progress",
    "structlog",
    "click",
    "holidays",
)
"""What the tests import first; nothing of the product."""
QUICKLY = (
    "-x",
    "-n0",
    "-m",
    "",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
    "--tb=line",
    "--assert=plain",
)
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Verdict:
    connector: str
    mutant: Mutant
    killer: str
    """``contract``, ``long``, ``own``, ``time-out``, or "" for a survivor."""
    seconds: float
    diff: str


@dataclass
class Progress:
    """One line for each verdict, with what is left at the pace so far."""

    total: int
    limit: float = float("inf")
    """Seconds after which no other mutant is begun."""
    began: float = field(default_factory=time.monotonic)
    done: int = 0

    @property
    def over(self) -> bool:
        return time.monotonic() - self.began > self.limit

    def told(self, verdict: Verdict) -> Verdict:
        self.done += 1
        left = (time.monotonic() - self.began) / self.done * (self.total - self.done)
        word, mutant = verdict.killer or "SURVIVED", verdict.mutant
        print(f"{self.done:4}/{self.total} {left / 60:4.0f} min left  {verdict.connector:11} "
              f"{verdict.seconds:4.0f} s  {word:9} {mutant.path}:{mutant.line} {mutant.what}",
              flush=True)  # fmt: skip
        if not verdict.killer:
            print(verdict.diff, flush=True)
        return verdict


def modules(connector: str, tree: Path) -> list[Path]:
    """What maps and what is set; how a vendor is asked (``_api``) is for its own tests."""
    found = sorted((tree / "connectors" / "ats").glob(f"{connector}*.py"))
    return [path for path in found if not path.stem.endswith("_api")]


def connectors() -> list[str]:
    first = {
        path.stem.partition("_")[0] for path in (ROOT / "connectors" / "ats").glob("[a-z]*.py")
    }
    return sorted(first - {"base", ""})


def sample(connector: str, each: int, seed: str, tree: Path) -> list[Mutant]:
    """At most one mutant to a line, the same ones whenever the code is the same."""
    rng = random.Random(f"{seed} {connector}")
    by_line: dict[tuple[str, int], list[Mutant]] = defaultdict(list)
    for path in modules(connector, tree):
        source = path.read_text(encoding="utf-8")
        for mutant in mutants(str(path.relative_to(tree)), source):
            if mutant.change(source) not in EQUIVALENT:
                by_line[mutant.path, mutant.line].append(mutant)
    chosen = rng.sample(sorted(by_line), min(each, len(by_line)))
    return [rng.choice(by_line[place]) for place in chosen]


@dataclass(frozen=True)
class Asked:
    """Which tests: the contract is always among them."""

    own: bool
    long: bool


def suites(connector: str, tree: Path, asked: Asked) -> dict[str, list[str]]:
    """The arguments of pytest, by suite, in the order of what notices most for its time."""

    def contract(names: Sequence[str]) -> list[str]:
        paths = [f"tests/connectors/contract/test_{name}.py" for name in names]
        return [*(path for path in paths if (tree / path).exists()), "-k", f"[{connector}"]

    own = sorted(str(p.relative_to(tree)) for p in tree.glob(f"tests/*/test_{connector}*.py"))
    found = {"contract": contract(QUICK)}
    found |= {"long": contract(LONG)} if asked.long else {}
    return found | ({"own": own} if asked.own else {})


def in_a_child(copy: Path, arguments: Sequence[str], log: Path) -> None:
    """The body of a forked process: pytest over the copy; its exit code is the answer."""
    import pytest

    os.chdir(copy)
    with log.open("w") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    sys.dont_write_bytecode = True
    sys.path[:] = [str(copy), *(each for each in sys.path if each != str(ROOT))]
    temporary = copy / "tmp"
    temporary.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    os._exit(int(pytest.main([*QUICKLY, *arguments])))


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


def judge(connector: str, mutant: Mutant, copy: Path, asked: Asked) -> Verdict:
    path, began = copy / mutant.path, time.monotonic()
    source = path.read_text(encoding="utf-8")
    path.write_text(mutant.applied(source), encoding="utf-8")
    killer = ""
    try:
        for suite, arguments in suites(connector, copy, asked).items():
            seen = noticed(copy, arguments)
            if seen in ("yes", "time-out"):
                killer = suite if seen == "yes" else seen
                break
    finally:
        path.write_text(source, encoding="utf-8")
    return Verdict(connector, mutant, killer, time.monotonic() - began, mutant.diff(source))


def sound(connector: str, copy: Path, asked: Asked) -> str | None:
    """Why a score would mean nothing: the tests fail without a mutant, or there are none."""
    said = {}
    for suite, arguments in suites(connector, copy, asked).items():
        said[suite] = noticed(copy, arguments)
        if said[suite] in ("yes", "time-out"):
            return f"{suite} fails unchanged: {(copy / 'pytest.log').read_text()[-600:]}"
    return None if "no" in said.values() else "it has no tests"


@contextmanager
def copies(count: int) -> Iterator[list[Path]]:
    """So many private copies of the tree as it is now; all tests run in one of them."""
    with tempfile.TemporaryDirectory(prefix="mutants") as home:
        first = Path(home) / "copy0"
        first.mkdir()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, first / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, first / name)
        others = [shutil.copytree(first, Path(home) / f"copy{n}") for n in range(1, count)]
        yield [first, *others]


def run(
    names: Sequence[str], each: int, seed: str, workers: int, asked: Asked, minutes: float
) -> list[Verdict]:
    for library in LIBRARIES:  # once, instead of in every child
        with suppress(ImportError):
            importlib.import_module(library)
    with copies(workers) as trees:
        free: SimpleQueue[Path] = SimpleQueue()
        for tree in trees:
            free.put(tree)
        drawn: dict[str, list[Mutant]] = {}
        for connector in names:
            if flaw := sound(connector, trees[0], asked):
                print(f"{connector}: not measured, {flaw}", flush=True)
            else:
                drawn[connector] = sample(connector, each, seed, trees[0])
        # In turn, so that a run that was cut short has something of every connector.
        turns = zip_longest(*([(name, one) for one in mine] for name, mine in drawn.items()))
        chosen = [pair for turn in turns for pair in turn if pair]
        progress = Progress(len(chosen), minutes * 60)

        def one(connector: str, mutant: Mutant) -> Verdict | None:
            if progress.over:
                return None
            tree = free.get()
            try:
                return progress.told(judge(connector, mutant, tree, asked))
            finally:
                free.put(tree)

        with ThreadPoolExecutor(workers) as pool:
            waiting = [pool.submit(one, *each) for each in chosen]
            return [verdict for each in waiting if (verdict := each.result())]


def report(verdicts: Sequence[Verdict]) -> str:
    lines = ["", "connector      mutants  contract alone  all that was asked  survivors"]
    for connector in sorted({verdict.connector for verdict in verdicts}):
        mine = [verdict for verdict in verdicts if verdict.connector == connector]
        killers = Counter(verdict.killer for verdict in mine)
        total, survivors = len(mine), killers[""]
        contract = total - survivors - killers["own"]
        lines.append(
            f"{connector:12} {total:9} {contract / total:15.0%} "
            f"{(total - survivors) / total:19.0%} {survivors:10}"
        )
    for verdict in verdicts:
        if verdict.killer in ("", "own"):
            lines += ["", f"{verdict.killer or 'survived'}: {verdict.diff}"]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connector", action="append", help="all of them unless named")
    parser.add_argument("--contract", action="store_true", help="without the connector's own tests")
    parser.add_argument("--long", action="store_true", help="with the long part of the contract")
    parser.add_argument("--each", type=int, default=20, help="mutants of each connector")
    parser.add_argument("--seed", default=SEED, help="another sample")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="begin none after these"
    )
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    names = given.connector or connectors()
    asked = Asked(own=not given.contract, long=given.long)
    verdicts = run(names, given.each, given.seed, given.workers, asked, given.minutes)
    print(report(verdicts))
    print(f"\n{len(verdicts)} mutants in {(time.monotonic() - began) / 60:.0f} minutes")


if __name__ == "__main__":
    main()
