"""Is it up, and can it do its work?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.store import Store, StoreProblem
from tests.plugin.web import NOW, Web, web
from tests.scheduler.builders import person, save, world
from tests.stores import emptied, opened, store_at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(emptied()) as store:
        yield store


@pytest.fixture
def site(store: Store) -> Web:
    return web(store)


def synced(store: Store, outcome: str = "ok", *, hours_ago: float = 0, error: str = "") -> None:
    at = NOW - timedelta(hours=hours_ago)
    run = store.begin_sync("greenhouse", "test", at)
    assert run is not None
    store.finish_sync(run, outcome, error or None, at)


def ready(site: Web) -> tuple[int, dict[str, str]]:
    """Status and the details of what is not well."""
    answer = site.app.test_client().get("/readyz")
    checks = answer.get_json()["checks"]
    return answer.status_code, {c["name"]: c["detail"] for c in checks if not c["ok"]}


class Gone(Store):
    """A store that no question can be asked of."""

    def ping(self) -> None:
        raise StoreProblem("The database file cannot be opened.")


def test_healthz_asks_the_store_nothing(tmp_path: Path) -> None:
    with Gone.open(store_at(tmp_path / "a.db")) as store:
        answer = web(store).app.test_client().get("/healthz")
    assert answer.status_code == 200
    assert answer.get_json() == {"status": "ok", "detail": "The process answers."}


def test_it_is_ready_when_store_sync_and_jobs_are_well(site: Web, store: Store) -> None:
    synced(store)
    assert ready(site) == (200, {})


def test_it_is_not_ready_without_its_store(tmp_path: Path) -> None:
    with Gone.open(store_at(tmp_path / "a.db")) as store:
        assert ready(web(store)) == (503, {"store": "The database file cannot be opened."})


def test_it_is_not_ready_before_the_first_sync(site: Web) -> None:
    assert ready(site) == (503, {"sync greenhouse": "No sync has been made yet."})


def test_it_is_not_ready_when_the_last_whole_sync_is_too_old(site: Web, store: Store) -> None:
    synced(store, hours_ago=3)
    problem = "The last whole sync is 3 hours old: see the log of this service."
    assert ready(site) == (503, {"sync greenhouse": problem})


def test_one_failed_sync_after_a_recent_good_one_leaves_it_ready(site: Web, store: Store) -> None:
    synced(store, hours_ago=1)
    synced(store, "failed", error="Greenhouse did not answer.")
    assert ready(site) == (200, {})


def test_failed_syncs_make_it_unready_in_the_end_and_say_why(site: Web, store: Store) -> None:
    synced(store, hours_ago=4)
    synced(store, "failed", error="Greenhouse refused the token: set GREENHOUSE_CLIENT_SECRET.")
    problem = "Greenhouse refused the token: set GREENHOUSE_CLIENT_SECRET."
    assert ready(site) == (503, {"sync greenhouse": problem})


@pytest.mark.parametrize("silent", [None, timedelta(minutes=30)])
def test_it_is_not_ready_when_the_jobs_have_stopped(
    site: Web, store: Store, silent: timedelta | None
) -> None:
    synced(store)
    site.beat = None if silent is None else NOW - silent
    status, wrong = ready(site)
    assert status == 503
    assert list(wrong) == ["jobs"]


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_neither_names_anybody_nor_asks_for_a_token(site: Web, store: Store, address: str) -> None:
    save(store, *world(), person("p3", "Zoë Dahl"))
    synced(store)
    answer = site.app.test_client().get(address)
    assert answer.status_code == 200
    assert not any(name in answer.text for name in ("Bo", "Zoë", "Noor", "example.org"))
    assert answer.headers["Cache-Control"] == "no-store"
