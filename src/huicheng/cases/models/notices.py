"""Words that a transition sends out, as rows that pages show. Rows are only added."""

from __future__ import annotations

from django.db import models

from huicheng.cases.models.case import Case


class CaseNotice(models.Model):
    """One word to one recipient, in every language that the pack speaks."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notices")
    #: ``seq`` of the event that sent it.
    seq = models.PositiveIntegerField()
    #: ``reporter``, ``unit`` or ``superior`` (``packs.Notice.to``).
    to = models.CharField(max_length=8)
    #: Code of the unit that it goes to; "" for the reporter.
    unit = models.CharField(max_length=32, blank=True)
    #: Language → sentence.
    says = models.JSONField()
    #: Instant of the case clock.
    at = models.BigIntegerField()

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=("unit", "-at"), name="notice_unit_at"),)

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.to}"


class NoticeRead(models.Model):
    """Somebody has read a notice."""

    subject = models.CharField(max_length=64)
    notice = models.ForeignKey(CaseNotice, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("subject", "notice"), name="a_notice_is_read_once"),)

    def __str__(self) -> str:
        return f"{self.subject} {self.notice_id}"


class NoticesRead(models.Model):
    """Up to which notice somebody has marked all as read."""

    subject = models.CharField(max_length=64, primary_key=True)
    #: Primary key of the newest notice then.
    up_to = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.subject} ≤ {self.up_to}"
