"""Regional groups of the Member States of the United Nations, by ISO 3166-1 codes.

A state in two groups is listed in the one in which it votes in elections: Türkiye in Western European and other States.
The United States are an observer of that group and listed in it. Kiribati is in no group.
"""

from enum import Enum

from django.utils.translation import gettext_lazy as _


class Region(Enum):
    AFRICA = "africa"
    ASIA_PACIFIC = "asia_pacific"
    EASTERN_EUROPE = "eastern_europe"
    LATIN_AMERICA = "latin_america"
    WESTERN_EUROPE = "western_europe"

    @property
    def label(self) -> str:
        return str(REGION_LABELS[self])


REGION_LABELS = {
    Region.AFRICA: _("African States"),
    Region.ASIA_PACIFIC: _("Asia-Pacific States"),
    Region.EASTERN_EUROPE: _("Eastern European States"),
    Region.LATIN_AMERICA: _("Latin American and Caribbean States"),
    Region.WESTERN_EUROPE: _("Western European and other States"),
}
MEMBER_STATES = {
    Region.AFRICA: (
        "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA NE "
        "NG RW SC SD SL SN SO SS ST SZ TD TG TN TZ UG ZA ZM ZW"
    ),
    Region.ASIA_PACIFIC: (
        "AE AF BD BH BN BT CN CY FJ FM ID IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MH MM MN MV MY NP NR OM PG PH PK "
        "PW QA SA SB SG SY TH TJ TL TM TO TV UZ VN VU WS YE"
    ),
    Region.EASTERN_EUROPE: "AL AM AZ BA BG BY CZ EE GE HR HU LT LV MD ME MK PL RO RS RU SI SK UA",
    Region.LATIN_AMERICA: (
        "AG AR BB BO BR BS BZ CL CO CR CU DM DO EC GD GT GY HN HT JM KN LC MX NI PA PE PY SR SV TT UY VC VE"
    ),
    Region.WESTERN_EUROPE: "AD AT AU BE CA CH DE DK ES FI FR GB GR IE IL IS IT LI LU MC MT NL NO NZ PT SE SM TR US",
}
REGION_BY_COUNTRY = {code: region for region, codes in MEMBER_STATES.items() for code in codes.split()}
# Kiribati is a Member State without a group; the Holy See and the State of Palestine are observer States.
MEMBER_AND_OBSERVER_STATES = (*REGION_BY_COUNTRY, "KI", "PS", "VA")


def get_region(country: str) -> Region | None:
    """Return the group of a state by its code; None for other codes."""
    return REGION_BY_COUNTRY.get(country)
