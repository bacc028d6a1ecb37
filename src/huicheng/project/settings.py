"""Django's settings, drawn from the installation's own (docs/reference/settings.md)."""

from __future__ import annotations

import os
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("HUICHENG_DATA", "data")).resolve()

SECRET_KEY = os.environ.get("HUICHENG_SECRET_KEY", "")
INSTALLED_APPS: list[str] = []
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA / "people.db"}}
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
