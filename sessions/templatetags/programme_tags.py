"""How templates speak of the programme: texts in the right language, names for codes, addresses that keep the clock."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from conference.core.languages import LANGUAGE_NAMES
from conference.core.markdown import to_html, to_plain
from conference.core.timezones import utc_offset, zone_city

from .. import links
from ..models import Participation, Session, SessionLink

register = template.Library()
register.filter(utc_offset)
register.filter(zone_city)

KIND_LABELS = dict(Session.Kind.choices)
FORMAT_LABELS = dict(Session.Format.choices)
ROLE_LABELS = dict(Participation.Role.choices)
LINK_LABELS = dict(SessionLink.Kind.choices)


@register.filter
def localized(value):
    """A Text in the active language; where it falls back to another one, marked as being in that."""
    active = get_language()
    words, language = value.resolve(active)
    if language == active:
        return words
    return format_html('<span lang="{}">{}</span>', language, words)


@register.filter
def markdown(value):
    """A Text written in Markdown, as safe HTML."""
    words, language = value.resolve()
    # nh3 has cleaned it: see sessions.markdown.
    html = mark_safe(to_html(words))  # noqa: S308
    if language == get_language():
        return html
    return format_html('<div lang="{}">{}</div>', language, html)


@register.filter
def plain_text(value):
    """A Text written in Markdown, as words alone in one line."""
    return " ".join(to_plain(str(value)).split())


@register.simple_tag(takes_context=True)
def programme_url(context, name, *args):
    """The address of a named page, with the visitor's clock if there is one."""
    clock = context.get("clock")
    return links.programme_url(name, *args, query=clock.query if clock else None, namespace=get_url_namespace(context))


@register.simple_tag(takes_context=True)
def filter_url(context, name, *args, **changes):
    """The address of an agenda page that keeps what is asked for now, but for the changes; None drops one."""
    return links.programme_url(name, *args, query=context["query"] | changes, namespace=get_url_namespace(context))


def get_url_namespace(context):
    """The namespace of the programme's pages where this one stands; empty on pages that are not the programme's."""
    return getattr(context.get("edition"), "url_namespace", "")


@register.simple_tag(takes_context=True)
def change_marker(context, session):
    """{% mark session as mark %}: the release that changed or cancelled it, if one did."""
    return context["edition"].change_markers.get(str(session.id))


@register.simple_tag(takes_context=True)
def session_card(context, session):
    """The card of a session on the agenda, which the view has rendered."""
    return context["cards"][session.slug]


@register.filter
def kind_name(session):
    return str(KIND_LABELS.get(session.kind, session.kind))


@register.filter
def format_name(session):
    return str(FORMAT_LABELS.get(session.format, session.format))


@register.filter
def role_name(part):
    return str(ROLE_LABELS.get(part.role, part.role))


@register.filter
def link_name(link):
    return str(LINK_LABELS.get(link.kind, link.kind))


@register.filter
def language_name(code):
    return str(LANGUAGE_NAMES.get(code, code))


@register.simple_tag(takes_context=True)
def local_times(context, session):
    """{% hours session as when %} gives when.conference_times and when.visitor_times, a session's hours on the page's clocks."""
    clock = context["clock"]
    return {"conference_times": clock.conference_times(session), "visitor_times": clock.visitor_times(session)}


@register.filter
def sessions_on(day, programme):
    return programme.on(day)
