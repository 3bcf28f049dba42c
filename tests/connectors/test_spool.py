"""Texts by key that are kept on disk."""

from __future__ import annotations

import resource
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import ConnectorError
from connectors.spool import Spool

KEYS = st.sampled_from(["interview/1", "interview/2", "application/1", "ß", "x" * 300])
TEXTS = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=40)


@given(
    st.lists(st.tuples(KEYS, TEXTS), max_size=60),
    st.sampled_from([1, 2, 65536]),
    st.sampled_from([0, 1, 100, 10**6]),
)
def test_the_texts_of_a_key_come_back_newest_first_and_no_others(
    told: list[tuple[str, str]], marks: int, in_memory: int
) -> None:
    """With one mark every key shares it with every other."""
    spool, wanted = Spool(marks=marks, in_memory=in_memory), defaultdict[str, list[str]](list)
    for key, text in told:
        spool.add(key, text)
        wanted[key].insert(0, text)
        assert list(spool.of(key)) == wanted[key]
    for key, texts in wanted.items():
        assert list(spool.of(key)) == texts
    assert list(spool.of("nobody")) == []


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_nothing_is_left_behind(folder: Path) -> None:
    spool = Spool(in_memory=1)
    spool.add("interview/1", "something long enough")
    assert list(spool.of("interview/1")) == ["something long enough"]
    del spool
    assert list(folder.iterdir()) == []


@pytest.fixture
def small_disk(folder: Path) -> Iterator[None]:
    """No file of this process may grow beyond 100 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_disk")
def test_a_disk_that_takes_no_more_is_said_with_what_to_do() -> None:
    spool = Spool(in_memory=1)
    with pytest.raises(ConnectorError, match=r"temporary file: .*Free some space, or set TMPDIR"):
        fill(spool, 200)


def fill(spool: Spool, kilobytes: int) -> None:
    for number in range(kilobytes):
        spool.add(f"interview/{number}", "x" * 1000)
        assert list(spool.of(f"interview/{number}")) == ["x" * 1000]
