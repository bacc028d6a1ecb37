"""Tables for spreadsheets and other programs: CSV in UTF-8 with its mark, row by row, and no cell that is a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import get_language, override

#: With these a spreadsheet would begin to calculate.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Without it a well-known spreadsheet takes Chinese for something else.
_MARK = "\ufeff"


class _Line:
    """Takes what ``csv`` writes, and gives it back."""

    def write(self, text: str) -> str:
        return text


def csv_answer(name: str, rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """``rows``, the head first, as the file ``name``; they are made while they are sent, in the request's language."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    lines = _lines(iter(rows), get_language() or "")
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _lines(rows: Iterator[Sequence[Any]], language: str) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield _MARK
    while True:
        # The request has ended by now, and its language with it.
        with override(language):
            row = next(rows, None)
        if row is None:
            return
        yield writer.writerow([_safe(cell) for cell in row])


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
