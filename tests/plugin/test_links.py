"""Tokens in links: what they open, and what they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.links import (
    AnswerToken,
    DeadLink,
    LeaveToken,
    Links,
    answer_link,
    answer_links,
    digest_of,
    unsubscribe_link,
)
from scheduler.answers import AnswerKind
from scheduler.facts import ScorecardKey

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
KEY = ScorecardKey("greenhouse", "81044", "4012")
BO = "bo@example.org"
LINKS = Links("a-secret-of-the-tests")
DAY = timedelta(days=1)
texts = st.text(st.characters(codec="utf-8"), max_size=128)


@given(st.builds(ScorecardKey, texts, texts, texts), st.sampled_from(AnswerKind))
def test_what_went_into_a_token_comes_out_of_it(key: ScorecardKey, kind: AnswerKind) -> None:
    token = LINKS.answer(key, kind, BO, NOW)
    assert LINKS.read_answer(token, NOW) == AnswerToken(key, kind, digest_of(BO), NOW)


@given(st.tuples(st.uuids(), st.uuids(), st.booleans()))
def test_a_uuid_comes_back_as_it_was_written(ids: tuple[object, object, bool]) -> None:
    first, second, upper = str(ids[0]), str(ids[1]), ids[2]
    key = ScorecardKey("lever", first.upper() if upper else first, second.replace("-", ""))
    token = LINKS.answer(key, AnswerKind.SNOOZE, BO, NOW)
    assert LINKS.read_answer(token, NOW).key == key


def test_sixty_rows_of_four_links_leave_room_for_the_rest_of_a_mail() -> None:
    ids = ("412f5fee-3b5b-4c4e-8ad5-4bd7dbea4e21", "d1c5b7d0-98a2-44a0-9f0e-c5a5a3a3ff01")
    links = answer_links("https://afterword.example.org", "a-secret")(BO, NOW)
    lengths = [len(links(ScorecardKey("greenhouse", *ids), kind)) for kind in AnswerKind]
    assert 240 * max(lengths) < 42_000


def test_a_token_holds_no_address_and_no_name_in_the_clear_or_encoded() -> None:
    assert digest_of(" Bo@Example.ORG ") == digest_of(BO)
    assert len(digest_of(BO)) == 8


@pytest.mark.parametrize("days", [0, 13, 14])
def test_a_link_holds_for_fourteen_days(days: int) -> None:
    token = LINKS.answer(KEY, AnswerKind.SNOOZE, BO, NOW)
    assert LINKS.read_answer(token, NOW + days * DAY).key == KEY


@pytest.mark.parametrize("moved", [14 * DAY + timedelta(seconds=1), -DAY])
def test_after_that_it_is_expired_and_from_the_future_too(moved: timedelta) -> None:
    token = LINKS.answer(KEY, AnswerKind.SNOOZE, BO, NOW)
    with pytest.raises(DeadLink) as refused:
        LINKS.read_answer(token, NOW + moved)
    assert refused.value.expired


def test_another_kind_of_the_same_page_does_not_live_longer() -> None:
    first = LINKS.read_answer(LINKS.answer(KEY, AnswerKind.SNOOZE, BO, NOW), NOW + 13 * DAY)
    other = LINKS.another(first, AnswerKind.HAND_OVER)
    assert LINKS.read_answer(other, NOW + 14 * DAY).kind is AnswerKind.HAND_OVER
    with pytest.raises(DeadLink):
        LINKS.read_answer(other, NOW + 15 * DAY)


@pytest.mark.parametrize("place", range(0, 96, 3))
def test_a_token_that_was_changed_anywhere_is_not_ours(place: int) -> None:
    token = LINKS.answer(KEY, AnswerKind.SNOOZE, BO, NOW)
    other = "A" if token[place] != "A" else "Q"  # not only in the bits that padding ignores
    with pytest.raises(DeadLink) as refused:
        LINKS.read_answer(token[:place] + other + token[place + 1 :], NOW)
    assert not refused.value.expired


@pytest.mark.parametrize("token", ["", ".", "..", "x.y.z", "é", "a" * 5000, "%00", "\udcff"])
def test_nonsense_is_not_ours(token: str) -> None:
    with pytest.raises(DeadLink):
        LINKS.read_answer(token, NOW)
    with pytest.raises(DeadLink):
        LINKS.read_leave(token, NOW)


def test_a_token_of_another_secret_or_purpose_opens_nothing() -> None:
    answer = LINKS.answer(KEY, AnswerKind.SNOOZE, BO, NOW)
    leave = LINKS.leave("report", BO, NOW)
    stamp = LINKS.stamp(answer, NOW)
    with pytest.raises(DeadLink):
        Links("another-secret").read_answer(answer, NOW)
    for token in (leave, stamp):
        with pytest.raises(DeadLink):
            LINKS.read_answer(token, NOW)
    for token in (answer, stamp):
        with pytest.raises(DeadLink):
            LINKS.read_leave(token, NOW)


def test_a_stamp_is_of_one_page_and_of_two_hours() -> None:
    stamp = LINKS.stamp("token", NOW)
    assert LINKS.stamped(stamp, "token", NOW + timedelta(hours=2))
    assert not LINKS.stamped(stamp, "token", NOW + timedelta(hours=3))
    assert not LINKS.stamped(stamp, "other", NOW)
    assert not LINKS.stamped("token", "token", NOW)


def test_a_year_later_somebody_can_still_leave_the_list() -> None:
    token = LINKS.leave("report", "boss@example.org", NOW)
    assert LINKS.read_leave(token, NOW + 365 * DAY) == LeaveToken("report", "boss@example.org")


def test_addresses_of_links_stand_under_the_public_address() -> None:
    public = "https://afterword.example.org/"
    link = answer_link(public, "s", KEY, AnswerKind.SNOOZE, BO, NOW)
    assert link.startswith("https://afterword.example.org/answer/")
    away = unsubscribe_link(public, "s", "report", BO, NOW)
    assert away.startswith("https://afterword.example.org/unsubscribe/")
    assert answer_links(public, "s")(BO, NOW)(KEY, AnswerKind.SNOOZE) == link
