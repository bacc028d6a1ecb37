"""Who answers for what, where (责任清单, 责任网格): read by ``cases.owners``, kept by a data steward."""

from __future__ import annotations

from django.db import models


class Responsibility(models.Model):
    """One row: a unit answers for these cases in this area. A column that is empty holds for all."""

    #: ``pack/kind``.
    kind = models.CharField(max_length=100, blank=True)
    #: Big class (大类), by its Chinese name.
    group = models.CharField(max_length=64, blank=True)
    #: Key of a category.
    category = models.CharField(max_length=64, blank=True)
    #: How the code of the division or of the grid cell begins: a town with all that lies in it, or one cell.
    area = models.CharField(max_length=20, blank=True)
    #: Code of the unit.
    unit = models.CharField(max_length=32)
    #: Code of the responsibility grid (责任网格) that the row belongs to, where the district has one.
    net = models.CharField(max_length=20, blank=True)
    valid_from = models.DateField(null=True)
    #: First day on which it holds no more.
    valid_until = models.DateField(null=True)
    #: Which pack brought it, or the document by which it was decided.
    source = models.CharField(max_length=200)

    class Meta:
        indexes = (models.Index(fields=("category", "group", "kind"), name="responsibility_for"),)
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "group", "category", "area", "unit", "valid_from"), name="one_responsibility"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}/{self.group}{self.category} {self.area} → {self.unit}"
