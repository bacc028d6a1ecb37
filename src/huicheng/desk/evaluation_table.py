"""The rows of one evaluation table as pages and spreadsheets show them: those that this person may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.desk import evaluation_words as words
from huicheng.desk.evaluation_question import Asked, asked
from huicheng.indicators.evaluation import Counted
from huicheng.indicators.tables import Cell, Value, ranks, score, values
from huicheng.packs import Measure, Scheme
from huicheng.web.spreadsheet import csv_answer
from huicheng.web.texts import in_language


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One subject."""

    #: ``None``: all together.
    key: str | None
    name: str
    cells: Mapping[str, Cell]
    figures: Mapping[str, Value]
    score: Decimal | None = None
    rank: int | None = None


def address(key: str, view: str = "evaluation-table", /, **query: Any) -> str:
    """A page of a scheme."""
    found = reverse(f"desk:{view}", args=key.split("/"))
    return f"{found}?{urlencode(query)}" if query else found


def rows_of(found: Asked) -> tuple[list[Row], int]:
    """The rows that may be seen, ranked among all, and how many are held back."""
    scheme, table = found.declared.scheme, found.counted.table
    figures = {key: values(scheme, cells) for key, cells in table.rows.items()}
    # Another breakdown has figures, and no places: the weights were made for the scheme's own subjects.
    own = found.by == scheme.subject
    scores = {key: score(scheme, one) if own and key else None for key, one in figures.items()}
    places = ranks(scores)
    seen = [key for key in table.rows if found.may(key)]
    named = words.names(found.declared, found.by, seen)
    rows = [
        Row(
            key=key,
            name=named[key],
            cells=table.rows[key],
            figures=figures[key],
            score=scores[key],
            rank=places.get(key),
        )
        for key in seen
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, not row.key, row.name)), len(figures) - len(
        seen
    )


def shown_table(request: HttpRequest, found: Asked, compared: Counted | None) -> dict[str, Any]:
    """Head, rows and the whole, for the page."""
    scheme = found.declared.scheme
    rows, hidden = rows_of(found)
    rows = _sorted(rows, request.GET.get("sort", ""), scheme)
    top = request.GET.get("top", "")
    cut = rows[: int(top)] if top.isdecimal() and int(top) else rows
    shown = _Shown(found, compared, request)
    return {
        "subject": words.subject_words(found.by),
        "columns": [_column(name, one) for name, one in scheme.measures.items()],
        "scored": bool(scheme.score) and found.by == scheme.subject,
        "rows": [shown.row(row) for row in cut],
        "left_out": len(rows) - len(cut),
        "hidden": hidden,
        "ranked": sum(row.rank is not None for row in rows) + hidden,
        "total": shown.row(_total(found)) if found.may(None) and found.counted.table.rows else None,
        "compared": compared.question.period.label if compared else "",
    }


def _total(found: Asked) -> Row:
    scheme, cells = found.declared.scheme, found.counted.table.total()
    return Row(key=None, name=_("All together"), cells=cells, figures=values(scheme, cells))


def _sorted(rows: list[Row], measure: str, scheme: Scheme) -> list[Row]:
    """Best first where the measure says what is better, else largest first; the unknown last."""
    if measure not in scheme.measures:
        return rows
    sign = 1 if scheme.measures[measure].direction == "down" else -1

    def order(row: Row) -> tuple[bool, Decimal]:
        value = row.figures[measure]
        return value is None, sign * Decimal(value or 0)

    return sorted(rows, key=order)


def _column(name: str, measure: Measure) -> dict[str, Any]:
    return {"key": name, "name": in_language(measure.name), "words": in_language(measure.words)}


class _Shown:
    """Cells with their addresses and how they have moved."""

    def __init__(self, found: Asked, compared: Counted | None, request: HttpRequest) -> None:
        self.scheme, self.key = found.declared.scheme, found.declared.key
        self.query = {name: value for name, value in request.GET.items() if name not in {"sort", "top", "compare"}}
        self.earlier = compared.table.rows if compared else {}
        self.earlier_total = compared.table.total() if compared else {}

    def row(self, row: Row) -> dict[str, Any]:
        then = values(self.scheme, self.earlier_total if row.key is None else self.earlier.get(row.key, {}))
        return {
            "name": row.name,
            "score": None if row.score is None else words.number(row.score),
            "rank": row.rank,
            "cells": [self._cell(row, name, one, then.get(name)) for name, one in self.scheme.measures.items()],
        }

    def _cell(self, row: Row, name: str, measure: Measure, then: Value) -> dict[str, Any]:
        asks = {**self.query, "measure": name, **({} if row.key is None else {"key": row.key})}
        value = row.figures[name]
        return {
            "name": in_language(measure.name),
            "value": words.value_words(measure, value),
            "counts": words.cell_words(row.cells.get(name)),
            "address": address(self.key, "evaluation-rows", **asks) if name in row.cells else "",
            "change": words.change(measure, value, then),
        }


@never_cache
@login_required
@require_safe
def table_csv(request: HttpRequest, pack: str, kind: str, scheme: str) -> StreamingHttpResponse:
    """The same table for a spreadsheet: figures, and what each was counted from."""
    found = asked(request, f"{pack}/{kind}/{scheme}")
    name = "-".join([pack, kind, scheme, found.counted.question.period.label.replace("/", "--")])
    return csv_answer(f"{name}.csv", _table(found))


def _table(found: Asked) -> Iterator[list[Any]]:
    rows, _hidden = rows_of(found)
    measures = found.declared.scheme.measures
    heads = [head for one in measures.values() for head in _heads(one)]
    yield [words.subject_words(found.by), _("Name"), *heads, _("Score"), _("Rank")]
    for row in [*rows, *([_total(found)] if found.may(None) else [])]:
        cells = [one for name, measure in measures.items() for one in _plain(measure, row, name)]
        yield [row.key or "", row.name, *cells, row.score, row.rank]
    yield []
    yield [_("Period"), found.counted.question.period.label, _("Run"), found.counted.id]


def _heads(measure: Measure) -> list[str]:
    name = in_language(measure.name)
    return [f"{name} %", f"{name}: ÷", f"{name}: {_('of')}"] if measure.of else [name]


def _plain(measure: Measure, row: Row, name: str) -> list[Any]:
    cell, value = row.cells.get(name), row.figures[name]
    if measure.of:
        return [value, cell.n if cell else 0, cell.of if cell else 0]
    return [value]
