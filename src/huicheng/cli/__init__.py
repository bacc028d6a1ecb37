"""One command, sub-commands."""

import click


@click.group()
@click.version_option(package_name="huicheng")
def main() -> None:
    """慧城 Huicheng: the operating platform of a smart city."""
