"""How templates speak of the programme: texts in the right language, names for codes, addresses that keep the clock."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from sessions import addresses
from sessions.languages import NAMES
from sessions.markdown import to_html, to_plain
from sessions.models import Participation, Session, SessionLink

register = template.Library()

KINDS = dict(Session.Kind.choices)
FORMATS = dict(Session.Format.choices)
ROLES = dict(Participation.Role.choices)
LINKS = dict(SessionLink.Kind.choices)


@register.filter
def text(value):
    """A Text in the active language; where it falls back to another one, marked as being in that."""
    active = get_language()
    words, language = value.pick(active)
    if language == active:
        return words
    return format_html('<span lang="{}">{}</span>', language, words)


@register.filter
def markdown(value):
    """A Text written in Markdown, as safe HTML."""
    words, language = value.pick()
    # nh3 has cleaned it: see sessions.markdown.
    html = mark_safe(to_html(words))  # noqa: S308
    if language == get_language():
        return html
    return format_html('<div lang="{}">{}</div>', language, html)


@register.filter
def plain(value):
    """A Text written in Markdown, as words alone in one line."""
    return " ".join(to_plain(str(value)).split())


@register.simple_tag(takes_context=True)
def address(context, name, *args):
    """The address of a named page, with the visitor's clock if there is one."""
    clock = context.get("clock")
    return addresses.address(name, *args, query=clock.query if clock else None, within=_within(context))


@register.simple_tag(takes_context=True)
def narrowed(context, name, *args, **changes):
    """The address of an agenda page that keeps what is asked for now, but for the changes; None drops one."""
    return addresses.address(name, *args, query=context["query"] | changes, within=_within(context))


def _within(context):
    """The namespace of the programme's pages where this one stands; empty on pages that are not the programme's."""
    return getattr(context.get("edition"), "within", "")


@register.simple_tag(takes_context=True)
def mark(context, session):
    """{% mark session as mark %}: the release that changed or cancelled it, if one did."""
    return context["edition"].marks.get(str(session.id))


@register.simple_tag(takes_context=True)
def session_card(context, session):
    """The card of a session on the agenda, which the view has rendered."""
    return context["cards"][session.slug]


@register.filter
def kind_name(session):
    return str(KINDS.get(session.kind, session.kind))


@register.filter
def format_name(session):
    return str(FORMATS.get(session.format, session.format))


@register.filter
def role_name(part):
    return str(ROLES.get(part.role, part.role))


@register.filter
def link_name(link):
    return str(LINKS.get(link.kind, link.kind))


@register.filter
def language_name(code):
    return str(NAMES.get(code, code))


@register.simple_tag(takes_context=True)
def hours(context, session):
    """{% hours session as when %} gives when.here and when.there, a session's hours on the page's clocks."""
    clock = context["clock"]
    return {"here": clock.here(session), "there": clock.there(session)}


@register.filter
def sessions_of(day, programme):
    return programme.on(day)


@register.filter
def city(zone):
    """What people call a zone: the city in its name."""
    return zone.key.rpartition("/")[2].replace("_", " ")


@register.filter
def offset(zone, moment):
    """A zone's distance from UTC at a moment: UTC+7, UTC−3:30."""
    minutes = int(moment.astimezone(zone).utcoffset().total_seconds() // 60)
    if not minutes:
        return "UTC"
    sign = "+" if minutes > 0 else "−"
    whole, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{whole}:{rest:02}" if rest else f"UTC{sign}{whole}"
