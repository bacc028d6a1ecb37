"""Signing in, sessions and subjects (N2): what policies learn of a person, and how guesses are limited."""

from __future__ import annotations

import threading

import pytest
from django.contrib.auth import logout
from django.contrib.sessions.backends.db import SessionStore
from django.db import IntegrityError, connection
from django.http import HttpRequest
from people import Town

from huicheng.accounts.attempts import TooManyAttempts, give_back, spend
from huicheng.accounts.demo import create_demo_accounts
from huicheng.accounts.models import Account, Attempt
from huicheng.accounts.roles import ADMINISTRATORS, LENT, PROGRAMS, ROLES, RolesNotSeparate, UnknownRole
from huicheng.accounts.signing_in import SignInRefused, sign_in
from huicheng.accounts.subjects import ANONYMOUS, names_of, subject_of, subject_of_session

pytestmark = pytest.mark.usefixtures("town")


def asked(address: str = "10.0.0.1") -> HttpRequest:
    request = HttpRequest()
    request.session = SessionStore()
    request.META["REMOTE_ADDR"] = address
    return request


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Account:
    request.getfixturevalue("town")
    return Account.objects.create_account(username="li", password="correct horse", roles=["handler"])


def test_the_right_password_opens_a_session_for_every_door(account: Account) -> None:
    request = asked()
    assert sign_in(request, "li", "correct horse") == account
    request.session.save()
    subject = subject_of_session(request.session.session_key)
    assert (subject.id, subject.roles, subject.unit) == (account.subject, ("handler",), "")
    assert names_of([subject.id]) == {subject.id: "li"}


def test_whoever_has_a_password_set_by_somebody_else_is_nobody_until_it_is_changed(account: Account) -> None:
    account.must_change_password = True
    account.save()
    assert subject_of(account) == ANONYMOUS
    _, key = session("correct horse")
    assert subject_of_session(key) == ANONYMOUS


def test_passwords_are_kept_by_argon2(account: Account) -> None:
    assert account.password.startswith("argon2$argon2id$")


@pytest.mark.parametrize(("name", "password"), [("li", "wrong"), ("nobody", "correct horse"), ("", "")])
@pytest.mark.usefixtures("account")
def test_a_wrong_name_and_a_wrong_password_look_the_same(name: str, password: str) -> None:
    with pytest.raises(SignInRefused):
        sign_in(asked(), name, password)


def session(password: str) -> tuple[HttpRequest, str | None]:
    request = asked()
    sign_in(request, "li", password)
    request.session.save()
    return request, request.session.session_key


def test_a_session_ends_with_a_new_password(account: Account) -> None:
    _, key = session("correct horse")
    account.set_password("new password")
    account.save()
    assert subject_of_session(key) == ANONYMOUS
    assert subject_of_session(session("new password")[1]).id == account.subject


@pytest.mark.usefixtures("account")
def test_a_session_ends_with_signing_out() -> None:
    request, key = session("correct horse")
    logout(request)
    assert subject_of_session(key) == ANONYMOUS


def test_a_session_ends_with_its_account(account: Account) -> None:
    _, key = session("correct horse")
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert subject_of_session(key) == ANONYMOUS


@pytest.mark.parametrize("key", [None, "", "x", "../../etc/passwd", "a" * 32])
def test_a_cookie_that_is_no_session_is_nobody(key: str | None) -> None:
    assert subject_of_session(key) == ANONYMOUS


def test_an_account_that_is_shut_down_is_nobody(account: Account) -> None:
    account.is_active = False
    assert subject_of(account) == ANONYMOUS


@pytest.mark.usefixtures("account")
def test_after_five_wrong_guesses_even_the_right_password_must_wait() -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sign_in(asked("10.0.0.9"), "li", "wrong")
    with pytest.raises(TooManyAttempts):
        sign_in(asked("10.0.0.9"), "li", "correct horse")
    # Its owner, elsewhere, is not locked out.
    assert sign_in(asked("10.0.0.1"), "li", "correct horse")
    assert "li" not in "".join(Attempt.objects.values_list("key", flat=True))


def test_many_guesses_at_once_are_limited_as_well() -> None:
    refused: list[bool] = []

    def guess() -> None:
        try:
            spend({"guess": 5})
            refused.append(False)
        except TooManyAttempts:
            refused.append(True)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (refused.count(False), refused.count(True)) == (5, 7)


def test_what_was_rightly_tried_does_not_count() -> None:
    for _ in range(10):
        give_back(spend({"try": 1}))
    spend({"try": 1})
    with pytest.raises(TooManyAttempts):
        spend({"try": 1})


def test_attempts_are_forgotten_after_a_quarter_of_an_hour() -> None:
    spend({"try": 1})
    Attempt.objects.update(at=1)
    spend({"try": 1})
    assert Attempt.objects.count() == 1


def test_one_account_is_at_most_one_administrator() -> None:
    for second in ADMINISTRATORS - {"system-admin"}:
        with pytest.raises(RolesNotSeparate):
            Account.objects.create_account(username="x", password="x", roles=["system-admin", second])
    account = Account.objects.create_account(username="x", password="x", roles=["system-admin"])
    account.roles = ["system-admin", "audit-admin"]
    with pytest.raises(RolesNotSeparate):
        account.save()


def test_an_unknown_role_and_a_taken_name_are_refused(account: Account) -> None:
    with pytest.raises(UnknownRole):
        Account.objects.create_account(username="y", password="x", roles=["king"])
    with pytest.raises(IntegrityError):
        Account.objects.create_account(username=account.username, password="x", roles=["citizen"])


def test_the_demo_has_one_account_a_role_with_passwords_made_here(town: Town) -> None:
    first, again = create_demo_accounts(), create_demo_accounts()
    assert {one["role"] for one in first} == set(ROLES) - PROGRAMS - LENT
    assert len({one["password"] for one in [*first, *again]}) == len(first) * 2
    assert Account.objects.count() == len(first)
    handler = next(one for one in again if one["role"] == "handler")
    signed_in = sign_in(asked(), handler["username"], handler["password"])
    assert (signed_in.unit_id, signed_in.must_change_password) == ("eeb", False)
    connection.close()
    held = b"".join(path.read_bytes() for path in town.data.glob("people.db*"))
    assert handler["password"].encode() not in held
