"""A long history through Merge costs no memory, and what is forgotten on the way does no harm."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from requests.auth import AuthBase

from connectors.ats.merge_config import SERVICE
from connectors.ats.merge_reading import Reading
from connectors.ats.merge_rows import InterviewRow
from connectors.http import Http
from connectors.model import Interview, Record
from connectors.paging import Envelope, WrappedApi
from tests.connectors.fake_merge import (
    APPLICATION,
    IVO,
    KEY,
    NOW,
    TALK,
    TOKEN,
    FakeMerge,
    fake,
    uid,
)


@pytest.fixture
def merge() -> Iterator[FakeMerge]:
    """Three talks, the first and the last about the same application."""
    with fake() as merge:
        merge.put("applications", uid(201), **other(merge, APPLICATION, candidate=uid(801)))
        merge.put("candidates", uid(801), first_name="Zuri", last_name="Otieno")
        merge.interview(uid(101), application=uid(201))
        merge.interview(uid(102))
        merge.card(interview=uid(102))
        yield merge


def other(merge: FakeMerge, name: str, **changes: str) -> dict[str, object]:
    """The columns of a stored application, with changes."""
    row = merge.tables["applications"][name]
    kept = ("job", "rejected_at", "current_stage", "offers", "candidate")
    return {column: row[column] for column in kept} | changes


class Account(AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update({"Authorization": f"Bearer {KEY}", "X-Account-Token": TOKEN})
        return request


def api(merge: FakeMerge) -> WrappedApi:
    http = Http(SERVICE, clock=lambda: NOW, sleep=lambda seconds: None)
    form = Envelope("results", "next", "cursor", wraps_one=False)
    return WrappedApi(http, f"{merge.server.url}/api/ats/v1", Account(), form, str)


def gathered(merge: FakeMerge, most_met: int) -> list[Record]:
    reading = Reading(api(merge), True, most_met=most_met)
    reading.cards(modified_after="2026-11-01T00:00:00Z")
    for rows, _ in reading.pages(InterviewRow):
        reading.interviews(reading.take(rows))
    return list(reading.page(NOW).records)


def test_what_it_forgot_to_have_told_it_asks_for_and_tells_again(merge: FakeMerge) -> None:
    ample, asked = gathered(merge, 1000), len(merge.questions(f"applications/{APPLICATION}"))
    scarce = gathered(merge, 3)
    assert (asked, len(merge.questions(f"applications/{APPLICATION}"))) == (1, 3)
    assert {repr(each) for each in scarce} == {repr(each) for each in ample}
    talks = [each for each in scarce if isinstance(each, Interview)]
    assert {talk.id for talk in talks} == {TALK, uid(101), uid(102)}
    assert None not in {talk.job_id for talk in talks}


def test_a_scorecard_told_again_as_it_was_before_counts_as_it_was_told_last(
    merge: FakeMerge,
) -> None:
    """Handed in, taken back, handed in: three tellings of one card, the first and last alike."""
    reading = Reading(api(merge), True)
    seen = []
    for submitted in ("2026-11-18T08:00:00Z", None, "2026-11-18T08:00:00Z"):
        merge.card(submitted_at=submitted)
        reading.cards(modified_after="2026-11-01T00:00:00Z")
        [(rows, _)] = reading.pages(InterviewRow)
        reading.interviews(row for row in rows if row.id == TALK)
        [talk] = [r for r in reading.page(NOW).records if isinstance(r, Interview)]
        ivo = next(card for card in talk.scorecards if card.interviewer_id == IVO)
        seen.append(ivo.submitted_at is not None)
    assert seen == [True, False, True]
