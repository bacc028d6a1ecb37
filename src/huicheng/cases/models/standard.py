"""Standards of filing and closing (立案结案标准) as the installation has them: versions over the packs' categories."""

from __future__ import annotations

from django.db import models


class Standard(models.Model):
    """One version for a category, or for one of its filing conditions. Rows are only added."""

    #: ``pack/kind``.
    kind = models.CharField(max_length=100)
    #: Key of the category, or ``stage:`` and the key of a stage.
    category = models.CharField(max_length=64)
    #: Key of the filing condition; "" for the category's own limit.
    condition = models.CharField(max_length=64, blank=True)
    #: 1, 2, 3 ...; 0 is what the pack says.
    version = models.PositiveIntegerField()
    #: ``packs.ClockLimit``; null = from then on there is no standard, and no such case is filed;
    #: of a stage: it has no limit of its own.
    limit = models.JSONField(null=True)
    #: ``packs.Text``: filed when, closed when.
    files_when = models.JSONField(default=dict)
    closes_when = models.JSONField(default=dict)
    valid_from = models.DateField()
    #: Subject of the steward.
    changed_by = models.CharField(max_length=64)
    changed_at = models.BigIntegerField(help_text="Instant, wall clock")
    why = models.CharField(max_length=400)

    class Meta:
        ordering = ("kind", "category", "condition", "-version")
        constraints = (
            models.UniqueConstraint(fields=("kind", "category", "condition", "version"), name="one_standard_version"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.category} {self.condition} v{self.version}"
