"""Telephone numbers as people say and write them, and the digest under which a caller is found again."""

from __future__ import annotations

import hmac
import re
import unicodedata
from hashlib import sha256
from pathlib import Path

from huicheng.files import kept_secret

#: China, as it stands before a number that is written for abroad.
_COUNTRY = re.compile(r"^(?:\+|00)86")
#: Shorter ones are services (12345) and slips, and say nothing about a person.
_SHORTEST = 7


def normal(number: str) -> str:
    """The digits alone, without the country's own code; "" for what is no number of a person.

    ``+86 138-0000-0000``, ``１３８００００００００`` and ``138 0000 0000`` are one number.
    """
    written = re.sub(r"[^\d+]", "", unicodedata.normalize("NFKC", number))
    digits = _COUNTRY.sub("", written).replace("+", "")
    return digits if len(digits) >= _SHORTEST else ""


def digest(number: str, data: Path) -> str:
    """HMAC-SHA-256 of the number under ``keys/telephones.key``; "" for what is no number.

    Keyed, because there are few enough numbers to try them all against a plain digest.
    """
    said = normal(number)
    if not said:
        return ""
    return hmac.new(kept_secret(data / "keys" / "telephones.key"), said.encode(), sha256).hexdigest()
