"""Which types and attributes other brokers have (CIM 009, 5.7.5–5.7.10), beside those that are here.

Each source is asked the same question, as far as it was registered to answer it, and heard about the types that it was
registered with. What it says passes the asker's policies.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from huicheng.access import Guard
from huicheng.api.http import Request
from huicheng.api.ngsild.distribution.forwarding import Original, path_of
from huicheng.api.ngsild.distribution.guarding import parties_of
from huicheng.api.ngsild.permission import READ_ONLY
from huicheng.api.ngsild.tools import Tools
from huicheng.context import Cover, Inventory, Message, Names, Registration, Sought, flag

#: First and second segment of the address → operation, without and with ``details``.
_OPERATIONS = {
    ("types", False): ("retrieveEntityTypes", "retrieveEntityTypeDetails"),
    ("types", True): ("retrieveEntityTypeInfo",) * 2,
    ("attributes", False): ("retrieveAttrTypes", "retrieveAttrTypeDetails"),
    ("attributes", True): ("retrieveAttrTypeInfo",) * 2,
}
#: Of what a source did not say of which type it is.
_UNSAID = ""


async def elsewhere(tools: Tools, request: Request, what: str, names: Names) -> list[Inventory]:
    """What sources say of types or of attributes (``what``); nothing where none is to be asked."""
    if await parties_of(tools, request) is None:
        return []
    wanted = frozenset(names.stored(one) for one in request.segments)
    sought = Sought(types=wanted) if what == "types" else Sought(attributes=wanted)
    details = flag(request.parameters.get("details"), place="details")
    operation = _OPERATIONS[what, bool(wanted)][details]
    parties = await tools.federation.parties(sought, request.header(b"via"))
    able = [(registration, held) for registration, held in parties if operation in registration.offer.able]
    original = Original(request, None, names, tools.contexts)
    messages = [await _message(original, one, what, wanted, details=details) for one, _ in able]
    said: list[Inventory] = []
    for reply, (_, held) in zip(await tools.federation.ask(messages), able, strict=True):
        if reply.ok:
            heard = _said(reply.body, (await original.speech(reply.registration)).names)
            said += [one for one in heard if _is_of(one, held, what)]
    guard = await tools.context.guard(await tools.subject(request))
    return [seen for one in said if (seen := _seen(one, guard)) is not None]


def _is_of(one: Inventory, held: Cover, what: str) -> bool:
    """Whether the source was registered for it."""
    if one.type == _UNSAID:
        return what == "attributes"
    return not held.types or one.type in held.types


async def _message(
    original: Original, registration: Registration, what: str, wanted: frozenset[str], *, details: bool
) -> Message:
    speech = await original.speech(registration)
    segments = [speech.name(one) for one in wanted]
    path = path_of(what, *segments, parameters={"details": "true"} if details else None)
    return original.message(registration, speech, "GET", path)


# -- reading what was said, in any of the six forms


def _said(body: Any, names: Names) -> Iterator[Inventory]:
    for one in body if isinstance(body, list) else [body]:
        if isinstance(one, Mapping):
            yield from _inventories(one, names)


def _inventories(one: Mapping[str, Any], names: Names) -> Iterator[Inventory]:
    for name in _texts(one.get("typeList")):
        yield _inventory(names.stored(name), {})
    for name in _texts(one.get("attributeList")):
        yield _inventory(_UNSAID, {names.stored(name): {}})
    for name in _texts([one.get("typeName")]):
        yield _inventory(names.stored(name), _attributes_of(one, names), one.get("entityCount"))
    for name in _texts([one.get("attributeName")]):
        for place, type_ in enumerate(_texts(one.get("typeNames")) or [_UNSAID]):
            kinds = _kinds(one, one.get("attributeCount") if place == 0 else 0)
            yield _inventory(names.stored(type_) if type_ else _UNSAID, {names.stored(name): kinds})


def _attributes_of(one: Mapping[str, Any], names: Names) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {names.stored(name): {} for name in _texts(one.get("attributeNames"))}
    for detail in one.get("attributeDetails") or ():
        if isinstance(detail, Mapping) and isinstance(detail.get("attributeName"), str):
            found[names.stored(detail["attributeName"])] = _kinds(detail, 0)
    return found


def _kinds(one: Mapping[str, Any], count: Any) -> dict[str, int]:
    """On how many entities is said of all kinds together: the first has them."""
    kinds = _texts(one.get("attributeTypes"))
    return {kind: _number(count) if place == 0 else 0 for place, kind in enumerate(kinds)}


def _texts(held: Any) -> list[str]:
    return [one for one in held if isinstance(one, str) and one] if isinstance(held, list) else []


def _number(held: Any) -> int:
    return held if isinstance(held, int) and held > 0 else 0


def _inventory(name: str, attributes: Mapping[str, Mapping[str, int]], entities: Any = 0) -> Inventory:
    return Inventory(type=name, entities=_number(entities), attributes=attributes)


# -- policies, and putting together


def _seen(one: Inventory, guard: Guard) -> Inventory | None:
    """As far as the asker may read the type; of an unknown type only who may read everything hears."""
    if one.type in READ_ONLY:
        return None
    grants = guard.of(one.type)
    if (one.type == _UNSAID and not guard.unlimited) or not grants:
        return None
    columns = {name for grant in grants for name in grant.columns}
    shown = {name: held for name, held in one.attributes.items() if "*" in columns or name in columns}
    return Inventory(type=one.type, entities=one.entities, attributes=shown)


def joined(inventories: Iterable[Inventory]) -> list[Inventory]:
    """One of each type, in order; numbers are added up."""
    entities: Counter[str] = Counter()
    attributes: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in inventories:
        entities[one.type] += one.entities
        for name, kinds in one.attributes.items():
            attributes[one.type][name].update(kinds)
    return [Inventory(type=name, entities=entities[name], attributes=attributes[name]) for name in sorted(entities)]
