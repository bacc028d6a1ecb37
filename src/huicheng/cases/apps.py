"""Django's name for this room."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "huicheng.cases"
    label = "cases"
