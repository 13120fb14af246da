"""How templates speak of the programme: texts in the right language, names for codes, addresses that keep the clock."""

from itertools import count
from operator import attrgetter

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from sessions import addresses
from sessions.fragments import Made
from sessions.languages import NAMES
from sessions.markdown import to_html, to_plain
from sessions.models import Participation, Session, SessionLink

register = template.Library()

KINDS = dict(Session.Kind.choices)
FORMATS = dict(Session.Format.choices)
ROLES = dict(Participation.Role.choices)
LINKS = dict(SessionLink.Kind.choices)
_numbers = count(1)


@register.tag
def once(parser, token):
    """{% once session by kind status %}...{% endonce %}: made once for all sessions of the same kind and status.

    {% once session in sessions by slug %} is there for each of the sessions, one after another, and made once for each.
    What is inside tells of nothing but what it is made once by, and what any fragment may tell of: see
    sessions.fragments.
    """
    match token.split_contents()[1:]:
        case [name, "in", values, "by", *attributes] if attributes:
            pass
        case [name, "by", *attributes] if attributes:
            values = None
        case _:
            raise template.TemplateSyntaxError("Say {% once name by attribute ... %}, or name in values.")
    nodes = parser.parse(["endonce"])
    parser.delete_first_token()
    return Once(name, values and parser.compile_filter(values), attributes, nodes)


class Once(template.Node):
    """See once. Each has a number of its own, and so fragments of its own; on a page without a sheet none is kept."""

    def __init__(self, name, values, attributes, nodelist):
        self.name, self.values, self.nodelist = name, values, nodelist
        self.same, self.number = attrgetter(*attributes), next(_numbers)

    def render(self, context):
        sheet = context.get("sheet")
        made = sheet.made if sheet else Made()
        if self.values is None:
            return self._made(context, made, context[self.name]).decode()
        with context.push():
            fragments = self._each(context, made)
            return sheet.leave_out(fragments) if sheet else b"".join(fragments).decode()

    def _each(self, context, made):
        for value in self.values.resolve(context):
            context[self.name] = value
            yield self._made(context, made, value)

    def _made(self, context, made, value):
        key = self.number, self.same(value)
        found = made.get(key)
        if found is None:
            found = self.nodelist.render(context).encode()
            made.put(key, found)
        return found


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


@register.filter
def kind_name(session):
    return KINDS.get(session.kind, session.kind)


@register.filter
def format_name(session):
    return FORMATS.get(session.format, session.format)


@register.filter
def role_name(part):
    return ROLES.get(part.role, part.role)


@register.filter
def link_name(link):
    return LINKS.get(link.kind, link.kind)


@register.filter
def language_name(code):
    return NAMES.get(code, code)


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
