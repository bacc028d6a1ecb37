"""Addresses of the door."""

from django.urls import re_path

from huicheng.api.open311 import discovery, filing, missing, requests, services, updates

_END = r"\.(?P<format>json|xml)$"

app_name = "open311"
urlpatterns = [
    re_path(rf"^discovery{_END}", discovery.discovery, name="discovery"),
    re_path(rf"^services{_END}", services.service_list, name="services"),
    re_path(rf"^services/(?P<code>[^/]+?){_END}", services.service_definition, name="service"),
    re_path(rf"^requests{_END}", filing.request_list, name="requests"),
    re_path(rf"^requests/(?P<number>[^/]+?){_END}", requests.one_request, name="request"),
    re_path(rf"^tokens/(?P<token>[^/]+?){_END}", filing.token, name="token"),
    re_path(rf"^servicerequestupdates{_END}", updates.update_list, name="updates"),
    re_path(r"", missing.missing, name="missing"),
]
