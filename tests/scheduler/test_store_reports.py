"""Reports as they were sent."""

from __future__ import annotations

from connectors.notify.base import Delivery, DeliveryState
from scheduler.store import Store
from tests.scheduler.builders import DAY, HOUR, MONDAY


def test_the_first_report_of_a_week_stays(store: Store) -> None:
    """Case 61: reproducible from the same as-of."""
    store.save_report("2026-W46", MONDAY, {"rate": 0.5, "groups": []})
    kept = store.save_report("2026-W46", MONDAY + DAY, {"rate": 0.9})
    assert (kept.asof, kept.content) == (MONDAY, {"rate": 0.5, "groups": []})
    assert store.report("2026-W46") == kept
    assert store.report("2026-W45") is None


def test_the_latest_report_is_that_of_the_latest_week(store: Store) -> None:
    assert store.latest_report() is None
    for week in ("2026-W46", "2026-W09", "2025-W52"):
        store.save_report(week, MONDAY, {})
    latest = store.latest_report()
    assert latest is not None
    assert latest.week == "2026-W46"


def test_a_report_goes_to_an_address_once(store: Store) -> None:
    def claim(address: str, id: str) -> bool:
        return store.claim_report_send("2026-W46", address, id, "mail", MONDAY, HOUR)

    assert not store.report_claimed("2026-W46", "a@example.org")
    assert claim("a@example.org", "m1")
    assert not claim("a@example.org", "m2")
    assert claim("b@example.org", "m3")
    assert store.report_claimed("2026-W46", "a@example.org")
    assert store.message("m2") is None


def test_a_report_that_was_not_sent_is_taken_up_apart_from_nudges(store: Store) -> None:
    """Case 44, for reports."""
    store.claim_report_send("2026-W46", "#talent", "m1", "slack", MONDAY, HOUR)
    assert store.resumable(MONDAY + HOUR) == []
    (left,) = store.resumable(MONDAY + HOUR, reports=True)
    assert (left.id, left.week, left.address, left.steps) == ("m1", "2026-W46", "#talent", ())


def test_a_report_is_sent_when_its_first_message_was(store: Store) -> None:
    store.save_report("2026-W46", MONDAY, {})
    store.claim_report_send("2026-W46", "#talent", "m1", "slack", MONDAY, HOUR)
    store.start_sending("m1", MONDAY, HOUR)
    store.finish("m1", Delivery(DeliveryState.SENT), MONDAY + HOUR)
    report = store.report("2026-W46")
    assert report is not None
    assert report.sent_at == MONDAY + HOUR
