"""Re-reading by name, webhooks and ``check`` of Merge (other-ats.md 4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ats.base import Finding, Rung, Unreadable, WebhookRequest
from connectors.ats.merge_rows import ring
from connectors.errors import BadSignature
from connectors.model import InterviewState, Kind, Page, Ref
from tests.connectors.fake_merge import (
    APPLICATION,
    CARD,
    HOOK,
    IVO,
    JOB,
    KEY,
    NOOR,
    NOW,
    TALK,
    TOKEN,
    FakeMerge,
    as_json,
    connected,
    fake,
    interviews,
    records,
    uid,
)
from tests.connectors.loopback import thing

HEADER = "x-merge-webhook-signature"
BODY = as_json({"hook": {"event": "Scorecard.changed"}, "data": {"interview": TALK}, "n": "Zoë"})


@pytest.fixture
def merge() -> Iterator[FakeMerge]:
    with fake() as merge:
        merge.card()
        yield merge


def read(merge: FakeMerge, *refs: Ref) -> list[Page]:
    return list(connected(merge).read(refs))


# -- reading again


@pytest.mark.parametrize(
    "ref",
    [
        Ref(Kind.INTERVIEW, TALK),
        Ref(Kind.SCORECARD, CARD),
        Ref(Kind.APPLICATION, APPLICATION),
        Ref(Kind.CANDIDATE, NOOR),
    ],
)
def test_an_interview_is_found_by_everything_it_hangs_on(merge: FakeMerge, ref: Ref) -> None:
    pages = read(merge, ref)
    assert list(interviews(pages)) == [TALK]
    assert not [page for page in pages if page.missing or page.hidden or page.parked]


@pytest.mark.parametrize(("kind", "id"), [(Kind.PERSON, IVO), (Kind.JOB, JOB)])
def test_people_and_jobs_bring_no_interview(merge: FakeMerge, kind: Kind, id: str) -> None:
    pages = read(merge, Ref(kind, id))
    assert id in {each.id for each in records(pages)}
    assert not interviews(pages)


def test_a_loose_scorecard_leads_to_its_application(merge: FakeMerge) -> None:
    merge.card(interview=None)
    assert list(interviews(read(merge, Ref(Kind.SCORECARD, CARD)))) == [TALK]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.WEBHOOK])
def test_what_is_gone_is_missing_and_not_hidden(merge: FakeMerge, kind: Kind) -> None:
    [page] = read(merge, Ref(kind, uid(9)))
    assert (page.missing, page.hidden, page.records) == ((Ref(kind, uid(9)),), (), ())


@pytest.mark.parametrize(
    ("kind", "table", "id"),
    [
        (Kind.INTERVIEW, "interviews", TALK),
        (Kind.APPLICATION, "applications", APPLICATION),
        (Kind.CANDIDATE, "candidates", NOOR),
        (Kind.JOB, "jobs", JOB),
    ],
)
def test_what_merge_keeps_as_deleted_is_missing(
    merge: FakeMerge, kind: Kind, table: str, id: str
) -> None:
    merge.tables[table][id]["remote_was_deleted"] = True
    missing = {ref for page in read(merge, Ref(kind, id)) for ref in page.missing}
    assert missing == {Ref(kind, id)}


def test_what_cannot_be_read_is_neither_missing_nor_told(merge: FakeMerge) -> None:
    merge.interview(end_at="soon")
    [page] = read(merge, Ref(Kind.INTERVIEW, TALK))
    assert (page.missing, page.records) == ((), ())
    assert [flaw.path for flaw in page.parked] == ["interviews.end_at"]


@pytest.mark.parametrize(
    ("word", "state"),
    [("SCHEDULED", InterviewState.UNSCHEDULED), ("postponed", InterviewState.UNKNOWN)],
)
def test_an_interview_that_lost_its_date_has_none(
    merge: FakeMerge, word: str, state: InterviewState
) -> None:
    merge.interview(start_at=None, end_at=None, status=word)
    assert interviews(read(merge, Ref(Kind.INTERVIEW, TALK)))[TALK].state is state


def test_a_name_that_merge_cannot_have_given_is_not_put_into_an_address(merge: FakeMerge) -> None:
    bad = Ref(Kind.INTERVIEW, "../users")
    [page] = read(merge, bad)
    assert page.missing == (bad,)
    assert {each.name for each in merge.server.asked} == {"scorecards"}, "the probe alone"


def test_many_names_are_read_in_bundles_that_each_can_be_stored(merge: FakeMerge) -> None:
    for number in range(60):
        merge.interview(uid(1000 + number))
    pages = read(merge, *(Ref(Kind.INTERVIEW, uid(1000 + n)) for n in range(60)))
    assert [len(interviews([page])) for page in pages] == [25, 25, 10]


# -- who rings


def signed(body: bytes, key: str = HOOK) -> str:
    return base64.urlsafe_b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def verify(header: str | None, body: bytes = BODY, keys: tuple[str, ...] = (HOOK,)) -> str:
    headers = {} if header is None else {HEADER: header}
    with fake() as merge:
        connector = connected(merge, webhook_keys=keys)
        return connector.verify(WebhookRequest(headers, body), NOW)


def test_with_and_without_padding_it_proves() -> None:
    """The vendor's samples keep it, one guide strips it."""
    assert signed(BODY).endswith("=")
    assert verify(signed(BODY)) == verify(signed(BODY).rstrip("=")) == "secret-1"


def test_two_live_keys_prove_and_the_one_used_is_told() -> None:
    """Case 8."""
    assert verify(signed(BODY), keys=("new", HOOK)) == "secret-2"
    assert verify(signed(BODY), keys=("", HOOK)) == "secret-1"


RAW = hmac.new(HOOK.encode(), BODY, hashlib.sha256).digest()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        signed(BODY, KEY),
        signed(BODY + b" "),
        signed(BODY) + "=",
        signed(BODY) + signed(BODY),
        f"{signed(BODY)},{signed(BODY)}",
        f" {signed(BODY)}",
        f"{signed(BODY)}\n",
        f"sha256={signed(BODY)}",
        RAW.hex(),
        base64.b64encode(RAW + b"x").decode(),
        signed(BODY).swapcase(),
        signed(BODY)[:-2],
        signed(BODY).replace(signed(BODY)[0], "é"),
        "A" * 43,
    ],
)
def test_anything_else_is_refused(header: str | None) -> None:
    """Cases 5 to 7."""
    with pytest.raises(BadSignature) as caught:
        verify(header)
    assert HOOK not in str(caught.value)


def test_the_standard_alphabet_is_not_the_documented_one() -> None:
    body = next(b for n in range(99) if "_" in signed(b := b"%d" % n) or "-" in signed(b))
    assert verify(signed(body), body) == "secret-1"
    with pytest.raises(BadSignature):
        verify(signed(body).replace("_", "/").replace("-", "+"), body)


def test_without_a_key_nothing_proves() -> None:
    with pytest.raises(BadSignature, match="No webhook secret is set"):
        verify(signed(BODY), keys=())


# -- what they ring about


def rung(event: str, data: Any, **more: Any) -> Rung:
    hook = {"id": "rule", "event": event, "target": "https://x.example"}
    body = as_json({"hook": hook, "linked_account": {"id": "l"}, "data": data, **more})
    return ring(body, "c2ln=")


@pytest.mark.parametrize(
    ("event", "data", "refs"),
    [
        ("ScheduledInterview.changed", {"id": TALK}, [Ref(Kind.INTERVIEW, TALK)]),
        ("scheduled_interview.changed", {"id": TALK}, [Ref(Kind.INTERVIEW, TALK)]),
        ("Interview.removed", {"id": TALK}, [Ref(Kind.INTERVIEW, TALK)]),
        ("Scorecard.added", {"id": CARD, "interview": TALK}, [Ref(Kind.INTERVIEW, TALK)]),
        ("Scorecard.added", {"id": CARD, "interview": {"id": TALK}}, [Ref(Kind.INTERVIEW, TALK)]),
        (
            "SCORECARD.changed",
            {"id": CARD, "interview": None, "application": APPLICATION},
            [Ref(Kind.APPLICATION, APPLICATION)],
        ),
        ("Scorecard.deleted", {"id": CARD}, [Ref(Kind.SCORECARD, CARD)]),
        ("Candidate.changed", {"id": NOOR}, [Ref(Kind.CANDIDATE, NOOR)]),
        ("Application.changed", {"id": APPLICATION}, [Ref(Kind.APPLICATION, APPLICATION)]),
        ("Job.changed", {"id": JOB}, [Ref(Kind.JOB, JOB)]),
        ("RemoteUser.changed", {"id": IVO}, [Ref(Kind.PERSON, IVO)]),
        ("LinkedAccount.fully_synced_initial", {"sync_status": {}}, []),
        ("linked_account.synced", None, []),
        ("Issue.created", {"id": "x"}, []),
        ("Offer.changed", {"id": uid(5)}, []),
        ("Candidate.synced", {"sync_status": {}}, []),
    ],
)
def test_an_event_rings_for_what_it_is_about_however_it_is_spelt(
    event: str, data: Any, refs: list[Ref]
) -> None:
    told = rung(event, data)
    assert (told.action, list(told.refs), told.known) == (event, refs, True)


def test_an_event_of_tomorrow_is_known_as_unknown() -> None:
    assert not rung("Robot.changed", {"id": TALK}).known
    assert not rung("changed", {"id": TALK}).known


def test_the_signature_tells_deliveries_apart_padded_or_not() -> None:
    """``hook.id`` names the rule, not the delivery."""
    body = as_json({"hook": {"event": "Issue.created"}})
    assert ring(body, "c2ln=").event_id == ring(body, "c2ln").event_id == "c2ln"
    assert ring(body, None).event_id is None


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"\xff", "body"),
        (b"[]", "body"),
        (b"{}", "hook"),
        (as_json({"hook": {}}), "hook.event"),
        (as_json({"hook": {"event": ["Job.changed"]}}), "hook.event"),
        (as_json({"hook": {"event": "Job.changed"}}), "data"),
        (as_json({"hook": {"event": "Job.changed"}, "data": {"id": "../x"}}), "data.id"),
        (as_json({"hook": {"event": "Scorecard.changed"}, "data": {"id": 5}}), "data.id"),
    ],
)
def test_what_is_not_as_documented_is_told_by_path(body: bytes, path: str) -> None:
    with pytest.raises(Unreadable) as caught:
        ring(body, None)
    assert caught.value.path == path


@given(
    st.binary()
    | st.builds(
        as_json,
        st.recursive(
            st.none() | st.text() | st.integers(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(["hook", "event", "data", "id"]) | st.text(), inner
                )
            ),
        ),
    )
)
def test_no_body_whatever_breaks_it(body: bytes) -> None:
    with suppress(Unreadable):
        assert ring(body, None).action


# -- check


def findings(merge: FakeMerge, **config: Any) -> dict[str, Finding]:
    return {each.subject: each for each in connected(merge, **config).check()}


def test_check_tells_each_right_the_age_of_the_copy_and_what_the_account_can_tell(
    merge: FakeMerge,
) -> None:
    found = findings(merge)
    assert all(each.ok for each in found.values())
    assert {"account", "interviews", "scorecards", "users", "applications"} <= set(found)
    assert found["freshness"].detail == "Merge's copy of the ATS is as of 2026-11-24 10:00 UTC"


def test_check_says_when_an_account_cannot_tell(merge: FakeMerge) -> None:
    merge.tables["scorecards"].clear()
    connector = connected(merge)
    found = {each.subject: each for each in connector.check()}
    told = found["submissions seen"]
    assert (told.ok, told.optional) == (False, True)
    assert "cannot tell" in told.detail
    assert not connector.capabilities.submission
    merge.card()
    assert {each.subject: each for each in connector.check()}["submissions seen"].ok
    assert connector.capabilities.submission


def test_check_says_when_there_are_no_interviews_or_nobody_knows_how_old_they_are(
    merge: FakeMerge,
) -> None:
    merge.interview(start_at="2026-08-01T10:00:00Z", end_at="2026-08-01T11:00:00Z")
    merge.sync_status("Scorecard", last_sync_result="FAILED")
    found = findings(merge, webhook_keys=())
    warned = {subject for subject, each in found.items() if not each.ok}
    assert warned == {"interviews seen", "freshness", "webhook key"}
    assert all(found[subject].optional for subject in warned)


def test_check_names_the_right_that_is_missing(merge: FakeMerge) -> None:
    merge.denied |= {"users", "candidates", "scorecards"}
    found = findings(merge)
    assert not found["users"].ok
    assert "Grant it in Merge's dashboard" in found["users"].remedy
    assert [found[n].optional for n in ("users", "candidates", "scorecards")] == [
        False,
        True,
        False,
    ]
    assert not found["submissions seen"].ok


@pytest.mark.parametrize("status", [401, 429, 500])
def test_check_does_not_raise_and_says_no_secret(merge: FakeMerge, status: int) -> None:
    merge.script["sync-status"].extend([thing({"message": f"{KEY} {TOKEN}"}, status)] * 6)
    [told] = connected(merge).check()
    assert (told.subject, told.ok) == ("account", False)
    assert KEY not in told.detail + told.remedy
    assert TOKEN not in told.detail + told.remedy
