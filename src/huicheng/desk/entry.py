"""Signing in and out, and one's own account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from huicheng.accounts.attempts import TooManyAttempts
from huicheng.accounts.models import Account
from huicheng.accounts.roles import ROLES
from huicheng.accounts.signing_in import SignInRefused, sign_in
from huicheng.desk.reading import page
from huicheng.web.texts import problem_of, remedy_of

#: Where each role starts its work; the first that fits.
_FIRST_PAGES = (
    ("system-admin", "desk:system"),
    ("security-admin", "desk:security"),
    ("audit-admin", "desk:audit"),
    ("leader", "desk:operations"),
    ("operator", "desk:hotline"),
    ("petition-officer", "desk:petitions"),
    ("collector", "desk:collect"),
)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """``/sign-in/``: on to ``next`` when that is an address of ours, else to the role's first page."""
    if request.method == "GET":
        return render(request, "desk/sign_in.html", {"next": request.GET.get("next", "")})
    username = request.POST.get("username", "").strip()
    try:
        account = sign_in(request, username, request.POST.get("password", ""))
    except (SignInRefused, TooManyAttempts) as error:
        said = {"problem": problem_of(error), "remedy": remedy_of(error)}
        kept = {"username": username, "next": request.POST.get("next", "")}
        return render(request, "desk/sign_in.html", {**said, **kept}, status=error.status)
    return HttpResponseRedirect(_onward(request, account))


def _onward(request: HttpRequest, account: Account) -> str:
    if account.must_change_password:
        return reverse("desk:account")
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    first = next((page for role, page in _FIRST_PAGES if role in account.roles), "desk:inbox")
    return reverse(first)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """``/sign-out/``"""
    logout(request)
    return redirect("portal:home")


@never_cache
@login_required
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
def account_page(request: HttpRequest) -> HttpResponse:
    """``/account/``: who I am, and a new password."""
    account = request.user
    if not isinstance(account, Account):
        raise TypeError("login_required lets only accounts through")
    errors = _change_password(request, account) if request.method == "POST" else {}
    if request.method == "POST" and not errors:
        messages.success(request, _("Your password has been changed. Your other sessions have ended."))
        return redirect("desk:account")
    roles = [ROLES[name].title for name in account.roles if name in ROLES]
    seen = page(request, "account", roles=roles, errors=errors)
    return render(request, "desk/account.html", seen, status=400 if errors else 200)


def _change_password(request: HttpRequest, account: Account) -> dict[str, str]:
    """Field → error; empty when it was changed."""
    old, new, again = (request.POST.get(name, "") for name in ("old", "new", "again"))
    if not account.check_password(old):
        return {"old": _("This is not your present password.")}
    if new != again:
        return {"again": _("The two are not the same.")}
    try:
        validate_password(new, account)
    except ValidationError as error:
        return {"new": " ".join(error.messages)}
    account.set_password(new)
    account.must_change_password = False
    account.save()
    update_session_auth_hash(request, account)
    return {}
