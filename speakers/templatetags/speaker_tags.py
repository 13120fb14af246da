"""Template filters for speakers."""

from django import template

from conference.core.i18n.countries import get_country_name
from sessions.programme import Speaker

register = template.Library()


@register.filter
def speaker_country(speaker: Speaker) -> str:
    """Return the name of a speaker's country; "" if the organization has the same name."""
    name = get_country_name(speaker.country) if speaker.country else ""
    return "" if name == str(speaker.organization) else name
