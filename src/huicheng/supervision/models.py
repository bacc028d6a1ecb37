"""Draws and declared conflicts. A draw is written twice: when it is planned, and when it is drawn; then never again."""

from __future__ import annotations

from django.db import models


class Draw(models.Model):
    """One double random draw. Instants are those of the case clock."""

    #: Twelve hexadecimal digits, made by the platform at planning.
    id = models.CharField(max_length=12, primary_key=True)
    title = models.CharField(max_length=100)
    #: The unit whose inspectors go; the cases are its own.
    unit = models.CharField(max_length=32)
    #: Category of the kind ``supervision/inspection``.
    category = models.CharField(max_length=64)
    #: How many objects, and inspectors for each.
    number = models.PositiveIntegerField()
    each = models.PositiveIntegerField()
    #: The register as it was then: ``planning.Register``.
    register = models.JSONField()
    #: SHA-256 of the register, and of the secret bytes.
    register_digest = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64)
    planned_by = models.CharField(max_length=64)
    planned_at = models.BigIntegerField()
    #: Said in public at the draw; "" before.
    words = models.CharField(max_length=200, blank=True)
    #: The secret bytes in hexadecimal, told once they have served.
    secret = models.CharField(max_length=64, blank=True)
    drawn_by = models.CharField(max_length=64, blank=True)
    drawn_at = models.BigIntegerField(null=True)
    #: ``lots.Drawn``, in the order of the draw.
    result = models.JSONField(default=list)

    class Meta:
        ordering = ("-planned_at", "id")

    def __str__(self) -> str:
        return f"{self.id} {self.title}"


class Conflict(models.Model):
    """Somebody must not inspect something. Taking it back ends it; the row stays."""

    inspector = models.CharField(max_length=64)
    #: Id of the entity.
    object = models.CharField(max_length=300)
    ground = models.CharField(max_length=200)
    declared_by = models.CharField(max_length=64)
    declared_at = models.BigIntegerField()
    ended_at = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("-declared_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("inspector", "object"), condition=models.Q(ended_at=None), name="one_open_conflict"
            ),
        )

    def __str__(self) -> str:
        return f"{self.inspector} {self.object}"
