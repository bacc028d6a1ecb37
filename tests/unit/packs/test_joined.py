"""A file of a pack written as several, and things that are like another: one table, whose faults name their file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from huicheng.packs import Fault, Pack, built_in, read_packs, survey


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for pack in ("platform", "environment", "city"):
        shutil.copytree(built_in() / pack, tmp_path / pack)
    return tmp_path


def faults(folder: Path) -> list[Fault]:
    return list(survey(folder)[1])


def city(folder: Path) -> Pack:
    return next(pack for pack in read_packs(folder) if pack.id == "city")


def test_a_folder_beside_the_file_is_one_table_with_it(folder: Path) -> None:
    whole = folder / "environment" / "cases.yaml"
    (folder / "environment" / "cases").mkdir()
    before = read_packs(folder)
    shutil.move(whole, folder / "environment" / "cases" / "event.yaml")
    assert [pack.kinds for pack in read_packs(folder)] == [pack.kinds for pack in before]


def test_a_fault_names_the_file_in_which_the_piece_stands(folder: Path) -> None:
    file = folder / "city" / "cases" / "event-categories.yaml"
    file.write_text(file.read_text("utf-8").replace("owner_unit: hw", "owner_unit: hww", 1), "utf-8")
    [fault] = [one for one in faults(folder) if "hww" in one.problem]
    assert fault.file == str(file)
    assert "owner_unit: hww" in file.read_text("utf-8").splitlines()[fault.line - 1]


def test_what_is_said_twice_is_a_fault(folder: Path) -> None:
    (folder / "city" / "cases" / "more.yaml").write_text("event:\n  place: none\nextra: 1\n", "utf-8")
    (folder / "city" / "cases" / "other.yaml").write_text("extra: 2\n", "utf-8")
    told = {fault.problem for fault in faults(folder)}
    assert f"“place” stands in {folder / 'city' / 'cases' / 'event.yaml'}, too." in told
    assert f"“extra” stands in {folder / 'city' / 'cases' / 'more.yaml'}, too." in told


def test_a_part_that_is_no_table_is_a_fault(folder: Path) -> None:
    (folder / "city" / "cases" / "more.yaml").write_text("- event\n", "utf-8")
    assert "Here a table of names must stand." in {fault.problem for fault in faults(folder)}


def test_a_thing_that_is_like_another_has_from_there_what_it_does_not_say(folder: Path) -> None:
    kinds = city(folder).kinds
    assert kinds["part"].transitions == kinds["event"].transitions
    assert kinds["part"].name["en"] == "City part"
    assert not set(kinds["part"].categories) & set(kinds["event"].categories)


@pytest.mark.parametrize("model", ["nothing", "part"])
def test_a_thing_is_not_like_nothing_or_like_itself(folder: Path, model: str) -> None:
    file = folder / "city" / "cases" / "part.yaml"
    file.write_text(file.read_text("utf-8").replace("like: event", f"like: {model}"), "utf-8")
    assert f"There is nothing “{model}” to be like." in {fault.problem for fault in faults(folder)}


def test_a_thing_may_be_like_one_of_another_pack(folder: Path) -> None:
    file = folder / "city" / "cases" / "smoke.yaml"
    file.write_text("smoke:\n  like: environment/event\n  name: {zh-hans: 烟, en: Smoke}\n", "utf-8")
    known = {draft.pack.id: draft.pack for draft in survey(folder)[0]}
    assert known["city"].kinds["smoke"].transitions == known["environment"].kinds["event"].transitions
    assert known["city"].kinds["smoke"].name["en"] == "Smoke"


def test_it_is_not_like_what_is_like_another_itself(folder: Path) -> None:
    file = folder / "environment" / "cases.yaml"
    file.write_text(file.read_text("utf-8") + "\npart:\n  like: city/part\n", "utf-8")
    assert "There is nothing “city/part” to be like." in {fault.problem for fault in faults(folder)}
