"""Connectors by name, ours and third parties'."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

import connectors
from connectors.ats.greenhouse import CONNECTOR as GREENHOUSE
from connectors.notify.slack import CHANNEL as SLACK
from connectors.options import Channel, Connector, Option

HOMEGROWN = Connector("homegrown", "Home grown", (), GREENHOUSE.build)
PIGEON = Channel("pigeon", "Pigeon", (), SLACK.build)
SAME = Connector("same", "Same", (Option("GREENHOUSE_API_URL", "a", "", ""),), GREENHOUSE.build)


def theirs(name: str, what: str, group: str = connectors.ATS_GROUP) -> EntryPoint:
    return EntryPoint(name, f"tests.connectors.test_registry:{what}", group)


def reason(point: EntryPoint) -> str:
    [broken] = connectors.every_ats([point]).broken
    assert (broken.name, broken.group) == (point.name, connectors.ATS_GROUP)
    return broken.reason


def test_ours_are_found_by_name() -> None:
    assert connectors.find_ats("greenhouse") is GREENHOUSE
    assert connectors.find_notifier("slack") is SLACK


@pytest.mark.parametrize("name", connectors.ATS)
def test_every_one_of_our_ats_says_what_it_is(name: str) -> None:
    connector = connectors.find_ats(name)
    keys = [option.key for option in connector.options]
    assert connector.name == name
    assert len(keys) == len(set(keys))
    assert connector.address in keys
    assert connector.doorbell in ("", *keys)
    assert any(option.required for option in connector.options)


@pytest.mark.parametrize("name", [*connectors.ATS, *connectors.NOTIFIERS])
def test_every_option_says_what_it_is_for_and_what_to_do(name: str) -> None:
    plug: Connector | Channel
    plug = connectors.find_ats(name) if name in connectors.ATS else connectors.find_notifier(name)
    for option in plug.options:
        assert option.says.endswith(".")
        assert option.remedy.endswith(".")
        assert option.variable.isupper()
        assert not (option.required and option.default)
        assert not option.default or option.read(option.default)


def test_slack_comes_before_mail() -> None:
    assert list(connectors.every_notifier(()).by_name)[:2] == ["slack", "mail"]


def test_a_third_party_is_found_by_its_entry_point() -> None:
    assert connectors.find_ats("homegrown", [theirs("homegrown", "HOMEGROWN")]) is HOMEGROWN
    pigeon = theirs("pigeon", "PIGEON", connectors.NOTIFIERS_GROUP)
    assert connectors.find_notifier("pigeon", [pigeon]) is PIGEON


def test_ours_cannot_be_replaced_by_a_third_party() -> None:
    impostor = EntryPoint("greenhouse", "connectors.ats.greenhouse:CONNECTOR", connectors.ATS_GROUP)
    loaded = connectors.every_ats([impostor])
    assert loaded.by_name["greenhouse"] is GREENHOUSE
    assert "is called like one that is there already" in reason(impostor)


def test_what_a_third_party_does_wrong_is_told_and_hurts_nobody_else() -> None:
    assert reason(theirs("gone", "NOTHING")) == "cannot be loaded (AttributeError)"
    assert reason(theirs("pigeon", "PIGEON")) == "is not a Connector but a Channel"
    assert reason(theirs("other", "HOMEGROWN")) == "calls itself by another name: homegrown"
    assert reason(theirs("same", "SAME")).endswith("belongs to another: GREENHOUSE_API_URL")
    points = [theirs("gone", "NOTHING"), theirs("homegrown", "HOMEGROWN")]
    assert connectors.every_ats(points).by_name["homegrown"] is HOMEGROWN


def test_an_unknown_name_is_answered_with_those_that_exist() -> None:
    with pytest.raises(connectors.UnknownConnector, match=r"ATS called taleo.*greenhouse"):
        connectors.find_ats("taleo")
    with pytest.raises(connectors.UnknownConnector, match=r"notifier called fax.*slack"):
        connectors.find_notifier("fax")


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    code = "import sys, connectors; print([m for m in sys.modules if 'requests' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
