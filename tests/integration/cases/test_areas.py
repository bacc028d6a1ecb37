"""A place lies in a cell, a responsibility grid and a community, once the district has drawn them (W4.1)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from people import Town

from huicheng.cases.areas import NOWHERE, areas_of
from huicheng.cases.engine import PLATFORM, Filing, open_case
from huicheng.cases.models import Responsibility
from huicheng.ingest import Ingest, Job, ingest_history
from huicheng.packs import entity_types

HEAD = "BGCode\tBGName\tBGKind\tDivisionCode\tOutline\tCHDate\n"
CELL, NET, COMMUNITY = "52060200200101", "ZR-07", "520602002001"


def square(west: float, south: float, side: float = 0.01) -> str:
    ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


@pytest.fixture
def drawn(town: Town, tmp_path: Path) -> Town:
    """A town with one cell, and a responsibility grid over its western half and what lies west of it."""
    rows = (
        (CELL, "格一", "单元网格", COMMUNITY, square(109.19, 27.72)),
        (NET, "责任七", "责任网格", "", square(109.185, 27.72)),
    )
    file = tmp_path / "cells.tsv"
    lines = ("\t".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in (*row, "2026-01-01")) for row in rows)
    file.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    asyncio.run(_bring_in(town, file))
    return town


async def _bring_in(town: Town, file: Path) -> None:
    [pack] = [pack for pack in town.platform.packs if pack.id == "city"]
    way_in = Ingest(town.platform.store, entity_types(town.platform.packs))
    job = Job(way_in, "city/grid-cells", pack.sources["grid-cells"], town.data)
    [summary] = await ingest_history(job, [file])
    assert (summary.progress.accepted, summary.progress.rejected) == (2, 0)


def event(place: tuple[float, float], **more: Any) -> Any:
    filing = Filing(kind="environment/event", category="smoke", source="portal", title="烟", place=place, **more)
    return open_case(filing, PLATFORM)


@pytest.mark.parametrize(
    ("place", "grid", "net", "division"),
    [
        ((109.192, 27.725), CELL, NET, COMMUNITY),
        ((109.198, 27.725), CELL, "", COMMUNITY),
        ((109.187, 27.725), "", NET, ""),
        ((109.3, 27.725), "", "", ""),
    ],
)
def test_a_place_is_found_in_what_is_drawn_over_it(
    drawn: Town, place: tuple[float, float], grid: str, net: str, division: str
) -> None:
    assert drawn.platform.grid is None
    found = areas_of(place)
    assert (found.grid, found.net, found.division) == (grid, net, division)


def test_a_case_has_cell_and_community_of_its_place_unless_somebody_said_another(drawn: Town) -> None:
    assert drawn
    case = event((109.192, 27.725))
    assert (case.grid, case.division) == (CELL, COMMUNITY)
    assert event((109.192, 27.725), division="520602003001").division == "520602003001"


def test_a_row_of_a_responsibility_grid_holds_in_its_outline_only(drawn: Town) -> None:
    assert drawn
    Responsibility.objects.create(unit="ucm", kind="city/event", net=NET, source="test")
    Responsibility.objects.create(unit="dsb", kind="city/event", net="ZR-08", source="test")
    filing = Filing(kind="city/event", category="exposed-waste", source="portal", title="垃圾", place=(109.187, 27.725))
    assert open_case(filing, PLATFORM).owner_unit == "ucm"


def test_without_a_place_nothing_is_known(drawn: Town) -> None:
    assert drawn
    assert areas_of(None) == NOWHERE
