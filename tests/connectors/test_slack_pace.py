"""How fast Slack is asked: the documented limits are kept, and Slack's own word is obeyed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.notify.base import DeliveryState, Recipient
from connectors.notify.slack import Slack
from connectors.notify.slack_pace import LIMITS, MOST_WAIT, POSTS, Pace, TooSoon
from tests.connectors.fake_slack import TOKEN, FakeSlack
from tests.connectors.fake_time import FakeTime
from tests.connectors.sample_messages import a_message

SENT, FAILED = DeliveryState.SENT, DeliveryState.FAILED


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def slack(time: FakeTime) -> Iterator[FakeSlack]:
    with FakeSlack(clock=time) as server:
        for n in range(150):
            server.person(f"p{n}@example.com", f"U{n}")
        yield server


@pytest.fixture
def notifier(slack: FakeSlack, time: FakeTime) -> Slack:
    return Slack(TOKEN, slack.url, monotonic=time, sleep=time.sleep)


def to(n: int) -> Recipient:
    return Recipient("", f"p{n}@example.com")


def calls_in_any_minute(made: list[float]) -> int:
    return max(sum(start <= each < start + 60 for each in made) for start in made)


@pytest.mark.parametrize("method", sorted(LIMITS))
def test_no_minute_sees_more_calls_than_the_tier_allows(time: FakeTime, method: str) -> None:
    pace, made = Pace(time, time.sleep), []
    for _ in range(4 * LIMITS[method].a_minute):
        pace.wait(method)
        made.append(time.now)
    assert calls_in_any_minute(made) <= LIMITS[method].a_minute
    assert calls_in_any_minute(made) >= LIMITS[method].a_minute - 2  # and not much slower


def test_a_few_calls_after_a_silence_need_not_wait(time: FakeTime) -> None:
    pace = Pace(time, time.sleep)
    for _ in range(LIMITS["chat.update"].at_once):
        pace.wait("chat.update")
    assert time.slept == []


def test_posts_in_one_channel_come_about_one_a_second(time: FakeTime) -> None:
    pace, made = Pace(time, time.sleep), []
    for _ in range(30):
        pace.wait(POSTS, "D1")
        made.append(time.now)
    for start in made:
        assert sum(start <= each < start + 10 for each in made) <= 13


def test_a_hundred_people_get_their_message_within_the_limits(
    slack: FakeSlack, notifier: Slack
) -> None:
    states = {notifier.deliver(a_message(id=f"m{n}", to=to(n))).state for n in range(100)}
    assert states == {SENT}
    assert len(slack.posts) == 100


def test_one_chat_that_gets_many_messages_gets_them_slowly(
    slack: FakeSlack, notifier: Slack
) -> None:
    states = {notifier.deliver(a_message(id=f"m{n}", to=to(1))).state for n in range(30)}
    assert states == {SENT}


def test_case_46_once_slack_asks_to_wait_nobody_else_asks_before(
    slack: FakeSlack, notifier: Slack, time: FakeTime
) -> None:
    slack.limit("chat.postMessage", 0, retry_after="40")
    assert notifier.deliver(a_message(to=to(1))).retry_after == 40
    for n in (1, 2, 3):
        delivery = notifier.deliver(a_message(to=to(n)))
        assert (delivery.state, delivery.permanent) == (FAILED, False)
        assert 39 <= (delivery.retry_after or 0) <= 40
    assert slack.calls.count("chat.postMessage") == 1
    slack.lift("chat.postMessage")
    time.now += 40
    assert notifier.deliver(a_message(to=to(1))).state is SENT


def test_what_is_held_back_for_posts_does_not_hold_back_the_home_tab(
    slack: FakeSlack, notifier: Slack
) -> None:
    slack.fail_next("chat.postMessage", error="ratelimited", status=429, retry_after="600")
    notifier.deliver(a_message(to=to(1)))
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    notifier.api.ask("views.publish", user_id="U1", view=view)
    assert "U1" in slack.homes


def test_a_turn_that_is_too_far_away_is_not_taken(time: FakeTime) -> None:
    pace = Pace(time, time.sleep)
    pace.hold("chat.update", MOST_WAIT + 1)
    with pytest.raises(TooSoon) as soon:
        pace.wait("chat.update")
    assert soon.value.seconds == MOST_WAIT + 1
    time.now += 2
    pace.wait("chat.update")
    assert time.slept == [MOST_WAIT - 1]
