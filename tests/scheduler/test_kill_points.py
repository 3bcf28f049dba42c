"""A process that is killed at any of its points, and started again: nothing twice, nothing lost.

Arrivals are counted outside, at a Slack and a real SMTP server that live on.
"""

from __future__ import annotations

import itertools
import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from scheduler.audit import found_in
from scheduler.store import Store, StoreProblem, tables
from scheduler.store.values import Delivery
from tests.connectors.fake_slack import SCOPES, FakeSlack
from tests.connectors.mail_server import MailServer
from tests.scheduler.builders import rows
from tests.scheduler.dying_tick import (
    HIRING,
    KILLED,
    MOMENTS,
    MONDAY,
    OPS,
    PATIENCE,
    Outside,
    live,
)

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.scheduler.dying_tick"])
FINAL = {"sent", "failed", "unknown", "abandoned"}


@dataclass
class Site:
    """One database, and everything outside that it talks to."""

    url: str
    slack: FakeSlack
    mail: MailServer
    on_ambiguous: str = "hold"

    def lives(self, dies_at: int = 0) -> int:
        """Two weeks, with one death at that point and a new start; how many points there were."""
        self.slack.person("p1@example.org", "U1")
        self.slack.person("p2@example.org", "U2")
        self.slack.fail_next(error="token_revoked")
        reached, passed = PROCESSES.Value("i", 0), PROCESSES.Value("i", 0)
        if self._life(0, dies_at, passed, reached) == KILLED:
            again = PROCESSES.Value("i", 0)
            assert self._life(reached.value, 0, again, reached) == 0
        assert reached.value == len(MOMENTS) - 1
        return int(passed.value)

    def hunted(self, patience: Callable[[], float]) -> int:
        """Two weeks, killed from outside again and again; how often. At least one moment is lived
        through between two deaths, so that the end is reached."""
        self.slack.person("p1@example.org", "U1")
        self.slack.person("p2@example.org", "U2")
        reached, deaths = PROCESSES.Value("i", 0), 0
        while deaths < 100:
            outside = Outside(self.url, self.slack.url, self.mail.url, self.on_ambiguous)
            words = (outside, reached.value, 0, PROCESSES.Value("i", 0), reached)
            process = PROCESSES.Process(target=live, args=words)
            process.start()
            start = reached.value
            process.join(patience())
            while process.is_alive() and reached.value == start:
                process.join(0.05)
            if not process.is_alive():
                break
            process.kill()
            process.join()
            deaths += 1
        assert process.exitcode == 0
        assert reached.value == len(MOMENTS) - 1
        return deaths

    def _life(self, start: int, dies_at: int, passed: Any, reached: Any) -> int | None:
        outside = Outside(self.url, self.slack.url, self.mail.url, self.on_ambiguous)
        process = PROCESSES.Process(target=live, args=(outside, start, dies_at, passed, reached))
        process.start()
        process.join(PATIENCE.total_seconds())
        if process.is_alive():
            process.kill()
            process.join()
        return process.exitcode

    def arrived(self) -> Counter[str]:
        """How often each of our messages arrived, by its id."""
        posted = [p.arguments["metadata"]["event_payload"]["id"] for p in self.slack.posts]
        mailed = [
            str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in self.mail.received
        ]
        return Counter([*posted, *mailed])


@dataclass
class Told:
    """What the store says in the end."""

    states: dict[str, str]
    """Of every message, by its id."""
    steps: dict[tuple[str, str, str], set[str]]
    """Interview, interviewer, step: the states of the messages that spoke at it."""
    ids: dict[tuple[str, str, str], list[str]]
    audit: set[str]
    withdrawn: set[tuple[str, str, str]]
    """What was not due any more when somebody could have sent it; the history says why."""
    in_doubt: set[str]
    """The channels of the messages of which nobody knows whether they arrived."""


def told(url: str) -> Told:
    with Store.open(url) as store:
        said = store.said_since(MONDAY)
        steps: dict[tuple[str, str, str], set[str]] = {}
        ids: dict[tuple[str, str, str], list[str]] = {}
        for row in said:
            if row.key is not None:
                place = (row.key.interview_id, row.key.interviewer_id, row.step)
                steps.setdefault(place, set()).add(row.state)
                if row.state in ("sent", "unknown"):
                    ids.setdefault(place, []).append(row.message_id)
        states = {row.message_id: row.state for row in said}
        audit = {each.kind for each in found_in(store.audit())}
        in_doubt = {row.channel for row in said if row.state == "unknown"}
        withdrawn = {
            (name, event.interviewer_id or "", event.detail.partition(" by ")[0])
            for name in ("i1", "i2", "i3")
            for event in store.story(name)[0].history
            if event.event == "withdrawn"
        }
        return Told(states, steps, ids, audit, withdrawn, in_doubt)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Told]]:
    """Two weeks in which nobody dies: the number of points, and what was told."""
    url = f"sqlite:///{tmp_path_factory.mktemp('whole') / 'afterword.db'}"
    with FakeSlack() as slack, MailServer(tls="never", login=False) as mail:
        yield Site(url, slack, mail).lives(), told(url)


def judge(site: Site, undisturbed: Told) -> Told:
    found, arrived = told(site.url), site.arrived()
    assert set(found.states.values()) <= FINAL
    assert max(arrived.values()) <= (2 if site.on_ambiguous == "resend" else 1)
    for id, state in found.states.items():
        if state == "sent":
            assert arrived[id] >= 1, "sent, and it never arrived"
        if arrived[id]:
            assert state in ("sent", "unknown"), "arrived, and the store does not know"
    assert all(len(ids) == 1 for ids in found.ids.values()), "a step was said twice"
    lost = {
        place
        for place, states in undisturbed.steps.items()
        if "sent" in states and not found.steps.get(place, set()) & {"sent", "unknown"}
    }
    assert lost <= found.withdrawn
    assert found.audit <= {"in doubt"}
    to = Counter(str(mail["To"]) for mail in site.mail.received)
    assert to[HIRING] <= len(MOMENTS) // 10
    assert to[OPS] <= 6
    return found


def test_two_weeks_in_which_nobody_dies_take_every_road(whole: tuple[int, Told]) -> None:
    points, undisturbed = whole
    assert points > 100
    assert {step for _, _, step in undisturbed.steps} == {"nudge 1", "nudge 2", "escalation 1"}
    assert "failed" in {state for states in undisturbed.steps.values() for state in states}
    assert undisturbed.audit == set()


@pytest.mark.parametrize("reads_history", [False, True])
def test_killed_at_some_of_its_points_nothing_is_said_twice_and_nothing_lost(
    reads_history: bool, whole: tuple[int, Told], tmp_path: Path
) -> None:
    """Cases 44 and 45, at a handful of its points; `make kill-points` takes them all."""
    points, undisturbed = whole
    for dies_at in range(31 + 50 * reads_history, points, 101):
        die(f"sqlite:///{tmp_path / f'{dies_at}.db'}", dies_at, undisturbed, reads_history)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_killed_at_many_of_its_points_nothing_is_said_twice_and_nothing_lost(
    part: int, whole: tuple[int, Told], tmp_path: Path
) -> None:
    """Cases 44 and 45, at every eighth point; `make kill-points` takes each of them."""
    points, undisturbed = whole
    for dies_at in range(3 + 8 * part, points + 1, 16):
        url = f"sqlite:///{tmp_path / f'{dies_at}.db'}"
        die(url, dies_at, undisturbed, reads_history=part == 0)


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(4))
def test_killed_at_any_point_nothing_is_said_twice_and_nothing_lost(
    part: int, whole: tuple[int, Told], tmp_path: Path
) -> None:
    """Cases 44 and 45; at every fourth Slack can say whether a message arrived (im:history)."""
    points, undisturbed = whole
    for dies_at in range(1 + part, points + 1, 4):
        url = f"sqlite:///{tmp_path / f'{dies_at}.db'}"
        die(url, dies_at, undisturbed, reads_history=part == 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_moments_under_load_nothing_is_said_twice_and_nothing_lost(
    seed: int, whole: tuple[int, Told], store_url: str
) -> None:
    """Cases 19, 44 and 45 on both databases: ``kill -9`` every 0.1 to 0.5 seconds, while webhooks
    pour into the same database; each that was answered is stored once."""
    dice, answered, stop = Random(seed), [], threading.Event()

    def pour() -> None:
        with Store.open(store_url) as store:
            for number in itertools.count():
                if stop.wait(0.02):
                    return
                ping = Delivery(MONDAY, f"e{number}", f"{number:064}", "s", None, "ping")
                with suppress(StoreProblem):
                    store.receive("greenhouse", replace(ping, state="ignored"))
                    answered.append(f"e{number}")

    with FakeSlack() as slack, MailServer(tls="never", login=False) as mail:
        load = threading.Thread(target=pour)
        load.start()
        try:
            site = Site(store_url, slack, mail)
            deaths = site.hunted(lambda: dice.uniform(0.1, 0.5))
        finally:
            stop.set()
            load.join()
        judge(site, whole[1])
    assert deaths > 0
    kept = rows(store_url, tables.deliveries)["deliveries"]
    assert len(kept) >= len(answered) > 0
    assert all(sum(f"'{each}'" in row for row in kept) == 1 for each in answered[::25])


def die(url: str, dies_at: int, undisturbed: Told, reads_history: bool, **more: Any) -> Told:
    slack = FakeSlack(scopes=(*SCOPES, *(("im:history",) if reads_history else ())))
    with slack, MailServer(tls="never", login=False) as mail:
        site = Site(url, slack, mail, **more)
        site.lives(dies_at)
        found = judge(site, undisturbed)
    assert not reads_history or "slack" not in found.in_doubt, "Slack could have told"
    return found
