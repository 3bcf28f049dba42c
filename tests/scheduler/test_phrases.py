"""Words that every message and page is made of."""

from __future__ import annotations

import pytest

from scheduler.phrases import counted


@pytest.mark.parametrize(
    ("n", "noun", "said"),
    [
        (1, "day", "1 day"),
        (3, "day", "3 days"),
        (0, "address", "0 addresses"),
        (1200, "row", "1,200 rows"),
    ],
)
def test_what_is_counted_reads_as_people_write(n: int, noun: str, said: str) -> None:
    assert counted(n, noun) == said
