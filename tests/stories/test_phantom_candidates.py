"""Candidates who are merged, erased or deleted: who hears what, and which names are left."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.model import utc
from tests.stories.haunting import BO, FRIDAY, THURSDAY, WEDNESDAY, Company, haunted

HOW = [
    pytest.param(True, id="webhook"),
    pytest.param(False, id="poll", marks=pytest.mark.slow),
]


@pytest.mark.slow
@pytest.mark.parametrize("by_webhook", HOW)
def test_a_merged_candidate_is_waited_for_under_the_new_name_and_nothing_is_said_twice(
    by_webhook: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Company()
    twin = firm.world.candidate("Noor V. Vance", created_at=firm.world.founded)
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        if by_webhook:
            haunt.told.sandbox.register_webhook(f"{haunt.told.url}/webhooks/greenhouse")
        haunt.until(WEDNESDAY)
        assert "Noor Vance" in haunt.text_to(BO)
        firm.world.merge(firm.noor.candidate, twin, utc("2026-11-12T06:30Z"))
        haunt.until(THURSDAY)
        haunt.told.silence()
        assert haunt.counted()["counts"] == {"overdue": 1}
        assert "candidate Noor V. Vance" in haunt.explained()
        haunt.until(FRIDAY)
        assert "Noor V. Vance" in haunt.text_to(BO)  # the second step, not the first again
        told = haunt.explained()
        assert (
            "Already decided: nudge 1 by mail (sent, 2026-11-11 17:00) and nudge 2 by mail (sent, "
            in told
        )
        assert not haunt.stored("Noor Vance")
        firm.world.submit(firm.talk, firm.bo, utc("2026-11-13T17:00Z"))
        haunt.quiet_for_good()


@pytest.mark.parametrize("by_webhook", HOW)
def test_an_erased_name_is_gone_everywhere_and_the_interview_is_still_asked_about(
    by_webhook: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 41."""
    firm = Company()
    firm.world.move_stage(firm.noor, utc("2026-11-10T09:00Z"), "Last talks")  # told with the name
    firm.world.anonymize(firm.noor.candidate, utc("2026-11-12T06:30Z"))
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        if by_webhook:
            haunt.told.sandbox.register_webhook(f"{haunt.told.url}/webhooks/greenhouse")
        haunt.until(WEDNESDAY)
        assert "Noor Vance" in haunt.text_to(BO)
        haunt.until(FRIDAY)
        assert "Vance" not in haunt.text_to(BO)
        assert "Vance" not in haunt.explained()
        assert haunt.counted()["counts"] == {"overdue": 1}
        assert not haunt.stored("Vance")
        firm.world.submit(firm.talk, firm.bo, utc("2026-11-13T17:00Z"))
        haunt.quiet_for_good()


@pytest.mark.slow
@pytest.mark.parametrize("by_webhook", HOW)
@pytest.mark.parametrize("whole", [True, False], ids=["anonymised with interviews", "deleted"])
def test_an_erased_candidate_is_not_asked_about_and_what_was_said_is_kept_without_the_name(
    by_webhook: bool, whole: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 41."""
    firm, at = Company(), utc("2026-11-12T06:30Z")
    if whole:
        firm.world.anonymize(firm.noor.candidate, at, with_interviews=True)
    else:
        firm.world.delete_candidate(firm.noor.candidate, at)
    with haunted(firm, tmp_path, monkeypatch) as haunt:
        if by_webhook:
            haunt.told.sandbox.register_webhook(f"{haunt.told.url}/webhooks/greenhouse")
        haunt.until(WEDNESDAY)
        assert "Noor Vance" in haunt.text_to(BO)
        haunt.until(FRIDAY)
        haunt.told.silence()
        assert haunt.counted()["counts"] == {"cancelled": 1}
        told = haunt.explained()
        assert "The message about Bo Ek was sent: nudge 1" in told
        assert "The interview was gone from the ATS." in told
        assert not haunt.stored("Vance")
        haunt.quiet_for_good()
