"""One command, sub-commands."""

import click

from huicheng.cli.ingest import ingest
from huicheng.cli.packs import packs


@click.group()
@click.version_option(package_name="huicheng")
def main() -> None:
    """慧城 Huicheng: the operating platform of a smart city."""


main.add_command(ingest)
main.add_command(packs)
