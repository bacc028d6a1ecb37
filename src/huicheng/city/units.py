"""Units of measure by UN/CEFACT Recommendation 20 common code, as NGSI-LD's ``unitCode`` has them.

The table gives what each measures, and how much of it in SI units. Every conversion is a line (scale and offset),
worked out once per pair of codes and then applied to numbers or arrays.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import msgspec

from huicheng.errors import Invalid


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One unit of the table."""

    #: UN/CEFACT Recommendation 20 common code.
    code: str
    #: What stands behind a figure.
    symbol: str
    #: Its name in words; empty for what is counted, or has a scale of its own.
    words: str
    #: What it measures: it converts into every unit of the same; empty for what converts into nothing else.
    measures: str
    #: In SI units: ``scale``, or ``scale + offset``, where its zero is another.
    size: str


#: code, symbol, words, what it measures, its size in SI units (exactly, but for π).
#: Source: UNECE Recommendation No. 20, revision 17.
_ROWS = """
C62||dimensionless|number|1
P1|%|percent|number|1/100
59|ppm|ppm|number|1/1000000
61|ppb|nanogram / gram|number|1/1000000000
EA|个|||
IE|人|||
2N|dB|||
DBM|dBm|||
Q30|pH|||
GQ|µg/m³|microgram / meter ** 3|density|1/1000000000
GP|mg/m³|milligram / meter ** 3|density|1/1000000
KMQ|kg/m³|kilogram / meter ** 3|density|1
M1|mg/L|milligram / liter|density|1/1000
GL|g/L|gram / liter|density|1
CEL|°C|degC|temperature|1 + 5463/20
FAH|°F|degF|temperature|5/9 + 45967/180
KEL|K|kelvin|temperature|1
PAL|Pa|pascal|pressure|1
A97|hPa|hectopascal|pressure|100
KPA|kPa|kilopascal|pressure|1000
MPA|MPa|megapascal|pressure|1000000
MBR|mbar|millibar|pressure|100
BAR|bar|bar|pressure|100000
4H|µm|micrometer|length|1/1000000
MMT|mm|millimeter|length|1/1000
H67|mm/h|millimeter / hour|speed|1/3600000
CMT|cm|centimeter|length|1/100
MTR|m|meter|length|1
KMT|km|kilometer|length|1000
INH|in|inch|length|127/5000
FOT|ft|foot|length|381/1250
SMI|mi|mile|length|201168/125
MMK|mm²|millimeter ** 2|area|1/1000000
CMK|cm²|centimeter ** 2|area|1/10000
MTK|m²|meter ** 2|area|1
HAR|hm²|hectare|area|10000
KMK|km²|kilometer ** 2|area|1000000
MLT|mL|milliliter|volume|1/1000000
LTR|L|liter|volume|1/1000
MTQ|m³|meter ** 3|volume|1
L2|L/min|liter / minute|flow|1/60000
G51|L/s|liter / second|flow|1/1000
MQH|m³/h|meter ** 3 / hour|flow|1/3600
MQS|m³/s|meter ** 3 / second|flow|1
E17|ft³/s|foot ** 3 / second|flow|55306341/1953125000
MTS|m/s|meter / second|speed|1
KMH|km/h|kilometer / hour|speed|5/18
KNT|kn|knot|speed|463/900
DD|°|degree|number|0.017453292519943295
C81|rad|radian|number|1
C26|ms|millisecond|time|1/1000
SEC|s|second|time|1
H10|/h|1 / hour|frequency|1/3600
MIN|min|minute|time|60
HUR|h|hour|time|3600
DAY|d|day|time|86400
MGM|mg|milligram|mass|1/1000000
GRM|g|gram|mass|1/1000
KGM|kg|kilogram|mass|1
TNE|t|metric_ton|mass|1000
NEW|N|newton|force|1
JOU|J|joule|energy|1
KJO|kJ|kilojoule|energy|1000
3B|MJ|megajoule|energy|1000000
GV|GJ|gigajoule|energy|1000000000
WHR|W·h|watt_hour|energy|3600
KWH|kW·h|kilowatt_hour|energy|3600000
MWH|MW·h|megawatt_hour|energy|3600000000
WTT|W|watt|power|1
KWT|kW|kilowatt|power|1000
MAW|MW|megawatt|power|1000000
KVA|kVA|kilovolt_ampere|power|1000
KVR|kvar|||
D54|W/m²|watt / meter ** 2|irradiance|1
2Z|mV|millivolt|voltage|1/1000
VLT|V|volt|voltage|1
KVT|kV|kilovolt|voltage|1000
4K|mA|milliampere|current|1/1000
AMP|A|ampere|current|1
OHM|Ω|ohm|resistance|1
HTZ|Hz|hertz|frequency|1
LUX|lx|lux|illuminance|1
LUM|lm|lumen|luminous flux|1
D10|S/m|siemens / meter|conductivity|1
G42|µS/cm|microsiemens / centimeter|conductivity|1/10000
AD|B|byte|number|8
4L|MB|megabyte|number|8000000
E34|GB|gigabyte|number|8000000000
"""

UNITS: dict[str, Unit] = {
    code: Unit(code=code, symbol=symbol, words=words, measures=measures, size=size)
    for code, symbol, words, measures, size in (row.split("|") for row in _ROWS.split("\n") if row)
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
    if not source.measures or source.measures != target.measures:
        return None
    (scale, offset), (wanted, zero) = _in_si(source), _in_si(target)
    return float(scale / wanted), float((offset - zero) / wanted)


def _in_si(unit: Unit) -> tuple[Fraction, Fraction]:
    scale, _, offset = unit.size.partition(" + ")
    return Fraction(scale), Fraction(offset or 0)
