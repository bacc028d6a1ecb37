"""A progress bar on standard error; plain lines, now and then, where that is no terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self, TextIO

from huicheng.cli.words import _
from huicheng.ingest import Tick

_WIDTH = 24
_TERMINAL_EVERY = 0.1
_LINE_EVERY = 10.0


class Bar:
    """Shows rows, rate and rejects. Used as a context, it leaves the line clean."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._terminal = self._out.isatty()
        self._began = self._shown = time.monotonic()
        self._first_rows: int | None = None
        self._pending: Tick | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self._pending is not None:
            self._show(self._pending)
        if self._terminal and self._first_rows is not None:
            self._out.write("\n")
            self._out.flush()

    def __call__(self, tick: Tick) -> None:
        """Show it, unless something was shown a moment ago."""
        if self._first_rows is None:
            self._first_rows = tick.rows
        self._pending = tick
        if time.monotonic() - self._shown >= (_TERMINAL_EVERY if self._terminal else _LINE_EVERY):
            self._show(tick)

    def _show(self, tick: Tick) -> None:
        self._shown = now = time.monotonic()
        self._pending = None
        rate = (tick.rows - (self._first_rows or 0)) / max(now - self._began, 0.001)
        done = round(_WIDTH * tick.fraction)
        bar = "█" * done + "░" * (_WIDTH - done)
        line = f"{bar} {tick.fraction:4.0%}  {tick.rows:,} {_('rows')}  {rate:,.0f}/s  {tick.rejected:,} {_('rejects')}"
        self._out.write(f"\r{line}\x1b[K" if self._terminal else f"{line}\n")
        self._out.flush()
