from django import template

from speakers.naming import country_name

register = template.Library()


@register.filter
def country_of(speaker):
    """The name of a speaker's country; empty where the organization is the country itself."""
    name = country_name(speaker.country) if speaker.country else ""
    return "" if name == str(speaker.organization) else name
