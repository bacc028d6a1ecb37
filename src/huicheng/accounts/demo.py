"""Accounts of a demonstration: one for each role and those that packs add, with passwords generated here."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator

from django.db import transaction

from huicheng.accounts.models import Account, Unit
from huicheng.accounts.roles import LENT, PROGRAMS, ROLES
from huicheng.packs import DemoAccount, Pack

#: 16 characters of 6 bits.
_PASSWORD_BYTES = 12


def create_demo_accounts(packs: Iterable[Pack] = ()) -> list[dict[str, str]]:
    """One account a role, then those of the packs, as ``{role, username, password, unit}``.

    Ones that are there get a new password. Passwords are told here once and kept only as hashes. Units are
    seeded before, or left empty. Roles of programs have keys instead.
    """
    units = {unit.code: unit for unit in Unit.objects.all()}
    made = [(one, secrets.token_urlsafe(_PASSWORD_BYTES)) for one in (*_one_a_role(), *_of_packs(packs))]
    with transaction.atomic():
        for wanted, password in made:
            _create(wanted, password, units.get(wanted.unit))
    return [
        {"role": one.role, "username": one.username, "password": password, "unit": one.unit} for one, password in made
    ]


def _one_a_role() -> Iterator[DemoAccount]:
    for role in ROLES.values():
        if role.name not in PROGRAMS | LENT:
            yield DemoAccount(role=role.name, username=role.name, unit=role.demo_unit, name=role.title)


def _of_packs(packs: Iterable[Pack]) -> Iterator[DemoAccount]:
    for pack in packs:
        yield from pack.demo.accounts


def _create(wanted: DemoAccount, password: str, unit: Unit | None) -> None:
    known = Account.objects.filter(username=wanted.username).first()
    account = known or Account(username=wanted.username, display_name=wanted.name["zh-hans"])
    account.roles, account.unit = [wanted.role], unit
    account.set_password(password)
    account.save()
