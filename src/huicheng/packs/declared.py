"""What every declaration of a pack has in common."""

from __future__ import annotations

from typing import Annotated

import msgspec

#: Language tag → text. The mark lets the reader ask for every language.
Text = Annotated[dict[str, str], msgspec.Meta(extra={"text": True})]


class Declared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all that YAML declares."""
