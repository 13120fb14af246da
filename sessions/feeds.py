"""Atom feed of the releases (RFC 4287) in the active language."""

import datetime
import unicodedata
import uuid

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .links import build_absolute_url
from .programme import Programme
from .releases.changelog import describe_changes_for_public
from .releases.current import PublishedProgramme, ReleaseSummary

# Feed readers keep what they have loaded; older releases are on the site.
MAX_ITEMS = 30
# Limit for each kind of change of one release; the first release lists every session and speaker.
MAX_CHANGES = 20
NAMESPACE = uuid.UUID("5d4e9a0a-7a1f-5f0c-9d53-0f1e7b1325aa")


class ReleaseFeed(Feed):
    """Atom feed of the newest releases. URLs use SITE_URL, since the cached response serves every host."""

    feed_type = Atom1Feed

    def get_object(self, request: HttpRequest, snapshot: PublishedProgramme) -> tuple[PublishedProgramme, str]:
        """Return the snapshot and the name of the conference, which only the context processors know."""
        return snapshot, remove_control_characters(render_to_string("sessions/calendar_name.txt", request=request))

    def title(self, obj) -> str:
        return _("%(name)s: changes to the programme") % {"name": obj[1]}

    def author_name(self, obj) -> str:
        return obj[1]

    def link(self) -> str:
        return build_absolute_url("programme:releases")

    def feed_url(self) -> str:
        return build_absolute_url("programme:releases_feed")

    def feed_guid(self, obj) -> str:
        return make_guid("feed", obj[0].releases[-1])

    def items(self, obj) -> list[tuple[ReleaseSummary, Programme]]:
        snapshot, _name = obj
        return [(release, snapshot.programme) for release in snapshot.releases[:MAX_ITEMS]]

    def item_title(self, item) -> str:
        return _("Release %(number)s") % {"number": item[0].number}

    def item_description(self, item) -> str:
        release, programme = item
        context = {
            "release": release,
            "sections": describe_changes_for_public(release.changes, programme),
            "slice": f":{MAX_CHANGES}",
            "limit": MAX_CHANGES,
            "site_url": settings.SITE_URL,
        }
        return remove_control_characters(render_to_string("sessions/_feed_entry.html", context).strip())

    def item_link(self, item) -> str:
        return build_absolute_url("programme:release", item[0].number)

    def item_guid(self, item) -> str:
        return make_guid("release", item[0])

    def item_pubdate(self, item) -> datetime.datetime:
        return item[0].published_at

    item_updateddate = item_pubdate


def make_guid(kind: str, release: ReleaseSummary) -> str:
    """Return the permanent identifier that RFC 4287 4.2.6 requires: independent of SITE_URL, one per language."""
    published_at = release.published_at.astimezone(datetime.UTC).isoformat()
    return uuid.uuid5(NAMESPACE, f"{kind} {get_language()} {release.number} {published_at}").urn


def remove_control_characters(text: str) -> str:
    """Remove the characters that XML cannot contain."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))
