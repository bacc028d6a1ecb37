"""From a ``$filter`` to terms: a recursive parser of what OGC 18-088, 9.3.3.5 takes over from OData."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import shapely
from shapely.geometry import mapping

from huicheng.api.sensorthings.tokens import Token, tokens
from huicheng.city import micros, parse_instant, parse_interval
from huicheng.errors import Invalid
from huicheng.stores import sensing

Read = TypeVar("Read")
_DEEPEST = 60
_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_SUMS = frozenset({"add", "sub"})
_PRODUCTS = frozenset({"mul", "div", "mod"})
_WORDS: Mapping[str, sensing.Constant] = {
    "true": sensing.Constant(True, "boolean"),  # noqa: FBT003 - the value itself
    "false": sensing.Constant(False, "boolean"),  # noqa: FBT003 - the value itself
    "null": sensing.Constant(None, "null"),
}
_DURATION = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_SECONDS = (86_400, 3_600, 60, 1)
#: Years 1 and 9999, as far as instants go.
_ENDS = {"mindatetime": -62_135_596_800_000_000, "maxdatetime": 253_402_300_799_000_000}


def parse_filter(text: str, place: str = "$filter") -> sensing.Term:
    """A condition."""
    return _Parser(text, place).whole()


def parse_order(text: str) -> tuple[tuple[sensing.Term, bool], ...]:
    """Terms of ``$orderby``, and whether each descends."""
    return _Parser(text, "$orderby").orders()


class _Parser:
    def __init__(self, text: str, place: str) -> None:
        self._tokens = tokens(text, place)
        self._place = place
        self._next = 0
        self._depth = 0

    def whole(self) -> sensing.Term:
        term = self._either()
        self._expect("end", "")
        return term

    def orders(self) -> tuple[tuple[sensing.Term, bool], ...]:
        found = []
        while True:
            found.append((self._sum(), self._descends()))
            if not self._sign(","):
                self._expect("end", "")
                return tuple(found)

    def _descends(self) -> bool:
        """The word behind a term; OData has it in lower case, much used clients in upper case."""
        word = self._word().lower()
        if word in {"asc", "desc"}:
            self._next += 1
        return word == "desc"

    # -- from the loosest to the tightest

    def _either(self) -> sensing.Term:
        return self._chain(self._both, frozenset({"or"}))

    def _both(self) -> sensing.Term:
        return self._chain(self._negated, frozenset({"and"}))

    def _negated(self) -> sensing.Term:
        if self._taken("not"):
            with_depth = self._deeper(self._negated)
            return sensing.Call("not", (with_depth,))
        return self._compared()

    def _compared(self) -> sensing.Term:
        one = self._sum()
        word = self._word()
        if word in _COMPARISONS:
            self._next += 1
            return sensing.Call(word, (one, self._sum()))
        if word == "in":
            self._next += 1
            return sensing.Call("in", (one, *self._arguments()))
        return one

    def _sum(self) -> sensing.Term:
        return self._chain(self._product, _SUMS)

    def _product(self) -> sensing.Term:
        return self._chain(self._single, _PRODUCTS)

    def _chain(self, inner: Callable[[], sensing.Term], words: frozenset[str]) -> sensing.Term:
        term = inner()
        while self._word() in words:
            name = self._take().text
            term = sensing.Call(name, (term, inner()))
        return term

    def _single(self) -> sensing.Term:
        token = self._take()
        if token.kind == "sign" and token.text == "(":
            term = self._deeper(self._either)
            self._expect("sign", ")")
            return term
        if token.kind == "path":
            return self._named(token)
        if token.kind in _CONSTANTS:
            return self._constant(token)
        raise self._fault(token)

    def _named(self, token: Token) -> sensing.Term:
        if token.text in _WORDS:
            return _WORDS[token.text]
        following = self._tokens[self._next]
        if following.kind == "sign" and following.text == "(":
            return self._function(token.text, self._deeper(self._arguments))
        return sensing.Path(tuple(token.text.split("/")))

    def _function(self, name: str, arguments: tuple[sensing.Term, ...]) -> sensing.Term:
        if name == "now" and not arguments:
            return sensing.Constant(micros(datetime.now(UTC)), "time")
        if name in _ENDS and not arguments:
            return sensing.Constant(_ENDS[name], "time")
        return sensing.Call(name, arguments)

    def _arguments(self) -> tuple[sensing.Term, ...]:
        self._expect("sign", "(")
        found: list[sensing.Term] = []
        if self._sign(")"):
            return ()
        while True:
            found.append(self._either())
            if not self._sign(","):
                self._expect("sign", ")")
                return tuple(found)

    def _constant(self, token: Token) -> sensing.Constant:
        try:
            return _CONSTANTS[token.kind](token.text)
        except Invalid as fault:
            raise Invalid(place=self._place, **fault.details) from None
        except (ValueError, OverflowError, shapely.errors.ShapelyError) as fault:
            raise Invalid(
                place=self._place,
                why="“%(text)s” means nothing: %(fault)s.",
                text=token.text[:80],
                fault=str(fault),
            ) from None

    # -- tokens

    def _deeper(self, inner: Callable[[], Read]) -> Read:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Invalid(place=self._place, why="It is nested deeper than %(most)s levels.", most=_DEEPEST)
        found = inner()
        self._depth -= 1
        return found

    def _take(self) -> Token:
        token = self._tokens[self._next]
        if token.kind == "end":
            raise self._fault(token)
        self._next += 1
        return token

    def _word(self) -> str:
        token = self._tokens[self._next]
        return token.text if token.kind == "path" else ""

    def _taken(self, word: str) -> bool:
        if self._word() != word:
            return False
        self._next += 1
        return True

    def _sign(self, sign: str) -> bool:
        token = self._tokens[self._next]
        if token.kind != "sign" or token.text != sign:
            return False
        self._next += 1
        return True

    def _expect(self, kind: str, text: str) -> None:
        token = self._tokens[self._next]
        if token.kind != kind or (text and token.text != text):
            raise self._fault(token)
        self._next += 1

    def _fault(self, token: Token) -> Invalid:
        return Invalid(
            place=self._place,
            why="“%(word)s” is not expected at character %(at)s."
            if token.text
            else "Its end is not expected at character %(at)s.",
            word=token.text[:40],
            at=token.at + 1,
        )


def _instant(text: str) -> int:
    # In an unescaped query string the plus of a zone has become a blank.
    return parse_instant(text.replace(" ", "+"))


def _interval(text: str) -> sensing.Constant:
    return sensing.Constant(parse_interval(text.replace(" ", "+")), "interval")


def _number(text: str) -> sensing.Constant:
    return sensing.Constant(float(text) if set(text) & set(".eE") else int(text), "number")


def _duration(text: str) -> sensing.Constant:
    found = _DURATION.fullmatch(text.removeprefix("duration'").removesuffix("'"))
    if found is None:
        raise Invalid(why="“%(text)s” means nothing: a duration is written like PT1H.", text=text[:80])
    sign, *parts = found.groups()
    seconds = sum(float(part or 0) * factor for part, factor in zip(parts, _SECONDS, strict=True))
    return sensing.Constant(round(seconds * 1e6) * (-1 if sign else 1), "duration")


def _clock(text: str) -> sensing.Constant:
    """``16:00`` as ``time()`` tells it: to the millisecond."""
    hour_minute, seconds = text[:5], text[6:]
    whole, _, part = seconds.partition(".")
    return sensing.Constant(f"{hour_minute}:{whole or '00'}.{part[:3]:0<3}", "text")


def _geography(text: str) -> sensing.Constant:
    geometry = shapely.from_wkt(text.removeprefix("geography'").removesuffix("'"))
    return sensing.Constant(msgspec.json.decode(msgspec.json.encode(mapping(geometry))), "geometry")


_CONSTANTS: Mapping[str, Callable[[str], sensing.Constant]] = {
    "interval": _interval,
    "instant": lambda text: sensing.Constant(_instant(text), "time"),
    "date": lambda text: sensing.Constant(text, "text"),
    "clock": _clock,
    "number": _number,
    "geography": _geography,
    "duration": _duration,
    "text": lambda text: sensing.Constant(text[1:-1].replace("''", "'"), "text"),
}
