"""Runs of indicators and the rows they counted. Only ``runs`` writes here; nothing is edited."""

from __future__ import annotations

from django.db import models


class Run(models.Model):
    """One calculation of one version of one indicator over one period."""

    #: Opaque; what pages and the entity's ``run`` name.
    id = models.CharField(max_length=32, primary_key=True)
    #: ``pack/indicator``.
    indicator = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    #: Label of ``periods.Period``.
    period = models.CharField(max_length=10)
    #: 1, 2, 3 ... among the runs of the indicator and period; the entity's version.
    ordinal = models.PositiveIntegerField()
    #: Half-open, instants.
    period_start = models.BigIntegerField()
    period_end = models.BigIntegerField()
    numerator = models.PositiveIntegerField()
    denominator = models.PositiveIntegerField()
    #: Per cent with two decimals; ``None`` when the denominator is 0.
    value = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    #: By the case clock.
    calculated_at = models.BigIntegerField()
    #: SHA-256 over indicator, version, period and rows: the same rows give the same digest.
    digest = models.CharField(max_length=64)
    #: Written to the city as a KeyPerformanceIndicator.
    published = models.BooleanField(default=False)

    class Meta:
        ordering = ("-period_start", "indicator", "-ordinal")
        constraints = (models.UniqueConstraint(fields=("indicator", "period", "ordinal"), name="one_run_per_ordinal"),)
        indexes = (
            models.Index(fields=("indicator", "-period_start", "-ordinal"), name="run_indicator_period"),
            models.Index(fields=("published",), name="run_published"),
        )

    def __str__(self) -> str:
        return f"{self.indicator} {self.period}: {self.value}"


class RunRow(models.Model):
    """A row in the denominator of a run, as it was read."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="rows")
    #: Entity id, e.g. ``urn:ngsi-ld:Case:2611220001``.
    entity = models.CharField(max_length=300)
    version = models.BigIntegerField(null=True)
    in_numerator = models.BooleanField()

    class Meta:
        ordering = ("entity",)
        constraints = (models.UniqueConstraint(fields=("run", "entity"), name="one_row_per_entity"),)
        indexes = (models.Index(fields=("entity",), name="run_row_entity"),)

    def __str__(self) -> str:
        return self.entity


class ConsumerPosition(models.Model):
    """How far the indicator consumer has followed the feed."""

    consumer = models.CharField(max_length=64, primary_key=True)
    seq = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.consumer} {self.seq}"
