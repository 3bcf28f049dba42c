"""No connector is left out of these tests."""

from __future__ import annotations

import connectors
from plugin.sandbox.dialects import DIALECTS
from tests.connectors.contract.bench import BENCHES


def test_every_connector_whose_dialect_the_practice_ats_speaks_is_put_to_the_test() -> None:
    assert set(connectors.ATS) & set(DIALECTS) == set(BENCHES)


def test_what_a_connector_says_of_itself_agrees_with_what_is_tested() -> None:
    for name, bench in BENCHES.items():
        assert bench.connector.name == name
        assert bench.connector.doorbell
