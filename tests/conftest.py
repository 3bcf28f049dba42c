"""What every test shares: no outside socket, an environment and a logging of its own."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings

from plugin.settings_docs import ours

# A busy neighbour is no failure. `make proofs` looks at more examples than `make test`.
settings.register_profile("thorough", deadline=None, max_examples=200)
settings.register_profile("every day", deadline=None, max_examples=25)
settings.load_profile("every day")

VENDOR_PREFIXES = ("AFTERWORD_", *sorted({f"{name.split('_')[0]}_" for name in ours()}))
LOOPBACK = ("127.", "localhost", "::1")


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anywhere but this machine fails the test at once."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(
            LOOPBACK
        ):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(VENDOR_PREFIXES):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Every command configures logging for its process, and libraries set levels and handlers of
    their own: the next test starts without that, wherever it stands."""
    before = {each: _set_up(each) for each in _loggers()}
    yield
    logging.disable(logging.NOTSET)
    for each in _loggers():
        level, disabled, propagate, handlers, filters = before.get(each, UNTOUCHED)
        if each.level != level:
            each.setLevel(level)
        each.disabled, each.propagate = disabled, propagate
        each.handlers[:], each.filters[:] = handlers, filters
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def _loggers() -> list[logging.Logger]:
    known = list(logging.root.manager.loggerDict.values())
    return [logging.root, *(each for each in known if isinstance(each, logging.Logger))]


def _set_up(of: logging.Logger) -> tuple[int, bool, bool, list[Any], list[Any]]:
    return of.level, of.disabled, of.propagate, of.handlers[:], of.filters[:]


UNTOUCHED = _set_up(logging.Logger("untouched"))
