"""A command that is imported when it is called: help, completion and every other command do without what it needs."""

from __future__ import annotations

from functools import cached_property
from pkgutil import resolve_name
from typing import Any

import click


class Late(click.Command):
    """Says its name and what it is for, and hands over to the command at ``place``, e.g. ``huicheng.cli.run:demo``."""

    def __init__(self, name: str, place: str, words: str = "", *, hidden: bool = False) -> None:
        super().__init__(name, help=words, hidden=hidden)
        self._place = place

    @cached_property
    def real(self) -> click.Command:
        """The command itself; it has its words from here."""
        found: click.Command = resolve_name(self._place)
        found.help = self.help or found.help
        return found

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The real command's: click goes on with the command of the context."""
        return self.real.make_context(info_name, args, parent, **extra)
