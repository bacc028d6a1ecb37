"""``huicheng packs test``: the tests that packs bring along."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from huicheng.cli import options
from huicheng.cli.words import _
from huicheng.packs import Pack, PackTest, pack_folders, read_packs, with_installed
from huicheng.project import run_courses
from huicheng.rules import Tested, run_pack_test


@click.command
@options.folder
def test(folder: Path | None) -> None:
    """Run the tests of the packs in FOLDER (default: of all that are installed), each on an empty store."""
    wanted = {one.name for one in pack_folders(folder)}
    known = read_packs(with_installed(folder) if folder else None)
    own = [pack for pack in known if pack.id in wanted]
    verdicts = [_run(known, pack, one) for pack in own for one in pack.tests]
    courses = [(pack, one) for pack in own for one in pack.courses]
    verdicts += [_tell(verdict) for verdict in (run_courses(known, courses) if courses else [])]
    failed = sum(not verdict.ok for verdict in verdicts)
    click.echo(_("%(count)d tests, %(failed)d failed.") % {"count": len(verdicts), "failed": failed})
    sys.exit(1 if failed else 0)


def _run(known: Sequence[Pack], pack: Pack, one: PackTest) -> Tested:
    return _tell(asyncio.run(run_pack_test(known, pack, one)))


def _tell(verdict: Tested) -> Tested:
    click.echo(f"{'ok    ' if verdict.ok else 'FAILED'} {verdict.rule}: {verdict.name}")
    for difference in verdict.differences:
        click.echo(f"         {difference}")
    return verdict
