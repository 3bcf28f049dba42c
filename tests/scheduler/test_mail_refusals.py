"""Case 59 with a real mail server: one person's refusal is nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.notify.mail import Mail
from scheduler.nudges import run
from scheduler.store import Store
from tests.connectors.mail_server import MailServer
from tests.scheduler.builders import HOUR, card, interview, person
from tests.scheduler.speaking import WEDNESDAY, Company, FakeNotifier, company

GREY, GONE, GOOD = "p0@example.org", "p1@example.org", "p2@example.org"


@pytest.fixture
def relay() -> Iterator[MailServer]:
    with MailServer(tls="never") as server:
        yield server


def three(store: Store) -> Company:
    firm = company(store)
    firm.knows(*(interview(f"i{n}", card(f"p{n}")) for n in range(3)))
    return firm.knows(*(person(f"p{n}", f"P {n}", email=f"p{n}@example.org") for n in range(3)))


def test_case_59_greylisting_is_waited_for_a_refusal_falls_back_and_others_get_theirs(
    store: Store, relay: MailServer
) -> None:
    mail = Mail(relay.url, "hiring@example.org", clock=lambda: WEDNESDAY)
    slack = FakeNotifier("slack")
    relay.refuse(GREY, "451 4.7.1 greylisted, come back")
    relay.refuse(GONE, "550 5.1.1 no such person")
    firm = three(store)
    nudging = replace(firm.nudging(), notifiers=(mail, slack))
    run(nudging, WEDNESDAY)
    assert [to for _, to in relay.envelopes] == [[GOOD]]
    assert slack.addresses == [GONE]
    relay.accept(GREY)
    run(nudging, WEDNESDAY + HOUR)
    assert [to for _, to in relay.envelopes] == [[GOOD], [GREY]]
    assert slack.addresses == [GONE]
    assert [state for _, state in firm.states()].count("sent") == 3


def test_each_mail_has_one_person_and_a_message_id_that_a_second_try_keeps(
    store: Store, relay: MailServer
) -> None:
    mail = Mail(relay.url, "hiring@example.org", clock=lambda: WEDNESDAY)
    relay.answer_next("DATA", "451 4.3.0 later")
    firm = three(store)
    nudging = replace(firm.nudging(), notifiers=(mail,))
    run(nudging, WEDNESDAY)
    run(nudging, WEDNESDAY + HOUR)
    assert sorted(to for _, (to,) in relay.envelopes) == [GREY, GONE, GOOD]
    ids = [each["Message-ID"] for each in relay.received]
    assert len(set(ids)) == 3
    assert {store.message(str(id)[1:].split("@")[0]) is not None for id in ids} == {True}
    assert {each["To"].addresses[0].addr_spec for each in relay.received} == {GREY, GONE, GOOD}
