"""Scorecards that only seem to be owed: who is (not) written to, what is kept, what is counted.

The rules are told in docs/phantoms.md; each test names the row of it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.model import utc
from tests.stories.haunting import (
    BO,
    FRIDAY,
    HIRING,
    MARA,
    PIA,
    TALK,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Company,
    haunted,
)

HOUR = timedelta(hours=1)


@pytest.mark.slow
def test_cancelled_before_it_was_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firm = Company()
    firm.world.cancel(firm.talk, utc("2026-11-10T12:00Z"))
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        haunt.until(FRIDAY)
        haunt.told.silence()
        assert haunt.counted()["counts"] == {"cancelled": 1}
        told = haunt.explained()
        assert "The interview was called off." in told
        assert "Bo Ek: cancelled, the interview was called off." in told
        haunt.quiet_for_good()


def test_cancelled_after_the_nudge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firm = Company()
    firm.world.cancel(firm.talk, utc("2026-11-12T12:00Z"))
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        haunt.until(WEDNESDAY)
        assert haunt.to() == [BO]
        haunt.until(FRIDAY)
        assert haunt.counted()["counts"] == {"cancelled": 1}
        told = haunt.explained()
        assert "The message about Bo Ek was sent: nudge 1" in told
        assert told.index("was sent: nudge 1") < told.index("The interview was called off.")
        assert "Already decided: nudge 1 by mail (sent, 2026-11-11" in told
        haunt.quiet_for_good()  # no second nudge, and Pia hears nothing


@pytest.mark.slow
def test_deleted_between_planning_and_sending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Company()
    firm.world.delete_interview(firm.talk, utc("2026-11-11T10:58Z"))
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        haunt.until("2026-11-11T09:30Z")
        haunt.told.pass_to("2026-11-11T11:00Z")
        assert haunt.counted()["counts"] == {"overdue": 1}
        haunt.told.service.nudges()  # without a poll
        haunt.told.silence()
        assert haunt.counted()["counts"] == {"cancelled": 1}
        told = haunt.explained()
        assert "The interview was gone from the ATS." in told
        assert "Bo Ek: cancelled, the interview was deleted in the ATS." in told
        haunt.quiet_for_good()


@pytest.mark.slow
def test_moved_into_the_future_before_it_was_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm, to = Company(), utc("2026-11-12T09:00Z")
    firm.world.move(firm.talk, utc("2026-11-10T12:00Z"), to, to + HOUR)
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        haunt.until(WEDNESDAY)
        haunt.told.silence()
        assert haunt.counted()["counts"] == {}  # it is still to come
        told = haunt.explained()
        assert "The interview was moved: from " in told
        assert "Bo Ek: upcoming, the interview ends on Thu 12 Nov 2026 at 11:00 CET." in told
        haunt.until("2026-11-16T09:59Z")
        assert BO not in haunt.to()
        haunt.until("2026-11-16T12:00Z")  # two working days after Thursday
        assert haunt.to() == [BO]
        firm.world.submit(firm.talk, firm.bo, utc("2026-11-16T13:00Z"))
        haunt.quiet_for_good()


def test_moved_into_the_future_after_the_nudge_begins_a_new_ladder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm, to = Company(), utc("2026-11-16T13:00Z")
    firm.world.move(firm.talk, utc("2026-11-12T12:00Z"), to, to + HOUR)
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        haunt.until(WEDNESDAY)
        assert haunt.to() == [BO]
        haunt.until("2026-11-18T13:59Z")
        assert BO not in haunt.to()
        assert "What was said before was forgotten" in haunt.explained()
        haunt.until("2026-11-18T16:00Z")
        ((to_whom, subject),) = haunt.mails()
        assert to_whom == BO
        assert "last" not in subject.lower()
        assert "Already decided: nudge 1 by mail (sent, 2026-11-18" in haunt.explained()
        firm.world.submit(firm.talk, firm.bo, utc("2026-11-18T17:00Z"))
        haunt.quiet_for_good()


@pytest.mark.slow
def test_moved_into_the_past_is_due_earlier_and_asked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Company()
    later, earlier = utc("2026-11-10T13:00Z"), utc("2026-11-09T08:00Z")
    firm.world.move(firm.talk, utc("2026-11-09T06:00Z"), later, later + HOUR)
    firm.world.move(firm.talk, utc("2026-11-10T09:00Z"), earlier, earlier + HOUR)
    nudged = utc("2026-11-11T13:00Z")
    firm.world.move(firm.talk, nudged, earlier + HOUR / 2, earlier + HOUR * 1.5)  # by minutes
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        haunt.until("2026-11-11T12:00Z")
        assert haunt.to() == [BO]  # due at 10:00 in Berlin
        assert "The interview was moved: from" in haunt.explained()
        haunt.until(THURSDAY)
        haunt.told.silence()  # a correction is no reason to be asked again
        assert haunt.counted()["counts"] == {"overdue": 1}
        firm.world.submit(firm.talk, firm.bo, utc("2026-11-12T18:00Z"))
        haunt.quiet_for_good()


@pytest.mark.slow
def test_a_candidate_who_did_not_come_is_told_by_the_interviewer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No ATS tells it for sure."""
    firm = Company()
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        haunt.until(WEDNESDAY)
        haunt.press("It did not happen", reason="no_show")
        haunt.until(FRIDAY)
        haunt.told.silence()
        found = haunt.counted()
        assert found["counts"] == {"excused": 1}
        assert found["excused_by_reason"] == {"did_not_happen": 1}
        told = haunt.explained()
        assert "Bo Ek answered: " in told
        assert "it did not happen, as was answered on Wed 11 Nov 2026 at 17:00 CET: " in told
        assert "the candidate did not come" in told
        haunt.quiet_for_good()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("policy", "writes"),
    [
        ('declined = "excuse"', []),
        pytest.param('declined = "ask"', [BO], marks=pytest.mark.slow),
    ],
)
def test_an_invitation_that_was_declined(
    policy: str, writes: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Company()
    firm.world.respond(firm.talk, firm.bo, TALK - HOUR, "declined")
    with haunted(firm, tmp_path, monkeypatch, policy=policy) as haunt:
        haunt.until(WEDNESDAY)
        assert haunt.to() == writes
        found, told = haunt.counted(), haunt.explained()
        if writes:
            assert found["counts"] == {"overdue": 1}
            firm.world.submit(firm.talk, firm.bo, utc("2026-11-12T06:00Z"))
        else:
            assert found["excused_by_reason"] == {"declined": 1}
            assert "Bo Ek: excused, the interviewer declined the invitation." in told
        haunt.quiet_for_good()


@pytest.mark.slow
def test_a_panellist_who_was_swapped_before_it_was_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Company()
    firm.world.swap(firm.talk, utc("2026-11-10T12:00Z"), out=firm.bo, into=firm.mara)
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        haunt.until(WEDNESDAY)
        assert haunt.to() == [MARA]
        assert haunt.counted()["counts"] == {"overdue": 1, "cancelled": 1}
        told = haunt.explained()
        assert "Bo Ek left the panel." in told
        assert "Bo Ek: cancelled, the interviewer is no longer on the panel." in told
        firm.world.submit(firm.talk, firm.mara, utc("2026-11-12T06:00Z"))
        haunt.quiet_for_good()


@pytest.mark.slow
def test_who_is_swapped_in_after_it_was_due_has_days_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Company()
    firm.world.swap(firm.talk, utc("2026-11-11T14:00Z"), out=firm.bo, into=firm.mara)
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        haunt.until("2026-11-11T12:00Z")
        assert haunt.to() == [BO]
        haunt.until(WEDNESDAY)
        haunt.until("2026-11-13T15:00Z")
        haunt.told.silence()
        assert haunt.counted()["counts"] == {"awaiting": 1, "cancelled": 1}
        told = haunt.explained()
        assert "On this panel only since 2026-11-11 17:00." in told
        assert "Mara Field: awaiting, due on Fri 13 Nov 2026" in told
        haunt.until("2026-11-16T09:00Z")
        assert MARA in haunt.to()
        firm.world.submit(firm.talk, firm.mara, utc("2026-11-16T10:00Z"))
        haunt.quiet_for_good()


@pytest.mark.slow
def test_a_scorecard_that_the_plan_does_not_ask_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Company(required=False)
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        haunt.until(FRIDAY)
        haunt.told.silence()
        assert haunt.counted()["excused_by_reason"] == {"not_required": 1}
        assert "excused, the ATS asks this interviewer for no scorecard." in haunt.explained()
        haunt.quiet_for_good()


def test_somebody_who_only_shadows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firm = Company(shadowed=True)
    with haunted(firm, tmp_path, monkeypatch, dialect="ashby") as haunt:
        haunt.at(WEDNESDAY)
        assert haunt.to() == [BO]
        found = haunt.counted()
        assert found["counts"] == {"overdue": 1, "excused": 1}
        assert found["excused_by_reason"] == {"shadow": 1}
        assert "Mara Field: excused, the interviewer only shadowed" in haunt.explained()
        firm.world.submit(firm.talk, firm.bo, utc("2026-11-12T06:00Z"))
        haunt.at("2026-11-18T12:00Z")  # Ashby is asked a hundred times a minute at most
        assert haunt.to() == [HIRING]


CLOSED = 'closed_application = "{}"'


@pytest.mark.parametrize(
    ("policy", "writes", "counts", "says"),
    [
        pytest.param(
            "nudge",
            [BO],
            {"overdue": 1},
            "Already decided: nudge 1 by mail (sent, ",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "only_report",
            [],
            {"overdue": 1},
            "Nobody is written to now: the job is closed: the scorecard only counts.",
            marks=pytest.mark.slow,
        ),
        (
            "stop",
            [],
            {"excused": 1},
            "Bo Ek: excused, the job is closed: nothing is asked for any more.",
        ),
    ],
)
def test_a_requisition_that_was_closed(
    policy: str,
    writes: list[str],
    counts: dict[str, int],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    firm = Company()
    firm.world.close_job(firm.noor.job, utc("2026-11-10T12:00Z"))
    with haunted(firm, tmp_path, monkeypatch, policy=CLOSED.format(policy)) as haunt:
        haunt.until(WEDNESDAY)
        assert haunt.to() == writes
        found = haunt.counted()
        assert found["counts"] == counts
        excused = {"application_closed": 1} if "excused" in counts else {}
        assert found["excused_by_reason"] == excused
        assert says in haunt.explained()
        firm.world.submit(firm.talk, firm.bo, utc("2026-11-12T06:00Z"))
        haunt.quiet_for_good()


@pytest.mark.slow
@pytest.mark.parametrize(
    "dialect",
    ["lever", *(pytest.param(each, marks=pytest.mark.slow) for each in ("ashby", "odoo"))],
)
def test_a_requisition_that_was_closed_elsewhere(
    dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Company()
    firm.world.close_job(firm.noor.job, utc("2026-11-10T12:00Z"))
    with haunted(firm, tmp_path, monkeypatch, dialect=dialect) as haunt:
        haunt.at(TUESDAY)
        haunt.at(WEDNESDAY)
        haunt.told.silence()
        assert haunt.counted()["counts"] == {"overdue": 1}
        assert "the job is closed: the scorecard only counts." in haunt.explained()


@pytest.mark.slow
def test_an_interviewer_who_left_is_never_written_to_and_the_recruiter_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 55."""
    firm = Company()
    firm.world.leave(firm.bo, utc("2026-11-10T12:00Z"))
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        haunt.until(WEDNESDAY)
        text = haunt.text_to(PIA)
        assert "Bo Ek" in text
        assert "Noor Vance" in text
        haunt.until(FRIDAY)
        found = haunt.counted()
        assert found["counts"] == {"overdue": 1}
        assert found["undeliverable"] == 1
        assert "Unreachable: Bo Ek owes 1: the interviewer's account is deactivated" in (
            haunt.report_text()
        )
        told = haunt.explained()
        assert "Already decided: escalation 1 by mail (sent, 2026-11-11" in told
        assert "the interviewer's account is deactivated; somebody else was told." in told
        haunt.quiet_for_good()


def test_every_row_of_the_page_names_a_story() -> None:
    page = (Path(__file__).parents[2] / "docs" / "phantoms.md").read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+)…?`", page)
    files = Path(__file__).parent.glob("test_phantom*.py")
    stories = [
        name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.M)
    ]
    assert len(named) >= 14
    for name in named:
        assert any(story.startswith(name) for story in stories), name
    rows = [line for line in page.splitlines() if line.startswith("| **")]
    assert all("`test_" in row for row in rows)
