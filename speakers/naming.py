"""What speakers are listed under."""

from django.utils.translation import gettext
from django_countries import countries

from sessions.text import fold


def country_name(code):
    """The country's name in the active language; empty for no country."""
    return str(countries.name(code)) if code else ""


def initial(sort_name):
    """The letter a name is filed under, without marks; "#" for what does not begin with a letter."""
    letter = fold(sort_name.strip())[:1].upper()
    return letter if letter.isalpha() else "#"


def country_or_none(code):
    return country_name(code) or gettext("Without a country")
