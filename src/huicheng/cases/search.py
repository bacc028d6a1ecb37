"""Full-text search over cases, in the order of the guard: what a policy hides is neither found nor probed.

The database holds the index beside the cases (``sql/<engine>/text_index.sql``), and the engine of cases writes it in
the transaction that writes the case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_, or_
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL

from huicheng.access import Guard
from huicheng.cases.models import Case
from huicheng.cases.visibility import sees_all_text, shown_where
from huicheng.fulltext import Sought, Term
from huicheng.people.text_index import TextIndex

#: Names in policies, of the index's columns too.
COLUMNS = ("number", "title", "description", "address")

_INDEX = TextIndex(Path(__file__).parent / "sql", COLUMNS)
#: The year, month and day that a number begins with; officers name a case by what follows.
_DAY_DIGITS = 6
_BATCH = 2_000


def index(case: Case) -> None:
    """Let the case be found by its texts as they are now. Call it in the transaction that wrote them."""
    index_all([case])


def index_all(cases: Sequence[Case]) -> None:
    """The same for many at once."""
    _INDEX.keep((case.pk, _texts(case)) for case in cases)


def reindex() -> Iterator[int]:
    """Write the whole index anew, batch by batch, while others search; yields how many cases have been done."""
    done, last = 0, 0
    while batch := list(Case.objects.filter(pk__gt=last).order_by("pk").only("pk", *COLUMNS)[:_BATCH]):
        with transaction.atomic():
            index_all(batch)
        done, last = done + len(batch), batch[-1].pk
        yield done


def matching(guard: Guard, sought: Sought) -> Q:
    """Cases in which every term stands in some column that the guard shows of that case."""
    if not sought:
        return Q(pk__in=[])
    if sees_all_text(guard, COLUMNS):
        return _INDEX.holding(sought)
    return reduce(and_, (_where_shown(guard, term) for term in sought.terms))


def _texts(case: Case) -> tuple[str, ...]:
    number = f"{case.number} {case.number[_DAY_DIGITS:]}"
    return (number, *(getattr(case, name) for name in COLUMNS[1:]))


def _where_shown(guard: Guard, term: Term) -> Q:
    """Columns that are shown in the same rows are asked together."""
    together: dict[str, tuple[RawSQL, list[str]]] = {}
    for name in COLUMNS:
        shown = shown_where(guard, connection.vendor, name)
        if shown is not None:
            together.setdefault(shown.sql, (shown, []))[1].append(name)
    found = (_INDEX.holding(Sought(terms=(term,)), names) & Q(shown) for shown, names in together.values())
    return reduce(or_, found, Q(pk__in=[]))
