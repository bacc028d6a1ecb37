"""Addresses of the officers' door."""

from django.urls import path

from huicheng.desk import (
    acting,
    audit_page,
    case_page,
    centre,
    clock_page,
    draws_page,
    entry,
    evidence,
    inbox,
    indicator_page,
    rules_page,
    security_page,
    system_page,
)

app_name = "desk"
urlpatterns = [
    path("sign-in/", entry.sign_in_page, name="sign-in"),
    path("sign-out/", entry.sign_out, name="sign-out"),
    path("account/", entry.account_page, name="account"),
    path("desk/", inbox.inbox_page, name="inbox"),
    path("desk/cases/<str:number>/", case_page.case_page, name="case"),
    path("desk/cases/<str:number>/clock/", clock_page.clock_page, name="clock"),
    path("desk/cases/<str:number>/contact/", case_page.contact, name="contact"),
    path("desk/cases/<str:number>/photographs/<str:digest>", case_page.photograph, name="photograph"),
    path("desk/cases/<str:number>/<str:action>/", acting.act_on, name="act"),
    path("desk/alerts/<str:id>/", evidence.alert_page, name="alert"),
    path("desk/draws/", draws_page.draws_page, name="draws"),
    path("desk/draws/conflicts/", draws_page.conflict_act, name="conflicts"),
    path("desk/draws/<str:id>/draw/", draws_page.draw_it, name="draw-it"),
    path("desk/rules/", rules_page.rules_page, name="rules"),
    path("desk/indicators/", indicator_page.indicators_page, name="indicators"),
    path("desk/indicators/<str:pack>/<str:name>/", indicator_page.indicator_page, name="indicator"),
    path("operations/", centre.centre_page, name="operations"),
    path("operations/state.json", centre.centre_state, name="operations-state"),
    path("admin/", system_page.system_page, name="system"),
    path("admin/security/", security_page.security_page, name="security"),
    path("admin/audit/", audit_page.audit_page, name="audit"),
]
