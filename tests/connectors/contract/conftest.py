"""Every test here runs for every ATS of the registry.

Of all but Greenhouse only the round trip, tolerance and signatures do; the rest are slow proofs,
which `make proofs` runs. So are whole companies and invented worlds of Greenhouse too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from scheduler.store import Store
from tests.connectors.contract.bench import BENCHES, Bench
from tests.connectors.contract.storing import EmptyShelf, Shelf
from tests.stores import store_at

LONG = (
    "test_check",
    "test_convergence",
    "test_doorbell",
    "test_faults",
    "test_reading",
    "test_resume",
)
LONG_TESTS = (
    "test_a_stamp_is_of_the_last_change_or_later_and_never_of_the_future",
    "test_whoever_pulls_again_is_told_what_happened_meanwhile",
    "test_whoever_reads_again_is_told_what_happened_since_the_pull",
)
FIRST_VALUE = (
    "test_a_field_that_nobody_documented_is_ignored",
    "test_a_record_without_what_it_needs_is_parked_by_path_and_the_rest_goes_on",
)
"""Of these one value of several (null) will do every day."""
QUICK = "greenhouse"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and "bench" in item.fixturenames:
            module = item.module.__name__.rsplit(".", 1)[-1]
            long = module in LONG or item.originalname in LONG_TESTS
            values = list(item.callspec.params.values())
            another = item.originalname in FIRST_VALUE and None not in values
            if another or (long and item.callspec.params["bench"] != QUICK):
                item.add_marker(pytest.mark.slow)


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest) -> Bench:
    return BENCHES[request.param]


@pytest.fixture(scope="session")
def shelf() -> EmptyShelf:
    """An empty store each time it is called."""

    @contextmanager
    def empty() -> Iterator[Shelf]:
        with TemporaryDirectory() as home:
            url = store_at(Path(home) / "afterword.db")
            with Store.open(url) as store:
                yield Shelf(store, url)

    return empty
