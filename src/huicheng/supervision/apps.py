"""Django's name for this room."""

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "huicheng.supervision"
    label = "supervision"
