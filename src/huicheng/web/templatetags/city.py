"""``{% load city %}``: the front end's files, texts of packs, instants."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from huicheng.city import Instant, rfc3339
from huicheng.packs import Text
from huicheng.web import moments, texts
from huicheng.web.front_end import entry

register = template.Library()


@register.simple_tag
def front_end(name: str) -> SafeString:
    """Styles and script of one entry; a visible remark where the front end was never built."""
    built = entry(name)
    if built is None:
        return format_html("<!-- {} -->", "The front end has not been built: make build")
    styles = format_html_join("\n", '<link rel="stylesheet" href="{}">', ((style,) for style in built.styles))
    return format_html('{}\n<script type="module" src="{}"></script>', styles, built.script)


@register.filter
def words(text: Text | None) -> str:
    """A pack's text in the language of the page."""
    return texts.in_language(text) if text else ""


@register.filter
def spoken(text: str | None) -> str:
    """A source as a pack names it in both languages, in the language of the page."""
    return texts.spoken(text or "")


@register.simple_tag
def when(instant: Instant | None) -> SafeString:
    """An instant as ``<time>``."""
    if instant is None:
        return SafeString("")
    return format_html('<time datetime="{}">{}</time>', rfc3339(instant), moments.moment(instant))


@register.filter
def a_day(instant: Instant | None) -> str:
    """The day of an instant."""
    return moments.day(instant)


@register.simple_tag(takes_context=True)
def in_other_language(context: Context, code: str) -> str:
    """The page's own address in the other language."""
    request: Any = context.get("request")
    if request is None:
        return f"?lang={code}"
    query = request.GET.copy()
    query["lang"] = code
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def with_query(context: Context, **changes: object) -> str:
    """The page's query with some parts changed; an empty value takes a part away."""
    return _query(context, changes)


@register.inclusion_tag("web/pages.html", takes_context=True)
def ways(context: Context, number: int, pages: int, key: str = "page") -> dict[str, Any]:
    """The ways from one page of a list to those beside it, ``?key=``; nothing where there is one only.

    Where a page has two lists, the second has a key of its own, which is its id, too.
    """
    there = "" if key == "page" else f"#{key}"
    return {
        "number": number,
        "pages": pages,
        "before": _query(context, {key: number - 1}) + there if number > 1 else "",
        "after": _query(context, {key: number + 1}) + there if number < pages else "",
    }


def _query(context: Context, changes: Mapping[str, object]) -> str:
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in ("", None):
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag
def map_remark() -> str:
    """What must stand under every map: its approval number, or that it is for testing only."""
    number = os.environ.get("HUICHENG_MAP_APPROVAL", "")
    if number:
        return _("Map approval number (审图号): %(number)s") % {"number": number}
    return _("Map without an approval number: for testing only")


@register.simple_tag
def zone_remark() -> str:
    """In which zone every time on the page is."""
    if settings.TIME_ZONE == "Asia/Shanghai":
        return _("Times are Beijing time (UTC+8)")
    return _("Times are those of %(zone)s") % {"zone": settings.TIME_ZONE}


@register.simple_tag
def demo_remark() -> str:
    """What must stand on every page of a demonstration."""
    return _("Demonstration: not the district's own data") if os.environ.get("HUICHENG_DEMO") else ""
