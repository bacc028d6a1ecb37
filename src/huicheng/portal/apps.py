"""Django's name for this door."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "huicheng.portal"
    label = "portal"
