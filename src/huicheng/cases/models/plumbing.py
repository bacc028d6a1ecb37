"""What consumers and numbers need to go on where they stopped."""

from __future__ import annotations

from django.db import models

from huicheng.cases.models.case import Case


class Outbox(models.Model):
    """What the projector has yet to write into the city: one row for each version of a case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    #: The Case entity's attributes at that version: normalized NGSI-LD, without anything personal.
    body = models.JSONField()
    done = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "version"), name="one_outbox_row_per_version"),)
        indexes = (models.Index(fields=("done", "id"), name="outbox_to_do"),)

    def __str__(self) -> str:
        return f"{self.case_id} v{self.version}"


class ConsumerPosition(models.Model):
    """How far a consumer of the feed that writes to people.db has come."""

    consumer = models.CharField(max_length=64, primary_key=True)
    seq = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.consumer} {self.seq}"


class ReceivedUpdate(models.Model):
    """An act that a program sent under an id of its own: what is sent twice is done once."""

    #: The program's subject, the case's number and the program's id.
    key = models.CharField(max_length=200, primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    #: ``seq`` of the event.
    seq = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.key} → {self.case_id}/{self.seq}"


class DayCounter(models.Model):
    """The last case number given out on a day of the case clock."""

    day = models.CharField(max_length=6, primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.day} {self.last}"
