"""Django's settings, drawn from the installation's own (docs/reference/settings.md).

Light on purpose: every process and the type checker import it. It reads the environment and one
file, and makes nothing; ``huicheng run`` makes the data directory and its keys.
"""

from __future__ import annotations

import os
from pathlib import Path

from huicheng.people.setting import database

BASE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("HUICHENG_DATA", "data")).resolve()
#: Behind a proxy that speaks HTTPS: cookies are sent over HTTPS only.
HTTPS = bool(os.environ.get("HUICHENG_HTTPS"))


def _kept(name: str) -> str:
    """A secret that the first start has generated; "" before it, on which Django refuses to sign."""
    path = DATA / "keys" / name
    return path.read_text("utf-8").strip() if path.is_file() else ""


SECRET_KEY = os.environ.get("HUICHENG_SECRET_KEY") or _kept("django.key")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("HUICHENG_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []

INSTALLED_APPS = [
    # Sign-in, password hashing and sessions only: permissions come from policies (huicheng.access).
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "huicheng.accounts",
    "huicheng.web",
    "huicheng.cases",
    "huicheng.indicators",
    "huicheng.knowledge",
    "huicheng.supervision",
    "huicheng.portal",
    "huicheng.desk",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "huicheng.project.headers.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "huicheng.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "huicheng.web.faults.ErrorPages",
]
CSRF_FAILURE_VIEW = "huicheng.web.faults.forged"
LOGIN_URL = "/sign-in/"
ROOT_URLCONF = "huicheng.project.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": database(DATA, os.environ.get("HUICHENG_DATABASE", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "huicheng.accounts.hashing.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_COOKIE_NAME = "huicheng_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
#: A working day and a little; the browser forgets it when it closes.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "huicheng_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE / "web" / "locale"]
LANGUAGE_COOKIE_NAME = "huicheng_language"

#: Faults of views go where the server's own log goes; nothing is mailed.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
