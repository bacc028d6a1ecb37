"""A YAML file as plain values, with the line of every one of them.

The YAML read here is the plain part that cannot surprise: no aliases, no tags, no ``yes`` for true,
dates stay text until a field asks for a date, and a key that stands twice is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined] # it is there; the stubs do not say so

from huicheng.packs.fault import Fault

#: Keys and list positions from the top of a file down to a value.
Address = tuple[str | int, ...]

#: A pack is written by hand; what is larger is no pack.
MAX_BYTES = 1_000_000


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One file, read; or several that hold one table between them (:mod:`huicheng.packs.joined`)."""

    file: str
    data: Any
    lines: dict[Address, int]
    faults: list[Fault]
    #: Beginning of an address → the file in which it stands, where that is another one.
    files: dict[Address, str] = {}

    def line(self, address: Address) -> int:
        """The line of an address, or of the nearest thing that holds it."""
        while address and address not in self.lines:
            address = address[:-1]
        return self.lines.get(address, 1)

    def _file(self, address: Address) -> str:
        while address and address not in self.files:
            address = address[:-1]
        return self.files.get(address, self.file)

    def fault(self, address: Address, problem: str, remedy: str) -> Fault:
        """A fault at an address."""
        return Fault(file=self._file(address), line=self.line(address), problem=problem, remedy=remedy)


def read_document(path: Path) -> Document:
    """Read one file; what cannot be read is a fault of the document, never an exception."""
    builder = _Builder(str(path))
    data = None
    try:
        if path.stat().st_size > MAX_BYTES:
            builder.say(1, "The file is larger than a megabyte.", "Split the pack.")
        else:
            data = builder.read(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        builder.say(mark.line + 1 if mark else 1, f"This is not YAML: {fault.problem}.", "Correct the line.")
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as fault:
        builder.say(1, f"The file cannot be read: {fault}.", "Save it as UTF-8 text.")
    return Document(file=str(path), data=data, lines=builder.lines, faults=builder.faults)


class _Builder:
    """Puts values together from the signs that libyaml reads, ten times as fast as Python does.

    It resolves null, true, false, and numbers; everything else is text.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Address, int] = {}
        self.faults: list[Fault] = []
        self._next: Callable[[], Any]

    def say(self, line: int, problem: str, remedy: str) -> None:
        self.faults.append(Fault(file=self.file, line=line, problem=problem, remedy=remedy))

    def read(self, text: str) -> Any:
        """The value of the only document of a text; None where there is none."""
        self._next = CParser(text).get_event
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        data = self._build(self._next(), ())
        self._next()
        further: Any = self._next()
        if not isinstance(further, yaml.StreamEndEvent):
            raise yaml.MarkedYAMLError(problem="a second document begins here", problem_mark=further.start_mark)
        return data

    def _build(self, event: Any, address: Address) -> Any:
        """The value that begins with an event; ``Any``, as the stubs do not know what libyaml's events are."""
        self.lines.setdefault(address, event.start_mark.line + 1)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(address)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(address)
        raise yaml.MarkedYAMLError(problem="aliases may not stand in a pack", problem_mark=event.start_mark)

    def _mapping(self, address: Address) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarEvent):
                self.say(line, "A key must be a plain word.", "Write it in one line before the colon.")
                self._pass_over(key)
                self._pass_over(self._next())
            elif key.value in found:
                self.say(line, f"“{key.value}” stands here twice.", "Keep one of them.")
                self._pass_over(self._next())
            else:
                self.lines[*address, key.value] = line
                found[key.value] = self._build(self._next(), (*address, key.value))
        return found

    def _sequence(self, address: Address) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            found.append(self._build(event, (*address, len(found))))
        return found

    def _pass_over(self, event: Any) -> None:
        """Read what has no place."""
        aside = _Builder(self.file)
        aside._next = self._next
        aside._build(event, ())

    def _scalar(self, event: Any) -> Any:
        if event.tag is not None:
            said = f"The tag “{event.tag}” may not stand in a pack."
            self.say(event.start_mark.line + 1, said, "Take it away.")
            return None
        if event.implicit[0]:  # without quotes
            for form, convert in _PLAIN.get(event.value[:1], ()):
                if form.fullmatch(event.value):
                    return convert(event.value)
        return event.value


#: What a word without quotes may be, by its first letter.
_PLAIN: dict[str, list[tuple[re.Pattern[str], Callable[[str], Any]]]] = {}
_FORMS: tuple[tuple[str, Callable[[str], Any], list[str]], ...] = (
    (r"(?:~|null|)", lambda _: None, ["~", "n", ""]),
    (r"(?:true|false)", lambda text: text == "true", ["t", "f"]),
    (r"[-+]?[0-9]+", int, list("-+0123456789")),
    (r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?", float, list("-+.0123456789")),
)
for _form, _convert, _first in _FORMS:
    for _letter in _first:
        _PLAIN.setdefault(_letter, []).append((re.compile(_form), _convert))
