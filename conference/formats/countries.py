"""Names of countries and territories that differ from those of django-countries.

They are the short names of the United Nations (standard M49). Vietnamese names are translated in this project's
catalogue; some are listed only because django-countries confuses or misspells them in Vietnamese.
"""

from django.utils.translation import gettext_lazy as _

COUNTRY_NAMES = {
    # See INTERNATIONAL_ORGANIZATION in conference.core.i18n.countries.
    "XO": _("International organization"),
    "BN": _("Brunei Darussalam"),
    "BO": _("Bolivia (Plurinational State of)"),
    "BS": _("Bahamas"),
    "CG": _("Congo"),
    "CI": _("Côte d’Ivoire"),
    "FM": _("Micronesia (Federated States of)"),
    "GB": _("United Kingdom of Great Britain and Northern Ireland"),
    "HK": _("China, Hong Kong Special Administrative Region"),
    "IR": _("Iran (Islamic Republic of)"),
    "IS": _("Iceland"),
    "JE": _("Jersey"),
    "KP": _("Democratic People’s Republic of Korea"),
    "KR": _("Republic of Korea"),
    "LA": _("Lao People’s Democratic Republic"),
    "LC": _("Saint Lucia"),
    "LY": _("Libya"),
    "MD": _("Republic of Moldova"),
    "MO": _("China, Macao Special Administrative Region"),
    "NE": _("Niger"),
    "NL": _("Netherlands (Kingdom of the)"),
    "NR": _("Nauru"),
    "PS": _("State of Palestine"),
    "RE": _("Réunion"),
    "RU": _("Russian Federation"),
    "SH": _("Saint Helena"),
    "SO": _("Somalia"),
    "SY": _("Syrian Arab Republic"),
    "SZ": _("Eswatini"),
    "TC": _("Turks and Caicos Islands"),
    "TZ": _("United Republic of Tanzania"),
    "US": _("United States of America"),
    "VA": _("Holy See"),
    "VE": _("Venezuela (Bolivarian Republic of)"),
    "VG": _("British Virgin Islands"),
    "VI": _("United States Virgin Islands"),
    "VN": _("Viet Nam"),
    "WF": _("Wallis and Futuna Islands"),
    # Territories without permanent inhabitants are not offered.
    **dict.fromkeys(("AQ", "BV", "GS", "HM", "IO", "TF", "UM")),
}
