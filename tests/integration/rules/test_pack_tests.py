"""The tests that packs bring along run here too, and a wrong one is told as it is (N5)."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from packed import known

from huicheng.packs import Pack, PackTest, built_in
from huicheng.rules import run_pack_test

PACKS = known()
EVERY = [(pack, one) for pack in PACKS for one in pack.tests]


@pytest.mark.parametrize(("pack", "one"), EVERY, ids=[f"{pack.id}/{one.rule}: {one.name}" for pack, one in EVERY])
def test_a_pack_keeps_what_its_tests_say(pack: Pack, one: PackTest) -> None:
    assert asyncio.run(run_pack_test(PACKS, pack, one)).differences == []


def test_each_rule_is_shown_to_fire_to_keep_still_and_to_miss_data() -> None:
    for pack in PACKS:
        for rule in pack.rules:
            assert {one.shows for one in pack.tests if one.rule == rule} == {"positive", "negative", "missing"}


def test_what_differs_is_said() -> None:
    pack, one = next((pack, one) for pack, one in EVERY if one.expect)
    wrong = msgspec.structs.replace(one.expect[0], status="no-data", severity="notice", data={"iaqi": 1.0})
    verdict = asyncio.run(run_pack_test(PACKS, pack, msgspec.structs.replace(one, expect=[wrong])))
    assert not verdict.ok
    assert any(difference.startswith("The status should be no-data; it is ") for difference in verdict.differences)
    verdict = asyncio.run(run_pack_test(PACKS, pack, msgspec.structs.replace(one, expect=[])))
    assert verdict.differences[0].startswith("0 episodes were expected, 1 came: ")


def test_the_command_prints_sentences_and_ends_with_status_one_when_one_failed(tmp_path: Path) -> None:
    folder = tmp_path / "environment"
    shutil.copytree(built_in() / "environment", folder)
    for further in {*(folder / "tests").glob("*.yaml")} - {folder / "tests" / "pm25-hourly.yaml"}:
        further.unlink()  # they run above
    about = (folder / "pack.yaml").read_text("utf-8")
    (folder / "pack.yaml").write_text(about.replace("tested: done", "tested: todo"), "utf-8")
    series = "{entity: 'urn:ngsi-ld:X:a', attribute: pm25, from: 2013-01-12T10:00:00+08:00, values: [310]}"
    wrong = (
        "- name: it keeps still\n  rule: pm25-hourly\n  shows: negative\n  given:\n    - " + series + "\n  expect: []\n"
    )
    (folder / "tests" / "wrong.yaml").write_text(wrong, encoding="utf-8")
    line = [sys.executable, "-m", "huicheng", "packs", "test", str(folder)]
    told = subprocess.run(line, capture_output=True, text=True, check=False, env={**os.environ, "LANG": "C"})
    assert told.returncode == 1, told.stderr
    assert "FAILED environment/pm25-hourly: it keeps still" in told.stdout
    assert "0 episodes were expected, 1 came" in told.stdout
    environment = next(pack for pack in PACKS if pack.id == "environment")
    hourly = [one for one in environment.tests if one.rule == "pm25-hourly"]
    assert f"{len(hourly) + len(environment.courses) + 1} tests, 1 failed." in told.stdout
    assert "ok     environment/event: " in told.stdout
