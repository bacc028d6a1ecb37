"""``/admin/security/``: the security administrator's page: accounts, API keys, policies. Every act is audited."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

import msgspec
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huicheng.access import Policy, Subject, demand
from huicheng.accounts.guards import audit, guard_for
from huicheng.accounts.models import Account, Unit
from huicheng.accounts.roles import LENT, ROLES, check_roles
from huicheng.accounts.subjects import subject_of
from huicheng.desk.acts import Acts, carry_out
from huicheng.desk.reading import page
from huicheng.errors import HuichengError, Invalid, NotFound
from huicheng.platform import current
from huicheng.stores import drive
from huicheng.web.texts import in_language, problem_of, remedy_of

_PAGE = 40
_PASSWORD_BYTES = 12


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an act. A secret is shown on this one page only and kept nowhere."""

    says: str
    secret: str = ""


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def security_page(request: HttpRequest) -> HttpResponse:
    """A POST carries out one act of :data:`ACTS`, named by ``do``."""
    subject = subject_of(request.user)
    demand(guard_for(subject, "read"), "read", "account")
    if request.method == "GET":
        return _show(request)
    try:
        told = carry_out(ACTS, request, subject)
    except HuichengError as error:
        messages.error(request, f"{problem_of(error)} {remedy_of(error)}", "bad")
        return _show(request, status=error.status)
    if told.secret:
        return _show(request, told=told)
    messages.success(request, told.says, "good")
    return redirect(request.get_full_path())


def _create_account(request: HttpRequest, subject: Subject) -> Told:
    username, password = request.POST.get("username", "").strip(), secrets.token_urlsafe(_PASSWORD_BYTES)
    if not username:
        raise Invalid(place="username", why="Please fill this in.")
    roles = request.POST.getlist("roles")
    unit = Unit.objects.filter(pk=request.POST.get("unit", "")).first()
    try:
        with transaction.atomic():
            account = Account.objects.create_account(
                username=username,
                password=password,
                roles=roles,
                unit=unit,
                display_name=request.POST.get("display_name", "").strip()[:64],
            )
            account.must_change_password = True
            account.save()
    except IntegrityError:
        raise Invalid(place="username", why="This user name is taken.") from None
    audit(subject, "create", "account", {"account": account.subject, "roles": account.roles, "unit": account.unit_id})
    return Told(says=_("Account %(name)s: first password") % {"name": username}, secret=password)


def _account(request: HttpRequest) -> Account:
    account = Account.objects.filter(subject=request.POST.get("account", "")).first()
    if account is None:
        raise NotFound(what="account", key=request.POST.get("account", ""))
    return account


def _switch_account(request: HttpRequest, subject: Subject) -> Told:
    account = _account(request)
    if account.subject == subject.id:
        raise Invalid(place="account", why="You cannot shut your own account.")
    account.is_active = not account.is_active
    account.save()
    audit(subject, "update", "account", {"account": account.subject, "active": account.is_active})
    says = _("%(name)s may sign in again.") if account.is_active else _("%(name)s can no longer sign in.")
    return Told(says=says % {"name": account.username})


def _reset_password(request: HttpRequest, subject: Subject) -> Told:
    account, password = _account(request), secrets.token_urlsafe(_PASSWORD_BYTES)
    account.set_password(password)
    account.must_change_password = True
    account.save()
    audit(subject, "update", "account", {"account": account.subject, "password": "reset"})
    return Told(says=_("Account %(name)s: new password") % {"name": account.username}, secret=password)


def _issue_key(request: HttpRequest, subject: Subject) -> Told:
    name = request.POST.get("name", "").strip()[:60]
    if not name:
        raise Invalid(place="name", why="Please fill this in.")
    roles = check_roles(request.POST.getlist("roles") or ["integration"])
    unit = request.POST.get("unit", "")
    key = drive(current().authority.authority.issue_key(name=name, roles=roles, unit=unit, by=subject))
    return Told(says=_("API key “%(name)s”") % {"name": name}, secret=key)


def _revoke_key(request: HttpRequest, subject: Subject) -> Told:
    drive(current().authority.authority.revoke_key(request.POST.get("key", ""), by=subject))
    return Told(says=_("The key has been revoked. It is refused from now on."))


def _revoke_policy(request: HttpRequest, subject: Subject) -> Told:
    policy = request.POST.get("policy", "")
    current().authority.revoke(policy, by=subject)
    return Told(says=_("The policy %(policy)s has been revoked. It grants nothing from now on.") % {"policy": policy})


ACTS: Acts[Told] = {
    "create-account": ("create", "account", _create_account),
    "switch-account": ("update", "account", _switch_account),
    "reset-password": ("update", "account", _reset_password),
    "issue-key": ("create", "key", _issue_key),
    "revoke-key": ("delete", "key", _revoke_key),
    "revoke-policy": ("delete", "policy", _revoke_policy),
}


def _show(request: HttpRequest, told: Told | None = None, status: int = 200) -> HttpResponse:
    accounts = Paginator(Account.objects.select_related("unit").order_by("username"), _PAGE)
    shown_accounts, sought = accounts.get_page(request.GET.get("page")), request.GET.get("policy", "").strip()[:60]
    shown = {
        "told": told,
        "accounts": shown_accounts,
        "account_rows": [_account_row(one) for one in shown_accounts],
        "roles": [
            {"value": role.name, "name": in_language(role.title)} for role in ROLES.values() if role.name not in LENT
        ],
        "units": [{"value": unit.code, "name": unit.name} for unit in Unit.objects.all()],
        "keys": [_key(row) for row in drive(current().authority.authority.keys())],
        "policies": _policies(sought, request.GET.get("policies")),
        "sought": sought,
        "own": subject_of(request.user).id,
        "sent": request.POST,
    }
    return render(request, "desk/security.html", page(request, "security", **shown), status=status)


def _account_row(account: Account) -> dict[str, Any]:
    return {
        "username": account.username,
        "display_name": account.display_name,
        "unit": account.unit.name if account.unit else "",
        "role_words": _role_words(account.roles),
        "is_active": account.is_active,
        "subject": account.subject,
    }


def _role_words(names: Iterable[str]) -> str:
    return ", ".join(in_language(ROLES[name].title) if name in ROLES else name for name in names)


def _key(row: Any) -> dict[str, Any]:
    roles = _role_words(msgspec.json.decode(row["roles"]))
    return {"id": row["id"], "name": row["name"], "roles": roles, "at": row["created_at"], "revoked": row["revoked_at"]}


def _policies(sought: str, number: str | None) -> Page[dict[str, Any]]:
    """One page of those with each word in the id, in who may, or in what is granted."""
    words = sought.casefold().split()
    shown = (_policy(one) for one in current().authority.policies())
    found = [one for one in shown if all(word in _text(one) for word in words)]
    return Paginator(found, _PAGE).get_page(number)


def _text(shown: dict[str, Any]) -> str:
    return " ".join(shown[name] for name in ("id", "who", "grantee", "actions", "resource")).casefold()


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "grantee": policy.grantee,
        "who": _role_words([role]) if (role := policy.grantee.removeprefix("role:")) in ROLES else "",
        "actions": ", ".join(policy.actions),
        "resource": policy.resource,
        "rows": policy.rows,
        "columns": ", ".join(policy.columns),
        "purpose": policy.purpose,
    }
