"""What can be set for a connector: each option alone, and all as the example file says."""

from __future__ import annotations

import re
import sys
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import connectors
from connectors.options import Connector, Option
from plugin.connections import from_environment
from plugin.values import Problem
from tests.connectors.contract.bench import BENCHES, Bench
from tests.connectors.contract.worlds import NOW, turns

EXAMPLE = Path(connectors.__file__).parent.parent / ".env.example"
SECRETS = re.compile(r"(KEY|SECRET|TOKENS?|CLIENT_ID)$")


def given(bench: Bench) -> dict[str, str]:
    return dict(given_to(bench.name))


@cache
def given_to(name: str) -> dict[str, str]:
    with BENCHES[name].serving(turns(), NOW) as practice:
        return practice.server.environment(name)


def complaints(connector: Connector, variables: dict[str, str]) -> list[Problem]:
    problems: list[Problem] = []
    from_environment([connector], variables, problems)
    return problems


def test_variables_and_keys_are_two_spellings_of_one_name(bench: Bench) -> None:
    for option in bench.connector.options:
        begins, _, rest = option.variable.partition("_")
        assert begins == bench.name.upper()
        assert option.key[:5] == rest.lower()[:5]


def test_a_connector_names_its_own_options(bench: Bench) -> None:
    connector = bench.connector
    address, doorbell = (
        next(option for option in connector.options if option.key == key)
        for key in (connector.address, connector.doorbell)
    )
    assert address.key.endswith("url")
    assert doorbell.secret
    assert given(bench)[address.variable].startswith("http://127.0.0.1")
    assert given(bench)[doorbell.variable]


def test_the_example_file_shows_every_option_with_its_default(bench: Bench) -> None:
    shown = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.M))
    for option in bench.connector.options:
        assert shown[option.variable] == option.default, option.variable


def test_secrets_are_secret_and_nothing_else_is(bench: Bench) -> None:
    """Case 67."""
    for option in bench.connector.options:
        assert option.secret is bool(SECRETS.search(option.variable)), option.variable


def test_exactly_what_is_required_is_missed(bench: Bench) -> None:
    variables = given(bench)
    for option in bench.connector.options:
        rest = {name: value for name, value in variables.items() if name != option.variable}
        missed = [each.variable for each in complaints(bench.connector, rest)]
        assert missed == ([option.variable] if option.required else []), option.variable
    assert any(option.required for option in bench.connector.options)


def test_the_webhook_secret_may_be_several(bench: Bench) -> None:
    [doorbell] = [o for o in bench.connector.options if o.key == bench.connector.doorbell]
    assert doorbell.several
    assert doorbell.secret
    assert not doorbell.required


@pytest.mark.parametrize("value", ["ftp://example.com", "http://example.com", "no address"])
def test_an_address_is_one_that_nobody_listens_to(bench: Bench, value: str) -> None:
    addresses = [o for o in bench.connector.options if o.key.endswith("url")]
    assert addresses
    for option in addresses:
        problems = complaints(bench.connector, given(bench) | {option.variable: value})
        if value != "http://example.com" or option.key != "web_url":
            assert [each.variable for each in problems] == [option.variable]


def test_where_there_is_a_choice_exactly_the_documented_words_are_taken(bench: Bench) -> None:
    options = {option.variable: option for option in bench.connector.options}
    switches = [name for name, option in options.items() if option.default in ("true", "false")]
    choices = {**bench.choices, **dict.fromkeys(switches, ("true", "false"))}
    for variable, words in choices.items():
        several = [",".join(words)] if options[variable].several else []
        for value in (*words, *several):
            assert not complaints(bench.connector, given(bench) | {variable: value}), value
        for value in (f"{words[0]}x", f"{words[-1]},another"):
            assert complaints(bench.connector, given(bench) | {variable: value}), value


def test_what_is_set_nowhere_has_the_default_of_the_code(bench: Bench) -> None:
    """A configuration made in code and one made of the required options alone are the same."""
    module = sys.modules[bench.connector.build.__module__]
    [made] = [value for name, value in vars(module).items() if name.endswith("Config")]
    options = {option.key: option for option in bench.connector.options}
    for each in fields(made):
        option = options.get(each.name) or options.get(each.name.removesuffix("s"))
        if option and option.default:
            assert as_set(option) == as_made(made, each.name, option), each.name


def as_set(option: Option) -> tuple[str, ...]:
    several = option.default.split(",") if option.several else [option.default]
    return tuple(each.strip() for each in several)


def as_made(made: type[Any], name: str, option: Option) -> tuple[str, ...]:
    value: Any = next(each.default for each in fields(made) if each.name == name)
    if option.several:
        return tuple(value)
    return (str(value).lower() if isinstance(value, bool) else str(value),)
