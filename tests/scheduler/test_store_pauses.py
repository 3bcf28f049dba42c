"""The kill switch and channels in trouble, as the store keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.ats.base import Finding
from connectors.notify.base import MessageKind
from scheduler.channels import serves
from scheduler.nudges import dry_run, run
from scheduler.store import PlannedMessage, Store
from tests.scheduler.builders import DAY, HOUR, KEY, MONDAY, interview, save, world
from tests.scheduler.speaking import BROKEN, POLICY, WEDNESDAY, FakeNotifier, company
from tests.scheduler.test_nudges import many

MINUTE = timedelta(minutes=1)


def test_a_pause_stops_what_is_sent_from_the_moment_it_was_said(store: Store) -> None:
    save(store, *world(interview("i1")))
    for kind in (MessageKind.NUDGE, MessageKind.ALARM):
        step = ((KEY, "nudge 1" if kind is MessageKind.NUDGE else "x"),)
        store.claim(PlannedMessage(kind.value, kind.value, "mail", "a@b.c", step), MONDAY, HOUR)
    store.pause("holidays", "test", MONDAY)
    assert not store.start_sending("nudge", MONDAY, HOUR)
    assert store.start_sending("alarm", MONDAY, HOUR), "alarms go on"
    assert store.resume()
    assert not store.resume()
    assert store.start_sending("nudge", MONDAY, HOUR)


def test_a_pause_ends_by_itself_and_a_new_one_replaces_it(store: Store) -> None:
    store.pause("one", "test", MONDAY, MONDAY + HOUR)
    assert store.paused(MONDAY + HOUR - MINUTE)
    assert store.paused(MONDAY + HOUR) is None
    store.pause("two", "test", MONDAY)
    pause = store.paused(MONDAY + 100 * DAY)
    assert pause is not None
    assert (pause.reason, pause.until) == ("two", None)


def test_a_pause_in_the_middle_of_a_run_ends_it_and_loses_nothing(store: Store) -> None:
    firm = many(store, 4)

    def stop() -> None:
        if len(firm.slack.taken) == 1:
            store.pause("stop", "test", WEDNESDAY)

    firm.slack.before = stop
    first = run(firm.nudging(), WEDNESDAY)
    assert len(firm.slack.taken) == 2, "the one at hand is finished"
    assert (first.paused is not None, first.plan.held_back) == (True, 2)
    assert run(firm.nudging(), WEDNESDAY + HOUR).paused
    assert dry_run(firm.nudging(), WEDNESDAY + HOUR).paused
    store.resume()
    run(firm.nudging(), WEDNESDAY + 2 * HOUR)
    assert sorted(firm.slack.addresses) == [f"p{n}@example.org" for n in range(4)]


def test_a_channel_in_trouble_is_probed_after_growing_gaps(store: Store) -> None:
    """Case 48."""
    at, gaps = MONDAY, []
    for _ in range(7):
        pause = store.pause_channel("slack", "the token is revoked", at)
        assert pause.until is not None
        gaps.append(int((pause.until - at).total_seconds() // 60))
        at = pause.until
    assert gaps == [15, 15, 30, 60, 120, 120, 120]
    assert store.channel_pauses()["slack"].since == MONDAY
    assert store.paused(MONDAY) is None, "the others go on"


def test_a_channel_that_was_mended_is_probed_as_soon_as_somebody_says_so(store: Store) -> None:
    assert store.probe_now(MONDAY) == []
    store.pause("a trial", "the page", MONDAY)
    store.pause_channel("slack", "the token is revoked", MONDAY)
    assert store.probe_now(MONDAY + HOUR / 60) == ["slack"]
    assert store.channel_pauses()["slack"].until == MONDAY + HOUR / 60
    assert store.paused(MONDAY + HOUR) is not None, "what somebody paused stays paused"


class Checked(FakeNotifier):
    """A channel whose check can be told what to find."""

    well = False
    checked = 0

    def check(self) -> list[Finding]:
        self.checked += 1
        return [Finding("Slack token", self.well, "is revoked", "Set another one.")]


def test_slack_breaks_mail_takes_over_and_slack_returns_when_a_probe_finds_it_well(
    store: Store,
) -> None:
    """Case 48: one failing call, not one for each message and run."""
    firm = many(store, 3)
    firm.slack = slack = Checked()
    slack.always = BROKEN
    run(firm.nudging(), WEDNESDAY)
    for minutes in range(5, 60, 5):
        run(firm.nudging(), WEDNESDAY + minutes * MINUTE)
    assert (len(slack.taken), len(firm.mail.taken), slack.checked) == (1, 3, 2)
    slack.well, slack.always = True, FakeNotifier().always
    outcome = run(firm.nudging(), WEDNESDAY + 3 * HOUR)
    assert outcome.problems == []
    assert store.channel_pauses() == {}
    run(firm.nudging(), WEDNESDAY + 2 * DAY)
    assert len(slack.taken) == 4, "the second nudges go by Slack again"


def test_the_channel_that_the_policy_names_goes_first_and_the_others_after_it(
    store: Store,
) -> None:
    by_mail = replace(POLICY, ladder=(replace(POLICY.ladder[0], channel="mail"),))
    firm = company(store)
    run(firm.nudging(policies={"greenhouse": by_mail}), WEDNESDAY)
    assert firm.said == [("mail", "p1@example.org")]


@pytest.mark.parametrize(
    ("address", "serve"),
    [
        ("bo@example.org", ["slack", "mail"]),
        ("#hiring", ["slack"]),
        ("teams", ["teams"]),
        ("apprise", ["apprise"]),
    ],
)
def test_a_room_is_never_written_to_for_a_person(address: str, serve: list[str]) -> None:
    names = ["slack", "mail", "teams", "apprise"]
    assert [name for name in names if serves(name, address)] == serve
