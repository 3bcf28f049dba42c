"""What it costs to tell ninety days again under two policies: processor time, peak memory.

    python bench/replay.py 5000 10000

Of the scorecards one in four is never handed in, the others within four days; 300 people owe them.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench.scale import FORK, NOW, POLICY, Shape, cost, fill
from plugin.commands.replay import history_of
from plugin.service import SPEAK_EVERY
from scheduler.replay import retell
from scheduler.replay_figures import differences
from scheduler.rulebook import Rulebook
from scheduler.store import Store

SHAPE = Shape("a quarter, one in four open", days=84, open_every=4)


def told_twice(store: Store) -> str:
    history = history_of(store, NOW - timedelta(days=90), NOW)
    books = [Rulebook(replace(POLICY, due_after_days=days)) for days in (2, 1)]
    ours, theirs = (retell(history, book, SPEAK_EVERY) for book in books)
    number, _ = differences(history.facts, ours, theirs, 10)
    return f"{len(ours.said):,} and {len(theirs.said):,} messages, {number:,} scorecards differ"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scorecards", type=int, nargs="*", default=[5_000, 10_000])
    for size in parser.parse_args().scorecards:
        with tempfile.TemporaryDirectory() as home:
            url = f"sqlite:///{Path(home) / 'quarter.db'}"
            filling = FORK.Process(target=fill, args=(url, size, SHAPE))
            filling.start()
            filling.join()
            found = cost(url, told_twice)
            print(f"{size:,}: {found.seconds:.1f} s, {found.megabytes:.0f} MB; {found.said}")


if __name__ == "__main__":
    main()
