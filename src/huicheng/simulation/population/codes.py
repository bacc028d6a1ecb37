"""Codes of people and organisations that pass every check of form and can never be anybody's.

Their first six digits name a region. :data:`NOWHERE` is none: GB/T 2260 gives Guizhou (52) no prefecture 99, so that no
office has ever issued such a code, nor could. The check digits are right, so programs take them for well-formed.
"""

from __future__ import annotations

from datetime import date

#: 贵州省 without a prefecture: unassigned in GB/T 2260.
NOWHERE = "529999"

#: GB 11643: ISO 7064 MOD 11-2, weights 2^(17-i) mod 11.
_PERSON_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
_PERSON_CHECKS = "10X98765432"
#: GB 32100: digits and capitals without I, O, S, V, Z; weights 3^i mod 31.
_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(3**place % 31 for place in range(17))
#: GB 11714: digits and capitals, 0 to 35.
_BODY_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def identity_code(birth: date, number: int, *, female: bool) -> str:
    """公民身份号码 (GB 11643) of nobody. ``number`` 0 to 499 tells apart who was born on one day."""
    order = number % 500 * 2 + (0 if female else 1)
    body = f"{NOWHERE}{birth:%Y%m%d}{order:03}"
    return body + person_check(body)


def person_check(body: str) -> str:
    """The eighteenth sign of an identity code."""
    return _PERSON_CHECKS[sum(int(sign) * weight for sign, weight in zip(body, _PERSON_WEIGHTS, strict=True)) % 11]


def credit_code(number: int) -> str:
    """统一社会信用代码 (GB 32100) of an enterprise (91) that does not exist; ``number`` below 100 million."""
    organisation = f"{number:08}"
    body = f"91{NOWHERE}{organisation}{organisation_check(organisation)}"
    return body + credit_check(body)


def organisation_check(body: str) -> str:
    """The ninth sign of an organisation code (GB 11714)."""
    rest = 11 - sum(_BODY_SIGNS.index(sign) * weight for sign, weight in zip(body, _BODY_WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest % 11)


def credit_check(body: str) -> str:
    """The eighteenth sign of a unified social credit code."""
    total = sum(_CREDIT_SIGNS.index(sign) * weight for sign, weight in zip(body, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_SIGNS[(31 - total % 31) % 31]
