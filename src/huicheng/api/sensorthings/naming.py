"""What packs and the table of units say, in the words of SensorThings."""

from __future__ import annotations

from collections.abc import Mapping

from huicheng.city import UNITS
from huicheng.packs import EntityType
from huicheng.stores import sensing

_OBSERVED = frozenset({"number", "boolean", "text"})
#: Definitions of UCUM by UN/CEFACT code are kept by no register with stable addresses; the code list is.
_DEFINITION = "https://unece.org/trade/uncefact/cl-recommendations#rec20-{code}"


def naming_of(types: Mapping[str, EntityType]) -> sensing.Naming:
    """Of every declared attribute that can have a course."""
    return sensing.Naming(
        units={code: _unit(code) for code in UNITS},
        attributes={kind: _attributes(declared) for kind, declared in types.items()},
        personal={
            kind: hidden
            for kind, declared in types.items()
            if (hidden := frozenset(name for name, one in declared.attributes.items() if one.personal))
        },
    )


def _attributes(declared: EntityType) -> dict[str, dict[str, str]]:
    return {
        name: {"description": f"{one.name['zh-hans']} / {one.name['en']}"}
        for name, one in declared.attributes.items()
        if one.kind in _OBSERVED and not one.personal
    }


def _unit(code: str) -> dict[str, str]:
    unit = UNITS[code]
    return {"name": unit.pint or code, "symbol": unit.symbol, "definition": _DEFINITION.format(code=code)}
