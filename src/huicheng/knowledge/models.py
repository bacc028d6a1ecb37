"""Articles as they are, and every version as it was. Only ``writing`` writes here."""

from __future__ import annotations

from django.db import connections, models

from huicheng.access import Guard
from huicheng.knowledge.visibility import rows_where


class Status(models.TextChoices):
    """Where an article stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Articles(models.QuerySet["Article"]):
    """Articles, read through a guard."""

    def visible_to(self, guard: Guard) -> Articles:
        """Those that the guard's policies show."""
        condition = rows_where(guard, connections[self.db].vendor)
        return self if condition is None else self.filter(condition)


class Article(models.Model):
    """A question and its answer, in its newest version."""

    title = models.CharField(max_length=120)
    #: Marked-up text (``markup``), never HTML.
    body = models.TextField()
    #: Free words of the installation (社保, 城管, 供水 ...).
    category = models.CharField(max_length=40, blank=True)
    #: By which people call it, apart by spaces.
    keywords = models.CharField(max_length=200, blank=True)
    #: Code of the unit that answers for it.
    unit = models.CharField(max_length=32, blank=True)
    #: Everybody may read it on the portal.
    public = models.BooleanField(default=False)
    #: First day on which it holds, and first day on which it holds no more.
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    #: Subject of who wrote the newest version.
    author = models.CharField(max_length=64)
    #: Wall time of the newest version or of its publishing.
    changed_at = models.BigIntegerField()

    objects = Articles.as_manager()

    class Meta:
        ordering = ("category", "title")

    def __str__(self) -> str:
        return self.title


class ArticleVersion(models.Model):
    """What was written or decided, when and by whom. Rows are never changed or removed: triggers refuse it."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")
    #: 1, 2, 3 ... within the article.
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices)
    title = models.CharField(max_length=120)
    body = models.TextField()
    #: Everything else, as it was: category, keywords, unit, public, valid_from, valid_until.
    about = models.JSONField()
    author = models.CharField(max_length=64)
    at = models.BigIntegerField(help_text="Instant, wall clock")

    class Meta:
        ordering = ("article_id", "number")
        constraints = (models.UniqueConstraint(fields=("article", "number"), name="one_version_of_a_number"),)

    def __str__(self) -> str:
        return f"{self.article_id} v{self.number}"
