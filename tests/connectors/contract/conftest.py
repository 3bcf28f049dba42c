"""Every test here runs for every ATS of the registry."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from scheduler.store import Store
from tests.connectors.contract.bench import BENCHES, Bench
from tests.connectors.contract.storing import EmptyShelf, Shelf


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest) -> Bench:
    return BENCHES[request.param]


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blank") / "blank.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def shelf(blank: Path) -> EmptyShelf:
    """An empty store each time it is called."""

    @contextmanager
    def empty() -> Iterator[Shelf]:
        with TemporaryDirectory() as home:
            url = f"sqlite:///{shutil.copy(blank, home)}"
            with Store.open(url) as store:
                yield Shelf(store, url)

    return empty
