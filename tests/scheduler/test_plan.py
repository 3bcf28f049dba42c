"""Who is spoken to now, about what, and why the others are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from connectors.model import ApplicationState
from scheduler.facts import Audience, ScorecardFacts, ScorecardKey, Told
from scheduler.hours import Hours, Working
from scheduler.judging import judge
from scheduler.plan import Known, Plan, plan, still_due
from scheduler.policy import Policy
from scheduler.sparing import Manners
from tests.scheduler.cards import DUE, END, card, person

NOW = DUE + timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
POLICY = Policy(nudge_since=END - timedelta(days=30), zone=BERLIN)
IN_TIME = ScorecardKey("greenhouse", "1", "ivo")


def known(
    told: Mapping[ScorecardKey, Sequence[Told]] | None = None,
    *,
    panel: Callable[[ScorecardKey], Iterable[ScorecardFacts]] = lambda key: (),
    written: Mapping[str, datetime] | None = None,
) -> Known:
    policies = {"greenhouse": POLICY, "lever": POLICY}
    return Known(
        policies,
        told or {},
        panel,
        lambda address: (written or {}).get(address),
        manners=Manners(Working(Hours(BERLIN))),
    )


NOTHING_YET = known()


def planned(*rows: ScorecardFacts, known: Known = NOTHING_YET, most: int = 100) -> Plan:
    return plan(rows, known, NOW, most=most)


def of(ats: str, interview: str, email: str) -> ScorecardFacts:
    key = ScorecardKey(ats, interview, f"{ats}-{email}")
    return card(interview, key=key, interviewer=person(key.interviewer_id, email=email))


def nudged(facts: ScorecardFacts, *days_ago: float) -> dict[ScorecardKey, list[Told]]:
    """As many nudges as there are days."""
    return {
        facts.key: [
            Told(f"nudge {number}", "sent", NOW - timedelta(days=ago))
            for number, ago in enumerate(days_ago, start=1)
        ]
    }


def test_one_person_gets_one_message_for_everything_over_all_accounts() -> None:
    rows = [of("greenhouse", "1", "Ivo@Example.com "), of("lever", "2", "ivo@example.COM")]
    (draft,) = planned(*rows).drafts
    assert draft.to.address == "ivo@example.com"
    assert {key.ats for key, _ in draft.steps} == {"greenhouse", "lever"}


def test_who_waits_longest_comes_first() -> None:
    earlier = END - timedelta(days=1)
    rows = [card("1"), card("2", ends_at=earlier), card("3", who="bo", ends_at=earlier)]
    first, second = planned(*rows).drafts
    assert {first.to.address, second.to.address} == {"ivo@example.com", "bo@example.com"}
    ivo = first if first.to.address.startswith("ivo") else second
    assert [each.facts.key.interview_id for each in ivo.owed] == ["2", "1"]


def test_a_person_is_written_to_once_a_day_of_theirs() -> None:
    midnight = NOW.astimezone(BERLIN).replace(hour=0, minute=0)
    today = midnight.astimezone(UTC)
    assert today.day != NOW.day  # in UTC it was still yesterday
    spared = planned(card(), known=known(written={"ivo@example.com": today}))
    assert spared.drafts == ()
    assert [each.reason for each in spared.silent] == ["this person was already written to today"]
    before = known(written={"ivo@example.com": today - timedelta(minutes=1)})
    assert len(planned(card(), known=before).drafts) == 1


def test_a_message_that_is_planned_for_tomorrow_spares_today() -> None:
    tomorrow = known(written={"ivo@example.com": NOW + timedelta(days=1)})
    assert planned(card(), known=tomorrow).drafts == ()


def test_somebody_who_owes_and_is_told_about_others_hears_what_they_owe_first() -> None:
    bos = card("9", who="bo", ends_at=END - timedelta(days=8), recruiters=(person("ivo"),))
    told = nudged(bos, 6, 4)
    found = planned(bos, card("1", who="ivo"), known=known(told))
    (draft,) = found.drafts
    assert draft.audience is Audience.INTERVIEWER
    assert [each.key for each in found.silent] == [bos.key]


def test_the_cap_holds_back_the_least_urgent_and_loses_nothing() -> None:
    """Case 58."""
    rows = [card(str(n), who=f"p{n}", ends_at=END - timedelta(hours=n)) for n in range(9)]
    found = planned(*rows, most=4)
    assert [each.to.address for each in found.drafts] == [f"p{n}@example.com" for n in (8, 7, 6, 5)]
    assert found.held_back == 5
    everybody = {each.to.address for each in (*found.drafts, *found.later)}
    assert everybody == {f"p{n}@example.com" for n in range(9)}


def test_a_row_that_cannot_be_judged_is_set_aside_with_its_reason() -> None:
    """Case 57."""

    def panel(key: ScorecardKey) -> Iterable[ScorecardFacts]:
        if key.interview_id == "2":
            raise ZeroDivisionError("with a name in it")
        return ()

    found = planned(card("1"), card("2", who="bo"), card("3", who="cy"), known=known(panel=panel))
    assert [each.to.address for each in found.drafts] == ["cy@example.com", "ivo@example.com"]
    (aside,) = found.set_aside
    assert aside.key.interview_id == "2"
    assert aside.reason == "it could not be judged (ZeroDivisionError)"


def test_whom_nobody_can_reach_is_listed_with_the_reason() -> None:
    """Case 55."""
    found = planned(
        card("1", interviewer=person("ivo", active=False), recruiters=()),
        card("2", interviewer=person("bo", email=None), recruiters=()),
        card("3", interviewer=person("cy", email=None), application_state=ApplicationState.HIRED),
    )
    alone = ", and nobody can be asked for help"
    assert found.drafts == ()
    assert [(each.key.interview_id, each.reason) for each in found.undeliverable] == [
        ("1", "undeliverable: the interviewer's account is deactivated" + alone),
        ("2", "undeliverable: the ATS has no address for the interviewer" + alone),
    ]
    assert [each.key.interview_id for each in found.silent] == ["3"]  # nobody would be told anyway


def test_without_anybody_to_ask_there_is_no_escalation_and_that_is_said() -> None:
    """Case 55."""
    gone = person("rita", active=False)
    old = card("1", ends_at=END - timedelta(days=8), recruiters=(gone,))
    found = planned(old, known=known(nudged(old, 6, 4)))
    assert found.drafts == ()
    assert found.silent[0].reason.endswith("and nobody can be asked for help")


def test_rows_of_an_account_without_rules_are_left_alone() -> None:
    assert planned(of("ashby", "1", "ivo@example.com")) == Plan()


def test_what_fell_away_after_reading_again_has_its_own_reason() -> None:
    """Cases 49, 50."""
    stays, other = card("1"), card("5", who="bo")
    handed_in = card("2", submitted_at=DUE)
    moved = card("3", ends_at=NOW + timedelta(days=1))
    overtaken = card("4", ends_at=END - timedelta(days=4))  # nudge 2 is due by now
    steps = [(each.key, "nudge 1") for each in (stays, handed_in, moved, overtaken, other)]
    steps.append((ScorecardKey("greenhouse", "6", "ivo"), "nudge 1"))
    rows = [stays, handed_in, moved, overtaken, other]
    draft, gone = still_due("ivo@example.com", steps, rows, known(), NOW)
    assert draft is not None
    assert draft.steps == ((stays.key, "nudge 1"),)
    reasons = {each.key.interview_id: each.reason for each in gone}
    assert reasons["2"].startswith("submitted on Thu 12 Nov")
    assert reasons["3"].startswith("the interview ends on Fri 13 Nov")
    assert reasons["4"] == reasons["5"] == "another step or person is due now"
    assert reasons["6"] == "it is not stored any more"


people = st.sampled_from(["ivo", "Ivo", "bo", "cy"])
rows_of_all_kinds = st.lists(
    st.builds(
        lambda who, ago, ats, email, state, told: (
            card(
                key=None,
                interviewer=person(who.lower(), email=f"{who}@example.com" if email else None),
                ends_at=END - timedelta(days=ago),
                application_state=state,
                recruiters=(person("bo"), person("rita")),
            ),
            ats,
            told,
        ),
        people,
        st.integers(-2, 40),
        st.sampled_from(["greenhouse", "lever"]),
        st.integers(0, 9).map(bool),
        st.sampled_from([*ApplicationState] + [ApplicationState.ACTIVE] * 9),
        st.integers(0, 3),
    ),
    max_size=12,
)


@given(rows_of_all_kinds, st.integers(0, 4))
def test_nobody_is_written_to_twice_and_every_overdue_row_is_accounted_for_once(
    drawn: list[tuple[ScorecardFacts, str, int]], most: int
) -> None:
    rows: list[ScorecardFacts] = []
    told: dict[ScorecardKey, list[Told]] = {}
    for number, (facts, ats, steps) in enumerate(drawn):
        key = ScorecardKey(ats, str(number), facts.interviewer.id)
        row = card(str(number), **{**_fields(facts), "key": key})
        rows.append(row)
        told |= nudged(row, *(6 - 2 * step for step in range(steps)))
    found = plan(rows, known(told), NOW, most=most)
    addresses = [each.to.address for each in (*found.drafts, *found.later)]
    assert len(addresses) == len(set(addresses))
    assert all(each == each.lower() for each in addresses)
    assert len(found.drafts) <= most
    places = [key for draft in (*found.drafts, *found.later) for key, _ in draft.steps]
    places += [each.key for each in (*found.silent, *found.undeliverable, *found.set_aside)]
    assert len(places) == len(set(places))
    assert set(places) == {each.key for each in rows if _is_overdue(each)}


def _is_overdue(facts: ScorecardFacts) -> bool:
    return judge(facts, POLICY, NOW).status == "overdue"


def _fields(facts: ScorecardFacts) -> dict[str, Any]:
    names = ("interviewer", "ends_at", "application_state", "recruiters")
    return {name: getattr(facts, name) for name in names}
