"""Signing in, with a limit on guesses."""

from __future__ import annotations

from django.contrib.auth import authenticate, login
from django.http import HttpRequest

from huicheng.accounts.attempts import Limits, give_back, spend
from huicheng.accounts.models import Account
from huicheng.errors import HuichengError

#: Failures let through in a quarter of an hour: for a name from one address, for one address, and for
#: a name from everywhere. The last is high, so that nobody can easily lock somebody else out.
_FROM_ONE_PLACE, _OF_ONE_ADDRESS, _ON_ONE_NAME = 5, 30, 50


class SignInRefused(HuichengError):
    """Problem: user name and password do not fit together. Remedy: check both."""

    status = 403
    slug = "sign-in-refused"
    problem = "User name and password do not fit together."
    remedy = "Check both, or ask the system administrator for a new password."


def sign_in(request: HttpRequest, username: str, password: str) -> Account:
    """Open a session on ``request``. ``SignInRefused``, ``TooManyAttempts``.

    Whether the name exists cannot be told from the answer or its time: Django hashes in either case.
    """
    spent = spend(_limits(request, username))
    account = authenticate(request, username=username, password=password)
    if not isinstance(account, Account):
        raise SignInRefused
    login(request, account)
    give_back(spent)
    return account


def _limits(request: HttpRequest, username: str) -> Limits:
    address = request.META.get("REMOTE_ADDR", "")
    name = Account.normalize_username(username).casefold()
    return {
        f"sign-in {name} from {address}": _FROM_ONE_PLACE,
        f"sign-in from {address}": _OF_ONE_ADDRESS,
        f"sign-in {name}": _ON_ONE_NAME,
    }
