"""Names of countries that differ from those of django-countries.

The first ones are names as the United Nations uses them. The others are those that django-countries confuses with other
countries in Vietnamese; they are translated in this project's catalogue.
"""

from django.utils.translation import gettext_lazy as _

COUNTRY_NAMES = {
    "VN": _("Viet Nam"),
    "BS": _("Bahamas"),
    "KP": _("Democratic People’s Republic of Korea"),
    "KR": _("Republic of Korea"),
    "NR": _("Nauru"),
    "PS": _("State of Palestine"),
    "VA": _("Holy See"),
    "IS": _("Iceland"),
    "JE": _("Jersey"),
    "NE": _("Niger"),
    "RE": _("Réunion"),
    "SH": _("Saint Helena"),
    "SZ": _("Eswatini"),
    "TC": _("Turks and Caicos Islands"),
}
