"""Logging to stderr: for people on a terminal, one JSON object a line otherwise.

Everything that is logged, by us or by a library, passes the ``Redactor`` last: known secrets, mail
addresses and the headers that carry credentials never come out (case 67).
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

SECRET, ADDRESS = "[secret]", "[address]"
_SHORTEST = 4
"""Shorter secrets are not looked for: hiding every ``a`` would tell more than it hides."""
_CREDENTIAL = r"authorization|[\w-]*signature|[\w-]*cookie|[\w-]*token|[\w-]*secret|password"
_NAMED = re.compile(rf"(?:{_CREDENTIAL})", re.IGNORECASE)
_HEADER = re.compile(
    rf"\b({_CREDENTIAL})(['\"]?\s*[:=]\s*['\"]?)"
    r"(?:(?:bearer|basic|digest|sha256)[ =]+)?[^\s'\",;]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_SLACK_TOKEN = re.compile(r"\bx(?:ox[a-z]|app)-[\w-]+")
_MAIL = re.compile(r"[^\s@<>\"'(),:;\[\]]+@[^\s@<>\"'(),:;\[\]]+\.[^\s@<>\"'(),:;\[\]]+")


class Redactor:
    """A structlog processor; ``secrets`` are the known ones in plain text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {key: self._value(key, value) for key, value in event.items()}

    def text(self, text: str) -> str:
        """A text without secrets and addresses."""
        if self._known:
            text = self._known.sub(SECRET, text)
        text = _HEADER.sub(rf"\1\2{SECRET}", text)
        text = _BEARER.sub(rf"\1 {SECRET}", text)
        return _MAIL.sub(ADDRESS, _SLACK_TOKEN.sub(SECRET, text))

    def _value(self, name: str, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if _NAMED.fullmatch(name):
            return SECRET
        if isinstance(value, Mapping):
            return {self.text(str(k)): self._value(str(k), v) for k, v in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value("", each) for each in value]
        return self.text(value if isinstance(value, str) else repr(value))


def configure(
    secrets: Iterable[str] = (), *, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Send every log, ours and the libraries', through one formatter to ``stream`` (stderr)."""
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if stream.isatty():
        # Tracebacks come as text, already without secrets: nothing is left to make pretty.
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                Redactor(secrets),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("urllib3", "apscheduler", "waitress", "alembic", "slack_sdk", "sqlalchemy"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
