"""What speakers are listed under."""

from django.utils.translation import gettext
from django_countries import countries

from sessions.text import fold


def country_name(code):
    """The country's or territory's name in the active language."""
    return str(countries.name(code)) if code else gettext("No country")


def initial(sort_name):
    """The letter a name is filed under, without marks; "#" for what does not begin with a letter."""
    letter = fold(sort_name.strip())[:1].upper()
    return letter if letter.isalpha() else "#"
