"""What a bulletin says, in both languages, ready to be printed (``indicators/print/bulletin.typ``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from huicheng.accounts.units import unit_names
from huicheng.city import Instant
from huicheng.desk import evaluation_words as words
from huicheng.indicators.bulletins import Compared
from huicheng.indicators.evaluation import Counted
from huicheng.indicators.models import Bulletin
from huicheng.indicators.periods import Period
from huicheng.indicators.tables import Value, ranks, score, values
from huicheng.packs import Measure, Scheme
from huicheng.web.moments import day, local
from huicheng.web.templatetags.city import demo_remark
from huicheng.web.texts import in_language


def content_of(month: Period, issue: int, tables: Sequence[Compared], at: Instant) -> dict[str, Any]:
    """Language → document."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found[code] = _document(month, issue, tables, at)
    return found


def _document(month: Period, issue: int, tables: Sequence[Compared], at: Instant) -> dict[str, Any]:
    return {
        "language": "zh" if translation.get_language().startswith("zh") else "en",
        "title": _("Monthly bulletin of evaluation"),
        "issue": _("%(month)s, issue %(issue)d") % {"month": _month(month), "issue": issue},
        "publisher": unit_names().get("oc", ""),
        "made": day(at),
        "remarks": [one for one in (demo_remark(), _unverified(tables)) if one],
        "summary": {
            "title": _("In short"),
            "columns": ["", _("All together"), _("Counted from"), _("Month before"), _("Year before")],
            "sections": [_summary(one) for one in tables],
        },
        "sections": [_section(one.now) for one in tables],
    }


def _month(month: Period) -> str:
    return formatted(local(month.start), pgettext("a month with its year", "F Y"))


def _unverified(tables: Sequence[Compared]) -> str:
    if all(one.now.question.declared.scheme.verified for one in tables):
        return ""
    return _("Formulas and weights are the district's own parameters; “not verified” rests on no text that was read.")


def _summary(compared: Compared) -> dict[str, Any]:
    scheme = compared.now.question.declared.scheme
    totals = {"now": _totals(compared.now), "before": _totals(compared.before), "year": _totals(compared.year)}
    cells = compared.now.table.total()
    rows = [
        [
            in_language(measure.name),
            words.value_words(measure, totals["now"].get(name)),
            words.cell_words(cells.get(name)),
            _moved(measure, totals["now"].get(name), totals["before"].get(name)),
            _moved(measure, totals["now"].get(name), totals["year"].get(name)),
        ]
        for name, measure in scheme.measures.items()
    ]
    subject = words.subject_words(compared.now.question.by)
    note = _("%(count)d rows by %(subject)s") % {"count": len(compared.now.table.rows), "subject": subject}
    return {"name": in_language(scheme.name), "note": note, "rows": rows}


def _totals(counted: Counted | None) -> Mapping[str, Value]:
    return {} if counted is None else values(counted.question.declared.scheme, counted.table.total())


def _moved(measure: Measure, now: Value, then: Value) -> str:
    change = words.change(measure, now, then)
    if change is None:
        return "–"
    return f"{change['sign']} {change['by']}".strip()


def _section(counted: Counted) -> dict[str, Any]:
    scheme = counted.question.declared.scheme
    measures, ranked = scheme.measures.values(), bool(scheme.score)
    heads = [words.subject_words(counted.question.by), *(in_language(one.name) for one in measures)]
    total = [_("All together"), *_cells(scheme, _totals(counted))]
    return {
        "name": in_language(scheme.name),
        "ranked": ranked,
        "columns": [_("Rank"), *heads, _("Score")] if ranked else heads,
        "rows": _rows(counted),
        "total": ["", *total, ""] if ranked else total,
        "formulas": [{"name": in_language(one.name), "words": _formula(one)} for one in measures],
        "notes": _notes(counted),
        "footnote": _footnote(counted),
    }


def _rows(counted: Counted) -> list[list[str]]:
    """Best first; without a score in order of names."""
    scheme = counted.question.declared.scheme
    figures = {key: values(scheme, cells) for key, cells in counted.table.rows.items()}
    scores = {key: score(scheme, one) if key else None for key, one in figures.items()}
    places, named = ranks(scores), words.names(counted.question.declared, counted.question.by, list(figures))
    rows = []
    for key in sorted(figures, key=lambda key: (key not in places, places.get(key, 0), not key, named[key])):
        row, held = [named[key], *_cells(scheme, figures[key])], scores[key]
        place, shown = str(places.get(key, "–")), "–" if held is None else words.number(held)
        rows.append([place, *row, shown] if scheme.score else row)
    return rows


def _cells(scheme: Scheme, figures: Mapping[str, Value]) -> list[str]:
    return [words.value_words(measure, figures.get(name)) for name, measure in scheme.measures.items()]


def _formula(measure: Measure) -> str:
    checked = f" ({_('verified')})" if measure.verified else ""
    return f"{in_language(measure.words)}{checked}"


def _notes(counted: Counted) -> list[str]:
    scheme = counted.question.declared.scheme
    notes = [f"{_('Score')}: {in_language(scheme.score_words)}"] if scheme.score else []
    if counted.question.adjusted and counted.question.contested:
        notes.append(_("Accepted objections are taken into account."))
    return notes


def _footnote(counted: Counted) -> str:
    scheme = counted.question.declared.scheme
    return _(
        "Scheme %(key)s, version %(version)d; run %(run)s of %(at)s, feed %(seq)d; source: %(source)s (%(checked)s)."
    ) % {
        "key": counted.question.declared.key,
        "version": scheme.version,
        "run": counted.id,
        "at": formatted(local(counted.at), "Y-m-d H:i"),
        "seq": counted.seq,
        "source": scheme.source,
        "checked": _("verified") if scheme.verified else _("not verified"),
    }


def file_name(bulletin: Bulletin, language: str) -> str:
    """``bulletin-2026-10-1-zh.pdf``."""
    return f"bulletin-{bulletin.month}-{bulletin.issue}-{'en' if language.startswith('en') else 'zh'}.pdf"
