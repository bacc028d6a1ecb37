"""Django's name for this door."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "huicheng.desk"
    label = "desk"
