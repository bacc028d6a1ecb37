"""System query options (OGC 18-088, 9.3), also those inside ``$expand``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from huicheng.api.sensorthings.terms import parse_filter, parse_order
from huicheng.errors import Invalid
from huicheng.stores import sensing

#: Entities on a page, unless $top says so; and the most.
PAGE = 100
MOST = 10_000
_KNOWN = frozenset(
    {"$filter", "$orderby", "$top", "$skip", "$count", "$select", "$expand", "$resultFormat", "$id", "resultFormat"}
)
_DEEPEST = 8
_FURTHEST = 1 << 40


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of one entity set."""

    where: sensing.Term | None = None
    order: tuple[tuple[sensing.Term, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    #: Properties and links; empty for all.
    select: frozenset[str] = frozenset()
    #: Of what is reckoned, what is selected.
    reckoned: frozenset[str] = frozenset()
    expand: Mapping[str, Options] = {}
    data_array: bool = False

    @property
    def limit(self) -> int:
        """Entities on a page."""
        return min(PAGE if self.top is None else self.top, MOST)

    def sought(self, sought: sensing.Sought) -> sensing.Sought:
        """The question with these options."""
        inner = {name: one.sought(sensing.Sought(steps=())) for name, one in self.expand.items()}
        return msgspec.structs.replace(
            sought,
            where=self.where,
            order=self.order,
            limit=self.limit,
            offset=self.skip,
            count=self.count,
            reckoned=self.reckoned,
            expand=inner,
        )


def options_of(asked: Mapping[str, str], name: str, depth: int = 0) -> Options:
    """Options of a query string, or of the parentheses in an ``$expand``, for one entity set."""
    unknown = [one for one in asked if one.startswith("$") and one not in _KNOWN]
    if unknown:
        raise Invalid(place=unknown[0][:80], why="There is no such query option.")
    if depth > _DEEPEST:
        raise Invalid(place="$expand", why="It is nested deeper than %(most)s levels.", most=_DEEPEST)
    select, reckoned = _selected(asked.get("$select", ""), name), frozenset(sensing.SETS[name].reckoned)
    return Options(
        where=parse_filter(asked["$filter"]) if "$filter" in asked else None,
        order=parse_order(asked["$orderby"]) if "$orderby" in asked else (),
        top=_number(asked, "$top"),
        skip=_number(asked, "$skip") or 0,
        count=_boolean(asked.get("$count", "false")),
        select=select,
        reckoned=reckoned & select if select else reckoned,
        expand=_expanded(asked.get("$expand", ""), name, depth),
        data_array=_format(asked),
    )


def _number(asked: Mapping[str, str], name: str) -> int | None:
    held = asked.get(name)
    if held is None:
        return None
    if not held.isascii() or not held.isdigit() or len(held) > 12 or int(held) > _FURTHEST:
        raise Invalid(place=name, why="%(name)s is a whole number that is not negative.", name=name)
    return int(held)


def _boolean(held: str) -> bool:
    if held not in {"true", "false"}:
        raise Invalid(place="$count", why="$count is true or false.")
    return held == "true"


def _format(asked: Mapping[str, str]) -> bool:
    held = asked.get("$resultFormat", asked.get("resultFormat"))
    if held not in {None, "dataArray"}:
        raise Invalid(place="$resultFormat", why="The one other format is dataArray.")
    return held is not None


def _selected(text: str, name: str) -> frozenset[str]:
    found = frozenset(part.strip().partition("/")[0] for part in text.split(",") if part.strip())
    known = {*sensing.SETS[name].shown, *sensing.SETS[name].links, "@iot.id", "id", "@iot.selfLink"}
    for one in found - known:
        raise Invalid(place="$select", why="%(set)s have no “%(name)s”.", set=name, name=one[:80])
    return frozenset("@iot.id" if one == "id" else one for one in found)


def _expanded(text: str, name: str, depth: int) -> dict[str, Options]:
    found: dict[str, Options] = {}
    for part in _divided(text, ","):
        head, inner = _headed(part)
        link, _, rest = head.partition("/")
        leads = sensing.SETS[name].links.get(link)
        if leads is None:
            raise Invalid(place="$expand", why="%(set)s have no “%(link)s” to expand.", set=name, link=link[:80])
        asked = dict(_pair(one) for one in _divided(inner, ";"))
        if rest:  # A/B(options): the options are of B
            asked = {"$expand": f"{rest}({inner})" if inner else rest}
        found[link] = _joined(found.get(link), options_of(asked, leads.target, depth + 1))
    return found


def _joined(one: Options | None, other: Options) -> Options:
    """``A/B,A/C`` means both."""
    if one is None:
        return other
    return msgspec.structs.replace(other if other.expand else one, expand={**one.expand, **other.expand})


def _headed(part: str) -> tuple[str, str]:
    head, bracket, inner = part.partition("(")
    if not bracket:
        return head.strip(), ""
    if not inner.endswith(")"):
        raise Invalid(place="$expand", why="A parenthesis is not closed.")
    return head.strip(), inner[:-1]


def _pair(text: str) -> tuple[str, str]:
    name, mark, held = text.partition("=")
    if not mark:
        raise Invalid(place="$expand", why="“%(text)s” is no option.", text=text[:80])
    return name.strip(), held.strip()


_PIECE = re.compile(r"'(?:[^']|'')*'|.", re.DOTALL)


def _divided(text: str, sign: str) -> Iterator[str]:
    """Parts between signs that stand in no parentheses and no quotation marks."""
    depth, part = 0, ""
    for match in _PIECE.finditer(text):
        piece = match[0]
        depth += (piece == "(") - (piece == ")")
        if piece == sign and depth == 0:
            yield part.strip()
            part = ""
        else:
            part += piece
    if depth:
        raise Invalid(place="$expand", why="Parentheses do not fit together.")
    if part.strip():
        yield part.strip()
