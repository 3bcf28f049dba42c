"""Connectors by name, ours and third parties'."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

import connectors
from connectors.ats.greenhouse import Greenhouse
from connectors.notify.slack import Slack

THEIRS = EntryPoint("homegrown", "connectors.errors:ConnectorError", connectors.ATS_GROUP)


def test_ours_are_found_by_name() -> None:
    assert connectors.find_ats("greenhouse") is Greenhouse
    assert connectors.find_notifier("slack") is Slack


def test_every_one_of_ours_can_be_loaded() -> None:
    for point in (*connectors.ATS.values(), *connectors.NOTIFIERS.values()):
        assert callable(point.load())


def test_a_third_party_is_found_by_its_entry_point() -> None:
    assert connectors.find_ats("homegrown", [THEIRS]).__name__ == "ConnectorError"
    assert connectors.find_notifier("homegrown", [THEIRS]).__name__ == "ConnectorError"


def test_ours_cannot_be_replaced_by_a_third_party() -> None:
    impostor = EntryPoint("greenhouse", "connectors.errors:ConnectorError", connectors.ATS_GROUP)
    assert connectors.find_ats("greenhouse", [impostor]) is Greenhouse


def test_an_unknown_name_is_answered_with_those_that_exist() -> None:
    with pytest.raises(connectors.UnknownConnector, match=r"ATS called taleo.*greenhouse"):
        connectors.find_ats("taleo")
    with pytest.raises(connectors.UnknownConnector, match=r"notifier called fax.*console"):
        connectors.find_notifier("fax")


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    code = "import sys, connectors; print([m for m in sys.modules if 'requests' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
