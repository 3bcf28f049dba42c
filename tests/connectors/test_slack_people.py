"""Who is who on Slack: by mail address, by the map, or nobody; never a guess. slack.md 4, 15."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from connectors.notify.base import WHERE_ANSWERED, DeliveryState, Recipient
from connectors.notify.slack import Slack
from connectors.notify.slack_people import Found
from tests.connectors.fake_slack import SCOPES, TOKEN, FakeSlack
from tests.connectors.fake_time import FakeTime
from tests.connectors.sample_messages import a_message

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        yield server


@pytest.fixture
def notifier(slack: FakeSlack) -> Slack:
    time = FakeTime()
    return Slack(
        TOKEN,
        slack.url,
        away_emoji=("palm_tree", ":sick:"),
        monotonic=time,
        sleep=time.sleep,
        now=lambda: NOW,
    )


def seen(notifier: Slack, *addresses: str) -> dict[str, Found]:
    return {each.address: each for each in notifier.people.look_at(addresses, NOW)}


def status(emoji: str, until: datetime | None = None) -> dict[str, Any]:
    stamp = int(until.timestamp()) if until else 0
    return {"profile": {"status_emoji": emoji, "status_expiration": stamp}}


def test_a_person_is_seen_with_their_zone(slack: FakeSlack, notifier: Slack) -> None:
    slack.person("bo@example.com", "U1", tz="Europe/Berlin")
    assert seen(notifier, "bo@example.com") == {
        "bo@example.com": Found("bo@example.com", "U1", "Europe/Berlin")
    }


@pytest.mark.parametrize("tz", [None, "", 7, "x" * 100])
def test_a_zone_that_is_none_is_none(slack: FakeSlack, notifier: Slack, tz: object) -> None:
    slack.person("bo@example.com", "U1", tz=tz)
    assert seen(notifier, "bo@example.com")["bo@example.com"].zone is None


def test_case_55_somebody_who_is_not_there_is_said_to_be_nobody(
    slack: FakeSlack, notifier: Slack
) -> None:
    slack.person("bo@example.com", "U1", profile={"real_name": "Ada Lund"})
    assert seen(notifier, "ada.lund@example.com")["ada.lund@example.com"].user_id is None


def test_the_map_goes_before_the_address(slack: FakeSlack, notifier: Slack) -> None:
    slack.person("bo@old.example", "U1")
    slack.person("bo@example.com", "U2")
    notifier.people.ids = {"bo@example.com": "U1"}
    assert seen(notifier, "bo@example.com")["bo@example.com"].user_id == "U1"
    assert notifier.deliver(a_message(to=Recipient("Bo", "bo@example.com"))).state is (
        DeliveryState.SENT
    )
    assert slack.posts[0].channel == "DU1"


def test_a_mapped_id_that_is_nobody_is_nobody(notifier: Slack) -> None:
    notifier.people.ids = {"bo@example.com": "U404"}
    assert seen(notifier, "bo@example.com")["bo@example.com"].user_id is None


@pytest.mark.parametrize(
    ("emoji", "until", "away"),
    [
        (":palm_tree:", NOW + 3 * HOUR, NOW + 3 * HOUR),
        (":sick:", None, NOW + 24 * HOUR),
        (":palm_tree:", NOW - HOUR, None),
        (":coffee:", NOW + HOUR, None),
        ("", None, None),
    ],
)
def test_a_status_of_the_list_means_away(
    slack: FakeSlack, notifier: Slack, emoji: str, until: datetime | None, away: datetime | None
) -> None:
    slack.person("bo@example.com", "U1", **status(emoji, until))
    assert seen(notifier, "bo@example.com")["bo@example.com"].away_until == away


@pytest.mark.parametrize("granted", [True, False])
def test_do_not_disturb_counts_where_it_may_be_seen(
    slack: FakeSlack, notifier: Slack, granted: bool
) -> None:
    stamps = {"next_dnd_start_ts": (NOW - HOUR).timestamp()}
    stamps["next_dnd_end_ts"] = (NOW + HOUR).timestamp()
    slack.person("bo@example.com", "U1", dnd=stamps)
    slack.scopes = (*SCOPES, *(["dnd:read"] if granted else []))
    away = seen(notifier, "bo@example.com")["bo@example.com"].away_until
    assert away == (NOW + HOUR if granted else None)
    assert ("dnd.teamInfo" in slack.calls) is granted


@pytest.mark.parametrize(("n", "method"), [(50, "users.lookupByEmail"), (51, "users.list")])
def test_many_people_are_read_from_the_list_and_few_one_by_one(
    slack: FakeSlack, notifier: Slack, n: int, method: str
) -> None:
    for i in range(n):
        slack.person(f"p{i}@example.com", f"U{i}")
    found = seen(notifier, *(f"p{i}@example.com" for i in range(n)))
    assert [each.user_id for each in found.values()] == [f"U{i}" for i in range(n)]
    assert set(slack.calls) == {method}


def test_the_list_is_read_to_its_end_and_shows_who_was_deactivated(
    slack: FakeSlack, notifier: Slack
) -> None:
    for i in range(450):
        slack.person(f"P{i}@Example.com", f"U{i}", deleted=i == 449)
    slack.person("bot@example.com", "UB", is_bot=True)
    addresses = [*(f"p{i}@example.com" for i in range(450)), "bot@example.com", "no@example.com"]
    found = seen(notifier, *addresses)
    assert slack.calls == ["users.list"] * 3
    assert found["p449@example.com"] == Found("p449@example.com", "U449", active=False)
    assert found["bot@example.com"].user_id is None
    assert found["no@example.com"].user_id is None


def test_of_two_accounts_with_one_address_the_live_one_counts(
    slack: FakeSlack, notifier: Slack
) -> None:
    mail = {"email": "bo@example.com"}
    slack.person("first@example.com", "U0", deleted=True, profile=mail)
    slack.person("bo@example.com", "U1")
    slack.person("last@example.com", "U2", deleted=True, profile=mail)
    others = [f"p{i}@example.com" for i in range(60)]
    assert seen(notifier, "bo@example.com", *others)["bo@example.com"].user_id == "U1"


def test_a_token_that_is_revoked_in_the_middle_is_not_taken_for_nobody(
    slack: FakeSlack, notifier: Slack
) -> None:
    slack.person("bo@example.com", "U1")
    slack.fail_next("users.lookupByEmail", error="token_revoked")
    with pytest.raises(SlackApiError):
        seen(notifier, "bo@example.com")


# --- messages of which nobody knows whether they arrived


def lost(slack: FakeSlack, notifier: Slack) -> None:
    slack.person("bo@example.com", "U1")
    slack.fail_next("chat.postMessage", drop=True, done=True)
    assert notifier.deliver(a_message()).state is DeliveryState.UNKNOWN


BEFORE = datetime.fromtimestamp(1_700_000_000, UTC)


def test_case_45_with_im_history_a_message_in_doubt_is_found_in_the_chat(
    slack: FakeSlack, notifier: Slack
) -> None:
    slack.scopes = (*SCOPES, "im:history")
    lost(slack, notifier)
    found = notifier.look_up("m1", "bo@example.com", BEFORE)
    assert found is not None
    assert (found.state, found.reference) == (DeliveryState.SENT, slack.posts[0].reference)


def test_case_45_with_im_history_one_that_is_not_there_surely_never_arrived(
    slack: FakeSlack, notifier: Slack
) -> None:
    slack.scopes = (*SCOPES, "im:history")
    lost(slack, notifier)
    for n in range(150):
        notifier.deliver(a_message(id=f"n{n}"))
    found = notifier.look_up("another", "bo@example.com", BEFORE)
    assert found is not None
    assert (found.state, found.permanent) == (DeliveryState.FAILED, False)


def test_case_45_nothing_ever_arrived_at_somebody_whom_slack_does_not_know(
    slack: FakeSlack, notifier: Slack
) -> None:
    slack.scopes = (*SCOPES, "im:history")
    found = notifier.look_up("m1", "nobody@example.com", BEFORE)
    assert found is not None
    assert (found.state, found.permanent) == (DeliveryState.FAILED, False)


def test_case_45_without_im_history_nothing_is_asked_and_nobody_can_tell(
    slack: FakeSlack, notifier: Slack
) -> None:
    lost(slack, notifier)
    assert notifier.look_up("m1", "bo@example.com", BEFORE) is None
    assert "conversations.history" not in slack.calls


@pytest.mark.parametrize("fault", [{"error": "internal_error"}, {"drop": True}])
def test_case_45_a_look_up_that_fails_tells_nothing(
    slack: FakeSlack, notifier: Slack, fault: dict[str, Any]
) -> None:
    slack.scopes = (*SCOPES, "im:history")
    lost(slack, notifier)
    slack.fail_next("conversations.history", **fault)
    assert notifier.look_up("m1", "bo@example.com", BEFORE) is None


def test_the_metadata_holds_our_id_and_nothing_of_a_person(
    slack: FakeSlack, notifier: Slack
) -> None:
    slack.person("bo@example.com", "U1")
    notifier.deliver(a_message())
    assert slack.posts[0].arguments["metadata"] == {
        "event_type": "afterword_message",
        "event_payload": {"id": "m1"},
    }


@pytest.mark.parametrize("code", ["metadata_too_large", "invalid_metadata_schema"])
def test_metadata_that_is_refused_is_left_out(slack: FakeSlack, notifier: Slack, code: str) -> None:
    slack.person("bo@example.com", "U1")
    slack.fail_next("chat.postMessage", error=code)
    assert notifier.deliver(a_message()).state is DeliveryState.SENT
    assert "metadata" not in slack.posts[0].arguments


def test_without_a_way_to_answer_a_message_holds_its_links_only(
    slack: FakeSlack, notifier: Slack
) -> None:
    slack.person("bo@example.com", "U1")
    text = {"type": "plain_text", "text": "x"}
    mrkdwn = {"type": "mrkdwn", "text": "x"}
    link = {"type": "button", "text": text, "url": "https://example.com", "action_id": "a"}
    press = {"type": "button", "text": text, "value": "v", "action_id": "b"}
    blocks = (
        {"type": "actions", "elements": [link, press]},
        {"type": "actions", "elements": [press]},
        {"type": "section", "text": mrkdwn, "accessory": press},
        {"type": "section", "text": mrkdwn, "accessory": link},
        {"type": "context", "block_id": WHERE_ANSWERED, "elements": [mrkdwn]},
    )
    notifier.deliver(a_message(blocks=blocks))
    assert slack.posts[0].blocks == [
        {"type": "actions", "elements": [link]},
        {"type": "section", "text": mrkdwn},
        {"type": "section", "text": mrkdwn, "accessory": link},
    ]


def test_the_fallback_text_mentions_nobody(slack: FakeSlack, notifier: Slack) -> None:
    slack.person("bo@example.com", "U1")
    notifier.deliver(a_message(text="<!channel> & <@U1>"))
    assert slack.posts[0].text == "&lt;!channel&gt; &amp; &lt;@U1&gt;"
