"""What officers keep of their lists: filters under a name, and what they did to many cases at once."""

from __future__ import annotations

from django.db import models


class SavedFilter(models.Model):
    """Somebody's own filter of the inbox: the query of its address."""

    subject = models.CharField(max_length=64)
    name = models.CharField(max_length=40)
    #: As in the address of the inbox, without ``?``.
    query = models.CharField(max_length=1000)
    #: The inbox opens with it.
    default = models.BooleanField(default=False)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("subject", "name"), name="one_filter_of_a_name"),
            models.UniqueConstraint(
                fields=("subject",), condition=models.Q(default=True), name="one_default_filter_of_a_subject"
            ),
        )

    def __str__(self) -> str:
        return self.name


class BulkAct(models.Model):
    """One action on many cases: what came of each. The cases' histories hold what was done; this is the report."""

    id = models.CharField(max_length=32, primary_key=True)
    subject = models.CharField(max_length=64)
    #: Key of the action.
    action = models.CharField(max_length=32)
    #: Wall time.
    at = models.BigIntegerField()
    #: ``bulk.Outcome`` of each case, in the order chosen.
    outcomes = models.JSONField()
    #: The act that took this one back; "" while none has.
    undone_by = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return f"{self.action} × {len(self.outcomes)}"
