"""Addresses of the citizens' door."""

from django.urls import path

from huicheng.portal import follow, home, report, search

app_name = "portal"
urlpatterns = [
    path("", home.home_page, name="home"),
    path("search/", search.search_page, name="search"),
    path("report/", report.report_page, name="report"),
    path("report/received/", report.received_page, name="received"),
    path("follow/", follow.follow_page, name="follow"),
]
