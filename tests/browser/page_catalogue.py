"""All kinds of public pages: scenario and path by name."""

import datetime
from zoneinfo import ZoneInfo

import pytest

# Computed once, so that a test run over midnight uses one day.
TODAY_IN_HA_NOI = datetime.datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()

# Scenarios: "shipped" has the initial content, whose conference is over; "stage-..." are the stages of quickstart; for
# the others see tests.browser.scenarios.
PAGES = {
    "home, after": ("shipped", "/"),
    "home, before": ("before", "/"),
    "home, during": ("during", "/"),
    "home, with visitor time zone": ("during", "/?tz=America/Los_Angeles"),
    "agenda": ("shipped", "/programme/"),
    "agenda, today": ("during", "/programme/"),
    "agenda, filtered": ("shipped", "/programme/?theme=pillars&kind=plenary&room=plenary-hall&language=fr"),
    "agenda, searched": ("shipped", "/programme/?q=hoa+binh"),
    "agenda, no results": ("shipped", "/programme/?q=zebra"),
    "agenda, unknown values": ("shipped", "/programme/?theme=zebra&tz=Atlantis/Capital"),
    "agenda, with visitor time zone": ("shipped", "/programme/?tz=Pacific/Auckland"),
    "day": ("shipped", "/programme/2020-12-08/"),
    "day, cancelled and on now": ("during", f"/programme/{TODAY_IN_HA_NOI}/"),
    "day, with visitor time zone": ("during", f"/programme/{TODAY_IN_HA_NOI}/?tz=America/Los_Angeles"),
    "session": ("shipped", "/sessions/opening/"),
    "session, with visitor time zone": ("shipped", "/sessions/closing/?tz=Pacific/Auckland"),
    "session, tentative": ("during", "/sessions/rights-without-conditions/"),
    "session, cancelled": ("during", "/sessions/acting-early/"),
    "session, in English only": ("during", "/sessions/women-in-peacekeeping/"),
    "session, mostly in Vietnamese": ("during", "/sessions/relief-and-recovery/"),
    "session, with a portrait": ("during", "/sessions/women-at-the-table/"),
    "speakers": ("shipped", "/speakers/"),
    "speakers, with a portrait": ("during", "/speakers/"),
    "speakers, by country": ("shipped", "/speakers/?by=country"),
    "speakers, no results": ("shipped", "/speakers/?q=zebra"),
    "speaker": ("shipped", "/speakers/marita-sorheim-rensvik/"),
    "speaker, with a portrait": ("during", "/speakers/kristin-lund/"),
    "speaker, with visitor time zone": ("during", "/speakers/kristin-lund/?tz=America/Los_Angeles"),
    "changes": ("during", "/programme/changes/"),
    "release, the first": ("shipped", "/programme/changes/1/"),
    "release": ("during", "/programme/changes/2/"),
    "about": ("shipped", "/about/"),
    "venue": ("shipped", "/venue/"),
    "practical information": ("shipped", "/practical-information/"),
    "accessibility": ("shipped", "/accessibility/"),
    "privacy": ("shipped", "/privacy/"),
    "register, after": ("shipped", "/register/"),
    "register, open": ("before", "/register/"),
    "stage before: home": ("stage-before", "/"),
    "stage before: agenda": ("stage-before", "/programme/"),
    "stage before: about": ("stage-before", "/about/"),
    "stage before: register": ("stage-before", "/register/"),
    "stage during: home": ("stage-during", "/"),
    "stage during: agenda": ("stage-during", "/programme/"),
    "stage during: on now": ("stage-during", "/sessions/women-at-the-table/"),
    "stage during: cancelled": ("stage-during", "/sessions/acting-early/"),
    "stage during: release": ("stage-during", "/programme/changes/2/"),
    "sign in": ("shipped", "/accounts/login/"),
    "sign in with a code": ("shipped", "/accounts/login/code/"),
    "sign in with a passkey": ("shipped", "/accounts/login/passkey/"),
    "offer, not found": ("shipped", "/offers/no-such-offer/"),
    "password reset": ("shipped", "/accounts/password/reset/"),
    "not found": ("shipped", "/no/such/page/"),
    "session not found": ("shipped", "/sessions/no-such-session/"),
    "malformed URL": ("shipped", "/programme/%ff/"),
}
# Pages that search engines must not index.
UNLISTED = (
    "sign in",
    "sign in with a code",
    "sign in with a passkey",
    "offer, not found",
    "password reset",
    "not found",
    "session not found",
    "malformed URL",
)
STATUS = {"offer, not found": 404, "not found": 404, "session not found": 404, "malformed URL": 400}
# One page of each layout.
LAYOUTS = (
    "home, after",
    "home, during",
    "agenda",
    "day, cancelled and on now",
    "session",
    "session, cancelled",
    "speakers, with a portrait",
    "speaker, with a portrait",
    "about",
    "register, open",
    "sign in",
)

each_layout = pytest.mark.parametrize("name", LAYOUTS)
each_language = pytest.mark.parametrize("language", ["en", "vi"])


def localized_path(path, language):
    return path if language == "en" else f"/{language}{path}"
