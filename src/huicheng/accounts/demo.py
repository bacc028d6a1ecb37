"""Accounts of a demonstration: one for each role that signs in, with passwords generated here."""

from __future__ import annotations

import secrets

from django.db import transaction

from huicheng.accounts.models import Account, Unit
from huicheng.accounts.roles import PROGRAMS, ROLES, Role

#: 16 characters of 6 bits.
_PASSWORD_BYTES = 12


def create_demo_accounts() -> list[dict[str, str]]:
    """One account a role, as ``{role, username, password}``; ones that are there get a new password.

    Passwords are told here once and kept only as hashes. Units are seeded before, or left empty.
    Roles of programs have keys instead.
    """
    units = {unit.code: unit for unit in Unit.objects.all()}
    made = [(role, secrets.token_urlsafe(_PASSWORD_BYTES)) for role in ROLES.values() if role.name not in PROGRAMS]
    with transaction.atomic():
        for role, password in made:
            _create(role, password, units.get(role.demo_unit))
    return [{"role": role.name, "username": role.name, "password": password} for role, password in made]


def _create(role: Role, password: str, unit: Unit | None) -> None:
    known = Account.objects.filter(username=role.name).first()
    account = known or Account(username=role.name, display_name=role.title["zh-hans"])
    account.roles, account.unit = [role.name], unit
    account.set_password(password)
    account.save()
