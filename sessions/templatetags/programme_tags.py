"""Template tags and filters for the programme: localized texts, labels, URLs that keep the time zone, session cards."""

import datetime
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from django import template
from django.template import Context
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from conference.core.i18n.languages import LANGUAGE_NAMES
from conference.core.i18n.text import LocalizedText
from conference.core.i18n.timezones import DisplayTimeZones, LocalTimes, utc_offset, zone_city
from conference.core.markdown import to_html, to_inline_html, to_plain

from .. import labels, links
from ..checks import Issue, RowReference
from ..programme import Link, Participation, Programme, Session
from ..releases.changelog import make_change_anchor

MAX_LINKED_ROWS = 6

register = template.Library()
register.filter(utc_offset)
register.filter(zone_city)


# Texts


@register.filter
def localized(text: LocalizedText) -> str:
    """Return a text in the active language; a text in another language gets a lang attribute."""
    content, language = text.resolve()
    if language == get_language():
        return content
    return format_html('<span lang="{}">{}</span>', language, content)


@register.filter
def markdown(text: LocalizedText) -> SafeString:
    """Return a Markdown text as HTML."""
    content, language = text.resolve()
    # to_html sanitizes its result.
    html = mark_safe(to_html(content))  # noqa: S308
    if language == get_language():
        return html
    return format_html('<div lang="{}">{}</div>', language, html)


@register.filter
def inline_markdown(text: LocalizedText) -> SafeString:
    """Return a Markdown text of one line as HTML without paragraphs."""
    content, language = text.resolve()
    # to_inline_html sanitizes its result.
    html = mark_safe(to_inline_html(content))  # noqa: S308 - cleaned by nh3
    if language == get_language():
        return html
    return format_html('<span lang="{}">{}</span>', language, html)


@register.filter
def plain_text(text: LocalizedText) -> str:
    """Return a Markdown text without markup, on one line."""
    return " ".join(to_plain(str(text)).split())


@register.filter
def session_title(session: Session) -> str:
    """Return the title of a session, struck out if it is cancelled."""
    title = localized(session.title)
    return format_html("<s>{}</s>", title) if session.is_cancelled else title


@register.filter
def session_notice(session: Session) -> str:
    """Return the notice of a session, the default notice of its status, or nothing."""
    if session.notice:
        return localized(session.notice)
    return str(labels.DEFAULT_NOTICES.get(session.status, ""))


# Labels


@register.filter
def kind_name(session: Session) -> str:
    return labels.get_label(labels.KIND_LABELS, session.kind)


@register.filter
def format_name(session: Session) -> str:
    return labels.get_label(labels.FORMAT_LABELS, session.format)


@register.filter
def role_name(participation: Participation) -> str:
    return labels.get_label(labels.ROLE_LABELS, participation.role)


@register.filter
def link_name(link: Link) -> str:
    return labels.get_label(labels.LINK_LABELS, link.kind)


@register.filter
def language_name(code: str) -> str:
    return labels.get_label(LANGUAGE_NAMES, code)


@register.filter
def language_names(codes: Iterable[str]) -> str:
    return labels.join_language_names(codes)


# URLs


@register.simple_tag(takes_context=True)
def programme_url(context: Context, name: str, *args) -> str:
    """Return the URL of a named page, with the visitor's time zone if one is set."""
    return links.programme_url(name, *args, query=get_time_zone_query(context), namespace=get_url_namespace(context))


@register.simple_tag(takes_context=True)
def filter_url(context: Context, name: str, *args, **changes) -> str:
    """Return the URL of an agenda page with the current filters, apart from the changes; None removes a filter."""
    return links.programme_url(name, *args, query=context["query"] | changes, namespace=get_url_namespace(context))


@register.simple_tag(takes_context=True)
def remove_filter_url(context: Context, name: str) -> str:
    """Return the URL of this agenda page without one of its filters."""
    if context["date"]:
        return filter_url(context, "programme:day", context["date"], **{name: None})
    return filter_url(context, "programme:agenda", **{name: None})


@register.filter
def query_string(params: Mapping[str, str]) -> str:
    """Return parameters as a query string with its question mark; "" if there are none."""
    return f"?{urlencode(params)}" if params else ""


def get_time_zone_query(context: Context) -> dict[str, str]:
    """Return the query parameters that keep the visitor's time zone; pages without times only pass it on."""
    time_zones, site = context.get("time_zones"), context.get("site")
    if time_zones is None and site and (request := context.get("request")):
        time_zones = DisplayTimeZones.from_query(request.GET.get("tz", ""), site.time_zone)
    return time_zones.query if time_zones else {}


def get_url_namespace(context: Context) -> links.UrlNamespace | None:
    """Return the URL namespace of the programme that the page shows; None for the published one."""
    return getattr(context.get("snapshot"), "url_namespace", None)


# Parts of pages


@register.simple_tag(takes_context=True)
def session_card(context: Context, session: Session) -> SafeString:
    """Return the card of a session on the agenda, which the view has rendered."""
    return context["cards"][session.slug]


@register.simple_tag(takes_context=True)
def local_times(context: Context, session: Session) -> dict[str, LocalTimes | None]:
    """Return the times of a session in the time zones of the conference and of the visitor."""
    time_zones = context["time_zones"]
    return {
        "conference_times": time_zones.conference_times(session),
        "visitor_times": time_zones.visitor_times(session),
    }


@register.inclusion_tag("sessions/_change_marker.html", takes_context=True)
def change_marker(context: Context, session: Session) -> dict[str, str]:
    """Show what changed last in a session and when, with a link to the change, if anything did."""
    snapshot = context["snapshot"]
    marker = snapshot.change_markers[get_language()].get(str(session.id))
    if marker is None:
        return {}
    if snapshot.is_preview and marker.number == snapshot.programme.number:
        return {"label": labels.describe_unpublished_change(marker.aspects)}
    url = links.programme_url("programme:release", marker.number, query=get_time_zone_query(context))
    return {
        "label": labels.describe_change(marker.aspects, format_change_date(marker.published_at, snapshot.programme)),
        "url": f"{url}#{make_change_anchor('sessions', marker.slug)}",
    }


def format_change_date(published_at: datetime.datetime, programme: Programme) -> str:
    """Return a date without the year, if the conference is in the same year."""
    date = published_at.astimezone(programme.time_zone).date()
    return date_format(date, "DAY_MONTH_FORMAT" if date.year == programme.starts_on.year else "DAY_MONTH_YEAR_FORMAT")


@register.filter
def sessions_on(day: datetime.date, programme: Programme) -> tuple[Session, ...]:
    return programme.on(day)


# Checks


@register.simple_tag(takes_context=True)
def linked_rows(context: Context, issue: Issue) -> list[RowReference]:
    """Return the first rows of an issue whose change form the user may open, without the form of the present page."""
    request = context["request"]
    rows = (row for row in issue.rows if row.url != request.path and row.is_visible_to(request.user))
    return list(rows)[:MAX_LINKED_ROWS]
