"""Teams by a Workflows webhook, against a flow on loopback that checks every card."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from connectors.notify.base import Delivery, DeliveryState, Message, Recipient
from connectors.notify.teams import CHANNEL, Teams, payload_of, webhook_url
from scheduler import messages
from tests.connectors.fake_teams import SIGNATURE, a_flow, card_problems, texts_of
from tests.connectors.loopback import Answer, Asked
from tests.connectors.sample_messages import a_message
from tests.scheduler.sample_owed import escalation, many, nudge, owed
from tests.scheduler.sample_report import a_report

FAILED, SENT, UNKNOWN = DeliveryState.FAILED, DeliveryState.SENT, DeliveryState.UNKNOWN
ROOM = Recipient("teams", "teams")
EVERY_KIND = {
    "nudge": nudge(owed(5)),
    "digest": nudge(*many(60)),
    "escalation": escalation(owed(9)),
    "escalations": escalation(*many(60)),
    "report": messages.report("r1", ROOM, a_report(40), page_url="https://a.example.com/r"),
    "alarm": messages.alarm("a1", ROOM, ["Slack is paused: ask."] * 60, page_url=None),
}


def answering(answer: Answer) -> Callable[[Asked], Answer]:
    return lambda asked: answer


@pytest.mark.parametrize("message", EVERY_KIND.values(), ids=list(EVERY_KIND))
def test_every_kind_of_message_is_taken_and_counts_as_handed_over(message: Message) -> None:
    with a_flow() as flow:
        delivery = Teams(flow.url).deliver(replace(message, to=ROOM))
    assert delivery == Delivery(SENT, reference="handed over")
    assert flow.posted == [message.card]
    [asked] = flow.asked
    assert asked.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("message", EVERY_KIND.values(), ids=list(EVERY_KIND))
def test_who_is_meant_in_person_is_mentioned_by_address(message: Message) -> None:
    with a_flow() as flow:
        Teams(flow.url).deliver(replace(message, to=Recipient("Bo Larsen", "bo@example.com")))
    [card] = flow.posted
    assert texts_of(card)[0] == "<at>Bo Larsen</at>"
    [entity] = card["msteams"]["entities"]
    assert entity["mentioned"] == {"id": "bo@example.com", "name": "Bo Larsen"}


@pytest.mark.parametrize(
    "name", ["", "<at>all</at>", "*Bo* [x](https://e.x)", "B\no\u202e", "x" * 300]
)
def test_case_56_a_hostile_name_mentions_nobody_else(name: str) -> None:
    content = payload_of(a_message(card=nudge(owed(5)).card, to=Recipient(name, "bo@example.com")))
    card = content["attachments"][0]["content"]
    assert card_problems(card) == []
    assert [each["mentioned"]["id"] for each in card["msteams"]["entities"]] == ["bo@example.com"]


def test_a_message_without_a_card_still_says_its_subject() -> None:
    content = payload_of(a_message(card=None, to=ROOM))
    assert texts_of(content["attachments"][0]["content"]) == ["Notes for Systems talk"]


@pytest.mark.parametrize(
    ("status", "permanent", "down"),
    [
        (400, True, False),
        (413, True, False),
        (401, False, True),
        (403, False, True),
        (404, False, True),
        (410, False, True),
        (302, False, True),
        (500, False, False),
        (502, False, False),
        (503, False, False),
    ],
)
def test_case_47_a_refusal_decides_between_later_never_and_a_broken_channel(
    status: int, permanent: bool, down: bool
) -> None:
    elsewhere = {"Location": "/elsewhere"} if status == 302 else {}
    with a_flow(answering(Answer(status, SIGNATURE.encode(), elsewhere))) as flow:
        delivery = Teams(flow.url).deliver(a_message(to=ROOM))
    assert (delivery.state, delivery.permanent, delivery.channel_down) == (FAILED, permanent, down)
    assert str(status) in delivery.reason
    assert len(flow.asked) == 1  # a redirect is not followed


@pytest.mark.parametrize(("header", "wait"), [("17", 17.0), (None, 60.0), ("soon", 60.0)])
def test_case_46_whoever_asks_to_wait_is_waited_for(header: str | None, wait: float) -> None:
    headers = {"Retry-After": header} if header else {}
    with a_flow(answering(Answer(429, b"", headers))) as flow:
        delivery = Teams(flow.url).deliver(a_message(to=ROOM))
    assert (delivery.state, delivery.retry_after) == (FAILED, wait)


def test_case_47_before_the_request_went_out_it_is_a_plain_failure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    delivery = Teams(f"http://127.0.0.1:{port}/x?{SIGNATURE}").deliver(a_message(to=ROOM))
    assert (delivery.state, delivery.permanent) == (FAILED, False)
    assert SIGNATURE not in delivery.reason


def test_case_47_after_the_request_went_out_nobody_knows() -> None:
    with a_flow(answering(Answer(drop=True))) as flow:
        assert Teams(flow.url).deliver(a_message(to=ROOM)).state is UNKNOWN
    over = threading.Event()

    def hang(asked: Asked) -> Answer:
        over.wait(5)
        return Answer(202)

    with a_flow(hang) as flow:
        delivery = Teams(flow.url, timeout=(1, 0.1)).deliver(a_message(to=ROOM))
        over.set()
    assert delivery.state is UNKNOWN
    assert SIGNATURE not in delivery.reason


def test_case_67_the_address_is_in_no_error_and_no_log_that_is_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    for status in (202, 400, 404, 429, 500):
        with a_flow(answering(Answer(status))) as flow:
            teams = Teams(flow.url)
            assert SIGNATURE not in teams.deliver(a_message(to=ROOM)).reason
            assert SIGNATURE not in str(list(teams.check()))
    assert SIGNATURE not in caplog.text


def test_a_card_that_is_too_large_is_not_sent() -> None:
    card = {"type": "AdaptiveCard", "body": [{"type": "TextBlock", "text": "x" * 28_000}]}
    with a_flow() as flow:
        delivery = Teams(flow.url).deliver(a_message(card=card, to=ROOM))
    assert (delivery.state, delivery.permanent) == (FAILED, True)
    assert flow.asked == []


def test_check_posts_nothing_and_names_an_address_of_the_old_kind() -> None:
    with a_flow() as flow:
        [finding] = Teams(flow.url).check()
    assert finding.ok
    assert flow.asked == []
    *_, old = Teams("https://prod-1.westeurope.logic.azure.com/workflows/x?sig=y").check()
    assert (old.ok, old.optional) == (False, True)


@pytest.mark.parametrize(
    "url",
    [
        "https://company.webhook.office.com/webhookb2/x",
        "http://flow.example.com/x?sig=y",
        "https://user:word@flow.example.com/x",
        "https:///x?sig=y",
        "https://flow.example.com/x y",
        "flow",
    ],
)
def test_an_address_that_cannot_work_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|does) ") as refused:
        webhook_url(url)
    assert url not in str(refused.value)


def test_both_kinds_of_address_are_taken() -> None:
    for url in (
        "https://prod-1.westeurope.logic.azure.com:443/workflows/x/triggers/manual?sig=y",
        "https://default.environment.api.powerplatform.com:443/powerautomate/x?sig=y",
    ):
        assert webhook_url(url) == url
    assert CHANNEL.options[0].secret
