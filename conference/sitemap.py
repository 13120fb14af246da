"""Every public page, in every language, with when it last changed."""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: its path in each language, and when it last changed, aware."""

    paths: dict[str, str]
    changed_at: datetime.datetime


def entries(programme, site):
    published_at = programme.published_at
    yield _entry(max(published_at, site.updated_at), "home")
    for name in ("programme", "speakers", "changes"):
        yield _entry(published_at, name)
    for day in programme.days:
        yield _entry(published_at, "day", day)
    for session in programme.sessions:
        yield _entry(session.revised_at, "session", session.slug)
    for speaker in programme.speakers:
        yield _entry(published_at, "speaker", speaker.slug)
    yield _entry(site.updated_at, "register")
    for page in site.pages:
        yield _entry(page.updated_at, "page", page.slug)


def _entry(changed_at, name, *args):
    paths = {}
    for language, _ in settings.LANGUAGES:
        with override(language):
            paths[language] = reverse(name, args=args)
    return Entry(paths, changed_at.replace(microsecond=0))
