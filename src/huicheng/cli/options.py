"""What several commands are told: where the data lies, further packs, a folder of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from huicheng.cli.words import _

Command = Callable[..., Any]


def data(words: str | None = None) -> Callable[[Command], Command]:
    """``--data``: ``words`` say what the command does with it, where it is not only read."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
        default="data",
        envvar="HUICHENG_DATA",
        show_default=True,
        help=words or _("Data directory; a server may run on it."),
    )


def packs() -> Callable[[Command], Command]:
    """``--packs``: folders beside the built-in ones."""
    return click.option(
        "--packs",
        type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
        multiple=True,
        envvar="HUICHENG_PACKS",
        help=_("Folder with further packs; may be given several times."),
    )


#: ``FOLDER``: a pack, or a folder of packs.
folder = click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)
)
