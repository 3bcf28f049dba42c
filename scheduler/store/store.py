"""The store: what Afterword remembers, in one SQLite file or one PostgreSQL database."""

from __future__ import annotations

from typing import Self

from scheduler.store.accounts import Accounts
from scheduler.store.alarms import Alarms
from scheduler.store.answers import Answers
from scheduler.store.audits import Audits
from scheduler.store.bounces import Bounces
from scheduler.store.doubts import Doubts
from scheduler.store.engine import BUSY_TIMEOUT
from scheduler.store.history import History
from scheduler.store.members import Members
from scheduler.store.naming import Naming
from scheduler.store.outbox import Outbox
from scheduler.store.patience import Patience
from scheduler.store.pauses import Pauses
from scheduler.store.queries import Queries
from scheduler.store.records import Records
from scheduler.store.reports import Reports
from scheduler.store.retold import Retold
from scheduler.store.schema import bring_up_to_date
from scheduler.store.shown import Shown
from scheduler.store.unsubscribed import Unsubscribed
from scheduler.store.webhooks import Webhooks


class Store(
    Records,
    Accounts,
    Webhooks,
    Outbox,
    Answers,
    Reports,
    Queries,
    History,
    Members,
    Shown,
    Doubts,
    Pauses,
    Alarms,
    Audits,
    Unsubscribed,
    Bounces,
    Patience,
    Naming,
    Retold,
):
    """Every public method is one transaction and may raise StoreProblem. Safe to share by threads.

    All times that go in and come out are aware UTC.
    """

    @classmethod
    def open(cls, url: str, *, busy_timeout: float = BUSY_TIMEOUT) -> Self:
        """Connect, and bring the schema up to date.

        ``url``: ``sqlite:///path`` or ``postgresql://…``; ``busy_timeout``: seconds to wait for
        another writer.
        """
        store = cls(url, busy_timeout=busy_timeout)
        try:
            bring_up_to_date(store)
        except BaseException:
            store.close()
            raise
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
