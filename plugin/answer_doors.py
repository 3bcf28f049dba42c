"""Everything about answers that the web surface opens, put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import Flask

from plugin.answer_list import AnswerList, answer_list
from plugin.answer_list import ListStore as NewestStore
from plugin.answer_pages import AnswerPages, HoursOf, answer_pages
from plugin.auth import Attempts, Gate
from plugin.links import Links
from plugin.unsubscribe_pages import ListStore, UnsubscribePages, unsubscribe_pages


class AnswersStore(NewestStore, ListStore, Protocol):
    """What these pages use of the store."""


def add_answers(
    app: Flask,
    gate: Gate,
    store: AnswersStore,
    *,
    secret: str,
    hours_of: HoursOf,
    zone: ZoneInfo,
    clock: Callable[[], datetime],
    answered: Callable[[], None],
) -> None:
    """The pages of links, and the list for whoever runs Afterword. ``secret`` signs the links.

    ``answered`` is called once an answer, or that it was taken back, is durable.
    """
    links, attempts = Links(secret), Attempts(clock)
    view = AnswerPages(store, links, hours_of, zone, clock, attempts, answered)
    app.register_blueprint(answer_pages(view))
    leaving = UnsubscribePages(store, links, clock, attempts)
    app.register_blueprint(unsubscribe_pages(leaving))
    app.register_blueprint(answer_list(gate, AnswerList(store, zone, clock, answered)))
