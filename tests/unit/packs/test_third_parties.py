"""A package of a third party brings a domain by its entry point (N5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from huicheng.errors import Unavailable
from huicheng.packs import read_packs

WATER = """
id: tides
name: {zh-hans: 水务, en: Water}
version: 1.0.0
owner_unit: eeb
requires: [platform]
maturity: {described: todo, sourced: todo, ruled: todo, cased: todo, contracted: todo, counted: todo, shown: todo,
  tested: todo, translated: done}
"""


def register(site: Path, package: str) -> None:
    """The metadata of an installed distribution that names ``package`` as its pack."""
    facts = site / "bijiang_water-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: bijiang-water\nVersion: 1.0\n", "utf-8")
    (facts / "entry_points.txt").write_text(f"[huicheng.domains]\nwater = {package}\n", "utf-8")


def test_an_installed_package_brings_its_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(tmp_path, "bijiang_packs.tides")
    folder = tmp_path / "bijiang_packs" / "tides"
    folder.mkdir(parents=True)
    (folder / "pack.yaml").write_text(WATER, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert "tides" in {pack.id for pack in read_packs()}


def test_a_registered_pack_that_is_not_there_refuses_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(tmp_path, "bijiang_lost.water")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Unavailable, match=r"bijiang_lost\.water"):
        read_packs()
