"""Cases from files, on the installation of a data directory: beside the server that runs on it, or alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import uvloop
from django.db import connection

from huicheng.cases.importing import CaseFile
from huicheng.errors import Unavailable
from huicheng.ingest import Tick
from huicheng.project.configuration import Configuration
from huicheng.project.installation import Installation, put_together
from huicheng.stores import drive


def bring_in(
    configuration: Configuration,
    source: str,
    files: Sequence[Path],
    encoding: str | None,
    watch: Callable[[Tick], None],
) -> list[CaseFile]:
    """Each file in turn, in this thread, so that Ctrl-C stops it between two rows; blocking."""
    installation = uvloop.run(_installation(configuration))
    try:
        opened = [CaseFile(path, source, encoding) for path in files]
        for one in opened:
            one.bring_in(watch)
    finally:
        connection.close()
        drive(installation.store.close())
    return opened


async def _installation(configuration: Configuration) -> Installation:
    """As the one writer, or beside it where a server runs: people.db has room for several."""
    try:
        return await put_together(configuration, writer=True)
    except Unavailable:
        if not (configuration.data / "writer.sock").exists():
            raise
        return await put_together(configuration, writer=False)
