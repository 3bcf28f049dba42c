"""What a run of `make mutants` found that no other test of Lever saw."""

from __future__ import annotations

from connectors.ats.lever_rows import PanelRow


def test_a_meeting_of_a_panel_to_which_nobody_was_invited_is_no_flaw() -> None:
    """Its answers are good to have and never needed (lever.md 3.3)."""
    panel = PanelRow.model_validate({"id": "p1", "interviews": [{"id": "m1"}, {"id": "m2"}]})
    assert [each.interviewers for each in panel.interviews] == [[], []]
    assert PanelRow.model_validate({"id": "p2"}).interviews == []
