"""All kinds of public pages: scenario and path by name."""

import datetime
from zoneinfo import ZoneInfo

import pytest

# Computed once, so that a test run over midnight uses one day.
TODAY_IN_HA_NOI = datetime.datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()

# Scenarios: "shipped" has the initial content, whose conference is over; for the others see tests.browser.scenarios.
PAGES = {
    "home, over": ("shipped", "/"),
    "home, to come": ("before", "/"),
    "home, on": ("during", "/"),
    "home, on two clocks": ("during", "/?tz=America/Los_Angeles"),
    "agenda": ("shipped", "/programme/"),
    "agenda, today": ("during", "/programme/"),
    "agenda, narrowed": ("shipped", "/programme/?theme=pillars&kind=plenary&room=plenary-hall&language=fr"),
    "agenda, searched": ("shipped", "/programme/?q=hoa+binh"),
    "agenda, nothing found": ("shipped", "/programme/?q=zebra"),
    "agenda, not understood": ("shipped", "/programme/?theme=zebra&tz=Atlantis/Capital"),
    "agenda, on two clocks": ("shipped", "/programme/?tz=Pacific/Auckland"),
    "day": ("shipped", "/programme/2020-12-08/"),
    "day, cancelled and on now": ("during", f"/programme/{TODAY_IN_HA_NOI}/"),
    "day, on two clocks": ("during", f"/programme/{TODAY_IN_HA_NOI}/?tz=America/Los_Angeles"),
    "session": ("shipped", "/sessions/opening/"),
    "session, on two clocks": ("shipped", "/sessions/closing/?tz=Pacific/Auckland"),
    "session, tentative": ("shipped", "/sessions/online-meeting-point/"),
    "session, cancelled": ("during", "/sessions/acting-early/"),
    "session, in English only": ("during", "/sessions/women-in-peacekeeping/"),
    "session, in Vietnamese for the most part": ("during", "/sessions/relief-and-recovery/"),
    "session, with a portrait": ("during", "/sessions/women-at-the-table/"),
    "speakers": ("shipped", "/speakers/"),
    "speakers, with a portrait": ("during", "/speakers/"),
    "speakers, by country": ("shipped", "/speakers/?by=country"),
    "speakers, nobody found": ("shipped", "/speakers/?q=zebra"),
    "speaker": ("shipped", "/speakers/marita-sorheim-rensvik/"),
    "speaker, with a portrait": ("during", "/speakers/kristin-lund/"),
    "speaker, on two clocks": ("during", "/speakers/kristin-lund/?tz=America/Los_Angeles"),
    "changes": ("during", "/programme/changes/"),
    "release, the first": ("shipped", "/programme/changes/1/"),
    "release": ("during", "/programme/changes/2/"),
    "about": ("shipped", "/about/"),
    "venue": ("shipped", "/venue/"),
    "practical information": ("shipped", "/practical-information/"),
    "accessibility": ("shipped", "/accessibility/"),
    "privacy": ("shipped", "/privacy/"),
    "register, over": ("shipped", "/register/"),
    "register, open": ("before", "/register/"),
    "sign in": ("shipped", "/accounts/login/"),
    "sign in with a code": ("shipped", "/accounts/login/code/"),
    "sign in with a passkey": ("shipped", "/accounts/login/passkey/"),
    "offer, gone": ("shipped", "/offers/no-such-offer/"),
    "password forgotten": ("shipped", "/accounts/password/reset/"),
    "not found": ("shipped", "/no/such/page/"),
    "session not found": ("shipped", "/sessions/no-such-session/"),
    "unreadable": ("shipped", "/programme/%ff/"),
}
# Pages that search engines must not index.
UNLISTED = (
    "sign in",
    "sign in with a code",
    "sign in with a passkey",
    "offer, gone",
    "password forgotten",
    "not found",
    "session not found",
    "unreadable",
)
STATUS = {"offer, gone": 404, "not found": 404, "session not found": 404, "unreadable": 400}
# One page of each layout.
LAYOUTS = (
    "home, over",
    "home, on",
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
