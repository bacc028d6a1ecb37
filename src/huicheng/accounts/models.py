"""Accounts, units and contacts. A subject is an opaque id; only this room knows who stands behind it."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import get_language

from huicheng.accounts.roles import check_roles


def new_subject() -> str:
    """An id that says nothing about whom it stands for."""
    return uuid4().hex


class Unit(models.Model):
    """An organisational unit (单位): who owns cases, employs officers and is a party to contracts."""

    code = models.CharField(max_length=32, primary_key=True)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    #: Which pack brought it, or ``local``.
    source = models.CharField(max_length=64, default="local")

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the language of the page."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class Accounts(BaseUserManager["Account"]):
    """How accounts are made: roles are checked, passwords hashed (Argon2)."""

    def create_account(
        self, *, username: str, password: str, roles: list[str], unit: Unit | None = None, display_name: str = ""
    ) -> Account:
        """A new active account. ``UnknownRole``, ``RolesNotSeparate``; a taken username is an IntegrityError."""
        account = self.model(
            username=username, roles=check_roles(roles), unit=unit, display_name=display_name or username
        )
        account.set_password(password)
        account.save(using=self._db, force_insert=True)
        return account


class Account(AbstractBaseUser):
    """Somebody who signs in. What they may do is said by policies on roles, unit and subject."""

    username = models.CharField(max_length=64, unique=True)
    display_name = models.CharField(max_length=64)
    #: Names of :data:`huicheng.accounts.roles.ROLES`.
    roles = models.JSONField(default=list)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="accounts")
    #: The id that cases, feed, audit and policies carry.
    subject = models.CharField(max_length=32, unique=True, default=new_subject, editable=False)
    #: Statistical code of the division that its holder works in, with all below; "" = the whole district.
    area = models.CharField(max_length=12, blank=True, default="")
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=8, default="zh-hans")
    #: The password was set by somebody else.
    must_change_password = models.BooleanField(default=False)

    objects: ClassVar[Accounts] = Accounts()

    USERNAME_FIELD = "username"

    def __str__(self) -> str:
        return self.display_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """However an account is changed, its roles stay separate."""
        self.roles = check_roles(self.roles)
        super().save(*args, **kwargs)


class Absence(models.Model):
    """Somebody is away, and somebody else deputises (代理). It ends by itself."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="absences")
    deputy = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="deputisings")
    start = models.BigIntegerField(help_text="Instant, wall clock")
    #: The first instant at which it holds no more; ending it early brings this forward.
    until = models.BigIntegerField(help_text="Instant, wall clock")
    reason = models.CharField(max_length=200, blank=True)
    #: Subject of who entered it.
    made_by = models.CharField(max_length=64)
    made_at = models.BigIntegerField(help_text="Instant, wall clock")

    class Meta:
        ordering = ("-start", "-id")
        indexes = (models.Index(fields=("deputy", "until"), name="absence_deputy_until"),)
        constraints = (models.CheckConstraint(condition=models.Q(until__gte=models.F("start")), name="absence_ends"),)

    def __str__(self) -> str:
        return f"{self.account_id} → {self.deputy_id}"


class Contact(models.Model):
    """How to reach a reporter (name, telephone), sealed; read through ``contacts`` only, every read audited."""

    subject = models.CharField(max_length=32, primary_key=True, default=new_subject, editable=False)
    sealed = models.BinaryField()
    created_at = models.BigIntegerField(help_text="Instant, wall clock")
    #: Keyed digest of the telephone number, so that a caller's earlier cases are found without opening anything.
    telephone = models.CharField(max_length=64, blank=True, db_index=True)

    def __str__(self) -> str:
        return self.subject


class Attempt(models.Model):
    """One try at something that is limited (a password, a follow-up secret). ``key`` is a digest."""

    key = models.CharField(max_length=64)
    at = models.BigIntegerField(help_text="Instant, wall clock")

    class Meta:
        indexes = (models.Index(fields=("key", "at"), name="attempt_key_at"),)

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.at}"
