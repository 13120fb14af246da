"""Sitemap of the public pages in every language, built from the published programme without a database query."""

import datetime
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from conference.core.polling import NotLoadedError
from conference.registration.form_options import get_options
from sessions.programme import Session, Speaker
from sessions.releases import current

from .site_data import PageData, get_site_data


class TranslatedSitemap(Sitemap):
    """A group of pages, each with its translations as alternates, at the host of SITE_URL."""

    i18n = alternates = x_default = True

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        # Not the host of the request: the page is cached and the same for every host.
        return urlsplit(settings.SITE_URL).netloc

    def lastmod(self, item: object) -> datetime.datetime:
        return current.get_programme().published_at


class SectionSitemap(TranslatedSitemap):
    def items(self) -> list[str]:
        return ["home", "programme:agenda", "speakers:list", "programme:releases", "registration:register"]

    def location(self, item: str) -> str:
        return reverse(item)

    def lastmod(self, item: str) -> datetime.datetime:
        programme, site = current.get_published_programme(), get_site_data()
        published_at = programme.programme.published_at
        if item == "home":
            return max(published_at, site.get_last_change([*site.scheduled_changes, *programme.scheduled_changes]))
        if item == "registration:register":
            registration_period = [site.registration_opens_at, site.registration_ends_at]
            return max(published_at, get_options_edited_at(), site.get_last_change(registration_period))
        return published_at


def get_options_edited_at() -> datetime.datetime:
    """Return the time of the last edit of the form's options; the earliest time if they could not be loaded."""
    try:
        return get_options().edited_at
    except NotLoadedError:
        return datetime.datetime.min.replace(tzinfo=datetime.UTC)


class DaySitemap(TranslatedSitemap):
    def items(self) -> Iterable[datetime.date]:
        return current.get_programme().days

    def location(self, item: datetime.date) -> str:
        return reverse("programme:day", args=[item])


class SessionSitemap(TranslatedSitemap):
    def items(self) -> Iterable[Session]:
        return [session for session in current.get_programme().sessions if not session.is_break]

    def location(self, item: Session) -> str:
        return reverse("programme:session", args=[item.slug])

    def lastmod(self, item: Session) -> datetime.datetime:
        return item.revised_at


class SpeakerSitemap(TranslatedSitemap):
    def items(self) -> Iterable[Speaker]:
        return current.get_programme().speakers

    def location(self, item: Speaker) -> str:
        return reverse("speakers:detail", args=[item.slug])


class PageSitemap(TranslatedSitemap):
    def items(self) -> Iterable[PageData]:
        return get_site_data().pages

    def location(self, item: PageData) -> str:
        return reverse("page", args=[item.slug])

    def lastmod(self, item: PageData) -> datetime.datetime:
        return item.updated_at


SITEMAPS = {
    "sections": SectionSitemap,
    "days": DaySitemap,
    "sessions": SessionSitemap,
    "speakers": SpeakerSitemap,
    "pages": PageSitemap,
}
