"""Nobody is worn out: their own hours, one message of their day, backing off, the allow-list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.answers import AnswerKind
from scheduler.facts import Audience, PersonFacts, ScorecardFacts, ScorecardKey, Told
from scheduler.hours import Hours, Own, Working
from scheduler.plan import Draft, Known, Plan, plan
from scheduler.policy import Place, Policy
from scheduler.sparing import Manners
from scheduler.store import Member
from scheduler.workdays import WorkCalendar
from tests.scheduler import oracle
from tests.scheduler.cards import DUE, END, RECRUITER, answer, card, person

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
NOW = DUE + HOUR
"""A Thursday, 11:00 UTC: noon in Berlin, 06:00 in New York, 20:00 in Tokyo."""
OFFICE = Hours(ZoneInfo("Europe/Berlin"), WorkCalendar.of("DE-BE"))
POLICY = Policy(nudge_since=END - 60 * DAY, zone=OFFICE.zone)


def known(
    told: Mapping[ScorecardKey, list[Told]] | None = None,
    written: Mapping[str, datetime] | None = None,
    ignored: Mapping[str, int] | None = None,
    policy: Policy = POLICY,
    **manners: Any,
) -> Known:
    usual: dict[str, Any] = {"working": Working(OFFICE), "ignored": lambda a, s: ignored or {}}
    return Known(
        {"greenhouse": policy, "lever": policy},
        told or {},
        lambda key: (),
        lambda address: (written or {}).get(address),
        manners=Manners(**(usual | manners)),
    )


def planned(*rows: ScorecardFacts, now: datetime = NOW, **more: Any) -> Plan:
    return plan(rows, known(**more), now, most=100)


def addresses(found: Plan) -> list[str]:
    return [draft.to.address.partition("@")[0] for draft in found.drafts]


def owing(who: str, zone: str | None = None, **changes: Any) -> ScorecardFacts:
    return card(f"of {who}", interviewer=person(who, zone=zone), **changes)


def warned(facts: ScorecardFacts) -> dict[ScorecardKey, list[Told]]:
    return {facts.key: [Told("nudge 1", "sent", DUE - 6 * DAY), Told("nudge 2", "sent", DUE - DAY)]}


OLD: dict[str, Any] = {"ends_at": END - 8 * DAY}
"""Its escalation is due, once the interviewer was warned."""


# -- hours


def test_everybody_is_written_to_in_their_own_working_hours_and_the_wait_says_until_when() -> None:
    """Two panels, three zones (case 53)."""
    rows = [owing("ann", "America/New_York"), owing("ber"), owing("tok", "Asia/Tokyo")]
    found = planned(*rows)
    assert addresses(found) == ["ber"]
    assert [each.reason for each in found.silent] == [
        "waits for Person ann's working hours, from Thu 12 Nov 2026 at 09:00 EST",
        "waits for Person tok's working hours, from Fri 13 Nov 2026 at 09:00 JST",
    ]
    assert addresses(planned(*rows, now=NOW + 4 * HOUR)) == ["ann", "ber"]  # 16:00 in Berlin
    assert addresses(planned(*rows, now=NOW + 6 * HOUR)) == ["ann"]
    assert addresses(planned(*rows, now=NOW + 14 * HOUR)) == ["tok"]


def test_out_of_office_waits_for_the_return() -> None:
    away = Member("bo@example.com", "U1", None, NOW + 4 * DAY, True, NOW)
    found = planned(owing("bo"), member={"bo@example.com": away}.get)
    assert found.drafts == ()
    assert found.silent[0].reason.endswith("from Mon 16 Nov 2026 at 12:00 CET")


def test_a_message_knows_the_hours_of_its_reader_for_whoever_sends_it_later() -> None:
    (draft,) = planned(owing("bo")).drafts
    assert draft.hours == OFFICE
    both = [
        card("1", who="bo"),
        card("2", key=ScorecardKey("lever", "2", "x"), interviewer=tokyo("bo")),
    ]
    assert planned(*both, now=NOW + 14 * HOUR).drafts[0].hours.zone.key == "Asia/Tokyo"


def tokyo(who: str) -> PersonFacts:
    return person(who, zone="Asia/Tokyo")


def test_a_zone_that_is_none_leaves_the_hours_of_the_company() -> None:
    """Case 53."""
    assert addresses(planned(owing("bo", "Mars/Olympus"))) == ["bo"]


# -- one a day


def test_the_day_on_which_a_person_is_written_to_once_is_their_own() -> None:
    """23:30 on Wednesday in Berlin is Thursday in Tokyo, and nine o'clock there is far off."""
    night_owl = Working(OFFICE, {"bo@example.com": Own(work=(time(0), time(23, 59)))})
    last = datetime(2026, 11, 11, 22, 30, tzinfo=UTC)
    for zone, spared in (("Europe/Berlin", False), ("Asia/Tokyo", True)):
        found = planned(owing("bo", zone), written={"bo@example.com": last}, working=night_owl)
        assert (found.drafts == ()) is spared
        if spared:
            assert found.silent[0].reason == "this person was already written to today"


def test_who_waits_longest_comes_first_in_the_one_message_over_all_accounts_and_jobs() -> None:
    rows = [
        card("1", key=ScorecardKey("lever", "1", "l-ivo"), job="Baker", ends_at=END - HOUR),
        card("2", job="Nurse", ends_at=END - 3 * HOUR),
        card("3", department=None, ends_at=END - 2 * HOUR),
    ]
    (draft,) = planned(*rows).drafts
    assert [each.facts.key.interview_id for each in draft.owed] == ["2", "3", "1"]


def test_who_is_asked_for_help_in_several_roles_hears_it_in_one_message() -> None:
    rita = RECRUITER
    ladder = (*POLICY.ladder[:2], Place("escalation 1", Audience.FIXED, 2, rita.email))
    sales = replace(POLICY, ladder=ladder)
    first = owing("bo", **OLD)
    second = card("of cy", key=ScorecardKey("lever", "of cy", "cy"), who="cy", **OLD)
    told = warned(first) | warned(second)
    setting = known(told)
    setting = replace(setting, policies={"greenhouse": POLICY, "lever": sales})
    (draft,) = plan([first, second], setting, NOW, most=9).drafts
    assert (draft.to.address, len(draft.owed)) == ("rita@example.com", 2)


# -- backing off


@pytest.mark.parametrize(
    ("ignored", "days"),
    [(0, 1), (1, 1), (2, 2), (3, 5), (40, 5)],
)
def test_the_more_messages_brought_nothing_the_longer_the_next_one_waits(
    ignored: int, days: int
) -> None:
    """In working days of the person: the last message was on Tuesday, and there is a week-end."""
    last = datetime(2026, 11, 10, 12, tzinfo=UTC)
    told: dict[str, Any] = {
        "written": {"bo@example.com": last},
        "ignored": {"bo@example.com": ignored},
    }
    spoken = [
        (last + n * DAY).day
        for n in range(1, 12)
        if planned(owing("bo", ends_at=END - 8 * DAY), now=last + n * DAY, **told).drafts
    ]
    assert spoken[0] == {1: 11, 2: 12, 5: 17}[days]


def test_a_backed_off_person_is_silent_with_the_reason_and_the_day() -> None:
    written = {"bo@example.com": NOW - DAY}
    found = planned(owing("bo"), written=written, ignored={"bo@example.com": 3})
    assert found.silent[0].reason == (
        "3 messages in a row brought nothing: the next one waits until Wed 18 Nov 2026"
    )
    rule: dict[str, Any] = {"gaps": (3,), "written": written}
    assert planned(owing("bo"), **rule).silent[0].reason == (
        "the last message is not long ago: the next one waits until Mon 16 Nov 2026"
    )
    assert addresses(planned(owing("bo"), gaps=(), written=written)) == ["bo"]


def test_at_night_the_day_is_named_on_which_a_backed_off_person_is_written_to_again() -> None:
    facts = owing("ann")
    written = {"ann@example.com": NOW - DAY}
    night = planned(facts, written=written, ignored={"ann@example.com": 3}, now=NOW + 12 * HOUR)
    assert night.silent[0].reason == (
        "3 messages in a row brought nothing: the next one waits until Wed 18 Nov 2026"
    )
    soon = planned(facts, written=written, now=NOW + 12 * HOUR)
    assert soon.silent[0].reason.startswith("waits for Person ann's working hours, from Fri 13 Nov")


def test_who_is_asked_for_help_is_not_backed_off_from_but_still_hears_one_message_a_day() -> None:
    late = owing("bo", **OLD)
    more: dict[str, Any] = {"told": warned(late), "ignored": {"rita@example.com": 9}}
    assert addresses(planned(late, written={"rita@example.com": NOW - DAY}, **more)) == ["rita"]
    today = planned(late, written={"rita@example.com": NOW - HOUR}, **more)
    assert [each.reason for each in today.silent] == ["this person was already written to today"]


def test_a_backed_off_interviewer_may_still_be_asked_for_help_about_somebody_else() -> None:
    late = owing("bo", **OLD, recruiters=(person("cy"),))
    found = planned(
        late,
        owing("cy"),
        told=warned(late),
        written={"cy@example.com": NOW - DAY},
        ignored={"cy@example.com": 3},
    )
    assert [(d.to.address, d.audience) for d in found.drafts] == [
        ("cy@example.com", Audience.RECRUITER)
    ]


def test_only_those_who_were_ever_written_to_are_looked_up_and_all_at_once() -> None:
    asked: list[list[str]] = []

    def ignored(addresses: Any, since: datetime) -> dict[str, int]:
        asked.append(sorted(addresses))
        assert since == NOW - 90 * DAY
        return {}

    written = {f"{who}@example.com": NOW - 9 * DAY for who in ("bo", "cy")}
    rows = [owing(who) for who in ("ann", "bo", "cy")]
    planned(*rows, written=written, ignored=None)
    plan(rows, replace(known(written=written), manners=Manners(ignored=ignored)), NOW, most=9)
    assert asked == [["bo@example.com", "cy@example.com"]]


# -- the allow-list


@pytest.mark.parametrize(
    ("allowed", "heard"),
    [
        ((), ["ann", "bo"]),
        (("BO@example.com",), ["bo"]),
        (("*@example.com",), ["ann", "bo"]),
        (("a*", "c*"), ["ann"]),
        (("*@example.org",), []),
    ],
)
def test_in_the_first_weeks_only_the_allow_list_is_written_to(
    allowed: tuple[str, ...], heard: list[str]
) -> None:
    found = planned(owing("ann"), owing("bo"), allowed=allowed)
    assert addresses(found) == heard
    assert {each.reason for each in found.silent} <= {"the allow-list does not hold this person"}
    assert len(found.silent) == 2 - len(heard)


# -- the private warning, hand-overs, whom nobody can ask


def test_the_last_nudge_says_who_is_asked_next_and_on_which_day() -> None:
    """The recruiter rests on the day itself: it is the next of her working days."""
    told = [Told("nudge 1", "sent", DUE)]
    facts = owing("bo", recruiters=(person("rita", zone="America/New_York"),))
    thanks = Working(OFFICE, calendars={"America/New_York": WorkCalendar.of("US")})
    now = DUE + 12 * DAY  # Tuesday 24 November; nudge 2 and the escalation are long due
    (draft,) = planned(facts, told={facts.key: told}, now=now, working=thanks).drafts
    (owed,) = draft.owed
    assert owed.warns is not None
    assert (owed.step.name, owed.warns.whom) == ("nudge 2", "Person rita")
    assert owed.warns.at == datetime(2026, 11, 25, 14, tzinfo=UTC)
    (draft,) = planned(
        facts, told={facts.key: told}, now=now + DAY, working=thanks
    ).drafts  # Thanksgiving comes first
    assert draft.owed[0].warns is not None
    assert draft.owed[0].warns.at == datetime(2026, 11, 27, 14, tzinfo=UTC)


def test_the_first_nudge_warns_of_nothing() -> None:
    (draft,) = planned(owing("bo")).drafts
    assert draft.owed[0].warns is None
    assert draft.owed[0].unreachable is None


def test_the_message_about_somebody_who_cannot_be_asked_says_why() -> None:
    """Case 55."""
    (draft,) = planned(card(interviewer=person("bo", active=False))).drafts
    assert draft.to.address == "rita@example.com"
    assert draft.owed[0].unreachable == "the interviewer's account is deactivated"
    late = owing("bo", **OLD)
    (draft,) = planned(late, told=warned(late)).drafts
    assert draft.owed[0].unreachable is None


def handed(to_id: str) -> tuple[ScorecardFacts, Known]:
    given = answer(AnswerKind.HAND_OVER, NOW - HOUR / 2, to_id=to_id)
    mine, cleo = card(answers=(given,)), card(who="cleo", submitted_at=DUE)
    return mine, replace(known(), panel=lambda key: (mine, cleo))


def test_a_hand_over_is_told_to_the_colleague_on_the_panel() -> None:
    mine, setting = handed("cleo")
    (draft,) = plan([mine], setting, NOW, most=9).drafts
    assert (draft.to.address, draft.audience) == ("cleo@example.com", Audience.COLLEAGUE)
    assert draft.owed[0].step.name.startswith("hand over ")
    told = replace(setting, told={mine.key: [Told(draft.owed[0].step.name, "sent", NOW)]})
    assert plan([mine], told, NOW + DAY, most=9) == Plan()


def test_a_hand_over_to_somebody_who_cannot_be_reached_is_listed() -> None:
    """Case 55."""
    mine, setting = handed("stranger")
    found = plan([mine], setting, NOW, most=9)
    assert found.drafts == ()
    assert [each.reason for each in found.undeliverable] == [
        "undeliverable: it was handed over to somebody who cannot be written to"
    ]


# -- a month of an interviewer with many scorecards, in any zone, tick by tick

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "x/y"]


@st.composite
def months(draw: st.DrawFn) -> tuple[list[ScorecardFacts], Working, list[int], dict[str, str]]:
    countries = {zone: draw(st.sampled_from(["", "US", "DE-BE"])) for zone in ZONES}
    zones = {who: draw(st.sampled_from(ZONES)) for who in ("ivo", "bo", "rita")}
    rows = [
        card(
            str(n),
            interviewer=person(who := draw(st.sampled_from(["ivo", "bo"])), zone=zones[who]),
            ends_at=END + draw(st.integers(-40, 90)) * 6 * HOUR,
            recruiters=(person("rita", zone=zones["rita"]),),
        )
        for n in range(draw(st.integers(1, 7)))
    ]
    calendars = {zone: WorkCalendar.of(code) for zone, code in countries.items()}
    usual = Hours(ZoneInfo("Europe/Berlin"), calendars["Europe/Berlin"])
    ticks = draw(st.lists(st.sampled_from([1, 2, 5, 11, 26]), min_size=20, max_size=80))
    real = {who: zone if zone != "x/y" else "Europe/Berlin" for who, zone in zones.items()}
    return (
        rows,
        Working(usual, calendars=calendars),
        ticks,
        {who: f"{zone} {countries[zone]}" for who, zone in real.items()},
    )


@given(months())
def test_whatever_is_owed_nobody_hears_more_than_once_on_a_working_day_in_their_hours(
    month: tuple[list[ScorecardFacts], Working, list[int], dict[str, str]],
) -> None:
    """Over clock changes, holidays of one country only, and three people (cases 53, 54)."""
    rows, working, ticks, real = month
    told: dict[ScorecardKey, list[Told]] = defaultdict(list)
    heard: dict[str, list[datetime]] = defaultdict(list)
    now = END - 10 * DAY
    for hours in ticks:
        now += hours * HOUR
        written = {to: moments[-1] for to, moments in heard.items()}
        ignored = {to: len(moments) for to, moments in heard.items()}
        setting = known(told, written, ignored, working=working)
        for draft in plan(rows, setting, now, most=100).drafts:
            heard[draft.to.address].append(now)
            _note(told, draft, now)
    for address, moments in heard.items():
        where, country = real[address.partition("@")[0]].split(" ")
        days = [moment.astimezone(ZoneInfo(where)) for moment in moments]
        counts = oracle.worked(country)
        assert all(counts(day.date()) and 9 <= day.hour < 17 for day in days)
        dates = [day.date() for day in days]
        assert len(set(dates)) == len(dates)
        if not address.startswith("rita"):
            for n, (before, after) in enumerate(pairwise(dates), start=1):
                between = (before + k * DAY for k in range(1, (after - before).days + 1))
                assert sum(map(counts, between)) >= (1, 1, 2, 5)[min(n, 3)]
    for said in told.values():
        names = [each.step for each in said]
        assert names == sorted(set(names), key=["nudge 1", "nudge 2", "escalation 1"].index)
        assert "escalation 1" not in names or "nudge 2" in names


def _note(told: dict[ScorecardKey, list[Told]], draft: Draft, now: datetime) -> None:
    for key, step in draft.steps:
        told[key].append(Told(step, "sent", now))
