"""Addresses of the citizens' door."""

from django.urls import path

from huicheng.portal import answers, draws, follow, hints, home, mine, report, search

app_name = "portal"
urlpatterns = [
    path("", home.home_page, name="home"),
    path("answers/<int:id>/", answers.answer_page, name="answer"),
    path("search/", search.search_page, name="search"),
    path("report/", report.report_page, name="report"),
    path("report/hints/", hints.hints, name="hints"),
    path("report/received/", report.received_page, name="received"),
    path("supervision/", draws.draws_page, name="draws"),
    path("supervision/<str:id>/", draws.draw_page, name="draw"),
    path("supervision/<str:id>/protocol.json", draws.protocol_file, name="protocol"),
    path("mine/", mine.mine_page, name="mine"),
    path("mine/<str:number>/", mine.matter_page, name="matter"),
    path("follow/", follow.follow_page, name="follow"),
]
