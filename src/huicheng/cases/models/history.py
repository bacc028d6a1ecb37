"""What happened to a case: events, stages, photographs. Rows are only added, or ended."""

from __future__ import annotations

from django.db import models

from huicheng.cases.models.case import Case


class CaseEvent(models.Model):
    """One thing that happened. Rows are never changed or removed: triggers refuse it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    #: 1, 2, 3 ... within the case; equals the case's version after it.
    seq = models.PositiveIntegerField()
    at = models.BigIntegerField()
    received = models.BigIntegerField(help_text="wall clock")
    #: ``open``, an action of the kind's table, ``alert-ended`` or ``alert-no-data``.
    action = models.CharField(max_length=32)
    from_state = models.CharField(max_length=32, blank=True)
    to_state = models.CharField(max_length=32)
    #: Subject of who did it; ``platform`` for a machine, ``anonymous`` for the public.
    actor = models.CharField(max_length=64)
    actor_unit = models.CharField(max_length=32, blank=True)
    form = models.JSONField(default=dict)
    #: Digests of attachments that came with it.
    attachments = models.JSONField(default=list)
    #: Hash chain over the case's events: SHA-256 of the one before and of this one's content.
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("case_id", "seq")
        constraints = (models.UniqueConstraint(fields=("case", "seq"), name="one_event_per_seq"),)

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.action}"


class CaseAttachment(models.Model):
    """A photograph that belongs to a case; the bytes are in ``files`` under its digest."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    #: ``seq`` of the event that brought it.
    event_seq = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    thumbnail = models.CharField(max_length=64)
    media_type = models.CharField(max_length=32)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("case", "event_seq", "digest"), name="one_attachment_per_event"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.digest[:12]}"


class CaseStage(models.Model):
    """A stay in one stage, with the stage's own clock. Ended once, never changed after that."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="stages")
    #: ``seq`` of the event that began it.
    event_seq = models.PositiveIntegerField()
    stage = models.CharField(max_length=32)
    #: Who had it then: unit, and officer where one was named.
    unit = models.CharField(max_length=32, blank=True)
    entered_at = models.BigIntegerField()
    #: From when its clock counts where that is not its beginning: of an earlier stay that it takes up again.
    clock_from = models.BigIntegerField(null=True)
    left_at = models.BigIntegerField(null=True)
    #: ``packs.ClockLimit``; null where the stage has none.
    limit = models.JSONField(null=True)
    #: Version of the standard that the limit comes from; 0 is the pack's.
    standard = models.PositiveIntegerField(default=0)
    due_at = models.BigIntegerField(null=True)
    in_time = models.BooleanField(null=True)

    class Meta:
        ordering = ("case_id", "event_seq")
        constraints = (models.UniqueConstraint(fields=("case", "event_seq"), name="one_stage_per_event"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.stage}"

    @property
    def counts_from(self) -> int:
        """From when its clock counts."""
        return self.entered_at if self.clock_from is None else self.clock_from
