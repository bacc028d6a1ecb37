"""``huicheng packs test``: the tests that packs bring along, as sentences."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from huicheng.packs import read_packs
from huicheng.rules import run_pack_test


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def test(folder: Path | None) -> None:
    """Run the tests of the packs in FOLDER (default: all that are installed), each on an empty store."""
    packs = read_packs(folder)
    failed = 0
    for pack in packs:
        for one in pack.tests:
            verdict = asyncio.run(run_pack_test(packs, pack, one))
            failed += not verdict.ok
            click.echo(f"{'ok    ' if verdict.ok else 'FAILED'} {verdict.rule}: {verdict.name}")
            for difference in verdict.differences:
                click.echo(f"         {difference}")
    click.echo(f"{sum(len(pack.tests) for pack in packs)} tests, {failed} failed.")
    sys.exit(1 if failed else 0)
