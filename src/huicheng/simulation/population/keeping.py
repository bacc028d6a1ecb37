"""The population as Parquet, for later packs; and the part of it that is public, as entities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import msgspec
import numpy as np

from huicheng.errors import NotFound
from huicheng.simulation.model import Thing, point
from huicheng.simulation.population.people import Building, Enterprise, Household, Population, Resident

Record = TypeVar("Record", Building, Household, Resident, Enterprise)

#: Table → what its rows are.
_TABLES: dict[str, Any] = {
    "buildings": Building,
    "households": Household,
    "residents": Resident,
    "enterprises": Enterprise,
}


def write_population(population: Population, folder: Path) -> None:
    """One Parquet file a table, for the owner's eyes only; the last is written last, and stands for the whole."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in _TABLES:
        _write(getattr(population, name), folder / f"{name}.parquet")


def _write(records: Sequence[Any], target: Path) -> None:
    rows = {  # noqa: F841 - DuckDB finds it by this name
        name: np.array([getattr(one, name) for one in records]) for name in records[0].__struct_fields__
    }
    part = target.with_suffix(".new")
    with duckdb.connect() as connection:
        connection.table("rows").write_parquet(str(part))
    part.chmod(0o600)
    part.replace(target)


def is_written(folder: Path) -> bool:
    """Whether :func:`write_population` has finished there."""
    return all((folder / f"{name}.parquet").is_file() for name in _TABLES)


def read_population(folder: Path) -> Population:
    """What :func:`write_population` has written: the face for packs that need people; ``NotFound``."""
    if not is_written(folder):
        raise NotFound(place=str(folder), what="population", key=folder.name)
    return Population(**{name: tuple(_read(folder / f"{name}.parquet", kind)) for name, kind in _TABLES.items()})


def _read(file: Path, kind: type[Record]) -> Iterator[Record]:
    with duckdb.connect() as connection:
        found = connection.read_parquet(str(file))
        names = found.columns
        for row in found.fetchall():
            yield msgspec.convert(dict(zip(names, row, strict=True)), kind, strict=False)


def public_things(population: Population) -> list[Thing]:
    """Buildings and organisations as entities. Nothing of a person is among it but how many work somewhere."""
    places = {one.id: (one.longitude, one.latitude) for one in population.buildings}
    employed = Counter(one.employer for one in population.residents)
    return [
        *map(_building, population.buildings),
        *(_organisation(one, places[one.building], employed[one.id]) for one in population.enterprises),
    ]


def _building(one: Building) -> Thing:
    return Thing(
        id=_urn("Building", one.id),
        type="Building",
        name={"zh-hans": one.name, "en": f"Building {one.id} (simulated)"},
        location=point((one.longitude, one.latitude)),
        facts={
            "address": (one.address, ""),
            "category": (one.category, ""),
            "floorsAboveGround": (one.floors, "C62"),
            "division": (one.division, ""),
            "gridCode": (one.grid, ""),
        },
    )


def _organisation(one: Enterprise, place: tuple[float, float], employed: int) -> Thing:
    return Thing(
        id=_urn("Organization", one.id),
        type="Organization",
        name={"zh-hans": one.name, "en": f"Enterprise {one.id} (simulated)"},
        location=point(place),
        facts={
            "creditCode": (one.credit, ""),
            "industry": (one.industry, ""),
            "foundingDate": (one.founded.isoformat(), ""),
            "numberOfEmployees": (employed, "C62"),
        },
        references={"refBuilding": _urn("Building", one.building)},
    )


def _urn(kind: str, key: str) -> str:
    return f"urn:ngsi-ld:{kind}:sim-{key}"
