"""Who handed in what, as Merge's scorecards tell (other-ats.md 2, 4 and 11)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from connectors.ats.merge_rows import Filed, InterviewRow, ScorecardRow, ids
from connectors.model import Scorecard
from connectors.spool import Spool
from connectors.wire import Bad, text_id

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
DOUBT = "?"
"""In place of a scorecard: one that could not be read."""


class Evidence:
    """The scorecards read so far, by what they hang on: an interview, or else an application.

    Merge's list has no order, so all those of a pull have to be at hand before its first
    interview. They are kept on disk, and no memory grows with them.
    """

    def __init__(self) -> None:
        self._kept = Spool()
        self.blind = False
        """A scorecard could not be read that may belong to anything."""

    def add(self, rows: Iterable[ScorecardRow]) -> None:
        for row in rows:
            deleted = bool(row.remote_was_deleted)
            card = Filed(row.id, row.interviewer, row.submitted_at, row.modified_at, deleted)
            if row.interview:
                self._keep(f"interview/{row.interview}", _text(card))
            elif row.application:
                self._keep(f"application/{row.application}", _text(card))

    def doubt(self, bad: Iterable[Bad]) -> None:
        for each in bad:
            row = each.row if isinstance(each.row, dict) else {}
            names = [row.get("interview"), row.get("application")]
            named = [text_id(n.get("id") if isinstance(n, dict) else n) for n in names]
            for kind, name in zip(("interview", "application"), named, strict=True):
                if name:
                    self._keep(f"{kind}/{name}", DOUBT)
            self.blind |= not any(named)

    def _keep(self, key: str, text: str) -> None:
        """Merge is asked again and again for what it wrote of late: the same is kept once."""
        name = text.partition(",")[0]
        newest = next((each for each in self._kept.of(key) if each.startswith(name)), None)
        if newest != text:
            self._kept.add(key, text)

    def panel(self, row: InterviewRow, tells: bool) -> tuple[Scorecard, ...]:
        """What each interviewer owes, and what is known of it; without certainty ``can_tell`` is
        False. A scorecard that names no interview counts when it was handed in after the start.
        """
        linked, doubt = self._cards(f"interview/{row.id}")
        loose, another = self._cards(f"application/{row.application}")
        loose = [card for card in loose if card.submitted_at]
        doubt |= another or self.blind
        return tuple(
            _scorecard(row, who, tells, linked, loose, doubt) for who in ids(row.interviewers)
        )

    def _cards(self, key: str) -> tuple[list[Filed], bool]:
        """Each as it was told last; and whether there is doubt."""
        found: dict[str, Filed] = {}
        doubt = False
        for text in self._kept.of(key):
            if text == DOUBT:
                doubt = True
            else:
                card = _filed(text)
                found.setdefault(card.id, card)
        return sorted(found.values(), key=lambda card: card.id), doubt


def _scorecard(
    row: InterviewRow, who: str, tells: bool, linked: list[Filed], loose: list[Filed], doubt: bool
) -> Scorecard:
    start = row.start_at
    cards = [*linked]
    cards += [card for card in loose if start and (card.submitted_at or NEVER) >= start]
    mine = [card for card in cards if card.interviewer == who]
    filed = [card for card in mine if card.submitted_at and not card.deleted]
    first = min(filed, key=lambda card: card.submitted_at or NEVER, default=None)
    unsure = (
        doubt
        or any(card.deleted for card in mine)
        or any(card.submitted_at and not card.interviewer for card in cards)
        or (start is None and any(card.interviewer in (who, None) for card in loose))
    )
    return Scorecard(
        interviewer_id=who,
        id=first.id if first else None,
        submitted_at=first.submitted_at if first else None,
        submitter_id=who if first else None,
        can_tell=first is not None or (tells and not unsure),
        updated_at=max((c.modified_at for c in mine if c.modified_at), default=None),
    )


def _text(card: Filed) -> str:
    stamps = (each.isoformat() if each else None for each in (card.submitted_at, card.modified_at))
    return json.dumps([card.id, card.interviewer, *stamps, card.deleted])


def _filed(text: str) -> Filed:
    name, who, submitted, modified, deleted = json.loads(text)
    return Filed(name, who, _instant(submitted), _instant(modified), deleted)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
