"""Reads what connectors say can be set: from the environment, and from the policy file.

The environment gives one account for each vendor, named like the vendor; further ones stand in the
file that AFTERWORD_POLICY names, one table each:

    [connections.lever-emea]
    ats = "lever"
    api_key_file = "/run/secrets/lever-emea"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import unquote, urlsplit

from connectors.ats.spreadsheet import NAME as IMPORTED
from connectors.options import Channel, Connector, Option, yes_or_no
from plugin.values import Problem, listed, nearest, read_secret

P = TypeVar("P", Connector, Channel)

LONG = 12
"""Characters from which on a part of a secret address is a secret and not a word."""
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
Text = str | list[str]


@dataclass(frozen=True, slots=True)
class Connection(Generic[P]):
    """One account or channel that is set up."""

    name: str
    """In the store, in every list and in the address of its webhooks."""
    plug: P
    options: Mapping[str, tuple[str, ...]] = field(repr=False)
    file: Path | None = None
    """Where it stands, if not in the environment."""

    def called(self, option: Option) -> str:
        """How whoever set it up knows this option."""
        return f"{option.key} of [connections.{self.name}]" if self.file else option.variable

    def in_its_words(self, text: str) -> str:
        """A sentence about variables, for somebody who wrote keys into the file."""
        if self.file is None:
            return text
        names = {option.variable: self.called(option) for option in self.plug.options}
        pattern = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
        return re.sub(rf"\b(?:{pattern})\b", lambda found: names[found[0]], text)

    def secrets(self) -> Iterator[str]:
        """Every secret in plain text, the passwords inside URLs too."""
        for option in self.plug.options:
            for text in self.options[option.key] if option.secret else ():
                yield from secrets_in(text)
                if option.whole:
                    yield text
                    yield from (each for each in _parts(text) if len(each) >= LONG)


def _parts(address: str) -> list[str]:
    return re.split(r"://|[/?&=#]", address)


def secrets_in(text: str) -> Iterator[str]:
    """What a log must not show of a secret: an address is none without a password."""
    if "://" not in text:
        yield text
    elif password := urlsplit(text).password:
        yield from (text, password, unquote(password))


def from_environment(
    plugs: Iterable[P], given: Mapping[str, str], problems: list[Problem]
) -> dict[str, Connection[P]]:
    """Those whose required variables are set. ``given``: the variables that are not empty."""
    found = {}
    for plug in plugs:
        texts = {each.key: given[each.variable] for each in plug.options if each.variable in given}
        mine = [each for each in plug.options if not each.default and _is_given(each, given)]
        missing = [each.variable for each in plug.options if each.required and each not in mine]
        if mine and missing:
            first = mine[0].variable
            for name in missing:
                fault = f"is missing, and {first} is set."
                problems.append(Problem(name, fault, f"Set {name} too, or remove {first}."))
        options = _read(plug, texts, lambda option: option.variable, problems)
        if mine and not missing:
            found[plug.name] = Connection(plug.name, plug, options)
    return found


def _is_given(option: Option, given: Mapping[str, str]) -> bool:
    """Also as a file that cannot be read, which has been told already."""
    return option.variable in given or (option.secret and f"{option.variable}_FILE" in given)


def _read(
    plug: Connector | Channel,
    texts: Mapping[str, Text],
    called: Callable[[Option], str],
    problems: list[Problem],
) -> dict[str, tuple[str, ...]]:
    """Every option by its key; what is wrong is left out and told."""
    options = {}
    for option in plug.options:
        text = texts.get(option.key, option.default)
        words = text if isinstance(text, list) else _members(text, option)
        try:
            options[option.key] = tuple(option.read(word) for word in words if word)
        except ValueError as error:
            problems.append(Problem(called(option), f"{error}.", option.remedy))
            options[option.key] = ()
    return options


def _members(text: str, option: Option) -> list[str]:
    if option.phrases:
        return [phrase.strip() for phrase in text.split(",")]
    return listed(text) if option.several else [text]


# -- the policy file


def from_file(
    file: Path,
    content: Mapping[str, Any],
    known: Mapping[str, Connector],
    taken: Iterable[str],
    problems: list[Problem],
) -> dict[str, Connection[Connector]]:
    """The accounts of the policy file, read as TOML. ``taken``: names that the environment has
    given already."""
    tables = content.get("connections", {})
    if not isinstance(tables, dict):
        remedy = "Write a table for each account: [connections.name]."
        problems.append(Problem(f"{file}: connections", "is not a table.", remedy))
        return {}
    found = {}
    for name, table in tables.items():
        reading = _Table(file, name, table, problems)
        if connection := reading.connection(known, set(taken)):
            found[name] = connection
    return found


@dataclass
class _Table:
    """One table of the file, and where to complain about it."""

    file: Path
    name: str
    content: Any
    problems: list[Problem]

    def wrong(self, key: str, fault: str, remedy: str) -> None:
        place = f"{self.file}: [connections.{self.name}]{f' {key}' if key else ''}"
        self.problems.append(Problem(place, fault, remedy))

    def connection(
        self, known: Mapping[str, Connector], taken: set[str]
    ) -> Connection[Connector] | None:
        """The account, or None after everything that is wrong with it was told."""
        before = len(self.problems)
        if not isinstance(self.content, dict):
            self.wrong("", "is not a table.", f"Write [connections.{self.name}] and its keys.")
            return None
        vendor = self.content.get("ats")
        if not isinstance(vendor, str) or vendor not in known:
            fault = "is missing." if vendor is None else f"names no ATS: {vendor!r}."
            hint = nearest(str(vendor), known).strip() or f"Use one of: {', '.join(known)}."
            self.wrong("ats", fault, hint)
            return None
        self._name(vendor, known, taken)
        plug = known[vendor]
        texts = self._texts(plug)
        options = _read(
            plug, texts, lambda o: f"{self.file}: [connections.{self.name}] {o.key}", self.problems
        )
        if len(self.problems) > before:
            return None
        return Connection(self.name, plug, options, self.file)

    def _name(self, vendor: str, known: Mapping[str, Connector], taken: set[str]) -> None:
        if not NAME.fullmatch(self.name):
            remedy = "Use small letters, digits and -, a letter first, 32 at most."
            self.wrong("", "is not a good name.", remedy)
        elif self.name == IMPORTED or (self.name in known and self.name != vendor):
            self.wrong("", "has a name that means something else.", "Choose another name.")
        elif self.name in taken:
            remedy = "Choose another name, or remove those variables."
            self.wrong("", "is connected by variables of the environment, too.", remedy)

    def _texts(self, plug: Connector) -> dict[str, Text]:
        """By key, what stands in the table or in the files that it names."""
        texts: dict[str, Text] = {}
        options = {option.key: option for option in plug.options}
        files = {f"{option.key}_file": option for option in plug.options if option.secret}
        for key, value in self.content.items():
            if key == "ats":
                continue
            if key not in options and key not in files:
                remedy = nearest(key, [*options, *files, "ats"]).strip() or "Remove it."
                self.wrong(key, f"is not a key of {plug.title}.", remedy)
            elif (text := _text(value, options.get(key))) is None:
                self.wrong(key, "is not text.", f'Write {key} = "…".')
            elif key in files and files[key].key in self.content:
                self.wrong(files[key].key, f"and {key} are both set.", "Remove one of them.")
            elif key in files:
                secret = read_secret(self.file.parent / str(text))
                if secret.fault:
                    self.wrong(key, secret.fault, "Correct the path.")
                else:
                    texts[files[key].key] = secret.text
            else:
                texts[key] = text
        for option in plug.options:
            given = option.key in self.content or f"{option.key}_file" in self.content
            empty = texts.get(option.key) in ("", [])
            if option.required and (not given or empty):
                self.wrong(option.key, "is missing." if not given else "is empty.", option.remedy)
        return texts


def _text(value: object, option: Option | None) -> Text | None:
    """A string, a whole number as one, true or false where that is asked, or (where several are
    meant) a list of strings."""
    if isinstance(value, bool):
        return str(value).lower() if option is not None and option.read is yes_or_no else None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        good = option is not None and option.several and all(isinstance(v, str) for v in value)
        return value if good else None
    return value if isinstance(value, str) else None
