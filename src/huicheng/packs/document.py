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
from yaml.composer import Composer
from yaml.cyaml import CParser  # type: ignore[attr-defined] # it is there; the stubs do not say so
from yaml.resolver import Resolver

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
            node = _Loader(path.read_text(encoding="utf-8")).get_single_node()
            data = builder.build(node, ()) if node else None
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        builder.say(mark.line + 1 if mark else 1, f"This is not YAML: {fault.problem}.", "Correct the line.")
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as fault:
        builder.say(1, f"The file cannot be read: {fault}.", "Save it as UTF-8 text.")
    return Document(file=str(path), data=data, lines=builder.lines, faults=builder.faults)


class _Builder:
    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Address, int] = {}
        self.faults: list[Fault] = []

    def say(self, line: int, problem: str, remedy: str) -> None:
        self.faults.append(Fault(file=self.file, line=line, problem=problem, remedy=remedy))

    def build(self, node: yaml.Node, address: Address) -> Any:
        self.lines.setdefault(address, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, address)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*address, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, address: Address) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.say(line, "A key must be a plain word.", "Write it in one line before the colon.")
            elif key.value in found:
                self.say(line, f"“{key.value}” stands here twice.", "Keep one of them.")
            else:
                self.lines[*address, key.value] = line
                found[key.value] = self.build(value, (*address, key.value))
        return found

    def _scalar(self, node: yaml.Node) -> Any:
        convert = _SCALARS.get(node.tag)
        if convert is None:
            self.say(node.start_mark.line + 1, f"The tag “{node.tag}” may not stand in a pack.", "Take it away.")
            return None
        return convert(node.value)


class _Loader(Composer, CParser, Resolver):
    """Resolves null, true, false, and numbers; everything else is text.

    libyaml reads the signs, ten times as fast as Python does; what they come to is made here.
    """

    def __init__(self, stream: str) -> None:
        CParser.__init__(self, stream)
        Composer.__init__(self)
        Resolver.__init__(self)

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own form

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark: Any = getattr(self.peek_event(), "start_mark", None)
            raise yaml.MarkedYAMLError(problem="aliases may not stand in a pack", problem_mark=mark)
        return super().compose_node(parent, index)


_PREFIX = "tag:yaml.org,2002:"
for _tag, _form, _first in (
    ("null", r"(?:~|null|)", ["~", "n", ""]),
    ("bool", r"(?:true|false)", ["t", "f"]),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(_PREFIX + _tag, re.compile(rf"^{_form}$"), _first)

_SCALARS: dict[str, Callable[[str], Any]] = {
    _PREFIX + "null": lambda _: None,
    _PREFIX + "bool": lambda text: text == "true",
    _PREFIX + "int": int,
    _PREFIX + "float": float,
    _PREFIX + "str": str,
}
