"""What the frame of a page needs: this page's address in other languages."""

from django import template
from django.conf import settings
from django.urls import reverse, translate_url
from django.utils.translation import get_language, override

from conference.core import countries

register = template.Library()


@register.simple_tag
def site_languages():
    """Pairs of a code and what the language calls itself: Django's own tags translate the name, or take it apart."""
    return settings.LANGUAGES


@register.simple_tag(takes_context=True)
def translated_url(context, language):
    """This page's path and query in another language; the first page in it where this page has none."""
    request = context.get("request")
    home = "/" if language == settings.LANGUAGE_CODE else f"/{language}/"
    if request is None or request.resolver_match is None:
        return home
    here = request.get_full_path()
    there = translate_url(here, language)
    return home if there == here and get_language() != language else there


@register.simple_tag
def url_in_language(language, name):
    """The address of a named page in a language."""
    with override(language):
        return reverse(name)


@register.simple_tag(takes_context=True)
def canonical_url(context, language=None):
    """The absolute address of this page without its query, in this or another language."""
    return settings.SITE_URL + translate_url(context["request"].path, language or get_language())


@register.filter
def absolute_url(path):
    return settings.SITE_URL + path


@register.filter
def country_name(code):
    return countries.get_country_name(code)
