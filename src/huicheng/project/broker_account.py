"""The platform's own account at a broker."""

from __future__ import annotations

from pathlib import Path

from huicheng.files import kept_secret

MQTT_ACCOUNT = "huicheng"
_KEY = "mqtt.key"


def mqtt_key(data: Path) -> str:
    """The password of the account; made at the first call."""
    return kept_secret(data / "keys" / _KEY).hex()
