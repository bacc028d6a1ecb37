"""Units of measure by UN/CEFACT Recommendation 20 common code, as NGSI-LD's ``unitCode`` has them.

The table gives each code pint's words for it and what it measures; pint knows the rest. Every conversion in it is a
line (scale and offset), worked out once per pair of codes and then applied to numbers or arrays.
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
    #: It converts into every unit of the same; empty for what converts into nothing else.
    measures: str


#: code, symbol, pint's expression, what it measures. Source: UNECE Recommendation No. 20, revision 17.
_ROWS = """
C62||dimensionless|number
P1|%|percent|number
59|ppm|ppm|number
61|ppb|nanogram / gram|number
EA|个||
IE|人||
2N|dB||
DBM|dBm||
Q30|pH||
GQ|µg/m³|microgram / meter ** 3|density
GP|mg/m³|milligram / meter ** 3|density
KMQ|kg/m³|kilogram / meter ** 3|density
M1|mg/L|milligram / liter|density
GL|g/L|gram / liter|density
CEL|°C|degC|temperature
FAH|°F|degF|temperature
KEL|K|kelvin|temperature
PAL|Pa|pascal|pressure
A97|hPa|hectopascal|pressure
KPA|kPa|kilopascal|pressure
MPA|MPa|megapascal|pressure
MBR|mbar|millibar|pressure
BAR|bar|bar|pressure
4H|µm|micrometer|length
MMT|mm|millimeter|length
H67|mm/h|millimeter / hour|speed
CMT|cm|centimeter|length
MTR|m|meter|length
KMT|km|kilometer|length
INH|in|inch|length
FOT|ft|foot|length
SMI|mi|mile|length
MMK|mm²|millimeter ** 2|area
CMK|cm²|centimeter ** 2|area
MTK|m²|meter ** 2|area
HAR|hm²|hectare|area
KMK|km²|kilometer ** 2|area
MLT|mL|milliliter|volume
LTR|L|liter|volume
MTQ|m³|meter ** 3|volume
L2|L/min|liter / minute|flow
G51|L/s|liter / second|flow
MQH|m³/h|meter ** 3 / hour|flow
MQS|m³/s|meter ** 3 / second|flow
E17|ft³/s|foot ** 3 / second|flow
MTS|m/s|meter / second|speed
KMH|km/h|kilometer / hour|speed
KNT|kn|knot|speed
DD|°|degree|number
C81|rad|radian|number
C26|ms|millisecond|time
SEC|s|second|time
H10|/h|1 / hour|frequency
MIN|min|minute|time
HUR|h|hour|time
DAY|d|day|time
MGM|mg|milligram|mass
GRM|g|gram|mass
KGM|kg|kilogram|mass
TNE|t|metric_ton|mass
NEW|N|newton|force
JOU|J|joule|energy
KJO|kJ|kilojoule|energy
3B|MJ|megajoule|energy
GV|GJ|gigajoule|energy
WHR|W·h|watt_hour|energy
KWH|kW·h|kilowatt_hour|energy
MWH|MW·h|megawatt_hour|energy
WTT|W|watt|power
KWT|kW|kilowatt|power
MAW|MW|megawatt|power
KVA|kVA|kilovolt_ampere|power
KVR|kvar||
D54|W/m²|watt / meter ** 2|irradiance
2Z|mV|millivolt|voltage
VLT|V|volt|voltage
KVT|kV|kilovolt|voltage
4K|mA|milliampere|current
AMP|A|ampere|current
OHM|Ω|ohm|resistance
HTZ|Hz|hertz|frequency
LUX|lx|lux|illuminance
LUM|lm|lumen|luminous flux
D10|S/m|siemens / meter|conductivity
G42|µS/cm|microsiemens / centimeter|conductivity
AD|B|byte|number
4L|MB|megabyte|number
E34|GB|gigabyte|number
"""

UNITS: dict[str, Unit] = {
    code: Unit(code=code, symbol=symbol, pint=words, measures=measures)
    for code, symbol, words, measures in (row.split("|") for row in _ROWS.split("\n") if row)
}


def unit(code: str, *, place: str = "") -> Unit:
    """The unit of a common code; ``Invalid`` names a code that the table does not have."""
    try:
        return UNITS[code]
    except (KeyError, TypeError):
        raise Invalid(
            place=place, why="“%(code)s” is not a known unit code (UN/CEFACT Recommendation 20).", code=code
        ) from None


def convert(value: float, source: str, target: str, *, place: str = "") -> float:
    """``value`` in unit ``source`` as unit ``target``; ``Invalid`` when they do not measure the same."""
    scale, offset = line(source, target, place=place)
    return value if (scale, offset) == (1.0, 0.0) else value * scale + offset


def line(source: str, target: str, *, place: str = "") -> tuple[float, float]:
    """Scale and offset of a conversion: ``target = source * scale + offset``; also for numpy arrays."""
    if source == target:
        unit(source, place=place)
        return 1.0, 0.0
    comparable(source, target, place=place)
    return _line(UNITS[source], UNITS[target])


def comparable(source: str, target: str, *, place: str = "") -> None:
    """``Invalid`` unless both measure the same: what checks of packs ask, before anything is converted."""
    known, wanted = unit(source, place=place), unit(target, place=place)
    if known != wanted and (not known.measures or known.measures != wanted.measures):
        raise Invalid(
            place=place, why="A value in “%(source)s” cannot be given in “%(target)s”.", source=source, target=target
        )


@lru_cache(maxsize=1024)
def _line(source: Unit, target: Unit) -> tuple[float, float]:
    registry = _registry()
    at = [registry.Quantity(x, source.pint).to(target.pint).magnitude for x in (0.0, 1000.0)]
    return float(f"{(at[1] - at[0]) / 1000:.12g}"), float(f"{at[0]:.12g}")


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[float]:
    import pint  # noqa: PLC0415 - half a second that only what is delivered in another unit needs

    return pint.UnitRegistry(cache_folder=None)
