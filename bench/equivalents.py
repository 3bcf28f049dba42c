"""Changes of a line that change nothing anybody could see, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

ATS = "connectors/ats"
EQUIVALENT: Mapping[tuple[str, str, str], str] = {
    (
        f"{ATS}/lever_rows.py",
        'seat, each = (panel.interview.id, form.user or ""), panel.interview',
        "seat, each = (panel.interview.id, form.user), panel.interview",
    ): "without a user nobody sits there, so the pair is never used",
    (
        f"{ATS}/greenhouse.py",
        "seats = [seat for seat in seats if seat.user_id and seat.scorecard_id]",
        "seats = [seat for seat in seats if seat.user_id]",
    ): "a seat without a card is passed over again where the cards are looked up",
    (
        f"{ATS}/greenhouse.py",
        "extras = {card.id: card for card in filed "
        "if card.submitted_at and slot_key(card) in wanted}",
        "extras = {card.id: card for card in filed if True}",
    ): "what is wanted is compared again where a card is chosen",
    (
        f"{ATS}/odoo.py",
        'user = self._by_partner.get(seat.partner_id or "")',
        "user = self._by_partner.get(seat.partner_id)",
    ): "nobody is known by None",
    (
        f"{ATS}/workable.py",
        'name = row.candidate.id if row.candidate else ""',
        "name = row.candidate.id",
    ): "events about nobody were left out before",
    (
        f"{ATS}/workable.py",
        "rows = {row.id: row for row in found if row.candidate and "
        "row.candidate.id == candidate_id}",
        "rows = {row.id: row for row in found if row.candidate.id == candidate_id}",
    ): "events about nobody were left out before",
}
"""(module, the line as it is, the line as changed), both without the spaces around them."""
