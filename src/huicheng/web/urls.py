"""Addresses that every door's pages use."""

from django.urls import path

from huicheng.web import outline, served

urlpatterns = [
    path("static/dist/<path:path>", served.built_file, name="built-file"),
    path("icon.svg", served.icon, name="icon"),
    path("map/outline.json", outline.outline_file, name="outline"),
]
