"""Addresses of the pages. Data doors answer before Django sees a request (``asgi``)."""

from django.urls import include, path

urlpatterns = [
    path("open311/v2/", include("huicheng.api.open311.urls")),
    path("", include("huicheng.web.urls")),
    path("", include("huicheng.portal.urls")),
    path("", include("huicheng.desk.urls")),
]
handler400 = "huicheng.web.faults.malformed"
handler403 = "huicheng.web.faults.refused"
handler404 = "huicheng.web.faults.missing"
handler500 = "huicheng.web.faults.broken"
