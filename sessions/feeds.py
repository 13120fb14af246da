"""Atom feed of the releases (RFC 4287) in the active language."""

import datetime
import unicodedata
import uuid
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .releases.changelog import describe_changes_for_public
from .releases.current import PublishedProgramme, ReleaseSummary

# Feed readers keep what they have loaded; older releases are on the site.
MAX_ITEMS = 30
# Limit for each kind of change of one release; the first release lists every session and speaker.
MAX_CHANGES = 20
NAMESPACE = uuid.UUID("5d4e9a0a-7a1f-5f0c-9d53-0f1e7b1325aa")


class ReleaseFeed(Feed):
    """The newest releases. URLs are those of SITE_URL, not of the request: the response is cached for every host."""

    feed_type = Atom1Feed

    def get_object(self, request: HttpRequest, edition: PublishedProgramme) -> tuple[PublishedProgramme, str]:
        """Return the edition and the name of the conference, which only the context processors know."""
        return edition, remove_control_characters(render_to_string("sessions/calendar_name.txt", request=request))

    def title(self, obj):
        return _("%(name)s: changes to the programme") % {"name": obj[1]}

    def author_name(self, obj):
        return obj[1]

    def link(self):
        return _absolute_url("changes")

    def feed_url(self):
        return _absolute_url("releases_feed")

    def feed_guid(self, obj):
        return _guid("feed", obj[0].releases[-1])

    def items(self, obj):
        return [(note, obj[0].programme) for note in obj[0].releases[:MAX_ITEMS]]

    def item_title(self, item):
        return _("Release %(number)s") % {"number": item[0].number}

    def item_description(self, item):
        note, programme = item
        context = {
            "note": note,
            "sections": describe_changes_for_public(note.changes, programme),
            "told": f":{MAX_CHANGES}",
            "limit": MAX_CHANGES,
            "site": settings.SITE_URL,
        }
        return remove_control_characters(render_to_string("sessions/_feed_entry.html", context).strip())

    def item_link(self, item):
        return _absolute_url("release", item[0].number)

    def item_guid(self, item):
        return _guid("release", item[0])

    def item_pubdate(self, item):
        return item[0].published_at

    item_updateddate = item_pubdate


def _guid(kind: str, note: ReleaseSummary) -> str:
    """Return the permanent identifier that RFC 4287 4.2.6 requires: independent of SITE_URL, one per language."""
    published_at = note.published_at.astimezone(datetime.UTC).isoformat()
    return uuid.uuid5(NAMESPACE, f"{kind} {get_language()} {note.number} {published_at}").urn


def _absolute_url(name, *args):
    return urljoin(settings.SITE_URL, reverse(name, args=args))


def remove_control_characters(text: str) -> str:
    """Remove the characters that XML cannot contain."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))
