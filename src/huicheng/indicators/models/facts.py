"""What evaluation counts: one narrow row for each case, and one for each act. Only ``facts`` writes here.

All of it is what the Case entity says; nothing here is personal, and all of it can be made again from the store.
"""

from __future__ import annotations

from typing import Any

from django.db import models


class CaseFields(models.Model):
    """The facts of one case between two positions of the feed; "" and null are "not known"."""

    #: ``pack/kind``.
    kind = models.CharField(max_length=100)
    category = models.CharField(max_length=64, blank=True)
    #: Big class (大类): its Chinese name, by which packs tell them apart.
    group = models.CharField(max_length=100, blank=True)
    condition = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=12, blank=True)
    status = models.CharField(max_length=32, blank=True)
    #: Statistical codes of 9 and 12 digits.
    town = models.CharField(max_length=9, blank=True)
    community = models.CharField(max_length=12, blank=True)
    grid = models.CharField(max_length=20, blank=True)
    #: The unit that has it: the handling one, else the one that answers.
    unit = models.CharField(max_length=32, blank=True)
    owner_unit = models.CharField(max_length=32, blank=True)
    #: Subject.
    collector = models.CharField(max_length=64, blank=True)
    #: Instants of the case clock.
    opened_at = models.BigIntegerField()
    due_at = models.BigIntegerField(null=True)
    closed_at = models.BigIntegerField(null=True)
    in_time = models.BooleanField(null=True)
    #: It is a part of another case.
    subcase = models.BooleanField(default=False)
    #: Action → how often, for those done; null for none.
    acts: Any = models.JSONField(null=True)
    #: Action → instant at which it was done last.
    lasts: Any = models.JSONField(null=True)
    #: Field → answer.
    answers: Any = models.JSONField(null=True)
    #: ``,forced,supervised,``; "" for none.
    marks = models.CharField(max_length=200, blank=True)
    #: Stage → seconds spent in it, of stays that have ended.
    stages: Any = models.JSONField(null=True)
    #: Version of the Case entity that it was read from.
    version = models.BigIntegerField(default=0)
    #: Position of the feed from which on this holds.
    since = models.BigIntegerField()

    class Meta:
        abstract = True


class CaseFact(CaseFields):
    """A case as it stands. Without an index: a table reads every row, and a million take 0.2 s."""

    number = models.CharField(max_length=32, primary_key=True)

    def __str__(self) -> str:
        return self.number


class PastCaseFact(CaseFields):
    """A case as it stood when a kept run counted it. What no run has counted is not kept."""

    number = models.CharField(max_length=32)
    #: Position of the feed from which on it held no more.
    until = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("number", "until"), name="one_past_fact"),)
        indexes = (models.Index(fields=("until",), name="past_fact_until"),)

    def __str__(self) -> str:
        return f"{self.number} until {self.until}"


class ActFact(models.Model):
    """One act on a case. It has happened, so it never changes."""

    number = models.CharField(max_length=32)
    #: 0, 1, 2 ... within the case.
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=100)
    action = models.CharField(max_length=32)
    #: Subject; ``platform`` and ``anonymous`` are nobody.
    actor = models.CharField(max_length=64, blank=True)
    actor_unit = models.CharField(max_length=32, blank=True)
    at = models.BigIntegerField()
    #: Seconds since the act before it.
    took = models.FloatField(null=True)
    #: The act ended its stage within the stage's limit; null where the stage has none.
    punctual = models.BooleanField(null=True)
    since = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("number", "ordinal"), name="one_act_fact"),)
        indexes = (models.Index(fields=("kind", "at"), name="act_fact_kind_at"),)

    def __str__(self) -> str:
        return f"{self.number}/{self.ordinal} {self.action}"
