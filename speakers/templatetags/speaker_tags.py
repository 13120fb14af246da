from django import template

from conference.core.countries import get_country_name

register = template.Library()


@register.filter
def speaker_country(speaker):
    """The name of a speaker's country; empty where the organization is the country itself."""
    name = get_country_name(speaker.country) if speaker.country else ""
    return "" if name == str(speaker.organization) else name
