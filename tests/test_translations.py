"""Translations: complete catalogues, and no English on Vietnamese pages or Vietnamese on English pages."""

import datetime
import re
import unicodedata
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
import time_machine
from django.conf import settings
from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import ngettext

from conference.core.i18n.countries import get_country_name
from conference.models import Conference
from conference.setup.content_loader import load_content
from sessions.models import Room, Session, Theme
from speakers.models import Speaker

from . import factories
from .outbox import send_pending_emails
from .users import (
    admin_client_for,
    empty_formsets,
    make_announcement,
    make_organizer,
    make_page,
    make_partner,
    make_superuser,
)

FOLDER = Path(settings.LOCALE_PATHS[0]) / "vi" / "LC_MESSAGES"
CATALOGUES = ["django", "djangojs"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sd]|\{\w*\}|<[^>]+>")
# Words of almost every English sentence that no Vietnamese sentence contains.
ENGLISH_WORDS = re.compile(r"\b(the|and|of|for|with|is|are|was|this|here|not|by|from|you|your)\b", re.IGNORECASE)
VIETNAMESE_LETTERS = re.compile("[ăắằẳẵặâấầẩẫậđêếềểễệôốồổỗộơớờởỡợưứừửữựạảẹẻẽịỉĩọỏụủũỳỵỷỹ]", re.IGNORECASE)
# Participants are addressed as “quý vị”, organizers in the admin as “bạn”.
# Codes of ISO 3166-1 that look like words.
COUNTRY_CODES = {"BY", "IS"}
INFORMAL_ADDRESS = re.compile(r"\bbạn\b", re.IGNORECASE)
ORGANIZERS_FILES = re.compile(r"(^|/)admin(/|\.py)|/migrations/|core/versioning|sessions/imports|/models?[/.]|/setup/")
URL_OR_EMAIL = re.compile(r"\S*[/@]\S*")
# Attributes that are shown or read aloud.
TEXT_ATTRIBUTES = {"alt", "aria-label", "title", "placeholder", "content", "data-on-label", "data-offer"}
VOID_ELEMENTS = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
    "path",
}


def read_po(catalogue):
    return polib.pofile(FOLDER / f"{catalogue}.po")


def read_mo(catalogue):
    return polib.mofile(FOLDER / f"{catalogue}.mo")


def originals(entry):
    return list(filter(None, [entry.msgid, entry.msgid_plural]))


def translations(entry):
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


class VisibleTextParser(HTMLParser):
    """Collects the visible and spoken texts of a page, except elements marked as being in another language."""

    def __init__(self, language):
        super().__init__()
        self.language, self.open_elements, self.texts = language, [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        is_parent_visible = self.open_elements[-1][1] if self.open_elements else True
        is_foreign = attributes.get("lang", self.language) != self.language
        is_visible = is_parent_visible and not is_foreign and tag not in ("script", "style", "textarea")
        if is_visible:
            self.texts += [value for name, value in attributes.items() if name in TEXT_ATTRIBUTES and value]
        if tag not in VOID_ELEMENTS:
            self.open_elements.append((tag, is_visible))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID_ELEMENTS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        while self.open_elements and self.open_elements.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.open_elements and self.open_elements[-1][1]:
            self.texts.append(data)


def visible_texts(html, language):
    parser = VisibleTextParser(language)
    parser.feed(html)
    return [" ".join(text.split()) for text in parser.texts]


@cache
def english_texts():
    """Return a pattern of the English texts between placeholders that differ from the Vietnamese ones."""
    entries = [entry for catalogue in CATALOGUES for entry in read_po(catalogue)]
    pieces = {
        piece.strip()
        for entry in entries
        for text in originals(entry)
        for piece in PLACEHOLDER.split(text)
        if piece.strip() not in " ".join(translations(entry))
    }
    longest_first = sorted((piece for piece in pieces if len(piece) > 6), key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(piece)}(?!\w)" for piece in longest_first))


def english_in(html):
    """Return the English texts on a Vietnamese page."""
    pieces = visible_texts(html, "vi")
    assert VIETNAMESE_LETTERS.search(" ".join(pieces))
    return set(filter(has_english, pieces)) - COUNTRY_CODES


def has_english(piece):
    words = URL_OR_EMAIL.sub("", piece)
    return english_texts().search(words) or ENGLISH_WORDS.search(words)


def english_at(client, urls):
    """Return the English texts on Vietnamese pages by URL."""
    texts = {url: english_in(client.get(url, follow=True).text) for url in urls}
    return {url: english for url, english in texts.items() if english}


# The catalogues


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_catalogue_is_complete(catalogue):
    entries = read_po(catalogue)
    assert len(entries)
    assert [entry.msgid for entry in entries if entry.fuzzy or entry.obsolete or not entry.translated()] == []


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_catalogue_placeholders_are_the_same_in_both_languages(catalogue):
    different = [
        text
        for entry in read_po(catalogue)
        for text in translations(entry)
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(originals(entry)[-1]))
    ]
    assert different == []


@pytest.mark.slow
@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_catalogue_compiled_file_is_current(catalogue):
    def texts(entries):
        return {(entry.msgctxt, *originals(entry)): translations(entry) for entry in entries}

    assert texts(read_mo(catalogue)) == texts(read_po(catalogue))


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_catalogue_is_in_unicode_normalization_form_c(catalogue):
    """NFC: "ệ" is one character, not three."""
    texts = [text for entry in read_po(catalogue) for text in translations(entry)]
    assert [text for text in texts if unicodedata.normalize("NFC", text) != text] == []


def participant_sources():
    """Return the texts of the files that are not only for organizers, with single spaces, in the form of msgids."""
    code = [path for folder in ("conference", "sessions", "speakers") for path in Path(folder).rglob("*.py")]
    files = [*Path("templates").rglob("*.*"), *code]
    for path in files:
        if not ORGANIZERS_FILES.search(path.as_posix()):
            text = re.sub(r'"\s*\n\s*"', "", path.read_text("utf-8"))
            yield " ".join(re.sub(r"\{\{ ?(\w+) ?\}\}", r"%(\1)s", text).split())


@pytest.mark.slow
def test_vietnamese_texts_for_participants_use_the_formal_address():
    sources = "\n".join(participant_sources())
    informal = [
        entry.msgid
        for entry in polib.pofile(FOLDER / "django.po")
        if INFORMAL_ADDRESS.search(" ".join([entry.msgstr, *entry.msgstr_plural.values()]))
        and " ".join(entry.msgid.split()) in sources
    ]
    assert informal == []


def test_vietnamese_content_and_emails_use_the_formal_address():
    files = [
        *Path("conference/content").rglob("*.vi.md"),
        *Path("conference/content").glob("*.toml"),
        *Path("conference/registration/emails/templates").glob("*.vi.md"),
        Path("templates/500.html"),
    ]
    assert [path.name for path in files if INFORMAL_ADDRESS.search(path.read_text("utf-8"))] == []


def test_vietnamese_has_one_plural_form():
    with translation.override("vi"):
        assert {ngettext("%(shown)s session", "%(shown)s sessions", n) for n in (0, 1, 2, 5, 21)} == {"%(shown)s phiên"}


def test_english_texts_spell_ha_noi_and_viet_nam_in_two_words():
    texts = " ".join(text for entry in read_po("django") for text in originals(entry))
    assert re.findall(r"\bHanoi\b|\bVietnam\b", texts) == []


# Dates and countries


@pytest.mark.parametrize(
    ("language", "day", "short_day", "date_time"),
    [
        ("en", "Monday, 7 December 2020", "Mon", "7 December 2020, 18:00"),
        ("vi", "Thứ Hai, ngày 7 tháng 12 năm 2020", "T2", "18:00, ngày 7 tháng 12 năm 2020"),
    ],
)
def test_date_formats_follow_the_language(language, day, short_day, date_time):
    when = datetime.datetime(2020, 12, 7, 18)
    with translation.override(language):
        assert date_format(when, "DATE_FORMAT") == day
        assert date_format(when, "D") == short_day
        assert date_format(when, "DATETIME_FORMAT") == date_time


def test_vietnamese_weekday_names():
    week = [datetime.date(2020, 12, day) for day in range(7, 14)]
    with translation.override("vi"):
        names = [date_format(day, "l") for day in week]
        short_names = [date_format(day, "D") for day in week]
    assert names == ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"]
    assert short_names == ["T2", "T3", "T4", "T5", "T6", "T7", "CN"]


@pytest.mark.parametrize(("language", "days"), [("en", "7–9 December 2020"), ("vi", "Ngày 7–9 tháng 12 năm 2020")])
def test_home_page_shows_the_conference_dates_as_a_range(client, published, language, days):
    with translation.override(language):
        url = reverse("home")
    page = client.get(url, headers={"Accept-Language": language})
    assert days in visible_texts(page.content.decode(), language)


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "host", "guest"), [("en", "Viet Nam", "Norway"), ("vi", "Việt Nam", "Na Uy")])
def test_country_names_follow_the_language(language, host, guest):
    with translation.override(language):
        assert (get_country_name("VN"), get_country_name("NO")) == (host, guest)


# Public pages


@pytest.fixture
def shipped(db):
    """The shipped content, published in both languages."""
    load_content()
    return factories.publish_release(note_en="First release.", note_vi="Bản công bố đầu tiên.")


PAGES = [
    *("/", "/about/", "/venue/", "/practical-information/", "/accessibility/", "/privacy/", "/register/"),
    *("/programme/", "/programme/2020-12-08/", "/programme/?tz=America/New_York", "/programme/?q=xyzzy"),
    *("/programme/?theme=xyzzy&room=x&kind=x&language=x&tz=xyzzy", "/programme/changes/", "/programme/changes/1/"),
    *("/speakers/", "/speakers/?by=country", "/speakers/?q=xyzzy", "/speakers/?by=xyzzy"),
    # Not found.
    *("/xyzzy/", "/programme/2020-12-01/", "/sessions/xyzzy/", "/speakers/xyzzy/"),
    *("/accounts/login/", "/accounts/signup/", "/accounts/inactive/"),
    *("/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/password/reset/key/x-y/"),
    *("/accounts/confirm-email/", "/accounts/confirm-email/xyzzy/"),
]
TIMES = {
    "before registration": factories.december(1, 9) - datetime.timedelta(days=60),
    "while registration is open": factories.december(1, 9) - datetime.timedelta(days=20),
    "before": factories.december(6, 9),
    "during a session": factories.december(7, 18, 30),
    "between sessions": factories.december(8, 12),
    "after": factories.december(10, 9),
}


@pytest.mark.slow
def test_vietnamese_pages_contain_no_english(client, shipped):
    assert english_at(client, [f"/vi{page}" for page in PAGES]) == {}


@pytest.mark.slow
def test_english_pages_contain_no_vietnamese(client, shipped):
    texts = [piece for page in PAGES for piece in visible_texts(client.get(page).content.decode(), "en")]
    assert [text for text in texts if VIETNAMESE_LETTERS.search(text)] == []


@pytest.mark.slow
@pytest.mark.parametrize("language", ["", "/vi"])
def test_language_links_use_the_names_of_the_languages(client, shipped, language):
    """In NFC: Django's own names are decomposed, which some fonts render badly."""
    page = client.get(f"{language}/about/").content.decode()
    assert re.findall(r'lang="\w+">(English|Tiếng Việt)<', page) == ["English", "Tiếng Việt"]
    assert unicodedata.is_normalized("NFC", page)


@pytest.mark.slow
def test_vietnamese_session_pages_contain_no_english(client, shipped):
    assert english_at(client, [f"/vi/sessions/{session.slug}/" for session in shipped.sessions]) == {}


@pytest.mark.slow
def test_vietnamese_speaker_pages_contain_no_english(client, shipped):
    assert english_at(client, [f"/vi/speakers/{speaker.slug}/" for speaker in shipped.speakers]) == {}


@pytest.mark.slow
@pytest.mark.parametrize("moment", TIMES.values(), ids=TIMES)
def test_vietnamese_pages_contain_no_english_in_any_phase(client, shipped, moment):
    with time_machine.travel(moment, tick=False):
        assert english_at(client, ["/vi/", "/vi/register/"]) == {}


@pytest.mark.slow
def test_vietnamese_pages_of_cancelled_and_tentative_sessions_contain_no_english(client, shipped):
    Session.objects.filter(slug="opening").update(status="cancelled")
    Session.objects.filter(slug="closing").update(status="tentative")
    factories.publish_release(note_en="Changes.", note_vi="Thay đổi.")
    pages = ["/vi/sessions/opening/", "/vi/sessions/closing/", "/vi/programme/", "/vi/programme/changes/2/"]
    assert english_at(client, pages) == {}


ERRORS = sorted(path.stem for path in settings.BASE_DIR.glob("templates/errors/[!_]*.html"))


@pytest.mark.parametrize("name", sorted({*ERRORS} - {"base", "404"}))
def test_vietnamese_error_page_contains_no_english(rf, conference, name):
    with translation.override("vi"):
        assert english_in(render_to_string(f"errors/{name}.html", request=rf.get("/vi/xyzzy/"))) == set()


@pytest.mark.slow
def test_vietnamese_calendar_contains_no_english(client, shipped):
    lines = client.get("/vi/programme.ics").content.decode().replace("\r\n ", "").splitlines()
    names = ("SUMMARY", "DESCRIPTION", "LOCATION", "CATEGORIES")
    texts = [line.partition(":")[2] for line in lines if line.startswith(names)]
    assert list(filter(has_english, texts)) == []


def test_email_is_in_the_language_of_the_page(client, conference):
    client.post("/vi/accounts/password/reset/", {"email": make_organizer().email})
    [email] = send_pending_emails()
    assert VIETNAMESE_LETTERS.search(email.body)
    assert list(filter(has_english, [email.subject, *email.body.splitlines()])) == []


# Admin


@pytest.fixture
def superuser_client(db):
    """A client with objects whose texts are Vietnamese only, so that every English text is the admin's."""
    vietnamese = {"name_en": "Hội nghị", "short_name_en": "Hội nghị", "city_en": "Hà Nội"}
    factories.make_conference(**vietnamese)
    parts = [("chair", factories.make_speaker("Diễn giả")), ("panellist", "Đại diện")]
    factories.make_session(
        "Phiên", room=factories.make_room("Phòng"), themes=[factories.make_theme("Chủ đề")], parts=parts
    )
    make_page("Trang", body_en="Chữ.")
    make_partner("Đối tác")
    make_announcement("Đổi phòng.")
    factories.publish_release(note_en="Bản đầu tiên.")
    factories.make_session("Phiên khác")
    return admin_client_for(make_superuser())


def admin_url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def admin_urls(model):
    """Return the URLs of the list, the forms, the history and the deletion page of a model."""
    item = model.objects.order_by("pk").first()
    pages = [admin_url(model, page, item.pk) for page in ("change", "history", "delete")] if item else []
    return [admin_url(model, "changelist"), admin_url(model, "add"), *pages]


@pytest.mark.slow
def test_vietnamese_admin_contains_no_english(superuser_client):
    with translation.override("vi"):
        # Without the pages of users and groups: Django stores the names of permissions in English.
        models = [model for model in admin.site._registry if model._meta.app_label != "auth"]
        pages = [url for model in models for url in admin_urls(model)]
        pages += [reverse("admin:index"), reverse("admin:programme_release_publish")]
    assert english_at(superuser_client, pages) == {}


@pytest.mark.parametrize("model", [Conference, Room, Theme, Session, Speaker])
def test_vietnamese_admin_form_errors_contain_no_english(superuser_client, model):
    with translation.override("vi"):
        url = admin_url(model, "change", model.objects.order_by("pk").first().pk)
    page = superuser_client.post(url, empty_formsets("participations", "links")).content.decode()
    assert "errornote" in page
    assert english_in(page) == set()
