"""Evaluation tables as they were counted, what was objected to, and the bulletins made of them.

Rows are added, never changed: an old bulletin is printed again from the same rows.
"""

from __future__ import annotations

from typing import Any

from django.db import models


class Formulas(models.Model):
    """A scheme as it was declared when something was counted by it."""

    #: SHA-256 of ``body``.
    digest = models.CharField(max_length=64, primary_key=True)
    #: ``packs.Scheme`` as JSON text: the order of its measures is that of the columns.
    body = models.TextField()

    def __str__(self) -> str:
        return self.digest[:12]


class Adjustment(models.Model):
    """An accepted objection: one case is left out of one measure of one scheme."""

    #: ``pack/kind/scheme``.
    scheme = models.CharField(max_length=200)
    measure = models.CharField(max_length=64)
    #: Number of the case that is left out.
    number = models.CharField(max_length=32)
    #: Number of the case of kind ``city/objection`` that decided it.
    objection = models.CharField(max_length=32)
    #: By the case clock.
    at = models.BigIntegerField()
    #: The tables that it changes have been counted anew.
    counted = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("scheme", "measure", "number"), name="one_adjustment_per_case_and_measure"),
        )

    def __str__(self) -> str:
        return f"{self.number} out of {self.scheme} {self.measure}"


class EvaluationRun(models.Model):
    """One table, counted once: the same facts, formulas, period and adjustments give the same id."""

    #: The beginning of ``digest``.
    id = models.CharField(max_length=32, primary_key=True)
    #: ``pack/kind/scheme``.
    scheme = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    formulas = models.ForeignKey(Formulas, on_delete=models.PROTECT, related_name="runs")
    #: Half-open, instants, with the words by which pages name it (``2026-11``, ``2026-11-01/2026-11-22``).
    period = models.CharField(max_length=32)
    period_start = models.BigIntegerField()
    period_end = models.BigIntegerField()
    #: What a row is; the scheme's subject unless it was broken down otherwise.
    by = models.CharField(max_length=16)
    #: Fact → value, for a table over a part of the cases.
    filters: Any = models.JSONField(default=dict)
    #: Position of the feed of the facts that were counted.
    seq = models.BigIntegerField()
    #: The newest adjustment that was taken into account; 0 = none.
    adjusted = models.BigIntegerField(default=0)
    #: By the case clock.
    counted_at = models.BigIntegerField()
    #: Keys → counts (``tables.Table`` as JSON).
    table: Any = models.JSONField()
    digest = models.CharField(max_length=64)
    #: ``month``, ``kept``, ``bulletin``, or the number of the objection.
    because = models.CharField(max_length=32)
    #: The run that it replaces after an objection.
    before = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="after")

    class Meta:
        ordering = ("-period_start", "scheme", "-seq", "-adjusted")
        indexes = (models.Index(fields=("scheme", "period_start", "period_end"), name="evaluation_scheme_period"),)

    def __str__(self) -> str:
        return f"{self.scheme} {self.period} {self.id[:8]}"


class Bulletin(models.Model):
    """A month's report: which runs it is made of, and its words. Printed again, it is the same byte for byte."""

    #: ``2026-10``.
    month = models.CharField(max_length=7)
    #: 1, 2 ...: a bulletin that was wrong is followed, never changed.
    issue = models.PositiveIntegerField()
    #: Ids of runs, in the order of its tables.
    runs: Any = models.JSONField()
    #: Run → the run of the month before and of the year before, "" where there is none.
    earlier: Any = models.JSONField(default=dict)
    #: Language → what is printed, with the names as they were then.
    content: Any = models.JSONField(default=dict)
    #: By the case clock; what the document says when it was made.
    made_at = models.BigIntegerField()
    #: Subject.
    made_by = models.CharField(max_length=64)

    class Meta:
        ordering = ("-month", "-issue")
        constraints = (models.UniqueConstraint(fields=("month", "issue"), name="one_bulletin_per_issue"),)

    def __str__(self) -> str:
        return f"{self.month} ({self.issue})"
