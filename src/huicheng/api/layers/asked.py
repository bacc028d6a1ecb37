"""What is asked of the doors of layers, by the parameters of an address."""

from __future__ import annotations

from collections.abc import Mapping

from huicheng.access import Guard
from huicheng.api.http import Request
from huicheng.api.problem import language_of
from huicheng.city import Instant, parse_instant
from huicheng.errors import Invalid, NotFound
from huicheng.layers import MapLayer, Replay

#: Layers of one question.
_MOST = 40
_DAY = 86_400_000_000
#: A replay is at most so long, and of at most so many steps.
_LONGEST = 31 * _DAY
_MOST_STEPS = 2_000


def language_in(request: Request) -> str:
    """``zh`` or ``en``: as ``lang`` says, else as the header prefers."""
    return language_of(request.parameters.get("lang") or request.header(b"accept-language"))


def layers_in(request: Request, known: Mapping[str, MapLayer], guard: Guard) -> list[MapLayer]:
    """``layers=pack/layer,…``; ``NotFound`` also where nothing of one may be read."""
    ids = [one for one in request.parameters.get("layers", "").split(",") if one]
    if not ids or len(ids) > _MOST:
        raise Invalid(place="layers", why="Name 1 to %(most)s layers, as pack/layer, divided by commas.", most=_MOST)
    return [readable(one, known, guard) for one in dict.fromkeys(ids)]


def readable(id: str, known: Mapping[str, MapLayer], guard: Guard) -> MapLayer:
    """The layer; ``NotFound`` where there is none, or nothing of it may be read."""
    layer = known.get(id)
    if layer is None or not guard.of(layer.type):
        raise NotFound(what="layer", key=id[:200])
    return layer


def replay_in(request: Request) -> Replay:
    """``from``, ``to`` (RFC 3339) and ``step`` (seconds)."""
    start, end = _moment(request, "from"), _moment(request, "to")
    step = _seconds(request.parameters.get("step", "300"))
    if not start < end <= start + _LONGEST:
        raise Invalid(place="to", why="The end lies after the beginning, and at most 31 days after it.")
    asked = Replay(start=start, end=end, step=step)
    if asked.steps > _MOST_STEPS:
        raise Invalid(place="step", why="That would be more than %(most)s steps; take longer ones.", most=_MOST_STEPS)
    return asked


def _moment(request: Request, name: str) -> Instant:
    try:
        # In an unescaped query string the plus of a zone has become a blank.
        return parse_instant(request.parameters.get(name, "").replace(" ", "+"), place=name)
    except OverflowError:
        raise Invalid(place=name, why="The time is out of range.") from None


def _seconds(text: str) -> Instant:
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 6 and int(text) > 0):
        raise Invalid(place="step", why="A step is a number of seconds.")
    return int(text) * 1_000_000
