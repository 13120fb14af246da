"""The releases as an Atom feed (RFC 4287), in the active language."""

import datetime
import unicodedata
import uuid
from urllib.parse import urljoin

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .changes import for_readers

# Readers keep what they have seen; older releases are on the site.
NEWEST = 30
# Of what one release changed, so many sessions or speakers of a kind; the first release has them all.
TOLD = 20
NAMESPACE = uuid.UUID("5d4e9a0a-7a1f-5f0c-9d53-0f1e7b1325aa")


def atom(edition, name) -> bytes:
    """name is what the conference is called. The same releases give the same bytes."""
    first, *_rest = reversed(edition.notes)
    feed = Atom1Feed(
        title=_plain(_("%(name)s: changes to the programme") % {"name": name}),
        link=_absolute("changes"),
        description=None,
        language=get_language(),
        author_name=_plain(name),
        feed_url=_absolute("releases_feed"),
        feed_guid=_identity("feed", first),
    )
    for note in edition.notes[:NEWEST]:
        feed.add_item(
            title=_plain(_("Release %(number)s") % {"number": note.number}),
            link=_absolute("release", note.number),
            description=_plain(_summary(note, edition.programme)),
            pubdate=note.published_at,
            updateddate=note.published_at,
            unique_id=_identity("release", note),
        )
    return feed.writeString("utf-8").encode()


def _summary(note, programme):
    """As HTML, which feed readers clean and show."""
    sections = for_readers(note.changes, programme)
    context = {
        "note": note,
        "sections": sections,
        "told": f":{TOLD}",
        "limit": TOLD,
        "site": settings.SITE_URL,
    }
    return render_to_string("sessions/_release_in_feed.html", context).strip()


def _identity(kind, note):
    """What RFC 4287 4.2.6 asks for: the same for ever, wherever the site moves; each language's is its own."""
    moment = note.published_at.astimezone(datetime.UTC).isoformat()
    return uuid.uuid5(NAMESPACE, f"{kind} {get_language()} {note.number} {moment}").urn


def _absolute(name, *args):
    return urljoin(settings.SITE_URL, reverse(name, args=args))


def _plain(text):
    """Without control characters, which XML cannot hold."""
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
