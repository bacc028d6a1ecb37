"""Named statements: every SQL text that is not built, read from ``.sql`` files.

A file holds statements, each under ``-- name: subject.verb`` and a line with its purpose. Other
rooms add files of their own; callers name the statement and never send SQL. ``stores/sql`` holds
those whose words every engine understands, ``stores/ENGINE/sql`` the others: each engine has each.
``stores/ENGINE/inner`` holds what only the engine itself runs.
"""

from __future__ import annotations

import re
from importlib import resources
from importlib.resources.abc import Traversable

import msgspec

from huicheng.errors import Invalid

#: Folders of this room with statements in one engine's own words.
ENGINES = ("sqlite", "postgres")

_HEADER = re.compile(r"^-- name: *(\S+) *$", re.MULTILINE)
_NAME = re.compile(r"[a-z_]+\.[a-z_]+")


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One named SQL statement; its parameters are written ``?1``, ``?2`` …"""

    name: str
    #: What it is for, in a line.
    purpose: str
    sql: str


def named_statements(engine: str, stores: Traversable | None = None) -> dict[str, Statement]:
    """Every statement in the words of an engine, by name; ``Invalid`` when one engine lacks one of another."""
    stores = stores or resources.files(__package__)
    own = {each: read_statements(stores / each / "sql") for each in ENGINES}
    for each, found in own.items():
        lacking = sorted(set().union(*own.values()) - set(found))
        if lacking:
            raise Invalid(
                place=f"stores/{each}/sql",
                why="Another engine has these statements: %(names)s.",
                names=", ".join(lacking),
            )
    shared = read_statements(stores / "sql")
    twice = sorted(set(shared) & set(own[engine]))
    if twice:
        raise Invalid(
            place="stores/sql", why="An engine has these in its own words, too: %(names)s.", names=", ".join(twice)
        )
    return {**shared, **own[engine], **read_statements(stores / engine / "inner")}


def read_statements(folder: Traversable) -> dict[str, Statement]:
    """Every statement of the ``.sql`` files in a folder, by name."""
    found: dict[str, Statement] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".sql"):
            for statement in _parse(file.name, file.read_text(encoding="utf-8")):
                if statement.name in found:
                    raise Invalid(place=file.name, why="The statement %(name)s is there twice.", name=statement.name)
                found[statement.name] = statement
    return found


def family_of(name: str) -> str:
    """What statements about one subject share: the word before the dot."""
    return name.partition(".")[0]


def _parse(file: str, text: str) -> list[Statement]:
    _, *parts = _HEADER.split(text)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [_statement(file, name, body) for name, body in pairs]


def _statement(file: str, name: str, body: str) -> Statement:
    purpose, _, sql = body.strip().partition("\n")
    if not _NAME.fullmatch(name) or not purpose.startswith("-- ") or not sql.strip():
        raise Invalid(
            place=f"{file}: {name}", why="A statement needs a name subject.verb, a line “-- purpose”, and SQL."
        )
    return Statement(name=name, purpose=purpose.removeprefix("-- "), sql=sql.strip().rstrip(";"))


class Named:
    """The texts of statements by name, each known to read or to write."""

    def __init__(self, texts: dict[str, str], writing: frozenset[str]) -> None:
        self._texts = texts
        self._writing = writing

    def reading(self, name: str) -> str:
        """The SQL of a statement that only reads; ``Invalid`` for any other."""
        sql = self._known(name)
        if name in self._writing:
            raise Invalid(place=name, why="This statement writes: it belongs into a transaction.")
        return sql

    def writing(self, name: str) -> str:
        """The SQL of a statement that writes; ``Invalid`` for any other."""
        sql = self._known(name)
        if name not in self._writing:
            raise Invalid(place=name, why="This statement only reads.")
        return sql

    def _known(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            raise Invalid(place=name, why="There is no statement of this name.") from None
