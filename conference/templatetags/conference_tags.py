"""Template tags and filters: URLs in other languages, the site's images, country names, settings, admin lists."""

from django import template
from django.conf import settings
from django.contrib.admin.views.main import ChangeList
from django.template import Context
from django.urls import reverse, translate_url
from django.utils.translation import get_language, override

from conference import branding
from conference.core.i18n import countries
from conference.site_data import SiteData

register = template.Library()


@register.simple_tag
def site_languages() -> list[tuple[str, str]]:
    """Return pairs of a language code and the language's own name, which Django's tags would translate."""
    return settings.LANGUAGES


@register.simple_tag(takes_context=True)
def translated_url(context: Context, language: str) -> str:
    """Return the path and query of this page in another language, or of the home page if there is no such page."""
    request = context.get("request")
    home = "/" if language == settings.LANGUAGE_CODE else f"/{language}/"
    if request is None or request.resolver_match is None:
        return home
    url = request.get_full_path()
    translated = translate_url(url, language)
    return home if translated == url and get_language() != language else translated


@register.simple_tag
def url_in_language(language: str, name: str) -> str:
    """Return the URL of a named page in a language."""
    with override(language):
        return reverse(name)


@register.simple_tag(takes_context=True)
def canonical_url(context: Context, language: str | None = None) -> str:
    """Return the absolute URL of this page without its query, in this or another language."""
    return settings.SITE_URL + translate_url(context["request"].path, language or get_language())


@register.simple_tag
def icon_url() -> str:
    return branding.get_icon_url()


@register.simple_tag
def share_image(site: SiteData) -> branding.ShareImage:
    """Return the share image in the active language, with its URL and alternative text."""
    return branding.ShareImage.of(site.facts)


@register.filter
def absolute_url(path: str) -> str:
    return settings.SITE_URL + path


@register.filter
def country_name(code: str) -> str:
    return countries.get_country_name(code)


@register.simple_tag
def dev_outbox_enabled() -> bool:
    """Return whether e-mails are not sent but shown in the development outbox."""
    return settings.DEV_OUTBOX


@register.simple_tag
def active_filters(changelist: ChangeList) -> list[tuple[object, object]]:
    """Return pairs of a filter’s title and its active choice, of the filters of a list in the admin."""
    return [
        (spec.title, choice["display"])
        for spec in changelist.filter_specs
        for position, choice in enumerate(spec.choices(changelist))
        # The first choice is “All”.
        if position and choice.get("selected")
    ]
