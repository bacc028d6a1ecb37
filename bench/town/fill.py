"""``python -m bench.town.fill DATA PACKS COUNT``: an installation with that many open cases, and accounts."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import django

from huicheng.files import kept_secret
from huicheng.project import Configuration


def main(data: Path, packs: Path, count: int) -> None:
    """Fill it, and leave the passwords of the accounts in ``demo-accounts.json``."""
    configuration = Configuration(data=data, packs=(packs,))
    configuration.check()
    configuration.export()
    kept_secret(data / "keys" / "django.key")
    django.setup()
    asyncio.run(_fill(configuration, count))


async def _fill(configuration: Configuration, count: int) -> None:
    from bench.town.cases import accounts, cases  # noqa: PLC0415 - models can be imported once Django is set up
    from huicheng.project.installation import put_together  # noqa: PLC0415 - the same

    installation = await put_together(configuration, writer=True)
    await asyncio.to_thread(accounts, configuration.data)
    await asyncio.to_thread(cases, count)
    await installation.store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
