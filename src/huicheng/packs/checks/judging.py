"""Checks that several files need: expressions, unit codes, durations, references."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from huicheng.city import unit
from huicheng.errors import Invalid
from huicheng.errors.sentences import filled
from huicheng.expressions import Expression, ExpressionError, Type, parse
from huicheng.packs.document import Address
from huicheng.packs.fault import Fault
from huicheng.packs.places import Draft

_DURATION = re.compile(r"P(?!$)(?:\d+W)?(?:\d+D)?(?:T(?!$)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?")


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads the expressions of one thing of one file: its names and tables, and where it stands."""

    draft: Draft
    file: str
    address: Address
    names: Mapping[str, Type]
    tables: Collection[str] = ()

    def read(self, text: str, *key: str | int, expect: Type | None = "boolean") -> Expression | Fault:
        """The checked expression under a key, or what is wrong with it."""
        try:
            return parse(text, self.names, expect=expect, tables=self.tables)
        except ExpressionError as wrong:
            remedy = "Correct it; docs/reference/expressions.md lists what may stand there."
            return self.draft.fault(self.file, (*self.address, *key), filled(wrong.problem, wrong.details), remedy)

    def faults(self, text: str, *key: str | int, expect: Type | None = "boolean") -> Iterator[Fault]:
        """What is wrong with it, if anything."""
        found = self.read(text, *key, expect=expect)
        if isinstance(found, Fault):
            yield found


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where in a pack something stands that is checked."""

    draft: Draft
    file: str
    address: Address

    def at(self, *further: str | int) -> Spot:
        """A place below."""
        return Spot(draft=self.draft, file=self.file, address=(*self.address, *further))

    def fault(self, problem: str, remedy: str) -> Fault:
        """A fault here."""
        return self.draft.fault(self.file, self.address, problem, remedy)


def check_unit(draft: Draft, file: str, address: Address, code: str | None) -> Iterator[Fault]:
    """A unit code must be in the table."""
    try:
        if code is not None:
            unit(code)
    except Invalid as wrong:
        remedy = "Use a UN/CEFACT code of huicheng.city.units, such as GQ for µg/m³."
        yield draft.fault(file, address, filled(wrong.problem, wrong.details), remedy)


def check_duration(draft: Draft, file: str, address: Address, text: str | None) -> Iterator[Fault]:
    """An ISO 8601 duration without months and years, which have no fixed length."""
    if text is not None and not _DURATION.fullmatch(text):
        yield draft.fault(file, address, f"“{text}” is not a duration.", "Write it as PT6H, P3D or PT30M.")


def unknown(what: str, word: str, known: Sequence[str] | Collection[str]) -> tuple[str, str]:
    """Problem and remedy of a reference that leads nowhere."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1)
    remedy = f"Did you mean “{close[0]}”?" if close else f"One of: {', '.join(words) or 'none is declared'}."
    return f"There is no {what} “{word}”.", remedy
