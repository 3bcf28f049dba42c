"""One person, one digest, one send; read again just before; what fails falls back or waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.errors import AccessRefused, Unreachable
from connectors.model import ApplicationState, InterviewState, Kind, Parked, Record, Ref
from connectors.notify.base import MessageKind
from scheduler import messages, nudges
from scheduler.nudges import BATCH, LEASE, dry_run, run
from scheduler.store import Store, tables
from tests.scheduler.builders import (
    DAY,
    HOUR,
    KEY,
    MONDAY,
    FakeAts,
    application,
    candidate,
    card,
    events,
    interview,
    job,
    key,
    moved,
    person,
    rows,
)
from tests.scheduler.speaking import (
    DUE,
    POLICY,
    SENT,
    UNSURE,
    WEDNESDAY,
    Company,
    FakeNotifier,
    company,
)

FRIDAY = WEDNESDAY + 2 * DAY
MINUTE = timedelta(minutes=1)


def many(store: Store, people: int) -> Company:
    """So many people who owe one scorecard each, by the end of the interview."""
    found = Company(store).knows(candidate(), job(), application())
    found.knows(*(person(f"p{n}") for n in range(people)))
    talks = (interview(f"i{n}", card(f"p{n}"), ends_at=MONDAY - n * MINUTE) for n in range(people))
    return found.knows(*talks)


def test_everything_that_one_person_owes_is_one_message_over_two_accounts(store: Store) -> None:
    firm = company(store, interview("i1"), interview("i2"))
    imported: list[Record] = [
        candidate(),
        job(),
        application(),
        person("x", email="P1@Example.org"),
    ]
    sheet = FakeAts("csv").with_records(*imported, interview("i7", card("x")))
    for page in sheet.read(list(sheet.records)):
        store.save_page("csv", page, store_names=True)
    nudging = firm.nudging(policies={"greenhouse": POLICY, "csv": POLICY})
    outcome = run(nudging, WEDNESDAY)
    (message,) = firm.slack.taken
    assert (message.kind, message.to.address) == (MessageKind.DIGEST, "p1@example.org")
    assert len(outcome.entries[0].owed) == 3  # the imported one from what is stored
    assert firm.states() == [("nudge 1", "sent")] * 3


def test_a_second_run_has_nothing_to_say(store: Store) -> None:
    firm = company(store)
    for minutes in (0, 1, 60):
        run(firm.nudging(), WEDNESDAY + minutes * MINUTE)
    assert firm.said == [("slack", "p1@example.org")]


def test_a_day_brings_one_message_also_when_more_falls_due(store: Store) -> None:
    later = interview("i2", ends_at=MONDAY + 4 * HOUR)
    firm = company(store, interview("i1"), later)
    run(firm.nudging(), WEDNESDAY)
    run(firm.nudging(), WEDNESDAY + 5 * HOUR)
    assert len(firm.said) == 1
    run(firm.nudging(), WEDNESDAY + DAY)
    assert [each.kind for each in firm.slack.taken] == [MessageKind.NUDGE] * 2


def test_the_recruiter_is_told_after_two_nudges_and_then_there_is_silence(store: Store) -> None:
    firm = company(store)
    for days in range(30):
        run(firm.nudging(), WEDNESDAY + days * DAY)
    assert [(m.kind.value, m.to.address) for m in firm.slack.taken] == [
        ("nudge", "p1@example.org"),
        ("nudge", "p1@example.org"),
        ("escalation", "p2@example.org"),
    ]
    assert firm.slack.taken[1].in_reply_to == firm.slack.taken[0].id


def test_what_is_older_than_the_connection_is_never_spoken_about(sqlite_store: Store) -> None:
    """Case 58, with 2,000 rows."""
    firm = many(sqlite_store, 2000)
    since = MONDAY + DAY
    nudging = firm.nudging(policies={"greenhouse": replace(POLICY, nudge_since=since)})
    outcome = run(nudging, WEDNESDAY)
    assert firm.said == []
    assert len(outcome.plan.silent) == 2000
    assert "history is silent" in outcome.plan.silent[0].reason


def test_beyond_the_cap_of_a_run_the_next_run_goes_on(store: Store) -> None:
    """Case 58."""
    firm = many(store, 7)
    nudging = firm.nudging(most_messages=3)
    left = []
    for run_number in range(4):
        left.append(run(nudging, WEDNESDAY + run_number * MINUTE).plan.held_back)
    assert left == [4, 1, 0, 0]
    assert firm.slack.addresses == [f"p{n}@example.org" for n in (6, 5, 4, 3, 2, 1, 0)]


# -- just before the send


GONE: dict[str, tuple[Callable[[Company], object], str]] = {
    "submitted": (
        lambda firm: firm.changes(DUE, interview("i1", card(submitted_at=DUE))),
        "submitted on",
    ),
    "called off": (
        lambda firm: firm.changes(DUE, interview("i1", state=InterviewState.CANCELLED)),
        "the interview was called off",
    ),
    "moved": (
        lambda firm: firm.changes(DUE, moved(interview("i1"), WEDNESDAY + HOUR)),
        "the interview ends on",
    ),
    "swapped": (
        lambda firm: firm.changes(DUE, interview("i1", card("p2"))),
        "the interviewer is no longer on the panel",
    ),
    "deleted": (
        lambda firm: firm.ats.at(DUE).without(Ref(Kind.INTERVIEW, "i1")),
        "the interview was deleted",
    ),
    "rejected": (
        lambda firm: firm.changes(DUE, application(state=ApplicationState.REJECTED)),
        "the application is rejected",
    ),
    "left": (
        lambda firm: firm.changes(DUE, person(active=False)),
        "undeliverable: the interviewer's account is deactivated",
    ),
}


@pytest.mark.parametrize("what", GONE)
def test_whoever_is_not_to_be_asked_any_more_is_spared_at_the_last_moment(
    what: str, store: Store
) -> None:
    """Cases 49, 50: the store still thinks that it is owed."""
    happen, reason = GONE[what]
    firm = company(store)
    happen(firm)
    outcome = run(firm.nudging(), WEDNESDAY)
    assert firm.said == []
    assert [each.key for each in outcome.withdrawn] == [KEY]
    assert outcome.withdrawn[0].reason.startswith(reason)
    assert firm.states() == []  # nothing was claimed: should it be owed again, it is said then


def test_of_a_digest_only_what_is_still_owed_goes_out(store: Store) -> None:
    """Case 49."""
    firm = company(store, interview("i1"), interview("i2"))
    firm.changes(DUE, interview("i2", card(submitted_at=DUE)))
    run(firm.nudging(), WEDNESDAY)
    (message,) = firm.slack.taken
    assert message.kind is MessageKind.NUDGE
    assert store.told([key("i1"), key("i2")]).keys() == {key("i1")}


def test_each_interview_is_asked_about_once_in_few_requests(store: Store) -> None:
    firm = many(store, BATCH + 1)
    run(firm.nudging(), WEDNESDAY)
    assert [len(refs) for refs in firm.ats.asked] == [BATCH, 1]
    assert len(firm.said) == BATCH + 1


def test_an_ats_that_does_not_answer_silences_its_people_and_is_asked_once(store: Store) -> None:
    firm = many(store, 2 * BATCH)
    for n in range(2 * BATCH):
        firm.ats.refusing(Ref(Kind.INTERVIEW, f"i{n}"), Unreachable("greenhouse is away."))
    outcome = run(firm.nudging(), WEDNESDAY)
    assert firm.said == []
    assert outcome.problems == ["greenhouse could not be asked again: greenhouse is away."]
    assert {each.reason for each in outcome.withdrawn} == {nudges.UNREAD}
    assert len(firm.ats.asked) == 1
    firm.ats.refused_refs.clear()
    run(firm.nudging(), WEDNESDAY + MINUTE)
    assert len(firm.said) == 2 * BATCH


def test_an_ats_that_refuses_does_not_keep_the_other_accounts_from_speaking(store: Store) -> None:
    """Case 29: also with a cap that the people of the refusing account would fill."""
    firm = many(store, 5)
    for n in range(5):
        firm.ats.refusing(Ref(Kind.INTERVIEW, f"i{n}"), AccessRefused("the key was revoked."))
    other = FakeAts("other").with_records(
        candidate(), job(), application(), person("z"), interview("i9", card("z"))
    )
    for page in other.read(list(other.records)):
        store.save_page("other", page, store_names=True)
    nudging = firm.nudging(
        accounts={"greenhouse": firm.ats, "other": other},
        policies={"greenhouse": POLICY, "other": POLICY},
        most_messages=2,
    )
    run(nudging, WEDNESDAY)
    assert firm.said == [("slack", "z@example.org")]


def test_what_comes_back_unreadable_is_not_spoken_about(store: Store) -> None:
    firm = company(store)

    class Garbled(FakeAts):
        def read(self, refs):  # type: ignore[no-untyped-def]
            flaw = Parked(Ref(Kind.INTERVIEW, "i1"), "ends_at", "is not a moment")
            for page in super().read(refs):
                yield replace(page, records=(), parked=(flaw,))

    garbled = Garbled().with_records(*firm.ats.records.values())
    outcome = run(firm.nudging(accounts={"greenhouse": garbled}), WEDNESDAY)
    assert firm.said == []
    assert [each.reason for each in outcome.withdrawn] == [nudges.UNREAD]


# -- a dry run


def test_a_dry_run_shows_what_a_live_run_sends_and_leaves_no_trace(
    store: Store, store_url: str
) -> None:
    firm = many(store, 4)
    run(firm.nudging(most_messages=1), WEDNESDAY)  # p3 has a past
    everything = tuple(tables.metadata.tables.values())
    before = rows(store_url, *everything)
    for now in (WEDNESDAY + MINUTE, FRIDAY):
        shown = dry_run(firm.nudging(), now)
        assert rows(store_url, *everything) == before
    assert (firm.said, len(firm.ats.asked)) == ([("slack", "p3@example.org")], 1)
    firm.slack.taken.clear()
    live = run(firm.nudging(), FRIDAY)
    assert [_shape(each) for each in shown.entries] == [_shape(each) for each in live.entries]
    assert len(live.entries) == 4


def test_a_dry_run_shows_retries_too_and_only_once(store: Store) -> None:
    firm = many(store, 2)
    firm.slack.answers.append(replace(SENT, state=UNSURE.state.FAILED, retry_after=600))
    run(firm.nudging(), WEDNESDAY)
    shown = dry_run(firm.nudging(), WEDNESDAY + HOUR)
    assert sorted(each.message.to.address for each in shown.entries) == [
        "p0@example.org",
        "p1@example.org",
    ]
    overtaken = dry_run(firm.nudging(), FRIDAY + DAY)
    assert {owed[1] for each in overtaken.entries for owed in each.owed} == {"nudge 2"}
    assert len(overtaken.entries) == 2


def _shape(entry: nudges.Entry) -> tuple[object, ...]:
    said = entry.message
    return said.kind, said.to, said.subject, said.text, said.blocks, entry.channel, entry.owed


# -- bad rows, stopping


def test_a_message_that_cannot_be_made_does_not_stop_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 57."""
    firm = many(store, 3)
    made = messages.nudge

    def breaks(*words, **more):  # type: ignore[no-untyped-def]
        if words[1].address == "p1@example.org":
            raise IndexError
        return made(*words, **more)

    monkeypatch.setattr(messages, "nudge", breaks)
    for outcome in (dry_run(firm.nudging(), WEDNESDAY), run(firm.nudging(), WEDNESDAY)):
        assert [(each.key.interview_id, each.reason) for each in outcome.set_aside] == [
            ("i1", "its message could not be made (IndexError)")
        ]
    assert sorted(firm.slack.addresses) == ["p0@example.org", "p2@example.org"]
    monkeypatch.undo()
    run(firm.nudging(), WEDNESDAY + MINUTE)
    assert firm.slack.addresses[-1] == "p1@example.org"


def test_told_to_stop_it_ends_after_the_message_at_hand(store: Store) -> None:
    firm = many(store, 5)
    outcome = run(firm.nudging(), WEDNESDAY, stopping=lambda: len(firm.said) >= 2)
    assert (len(firm.said), outcome.plan.held_back) == (2, 3)
    run(firm.nudging(), WEDNESDAY + LEASE)
    assert len(set(firm.said)) == len(firm.said) == 5


def test_progress_is_told_up_to_the_end(store: Store) -> None:
    firm = many(store, BATCH + 2)
    seen: list[tuple[int, int]] = []
    run(firm.nudging(), WEDNESDAY, on_message=lambda done, total: seen.append((done, total)))
    assert seen == [(BATCH, BATCH + 2), (BATCH + 2, BATCH + 2)]


def test_without_a_channel_nothing_is_claimed_and_the_remedy_is_said(store: Store) -> None:
    firm = company(store)
    outcome = run(firm.nudging(notifiers=()), WEDNESDAY)
    assert "SLACK_BOT_TOKEN" in outcome.problems[0]
    assert events(store) == ["first_seen"]
    assert [each.channel for each in dry_run(firm.nudging(notifiers=()), WEDNESDAY).entries] == [
        "console"
    ]


def test_a_message_says_how_it_went_in_the_story_of_the_interview(store: Store) -> None:
    firm = company(store)
    run(firm.nudging(FakeNotifier("mail")), WEDNESDAY)
    assert events(store) == ["first_seen", "planned", "sent"]
