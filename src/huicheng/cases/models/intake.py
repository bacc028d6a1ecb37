"""Photographs that came with a report and have not been looked at yet."""

from __future__ import annotations

from django.db import models

from huicheng.cases.models.case import Case


class Outcome(models.TextChoices):
    """What came of a photograph."""

    WAITING = "waiting"
    KEPT = "kept"
    REFUSED = "refused"


class IncomingPhotograph(models.Model):
    """One photograph of a stranger. Its bytes lie in ``files/incoming`` under ``name`` until it is settled."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="incoming")
    #: ``seq`` of the event that brought it.
    event_seq = models.PositiveIntegerField()
    name = models.CharField(max_length=32, unique=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.WAITING)
    #: Why it was refused: ``not-an-image``, ``too-large`` or ``lost``.
    reason = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = (models.Index(fields=("outcome", "id"), name="incoming_to_do"),)

    def __str__(self) -> str:
        return f"{self.case_id}/{self.event_seq} {self.outcome}"
