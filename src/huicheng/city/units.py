"""Units of measure by UN/CEFACT Recommendation 20 common code, as NGSI-LD's ``unitCode`` has them.

The table gives each code pint's words for it; pint knows the rest. Every conversion in it is a line
(scale and offset), worked out once per pair of codes and then applied to numbers or arrays.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from huicheng.errors import Invalid

if TYPE_CHECKING:
    import pint


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One unit of the table."""

    #: UN/CEFACT Recommendation 20 common code.
    code: str
    #: What stands behind a figure.
    symbol: str
    #: pint's expression; empty for what converts into nothing else.
    pint: str


#: code, symbol, pint's expression. Source: UNECE Recommendation No. 20, revision 17.
_ROWS = """
C62||dimensionless
P1|%|percent
59|ppm|ppm
61|ppb|nanogram / gram
EA|个|
IE|人|
2N|dB|
DBM|dBm|
Q30|pH|
GQ|µg/m³|microgram / meter ** 3
GP|mg/m³|milligram / meter ** 3
KMQ|kg/m³|kilogram / meter ** 3
M1|mg/L|milligram / liter
GL|g/L|gram / liter
CEL|°C|degC
FAH|°F|degF
KEL|K|kelvin
PAL|Pa|pascal
A97|hPa|hectopascal
KPA|kPa|kilopascal
MPA|MPa|megapascal
MBR|mbar|millibar
BAR|bar|bar
4H|µm|micrometer
MMT|mm|millimeter
H67|mm/h|millimeter / hour
CMT|cm|centimeter
MTR|m|meter
KMT|km|kilometer
INH|in|inch
FOT|ft|foot
SMI|mi|mile
MMK|mm²|millimeter ** 2
CMK|cm²|centimeter ** 2
MTK|m²|meter ** 2
HAR|hm²|hectare
KMK|km²|kilometer ** 2
MLT|mL|milliliter
LTR|L|liter
MTQ|m³|meter ** 3
L2|L/min|liter / minute
G51|L/s|liter / second
MQH|m³/h|meter ** 3 / hour
MQS|m³/s|meter ** 3 / second
E17|ft³/s|foot ** 3 / second
MTS|m/s|meter / second
KMH|km/h|kilometer / hour
KNT|kn|knot
DD|°|degree
C81|rad|radian
C26|ms|millisecond
SEC|s|second
H10|/h|1 / hour
MIN|min|minute
HUR|h|hour
DAY|d|day
MGM|mg|milligram
GRM|g|gram
KGM|kg|kilogram
TNE|t|metric_ton
NEW|N|newton
JOU|J|joule
KJO|kJ|kilojoule
3B|MJ|megajoule
GV|GJ|gigajoule
WHR|W·h|watt_hour
KWH|kW·h|kilowatt_hour
MWH|MW·h|megawatt_hour
WTT|W|watt
KWT|kW|kilowatt
MAW|MW|megawatt
KVA|kVA|kilovolt_ampere
KVR|kvar|
D54|W/m²|watt / meter ** 2
2Z|mV|millivolt
VLT|V|volt
KVT|kV|kilovolt
4K|mA|milliampere
AMP|A|ampere
OHM|Ω|ohm
HTZ|Hz|hertz
LUX|lx|lux
LUM|lm|lumen
D10|S/m|siemens / meter
G42|µS/cm|microsiemens / centimeter
AD|B|byte
4L|MB|megabyte
E34|GB|gigabyte
"""

UNITS: dict[str, Unit] = {
    code: Unit(code=code, symbol=symbol, pint=words)
    for code, symbol, words in (row.split("|") for row in _ROWS.split("\n") if row)
}


def unit(code: str, *, place: str = "") -> Unit:
    """The unit of a common code; ``Invalid`` names a code that the table does not have."""
    try:
        return UNITS[code]
    except (KeyError, TypeError):
        raise Invalid(place=place, why=f"“{code}” is not a known unit code (UN/CEFACT Recommendation 20).") from None


def convert(value: float, source: str, target: str, *, place: str = "") -> float:
    """``value`` in unit ``source`` as unit ``target``; ``Invalid`` when they do not measure the same."""
    scale, offset = line(source, target, place=place)
    return value if (scale, offset) == (1.0, 0.0) else value * scale + offset


def line(source: str, target: str, *, place: str = "") -> tuple[float, float]:
    """Scale and offset of a conversion: ``target = source * scale + offset``; also for numpy arrays."""
    if source == target:
        unit(source, place=place)
        return 1.0, 0.0
    found = _line(unit(source, place=place), unit(target, place=place))
    if found is None:
        raise Invalid(place=place, why=f"A value in “{source}” cannot be given in “{target}”.")
    return found


@lru_cache(maxsize=1024)
def _line(source: Unit, target: Unit) -> tuple[float, float] | None:
    import pint  # noqa: PLC0415 - a third of a second that no start needs

    if not source.pint or not target.pint:
        return None
    registry = _registry()
    try:
        at = [registry.Quantity(x, source.pint).to(target.pint).magnitude for x in (0.0, 1000.0)]
    except pint.DimensionalityError:
        return None
    return float(f"{(at[1] - at[0]) / 1000:.12g}"), float(f"{at[0]:.12g}")


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[float]:
    import pint  # noqa: PLC0415 - see above

    return pint.UnitRegistry(cache_folder=None)
