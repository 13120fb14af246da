"""What the frame of a page needs: this page's address in other languages, scripts with their digest."""

import base64
import hashlib
from functools import lru_cache

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse, translate_url
from django.utils.html import format_html
from django.utils.translation import get_language, override

from speakers import naming

register = template.Library()


@register.simple_tag
def languages():
    """Pairs of a code and what the language calls itself: Django's own tags translate the name, or take it apart."""
    return settings.LANGUAGES


@register.simple_tag(takes_context=True)
def in_language(context, language):
    """This page's path and query in another language; the first page in it where this page has none."""
    request = context.get("request")
    home = "/" if language == settings.LANGUAGE_CODE else f"/{language}/"
    if request is None or request.resolver_match is None:
        return home
    here = request.get_full_path()
    there = translate_url(here, language)
    return home if there == here and get_language() != language else there


@register.simple_tag
def named_in(language, name):
    """The address of a named page in a language."""
    with override(language):
        return reverse(name)


@register.simple_tag(takes_context=True)
def canonical(context, language=None):
    """The absolute address of this page without its query, in this or another language."""
    return settings.SITE_URL + translate_url(context["request"].path, language or get_language())


@register.filter
def absolute(path):
    return settings.SITE_URL + path


@register.simple_tag
def script(name):
    """A script of ours with its digest, so that a browser runs it only if it is the one that was meant."""
    return format_html('<script src="{}" integrity="{}" defer></script>', staticfiles_storage.url(name), _digest(name))


@lru_cache(maxsize=100)
def _digest(name):
    """The digest of the file that is served: collected where files are collected, else the source."""
    hashed = getattr(staticfiles_storage, "stored_name", lambda same: same)(name)
    if staticfiles_storage.exists(hashed):
        with staticfiles_storage.open(hashed) as file:
            content = file.read()
    else:
        with open(finders.find(name), "rb") as file:
            content = file.read()
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


@register.filter
def country(code):
    return naming.country_name(code)
