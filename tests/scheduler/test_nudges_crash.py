"""However a run ends: no step is said twice, and none vanishes without a state."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from connectors.notify.base import Delivery, Message
from scheduler.nudges import LEASE, run
from scheduler.store import Store
from tests.scheduler.builders import DAY, HOUR, card, interview, person, world
from tests.scheduler.dying_run import KILLED
from tests.scheduler.speaking import (
    BROKEN,
    LATER,
    NEVER,
    SENT,
    UNSURE,
    WEDNESDAY,
    Company,
    FakeNotifier,
    company,
)
from tests.scheduler.test_nudges import many
from tests.stores import store_at

ROOT = Path(__file__).resolve().parents[2]
MINUTE = timedelta(minutes=1)


class Killed(BaseException):
    """Stands for the end of the process: nothing in the product may catch it."""


class Mortal:
    """A store whose caller dies before or after its n-th change."""

    CHANGES = ("claim", "start_sending", "finish", "pass_on", "unclaim", "expired")

    def __init__(self, store: Store, dies_at: int) -> None:
        self._store = store
        self._left = dies_at

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in self.CHANGES:
            return found

        def mortal(*words: Any, **more: Any) -> Any:
            self._pass()
            value = found(*words, **more)
            self._pass()
            return value

        return mortal

    def _pass(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Killed


def dies(firm: Company, at: int, now: Any = WEDNESDAY) -> bool:
    """A run that dies at its n-th point; False: it had fewer."""
    mortal = cast(Store, Mortal(firm.store, at))
    try:
        run(firm.nudging(store=mortal, accounts={}), now)
    except Killed:
        return True
    return False


def test_two_processes_at_once_say_each_step_once(store_url: str) -> None:
    """Case 43, on both databases."""
    with Store.open(store_url) as store:
        firm = many(store, 12)
        channels = [FakeNotifier() for _ in range(3)]
        start = threading.Barrier(3)
        problems: list[BaseException] = []

        def work(channel: FakeNotifier) -> None:
            try:
                with Store.open(store_url) as own:
                    start.wait(10)
                    run(firm.nudging(channel, store=own, accounts={}), WEDNESDAY)
            except BaseException as problem:
                problems.append(problem)

        threads = [threading.Thread(target=work, args=(each,)) for each in channels]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert problems == []
        said = Counter(address for channel in channels for address in channel.addresses)
        assert said == Counter({f"p{n}@example.org": 1 for n in range(12)})


def test_killed_after_the_decision_it_is_sent_once_after_the_lease(store: Store) -> None:
    """Case 44."""
    firm = company(store, interview("i1"), interview("i2"))
    assert dies(firm, 4)  # expired: before, after; claim: before, after
    assert firm.states() == [("nudge 1", "planned")] * 2
    run(firm.nudging(), WEDNESDAY + LEASE - MINUTE)
    assert firm.said == []
    run(firm.nudging(), WEDNESDAY + LEASE)
    run(firm.nudging(), WEDNESDAY + 2 * LEASE)
    assert firm.said == [("slack", "p1@example.org")]
    assert firm.states() == [("nudge 1", "sent")] * 2


def test_killed_while_sending_it_is_in_doubt_and_the_next_step_speaks(store: Store) -> None:
    """Case 45: whether the provider had accepted it cannot be known."""
    firm = company(store)
    firm.slack.answers.append(Killed())
    assert dies(firm, -1)
    outcome = run(firm.nudging(), WEDNESDAY + LEASE)
    assert "may or may not have arrived" in outcome.problems[0]
    assert [each.state for each in store.undelivered()] == ["unknown"]
    for hours in range(2, 40):
        run(firm.nudging(), WEDNESDAY + hours * HOUR)
    assert len(firm.slack.taken) == 1
    run(firm.nudging(), WEDNESDAY + 2 * DAY)
    assert firm.states() == [("nudge 1", "unknown"), ("nudge 2", "sent")]


def test_a_notifier_with_a_bug_leaves_the_others_their_turn(store: Store) -> None:
    firm = many(store, 3)
    firm.slack.answers.append(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        run(firm.nudging(), WEDNESDAY)
    run(firm.nudging(), WEDNESDAY + LEASE)
    assert firm.slack.addresses == ["p2@example.org", "p1@example.org", "p0@example.org"]
    assert [each.state for each in store.undelivered()] == ["unknown"]


class Book:
    """What arrived, by scorecard and step, over all channels."""

    def __init__(self, firm: Company) -> None:
        self.arrived: Counter[tuple[object, str]] = Counter()
        for channel in (firm.slack, firm.mail):
            setattr(channel, "deliver", self._noted(firm, channel.deliver))  # noqa: B010

    def _noted(
        self, firm: Company, deliver: Callable[[Message], Delivery]
    ) -> Callable[[Message], Delivery]:
        def noted(message: Message) -> Delivery:
            steps = [
                (each.key, each.step)
                for interview_id in ("i0", "i1", "i2")
                for story in firm.store.story(interview_id)
                for each in story.claimed
                if each.message.id == message.id
            ]
            assert steps, "a message without a claim"
            delivery: Delivery | None = None
            try:
                delivery = deliver(message)
            finally:
                if delivery is None or delivery.state in ("sent", "unknown"):
                    self.arrived.update(steps)
            return delivery

        return noted


answers = st.lists(st.sampled_from([SENT, LATER, NEVER, BROKEN, UNSURE, Killed()]), max_size=6)


@pytest.fixture(scope="module")
def three_owed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which two people owe three scorecards."""
    path = tmp_path_factory.mktemp("owed") / "afterword.db"
    talks = [interview("i0"), interview("i1"), interview("i2", card("p3"))]
    with Store.open(store_at(path)) as store:
        Company(store).knows(*world(*talks), person("p3"))
    return path


@settings(max_examples=8, phases=(Phase.explicit, Phase.generate))
@given(
    deaths=st.lists(st.integers(1, 14), max_size=5),
    slack=answers,
    mail=answers,
    hours=st.lists(st.sampled_from([0.1, 1, 2, 9, 24, 48]), min_size=6, max_size=6),
)
def test_however_often_it_dies_and_whatever_fails_no_step_is_said_twice_and_none_is_lost(
    deaths: list[int], slack: list[Any], mail: list[Any], hours: list[float], three_owed: Path
) -> None:
    """Cases 43 to 48, at every point at which a process can die."""
    with TemporaryDirectory() as folder:
        path = copy(three_owed, folder)
        store = Store.open(f"sqlite:///{path}")
        firm = Company(store)
        firm.slack.answers.extend(slack)
        firm.mail.answers.extend(mail)
        book = Book(firm)
        now = WEDNESDAY
        for death, wait in zip([*deaths, 0, 0, 0, 0, 0, 0], hours, strict=False):
            dies(firm, death, now)
            assert max(book.arrived.values(), default=0) <= 1
            now += timedelta(hours=wait)
        firm.slack.answers.clear()
        firm.mail.answers.clear()
        for _ in range(12):
            now += DAY
            run(firm.nudging(accounts={}), now)
        assert max(book.arrived.values()) == 1
        told = store.told([each.key for each in store.scorecards()])
        for said in told.values():  # the ladder came to its end, and everything has a state
            assert {each.state for each in said} <= {"sent", "failed", "unknown"}
            assert "escalation 1" in {each.step for each in said}
        store.close()


@pytest.mark.parametrize(
    ("point", "arrived", "state"),
    [("after_claim", 1, "sent"), ("while_sending", 0, "unknown"), ("after_sending", 1, "unknown")],
)
def test_a_real_process_that_is_killed_there_sends_at_most_once(
    point: str, arrived: int, state: str, tmp_path: Path
) -> None:
    """Cases 44 and 45 with a process and its end."""
    path, out = tmp_path / "afterword.db", tmp_path / "out"
    with Store.open(store_at(path)) as store:
        firm = company(store)
        words = [sys.executable, "-m", "tests.scheduler.dying_run", str(path), point, str(out)]
        killed = subprocess.run(words, cwd=ROOT, check=False, timeout=60)
        assert killed.returncode == KILLED
        for hours in range(1, 5):
            run(firm.nudging(accounts={}), WEDNESDAY + hours * HOUR)
        outside = out.read_text().splitlines() if out.exists() else []
        assert len([*outside, *firm.said]) == arrived
        assert firm.states() == [("nudge 1", state)]
