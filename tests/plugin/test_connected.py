"""What each account can tell and where its webhooks go: on the page and in ``check``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.ats.base import Capabilities
from plugin.connected import Connected, connected
from plugin.sandbox.server import SandboxServer
from scheduler.store import Delivery, Store
from tests.plugin.conftest import Run
from tests.plugin.sandbox_kit import MONDAY, story
from tests.plugin.test_pages import shown
from tests.plugin.web import NOW, Doorbell, web
from tests.scheduler.builders import application, candidate, card, interview, job, person, save
from tests.stores import emptied, opened, store_at

DAY = timedelta(days=1)
URL = "https://afterword.example.com"


class Account(Doorbell):
    def __init__(self, name: str = "greenhouse", **capabilities: bool) -> None:
        self.name = name
        usual = {"submission": True, "webhooks": True, "secret_path": False} | capabilities
        self.capabilities = Capabilities(own_reminders="", **usual)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(emptied()) as store:
        yield store


def seen(
    store: Store, account: Account, *, proved: bool = True, url: str | None = URL
) -> Connected:
    [found] = connected(store, {account.name: account}, [account.name][:proved], url, NOW)
    return found


def talk(store: Store, number: int, *cards: bool, ended_days_ago: int = 9) -> None:
    """An interview whose interviewers' scorecards can be told of, or not."""
    seats = [card(f"p{n}", can_tell=tells) for n, tells in enumerate(cards, 1)]
    save(
        store,
        *(person(f"p{n}") for n in range(1, len(cards) + 1)),
        candidate("c1"),
        job("j1"),
        application("a1"),
        interview(f"i{number}", *seats, ends_at=NOW - ended_days_ago * DAY),
        at=NOW,
    )


def rung(store: Store, minutes_ago: int, ats: str = "greenhouse") -> None:
    at = NOW - timedelta(minutes=minutes_ago)
    hashed = f"{ats} {minutes_ago}"
    store.receive(ats, Delivery(at, None, hashed, secret_id="s", body=None, action=None))


# -- what it cannot tell


def test_a_connector_that_says_it_cannot_tell_is_believed(store: Store) -> None:
    assert seen(store, Account()).cannot_tell == ""
    assert seen(store, Account()).name == Account().name
    assert seen(store, Account(submission=False)).cannot_tell.startswith("who handed in")


def test_an_account_that_could_tell_of_nobody_for_sixty_days_cannot_tell(store: Store) -> None:
    """Merge, where the ATS behind it gives no scorecards: known from the rows after a restart."""
    talk(store, 1, False, False)
    assert seen(store, Account()).cannot_tell.startswith("who handed in")


def test_what_it_cannot_tell_of_some_is_counted(store: Store) -> None:
    talk(store, 1, True, False)
    talk(store, 2, True)
    assert "of 1 of 3 scorecards of the last 60 days" in seen(store, Account()).cannot_tell


def test_whoever_owes_nothing_is_not_counted(store: Store) -> None:
    talk(store, 1, True)
    seats = card("p1", can_tell=False, required=False), card("p2", can_tell=False)
    save(store, person("p2"), interview("i2", *seats, ends_at=NOW - DAY), at=NOW)
    save(store, interview("i2", seats[0], ends_at=NOW - DAY), at=NOW + DAY)
    assert seen(store, Account()).cannot_tell == ""


def test_what_is_older_or_still_to_come_says_nothing(store: Store) -> None:
    talk(store, 1, True, True)
    talk(store, 2, False, ended_days_ago=61)
    talk(store, 3, False, ended_days_ago=-1)
    assert seen(store, Account()).cannot_tell == ""


# -- where its webhooks go


def test_an_address_is_ours_and_the_account_s_and_the_last_delivery_stands_beside_it(
    store: Store,
) -> None:
    rung(store, 50)
    rung(store, 20)
    rung(store, 5, "lever")
    bell = seen(store, Account()).bell
    assert bell is not None
    assert bell.address == f"{URL}/webhooks/greenhouse"
    assert (bell.proved, bell.masked) == (True, False)
    assert bell.last_at == NOW - timedelta(minutes=20)
    assert seen(store, Account("merge")).bell == type(bell)(
        f"{URL}/webhooks/merge", masked=False, proved=True, last_at=None
    )


def test_an_account_without_webhooks_has_none(store: Store) -> None:
    assert seen(store, Account(webhooks=False)).bell is None


def test_a_secret_in_the_address_is_never_on_the_page(store: Store) -> None:
    bell = seen(store, Account("odoo", secret_path=True)).bell
    assert bell is not None
    assert (bell.address, bell.masked) == (f"{URL}/webhooks/odoo/…", True)


def test_the_page_shows_it_all(store: Store) -> None:
    talk(store, 1, False)
    rung(store, 20)
    page = shown(web(store, public_url=URL))
    assert "This account cannot tell who handed in" in page
    assert f"{URL}/webhooks/greenhouse A secret is set. Tue 24 Nov, 09:10" in page


def test_the_page_says_what_is_not_set(store: Store) -> None:
    page = shown(web(store, public_url="", doorbells=()))
    assert "https://…/webhooks/greenhouse No secret is set, so that none is taken" in page
    assert "Set AFTERWORD_PUBLIC_URL to see the whole address. None yet" in page
    assert "All that Afterword asks for." in page


# -- check


def address(afterword: Run, *options: str) -> dict[str, Any]:
    found = json.loads(afterword("check", "--json", *options).stdout)["findings"]
    [one] = [each for each in found if each["subject"].endswith(": webhook address")]
    return dict(one)


@pytest.fixture(params=["greenhouse", "odoo"])
def vendor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with SandboxServer(story().world, now=MONDAY, dialects=(request.param,)) as sandbox:
        for name, value in sandbox.environment().items():
            monkeypatch.setenv(name, value)
        yield request.param


def secret(vendor: str, settings: pytest.MonkeyPatch) -> str:
    chosen = f"chosen-secret-of-{vendor}-" + "0123456789" * 4  # wider than a terminal
    settings.setenv(f"{vendor.upper()}_WEBHOOK_SECRET", chosen)
    return chosen


def test_check_shows_the_address_and_hides_a_secret_in_it_until_it_is_asked_for(
    afterword: Run, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = secret(vendor, monkeypatch)
    monkeypatch.setenv("AFTERWORD_PUBLIC_URL", URL)
    said, revealed = address(afterword), address(afterword, "--reveal")
    assert said["ok"]
    assert revealed["ok"]
    assert hidden not in afterword("check").output
    if vendor == "odoo":
        assert said["detail"].startswith(f"{URL}/webhooks/odoo/… (a secret is set; none came yet;")
        assert revealed["detail"].startswith(f"{URL}/webhooks/odoo/{hidden} (a secret is set")
        assert f"{URL}/webhooks/odoo/{hidden} " in afterword("check", "--reveal").output
    else:
        assert said == revealed
        assert said["detail"] == f"{URL}/webhooks/greenhouse (a secret is set; none came yet)"


def test_check_tells_when_the_last_one_came_and_what_is_not_set(
    afterword: Run, place: Path, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(f"{vendor.upper()}_WEBHOOK_SECRET", raising=False)
    with Store.open(store_at(place / "afterword.db")) as store:
        rung(store, 20, vendor)
    said = address(afterword)
    assert said["detail"].startswith(f"https://…/webhooks/{vendor}")
    assert "no secret is set, so that none is taken" in said["detail"]
    assert "the last one came 2026-11-24 09:10 UTC" in said["detail"]
    assert said["ok"], "nothing has to be done: polling alone is enough"
    secret(vendor, monkeypatch)
    said = address(afterword)
    assert (said["ok"], said["optional"]) == (False, True)
    assert said["remedy"] == "Set AFTERWORD_PUBLIC_URL to see the whole address."


def test_check_says_what_merge_cannot_tell_as_its_probe_found_it(
    afterword: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A world whose last scorecard is older than sixty days: one truth, not two."""
    late = MONDAY + timedelta(days=400)
    with SandboxServer(story().world, now=late, dialects=("merge",)) as sandbox:
        for name, value in sandbox.environment().items():
            monkeypatch.setenv(name, value)
        found = json.loads(afterword("check", "--json").stdout)["findings"]
    told = {each["subject"]: each["ok"] for each in found}
    assert (told["merge: submissions seen"], told["merge: who handed in"]) == (False, False)
