"""Devices of the register in words, as their pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from huicheng.accounts.units import unit_names
from huicheng.cases.inbox import Filters, inbox
from huicheng.city import Entity
from huicheng.desk.things import in_words, name_of
from huicheng.devices.health import Health, health
from huicheng.devices.register import DEVICE, limit_of, silent_after
from huicheng.packs import AttributeType, entity_types
from huicheng.platform import current
from huicheng.stores import Stored
from huicheng.web.figures import figure
from huicheng.web.reading import Reader, content
from huicheng.web.stations import place_of
from huicheng.web.texts import in_language

_MAINTENANCE = "infrastructure/maintenance"
_MOST_CASES = 500
#: A share of hours below this asks for a look.
_CARE = 0.9


def declared() -> dict[str, AttributeType]:
    """Attributes of a device as the pack has them."""
    found = entity_types(current().packs).get(DEVICE)
    return dict(found.attributes) if found else {}


def codes(name: str, *chosen: str) -> list[dict[str, Any]]:
    """The values of a code list, for a choice."""
    known = declared().get(name)
    words = known.codes if known else {}
    return [{"value": code, "name": in_language(text), "chosen": code in chosen} for code, text in words.items()]


def said(device: Entity, name: str) -> str:
    """One attribute in words."""
    return in_words(declared().get(name), content(device, name))


def lines(reader: Reader, devices: Sequence[Stored]) -> list[dict[str, Any]]:
    """Devices in a list, each with its health and its open cases."""
    found, units, cases = health(devices), unit_names(), open_cases(reader)
    return [line(one.entity, found[one.entity.id], units, cases) for one in devices]


def line(device: Entity, how: Health, units: dict[str, str], cases: dict[str, int]) -> dict[str, Any]:
    """One device in a list."""
    owner = str(content(device, "ownerCode", ""))
    return {
        "id": device.id,
        "key": device.id.rpartition(":")[2],
        "name": name_of(device),
        "category": said(device, "category"),
        "senses": said(device, "controlledProperty"),
        "state": said(device, "deviceState"),
        "owner": units.get(owner, owner),
        "troubles": troubles(device),
        "heard_at": how.heard_at,
        "online": None if how.online is None else figure(round(100 * how.online, 1)),
        "reliable": how.online is not None and how.online >= _CARE,
        "hours_heard": how.hours_heard,
        "hours": how.hours,
        "battery": share(content(device, "batteryLevel")),
        "key_from": how.key_from,
        "cases": cases.get(device.id, 0),
        "place": place_of(device),
    }


def share(value: Any) -> str:
    """A share between 0 and 1 in percent; "" for none."""
    return f"{figure(round(100 * value))} %" if isinstance(value, int | float) else ""


def troubles(device: Entity) -> list[str]:
    """What is wrong with it now, by the limits of the pack's rules."""
    silence, battery, flooding = (content(device, name) for name in ("silence", "batteryLevel", "flooding"))
    low = limit_of("battery", "battery_low")
    wrong = (
        (_("silent"), isinstance(silence, int | float) and silence >= silent_after()),
        (_("weak battery"), isinstance(battery, int | float) and low is not None and battery < low),
        (_("flooding"), isinstance(flooding, int | float) and flooding > 0),
    )
    return [words for words, holds in wrong if holds]


def open_cases(reader: Reader) -> dict[str, int]:
    """Device → how many maintenance cases are open that the reader may see."""
    found: dict[str, int] = {}
    for row in inbox(reader.guard, Filters(kind=_MAINTENANCE), size=_MOST_CASES).rows:
        found[row.case.entity_ref] = found.get(row.case.entity_ref, 0) + 1
    return found
