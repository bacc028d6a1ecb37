"""A faulty pack does not start: each fault has file, line and remedy (N5)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from huicheng.access import SUBJECT_NAMES
from huicheng.accounts.roles import ROLES
from huicheng.cli import main
from huicheng.packs import Draft, Fault, PackFaults, built_in, read_packs, survey
from huicheng.packs.checks import contracts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of two of the built-in packs, to be spoilt."""
    for pack in ("platform", "environment"):
        shutil.copytree(built_in() / pack, tmp_path / pack)
    return tmp_path


def spoil(folder: Path, file: str, old: str, new: str) -> int:
    """Exchange a piece of a file where it first stands; the line on which it does."""
    path = folder / "environment" / file
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} does not stand in {file}"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_built_in_packs_have_no_fault_and_required_ones_come_first() -> None:
    ids = [pack.id for pack in read_packs()]
    assert ids[0] == "platform"
    assert {"city", "environment", "supervision"} < set(ids)
    assert read_packs(built_in()) == read_packs()


#: File, what is exchanged for what, what the fault says, and how many lines below it is told.
SPOILT = [
    ("pack.yaml", "version: 0.1.0", "version: 0.1.0\nvresion: 1", "no key “vresion”", 1),
    ("pack.yaml", "version: 0.1.0", "version: 1", "is not a text", 0),
    ("pack.yaml", "owner_unit: eeb", "owner_unit: eb", "no unit “eb”", 0),
    ("pack.yaml", "[platform]", "[platfrom]", "no pack “platfrom”", 0),
    ("pack.yaml", "id: environment", "id: air", "not the folder's name", 0),
    ("pack.yaml", "  translated: done", "  translated: nearly", "no state of a rung", 0),
    ("pack.yaml", "  translated: done", '  translated: "exempt:"', "needs its reason", 0),
    ("pack.yaml", "  translated: done", "  translated: done\n  polished: done", "no rung “polished”", 1),
    ("entities.yaml", "unit: GP", "unit: PG", "“PG” is not a known unit code", 0),
    ("entities.yaml", "maximum: 1200", "maximum: 12", "minimum is above", 0),
    ("entities.yaml", "kind: geometry", "kind: geometri", "“geometri” is none of the words", 0),
    ("entities.yaml", "kind: geometry", "kind: geometry, unit: MTR", "Only a number has a unit", 0),
    ("entities.yaml", ", en: Wind speed", "", "no “en”", 0),
    ("sources.yaml", "attribute: pm10", "attribute: pm11", "no attribute “pm11”", 0),
    ("sources.yaml", "temperature, unit: CEL", "temperature, unit: GQ", "cannot be given", 0),
    ("sources.yaml", "Asia/Shanghai", "Asia/Bijiang", "not a time zone", 0),
    ("sources.yaml", "    PM2.5:", "    SO2: {attribute: so2}\n    PM2.5:", "stands here twice", 3),
    (
        "rules.yaml",
        "- value: 300\n        unit: GQ",
        "- value: 300\n        unit: GP",
        "what the rule reads is in “GQ”",
        1,
    ),
    ("rules.yaml", "fires: pm25 > hourly_limit", "fires: pm52 > hourly_limit", "no name “pm52”", 0),
    ("rules.yaml", "fires: pm25 > hourly_limit", "fires: pm25 + hourly_limit", "true or false is needed", 0),
    ("rules.yaml", "fires: pm25 > hourly_limit", "fires: pm25 > (SELECT 1)", "may not stand", 0),
    ("rules.yaml", "missing_after: PT6H", "missing_after: 6h", "not a duration", 0),
    ("rules.yaml", "attributes: [pm25]", "attributes: [pm2]", "no attribute “pm2”", 0),
    ("rules.yaml", "kind: arrival", "kind: arriving", "must say which", 0),
    ("rules.yaml", "category: pm25-hourly", "category: pm25-hour", "no category “pm25-hour”", 0),
    ("rules.yaml", "{pm25} µg/m³，高于", "{pm26} µg/m³，高于", "no name “pm26”", 0),
    ("rules.yaml", "WHEN iaqi > 300 THEN 'extreme'", "WHEN iaqi > 300 THEN 'worst'", "no severity “worst”", -1),
    ("rules.yaml", "[35, 50], [75, 100]", "[75, 100], [35, 50]", "first numbers rise", 0),
    ("rules.yaml", "piecewise(value, iaqi_pm25)", "piecewise(value, iaqi)", "no table “iaqi”", 0),
    ("rules.yaml", "valid_until: 2031-01-01", "valid_until: 2032-01-01", "still holds on this day", 7),
    ("rules.yaml", "valid_until: 2031-01-01", "valid_until: 2031-13-01", "is not a date", 0),
    ("rules.yaml", "value: 300", "value: many", "is not a number", 0),
    ("cases.yaml", "initial: pending", "initial: pendnig", "no state “pendnig”", 0),
    ("cases.yaml", "to: closed", "to: handling", "No case ever reaches “closed”", None),
    (
        "cases.yaml",
        "final: true\n      clock: stopped\n  transitions",
        "clock: stopped\n  transitions",
        "From “refused”",
        -4,
    ),
    ("cases.yaml", "from: [handling]\n      to: pending", "from: [closed]\n      to: pending", "is final, but", None),
    ("cases.yaml", "en: Noise}\n", "en: Noise}\n      owner: ucm\n", "no key “owner”", 1),
    ("cases.yaml", "inTime, source,", "inTime, phone,", "no attribute of Case “phone”", 0),
    ("cases.yaml", "inTime, source,", "inTime, reporter,", "“reporter” is personal", 0),
    ("cases.yaml", "[handle]\n      primary", "[handled]\n      primary", "no action “handled”", 0),
    ("contracts.yaml", "[case.pass, case.rework]", "[case.pass]", "Nobody may rework", None),
    ("contracts.yaml", 'grantees: ["role:verifier"]', 'grantees: ["role:verifyer"]', "no role “verifyer”", 0),
    ("contracts.yaml", 'grantees: ["role:verifier"]', "grantees: [everybody]", "“everybody” is nobody", 0),
    ("contracts.yaml", "openedAt, closedAt, division]", "openedAt, phone]", "no attribute “phone”", 0),
    ("contracts.yaml", "category = 'environment'", "category = 5", "a text is needed", 0),
    ("contracts.yaml", "resource: KeyPerformanceIndicator", "resource: Indicator", "no resource “Indicator”", 0),
    ("indicators.yaml", "dueAt >= period_start", "dueAt >= 5", "a time is needed", None),
    ("indicators.yaml", "version: 1", "version: 2", "Versions count", 0),
    ("screens.yaml", "warning: pm25 > daily_limit", "warning: pm25 > daily", "no name “daily”", 0),
    ("screens.yaml", "figure: pm25", "figure: pm", "no attribute “pm”", 0),
    ("screens.yaml", "indicators: [closed-in-time]", "indicators: [closed]", "no indicator “closed”", 0),
    ("demo.yaml", "code: eeb, parent: gov", "code: eeb, parent: gvo", "no unit “gvo”", 0),
    ("demo.yaml", "code: eeb, parent: gov", "code: eeb, parent: eeb", "“eeb” reports to itself", 0),
    ("demo.yaml", "entities:", "responsibilities: [{unit: eb, source: x}]\nentities:", "no unit “eb”", 0),
    (
        "demo.yaml",
        "entities:",
        "responsibilities: [{unit: eeb, category: x, source: x}]\nentities:",
        "no category “x”",
        0,
    ),
    ("demo.yaml", "entities:", "responsibilities: [{unit: eeb, group: x, source: x}]\nentities:", "categories “x”", 0),
    ("demo.yaml", "entities:", "responsibilities: [{unit: eeb, area: x, source: x}]\nentities:", "begin a code", 0),
    ("demo.yaml", "entities:", "files: [{source: air-hourly, file: ../x.csv}]\nentities:", "has no file", 0),
    ("demo.yaml", "entities:", "files: [{source: air, file: demo.yaml}]\nentities:", "no source “air”", 0),
    (
        "entities.yaml",
        "en: Station name}, kind: text",
        "en: Station name}, kind: text, pattern: 'a*'",
        "may not stand",
        0,
    ),
    ("entities.yaml", "kind: geometry", "kind: geometry, pattern: 'a'", "Only a text has a form", 0),
    ("demo.yaml", "[109.05, 27.7]", "[27.7, 109.05]", "no place on the earth", 0),
    ("demo.yaml", "AirQualityObserved:Wanliu", "AirQualityObserved:Shunyi", "not an id of its own", 0),
    ("tests/pm25-hourly.yaml", "shows: missing", "shows: negative", "no test of pm25-hourly (missing)", None),
    ("tests/pm25-hourly.yaml", "status: no-data", "status: gone", "“gone” is none of the words", 0),
]


@pytest.mark.parametrize("row", SPOILT, ids=[f"{row[0]}: {row[3]}" for row in SPOILT])
def test_each_fault_is_told_with_its_line(folder: Path, row: tuple[str, str, str, str, int | None]) -> None:
    file, old, new, says, below = row
    line = spoil(folder, file, old, new)
    _, faults = survey(folder)
    told = [fault for fault in faults if says in fault.problem]
    assert told, faults
    assert all(fault.remedy for fault in faults)
    if below is not None:
        assert (str(folder / "environment" / file), line + below) in {(fault.file, fault.line) for fault in told}


def test_every_fault_is_told_at_once(folder: Path) -> None:
    spoil(folder, "entities.yaml", "maximum: 1200", "maximum: 12")
    spoil(folder, "rules.yaml", "missing_after: PT6H", "missing_after: 6h")
    spoil(folder, "screens.yaml", "figure: pm25", "figure: pm")
    with pytest.raises(PackFaults) as refused:
        read_packs(folder)
    assert len(refused.value.faults) == 3


@pytest.mark.parametrize(
    "text",
    ["a: [", "a: !!python/object:os.system x", "a: &x 1\nb: *x", "- a\n- b", "", "\t", "? [x]\n: 1", "--- 1\n--- 2"],
)
def test_a_file_that_is_not_a_plain_table_is_a_fault(folder: Path, text: str) -> None:
    (folder / "environment" / "pack.yaml").write_text(text, "utf-8")
    assert survey(folder)[1]


def test_a_file_that_no_pack_has_is_a_fault(folder: Path) -> None:
    (folder / "environment" / "rule.yaml").write_text("a: 1", "utf-8")
    assert "no file “rule.yaml”" in str(survey(folder)[1][0])


def test_packs_that_require_each_other_are_a_fault(folder: Path) -> None:
    path = folder / "platform" / "pack.yaml"
    path.write_text(path.read_text("utf-8").replace("requires: []", "requires: [environment]"), "utf-8")
    assert any("requires this pack" in fault.problem for fault in survey(folder)[1])


def test_a_type_that_two_packs_declare_is_a_fault(folder: Path) -> None:
    (folder / "platform" / "entities.yaml").write_text(
        (folder / "environment" / "entities.yaml").read_text("utf-8"), "utf-8"
    )
    assert any("is declared in the pack" in fault.problem for fault in survey(folder)[1])


def test_a_folder_without_a_pack_is_a_fault(tmp_path: Path) -> None:
    assert "no pack.yaml" in survey(tmp_path / "nothing")[1][0].problem


def test_rooms_hand_in_checks_of_their_own(folder: Path) -> None:
    def never(draft: Draft, _: object) -> list[Fault]:
        return [draft.fault("cases.yaml", ("event",), "No such machine.", "Use another.")] if draft.pack.kinds else []

    assert {fault.problem for fault in survey(folder, [never])[1]} == {"No such machine."}


def test_the_command_prints_each_fault_and_fails(folder: Path) -> None:
    line = spoil(folder, "rules.yaml", "missing_after: PT6H", "missing_after: 6h")
    answer = CliRunner().invoke(main, ["packs", "check", str(folder)])
    assert answer.exit_code == 1
    assert f"{folder / 'environment' / 'rules.yaml'}:{line}: “6h” is not a duration. — Write it as" in answer.output


def test_the_command_prints_the_ladder_and_the_state_table(folder: Path) -> None:
    answer = CliRunner().invoke(main, ["packs", "check", "--diagram", str(folder / "environment")])
    assert answer.exit_code == 0
    assert "environment 0.1.0" in answer.output
    assert "platform 0.1.0" not in answer.output
    assert "checking --> closed" in answer.output


def test_a_pack_may_grant_to_exactly_the_roles_that_there_are() -> None:
    assert set(contracts.ROLES) == set(ROLES)


def test_a_pack_knows_the_subject_by_the_names_that_access_binds() -> None:
    assert contracts.SUBJECT_NAMES == SUBJECT_NAMES
