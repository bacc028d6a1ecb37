"""City parts come in by a file, are found at the desk, and a case about one goes to who maintains it (W4.1)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from desk_visitors import Visit
from people import Town

from huicheng.cases.engine import PLATFORM, Filing, open_case
from huicheng.ingest import Ingest, Job, Summary, ingest_history
from huicheng.packs import entity_types

LAMP = "5206020108000001"
HEADER = (
    "ObjID,ObjName,DeptCode1,DeptName1,DeptCode2,DeptName2,DeptCode3,DeptName3,BGID,ObjState,ORDate,CHDate,"
    "DataSource,Note,LocateDSC,Location,Material"
)
BODIES = "ucm,综合执法局,ucm,综合执法局,sz,市政设施所"


def row(id: str, state: str = "完好", day: str = "2024-03-01", grid: str = "52060200200101", name: str = "路灯") -> str:
    return f'{id},{name},{BODIES},{grid},{state},2019-05-01,{day},实测,示例,=锦江北路12号,"109.19,27.72",钢'


@pytest.fixture
def survey(town: Town, tmp_path: Path) -> object:
    """``survey(row, …)``: the rows as a file of the source ``city/parts``, brought in."""

    def bring_in(*rows: str) -> Summary:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.csv"
        file.write_text("\n".join([HEADER, *rows]), "utf-8")
        [pack] = [pack for pack in town.platform.packs if pack.id == "city"]
        way_in = Ingest(town.platform.store, entity_types(town.platform.packs))
        job = Job(way_in, "city/parts", pack.sources["parts"], town.data)
        [summary] = asyncio.run(ingest_history(job, [file]))
        return summary

    return bring_in


def test_a_survey_comes_in_and_what_is_wrong_is_listed_with_line_and_remedy(town: Town, survey: object) -> None:
    assert callable(survey)
    bad = [
        row("520602010800002"),
        row("5206029908000003"),
        row("5206020108000004", grid="5206020"),
        row("5206020108000005", state="坏"),
    ]
    summary = survey(row(LAMP), *bad)
    assert (summary.progress.accepted, summary.progress.rejected) == (1, 4)
    listed = summary.rejects.read_text("utf-8-sig")
    for said in (
        "“520602010800002” does not have the form",
        r"\d{16}",
        "“9908” is not in the code list",
        r"\d{14}|\d{16}",
        "“坏” is not in the source's value table",
    ):
        assert said in listed
    part = town.store.get(f"urn:ngsi-ld:CityPart:{LAMP}")
    assert part is not None
    assert part.entity.attributes["classCode"].value == "0108"  # type: ignore[union-attr]  # one instance


def test_parts_are_found_by_identifier_class_state_grid_and_words(town: Town, visit: Visit, survey: object) -> None:
    assert callable(survey)
    survey(
        row(LAMP),
        row("5206020108000002", state="破损", grid="52060200300102"),
        row("5206020302000001", name="垃圾箱", grid="5206020020010199"),
    )
    officer = visit(town.account("handler", "ucm"))
    everything = officer.get("/desk/parts/").content.decode()
    assert everything.count('class="code"') == 3
    for query, found in (
        ("q=5206020302", {"5206020302000001"}),
        ("q=垃圾", {"5206020302000001"}),
        ("q=%25", {LAMP, "5206020108000002", "5206020302000001"}),
        ("class=0108", {LAMP, "5206020108000002"}),
        ("class=0108&state=damaged", {"5206020108000002"}),
        ("grid=520602002", {LAMP, "5206020302000001"}),
        ("grid=x' OR '1'='1", set()),
        ("page=2", set()),
    ):
        page = officer.get(f"/desk/parts/?{query}").content.decode()
        known = {LAMP, "5206020108000002", "5206020302000001"}
        assert {key for key in known if key in page} == found, query


def test_the_list_is_a_table_for_other_programs_and_no_cell_is_a_formula(
    town: Town, visit: Visit, survey: object
) -> None:
    assert callable(survey)
    survey(row(LAMP), row("5206020302000001", name="垃圾箱"))
    answer = visit(town.account("steward", "dsb")).get("/desk/parts/parts.csv?class=0108")
    text = b"".join(answer).decode("utf-8-sig")  # type: ignore[arg-type]  # a streaming answer gives bytes
    assert len(text.splitlines()) == 2
    assert LAMP in text
    assert "'=锦江北路12号" in text


def test_a_part_shows_its_record_who_is_behind_it_its_life_and_its_cases(
    town: Town, visit: Visit, survey: object
) -> None:
    assert callable(survey)
    survey(row(LAMP), row(LAMP, state="破损", day="2025-07-01"), row(LAMP, day="2025-08-01"))
    about = Filing(
        kind="city/part",
        category="streetlight",
        source="desk",
        title="路灯不亮",
        entity_ref=f"urn:ngsi-ld:CityPart:{LAMP}",
    )
    case = open_case(about, PLATFORM)
    assert case.owner_unit == "sz"
    page = visit(town.account("dispatcher", "oc")).get(f"/desk/parts/{LAMP}/").content.decode()
    for said in ("市政设施所", "Street lamp", "52060200200101", case.number, "109.190000, 27.720000"):
        assert said in page
    assert page.index("<del>Damaged</del> <ins>Intact</ins>") < page.index("<del>Intact</del> <ins>Damaged</ins>")
    assert f"entity=urn%3Angsi-ld%3ACityPart%3A{LAMP}" in page
    assert "category=streetlight" in page


def test_the_registry_is_for_officers(town: Town, visit: Visit, survey: object) -> None:
    assert callable(survey)
    survey(row(LAMP))
    for address in ("/desk/parts/", f"/desk/parts/{LAMP}/", "/desk/parts/parts.csv"):
        assert visit(town.account("citizen")).get(address).status_code == 403
        assert visit().get(address).status_code == 302
    assert visit(town.account("handler", "ucm")).get("/desk/parts/nothing/").status_code == 404
