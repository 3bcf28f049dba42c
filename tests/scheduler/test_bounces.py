"""Case 59: a mail that was taken and came back later."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.notify.base import Delivery, DeliveryState
from scheduler.bounces import Bounce, NotABounce, read_bounce
from scheduler.nudges import run
from scheduler.store import Store
from tests.scheduler.builders import DAY, HOUR, KEY, MONDAY, card, events, interview, save, world
from tests.scheduler.sample_bounces import a_bounce
from tests.scheduler.speaking import NEVER, WEDNESDAY, FakeNotifier, company
from tests.scheduler.test_store_outbox import planned

ID = "<m1@example.org>"
TAKEN = Delivery(DeliveryState.SENT, reference=ID)


@pytest.mark.parametrize("whole", [False, True])
def test_the_message_id_and_the_status_are_read_from_a_report(whole: bool) -> None:
    assert read_bounce(a_bounce(ID, whole=whole)) == Bounce(ID, failed=True, status="5.1.1")


@pytest.mark.parametrize(
    ("action", "failed"),
    [("Failed ", True), ("delayed", False), ("relayed", False), ("expanded", False)],
)
def test_only_what_was_given_up_has_failed(action: str, failed: bool) -> None:
    assert read_bounce(a_bounce(action=action)).failed is failed


def test_a_status_that_is_none_is_left_out() -> None:
    assert read_bounce(a_bounce(status="who knows")).status == ""


def test_the_headers_may_be_encoded_and_the_message_id_folded() -> None:
    folded = a_bounce().replace(b"Message-ID: <m1", b"Message-ID:\r\n <m1")
    assert read_bounce(folded).message_id == ID


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 50,
        b"From: bo@example.org\r\nSubject: Re: Notes\r\n\r\nI will.\r\n",
        b"Content-Type: multipart/report\r\n\r\n",
        a_bounce().replace(b"message/delivery-status", b"message/disposition-notification"),
        a_bounce().replace(b"text/rfc822-headers", b"text/plain"),
        a_bounce().replace(b"Message-ID", b"X-Other"),
        a_bounce().replace(b"Action:", b"Deed:"),
        a_bounce("<no brackets at all>"),
        a_bounce().replace(b"us-ascii", b"no-such-charset").replace(b"Message-ID:", b"M:"),
        b"Content-Type: multipart/report; boundary=a\r\n\r\n"
        + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 3000,
    ],
    ids=range(11),
)
def test_anything_else_is_refused_in_one_sentence(raw: bytes) -> None:
    with pytest.raises(NotABounce, match=r"^This \w+ .*\.$"):
        read_bounce(raw)


@given(raw=st.binary(max_size=400), at=st.integers(0, 1500))
def test_no_mail_whatsoever_makes_it_stumble(raw: bytes, at: int) -> None:
    whole = a_bounce()
    for mail in (raw, whole[:at] + raw, whole[:at] + raw + whole[at:]):
        with suppress(NotABounce):
            read_bounce(mail)


# --- what it changes


def sent(store: Store, id: str = "m1", delivery: Delivery = TAKEN) -> None:
    save(store, *world(interview("i1")))
    assert store.claim(planned(id), MONDAY, HOUR)
    assert store.start_sending(id, MONDAY, HOUR)
    assert store.finish(id, delivery, MONDAY)


def test_the_message_is_failed_with_its_code_and_the_page_lists_it(store: Store) -> None:
    sent(store)
    assert store.came_back(ID, "5.1.1", MONDAY + HOUR) is True
    [listed] = store.undelivered()
    assert (listed.id, listed.state) == ("m1", "failed")
    assert listed.reason == "the mail came back (5.1.1)"
    assert "failed" in events(store)
    assert store.came_back(ID, "5.1.1", MONDAY + DAY) is False


def test_one_of_which_nobody_knew_whether_it_arrived_has_failed_too(store: Store) -> None:
    sent(store, delivery=Delivery(DeliveryState.UNKNOWN, "no answer", reference=ID))
    assert store.came_back(ID, "", MONDAY + HOUR) is True
    assert [each.reason for each in store.undelivered()] == ["the mail came back"]


def test_a_foreign_mail_changes_nothing(store: Store) -> None:
    sent(store)
    assert store.came_back("<m2@example.org>", "5.1.1", MONDAY + HOUR) is None
    assert store.undelivered() == []


def test_an_address_is_turned_away_until_a_later_mail_stays_or_time_has_passed(
    store: Store,
) -> None:
    sent(store)
    address = planned().address
    assert not store.turned_away(address, MONDAY)
    store.came_back(ID, "5.1.1", MONDAY + HOUR)
    assert store.turned_away(address, MONDAY)
    assert not store.turned_away(address, MONDAY + DAY)
    assert not store.turned_away("ann@example.org", MONDAY)
    assert store.claim(planned("m2", step="nudge 2"), MONDAY + DAY, HOUR)
    store.start_sending("m2", MONDAY + DAY, HOUR)
    store.finish("m2", Delivery(DeliveryState.SENT, reference="<m2@example.org>"), MONDAY + DAY)
    assert not store.turned_away(address, MONDAY)


def test_the_next_step_uses_another_channel(store: Store) -> None:
    firm = company(store, interview("i1", card("p1")))
    firm.mail.always = TAKEN
    channels = (firm.mail, firm.slack)
    run(firm.nudging(*channels), WEDNESDAY)
    store.came_back(ID, "5.1.1", WEDNESDAY + HOUR)
    run(firm.nudging(*channels), WEDNESDAY + 2 * DAY)
    assert firm.said == [("slack", "p1@example.org"), ("mail", "p1@example.org")]
    assert firm.states(KEY) == [("nudge 1", "failed"), ("nudge 2", "sent")]


def test_where_mail_is_the_only_channel_it_is_tried_again(store: Store) -> None:
    firm = company(store, interview("i1", card("p1")))
    firm.mail.always = TAKEN
    run(firm.nudging(firm.mail), WEDNESDAY)
    store.came_back(ID, "5.1.1", WEDNESDAY + HOUR)
    run(firm.nudging(firm.mail), WEDNESDAY + 2 * DAY)
    assert len(firm.mail.taken) == 2


@pytest.mark.parametrize("others", [0, 1])
def test_case_59_a_refusal_for_good_goes_to_the_next_channel_at_once(
    store: Store, others: int
) -> None:
    firm = company(store, interview("i1", card("p1")))
    mail, slack = FakeNotifier("mail", always=NEVER), FakeNotifier("slack")
    run(firm.nudging(*(mail, slack)[: 1 + others]), WEDNESDAY)
    assert len(slack.taken) == others
