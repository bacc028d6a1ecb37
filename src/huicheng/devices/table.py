"""The register as a table: rows of CSV become entities, and what is wrong is told by line (W1.1)."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping

from huicheng.city import Attribute, Attributes, Entity
from huicheng.errors import Invalid
from huicheng.stores import device_name, device_urn

DEVICE = "Device"
#: Column → attribute.
TEXTS = {
    "name": "name",
    "category": "category",
    "model": "modelName",
    "serial": "serialNumber",
    "provider": "provider",
    "owner": "ownerCode",
    "maintainer": "maintainerCode",
    "state": "deviceState",
    "address": "address",
}
#: Columns with several values in a cell: ``airPollution;temperature``.
LISTS = {"property": "controlledProperty"}
REFERENCES = {"gateway": ("refGateway", "urn:ngsi-ld:Device:"), "network": ("refNetwork", "urn:ngsi-ld:Network:")}
#: All columns, in the order in which a table is written.
COLUMNS = ("id", *TEXTS, *LISTS, *REFERENCES, "longitude", "latitude")
BETWEEN = ";"
#: Rows of one table.
MOST_ROWS = 20_000


def read_table(lines: Iterable[str]) -> list[Entity]:
    """Devices of a CSV table with a header; ``Invalid`` with the first line that is wrong, and then none is taken."""
    reader = csv.DictReader(line.lstrip("\ufeff") for line in lines)
    header = list(reader.fieldnames or ())
    if "id" not in header or set(header) - set(COLUMNS):
        raise Invalid(
            place="1",
            why="The header must have id and may have %(others)s; it has %(header)s.",
            others=", ".join(COLUMNS[1:]),
            header=", ".join(header),
        )
    found = list(_read(reader))
    if len({one.id for one in found}) < len(found):
        raise Invalid(place="id", why="One id stands there twice.")
    return found


def _read(reader: csv.DictReader[str]) -> Iterator[Entity]:
    for number, row in enumerate(reader, 2):
        if number > MOST_ROWS + 1:
            raise Invalid(place=str(number), why="The table has more than %(most)s rows; divide it.", most=MOST_ROWS)
        if None in row or None in row.values():
            raise Invalid(place=str(number), why="The row has another number of cells than the header.")
        try:
            yield device_of({name: cell.strip() for name, cell in row.items()})
        except Invalid as fault:
            raise Invalid(place=f"{number}: {fault.place}", **fault.details) from fault


def device_of(cells: Mapping[str, str]) -> Entity:
    """One row, or one filled-in form; empty cells say nothing. ``Invalid``."""
    attributes: Attributes = {
        name: Attribute(type="Property", value=cells[column]) for column, name in TEXTS.items() if cells.get(column)
    }
    for column, name in LISTS.items():
        values = [one.strip() for one in cells.get(column, "").split(BETWEEN)]
        if any(values):
            attributes[name] = Attribute(type="Property", value=[one for one in values if one])
    for column, (name, prefix) in REFERENCES.items():
        if cells.get(column):
            attributes[name] = Attribute(type="Relationship", object=_urn(cells[column], prefix))
    if cells.get("longitude") or cells.get("latitude"):
        attributes["location"] = Attribute(type="GeoProperty", value=_point(cells))
    urn = _urn(cells.get("id", ""), device_urn(""))
    device_name(urn)
    return Entity(id=urn, type=DEVICE, attributes=attributes)


def cell_of(value: object) -> str:
    """An attribute as a cell of the table."""
    return BETWEEN.join(map(str, value)) if isinstance(value, list) else str(value)


def _urn(text: str, prefix: str) -> str:
    return text if text.startswith("urn:") else prefix + text


def _point(cells: Mapping[str, str]) -> dict[str, object]:
    try:
        place = [float(cells.get("longitude", "")), float(cells.get("latitude", ""))]
    except ValueError:
        place = []
    if not place or not all(map(math.isfinite, place)):
        raise Invalid(place="longitude, latitude", why="A place is two numbers.")
    return {"type": "Point", "coordinates": place}
