"""Every page speaks English and Vietnamese, whole: no text without its other language, no language inside the other."""

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

from conference.core.countries import get_country_name
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
# What any English sentence has in it, and no Vietnamese one.
ENGLISH_WORDS = re.compile(r"\b(the|and|of|for|with|is|are|was|this|here|not|by|from|you|your)\b", re.IGNORECASE)
VIETNAMESE_LETTERS = re.compile("[ăắằẳẵặâấầẩẫậđêếềểễệôốồổỗộơớờởỡợưứừửữựạảẹẻẽịỉĩọỏụủũỳỵỷỹ]", re.IGNORECASE)
ADDRESS = re.compile(r"\S*[/@]\S*")
# Attributes that are shown or read aloud.
SPOKEN = {"alt", "aria-label", "title", "placeholder", "content", "data-on-label", "data-offer"}
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "path"}


def written(catalogue):
    return polib.pofile(FOLDER / f"{catalogue}.po")


def compiled(catalogue):
    return polib.mofile(FOLDER / f"{catalogue}.mo")


def originals(entry):
    return list(filter(None, [entry.msgid, entry.msgid_plural]))


def translations(entry):
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


class Reader(HTMLParser):
    """What a person reads or hears of a page, but for what says that it is in another language."""

    def __init__(self, language):
        super().__init__()
        self.language, self.open, self.said = language, [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        before = self.open[-1][1] if self.open else True
        foreign = attributes.get("lang", self.language) != self.language
        shown = before and not foreign and tag not in ("script", "style", "textarea")
        if shown:
            self.said += [value for name, value in attributes.items() if name in SPOKEN and value]
        if tag not in EMPTY:
            self.open.append((tag, shown))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.open and self.open[-1][1]:
            self.said.append(data)


def said(html, language):
    reader = Reader(language)
    reader.feed(html)
    return [" ".join(piece.split()) for piece in reader.said]


@cache
def english_texts():
    """What is between the placeholders of our English texts, where Vietnamese does not say the same."""
    entries = [entry for catalogue in CATALOGUES for entry in written(catalogue)]
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
    """The pieces of a Vietnamese page that are in English."""
    pieces = said(html, "vi")
    assert VIETNAMESE_LETTERS.search(" ".join(pieces))
    return set(filter(has_english, pieces))


def has_english(piece):
    words = ADDRESS.sub("", piece)
    return english_texts().search(words) or ENGLISH_WORDS.search(words)


def english_at(client, addresses):
    """What is in English on Vietnamese pages, by address."""
    found = {address: english_in(client.get(address, follow=True).content.decode()) for address in addresses}
    return {address: pieces for address, pieces in found.items() if pieces}


# The catalogues


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_text_is_translated(catalogue):
    entries = written(catalogue)
    assert len(entries)
    assert [entry.msgid for entry in entries if entry.fuzzy or entry.obsolete or not entry.translated()] == []


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_placeholders_and_marks_are_the_same_in_both_languages(catalogue):
    different = [
        text
        for entry in written(catalogue)
        for text in translations(entry)
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(originals(entry)[-1]))
    ]
    assert different == []


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_compiled_catalogue_says_what_the_written_one_does(catalogue):
    def texts(entries):
        return {(entry.msgctxt, *originals(entry)): translations(entry) for entry in entries}

    assert texts(compiled(catalogue)) == texts(written(catalogue))


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_vietnamese_letters_are_whole_characters(catalogue):
    """As people type them: "ệ" is one character, not three that look like it."""
    texts = [text for entry in written(catalogue) for text in translations(entry)]
    assert [text for text in texts if unicodedata.normalize("NFC", text) != text] == []


def test_vietnamese_has_one_form_for_any_number():
    with translation.override("vi"):
        assert {ngettext("%(shown)s session", "%(shown)s sessions", n) for n in (0, 1, 2, 5, 21)} == {"%(shown)s phiên"}


def test_english_writes_the_names_of_the_host_in_two_words():
    texts = " ".join(text for entry in written("django") for text in originals(entry))
    assert re.findall(r"\bHanoi\b|\bVietnam\b", texts) == []


# Dates and countries


@pytest.mark.parametrize(
    ("language", "day", "in_short", "moment"),
    [
        ("en", "Monday, 7 December 2020", "Mon", "7 December 2020, 18:00"),
        ("vi", "Thứ Hai, ngày 7 tháng 12 năm 2020", "T2", "18:00, ngày 7 tháng 12 năm 2020"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(language, day, in_short, moment):
    when = datetime.datetime(2020, 12, 7, 18)
    with translation.override(language):
        assert date_format(when, "DATE_FORMAT") == day
        assert date_format(when, "D") == in_short
        assert date_format(when, "DATETIME_FORMAT") == moment


def test_vietnamese_week_ends_on_chu_nhat():
    week = [datetime.date(2020, 12, day) for day in range(7, 14)]
    with translation.override("vi"):
        names = [date_format(day, "l") for day in week]
        in_short = [date_format(day, "D") for day in week]
    assert names == ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"]
    assert in_short == ["T2", "T3", "T4", "T5", "T6", "T7", "CN"]


@pytest.mark.parametrize(("language", "days"), [("en", "7–9 December 2020"), ("vi", "Ngày 7–9 tháng 12 năm 2020")])
def test_days_of_the_conference_are_written_as_a_range(client, published, language, days):
    with translation.override(language):
        address = reverse("home")
    page = client.get(address, headers={"Accept-Language": language})
    assert days in said(page.content.decode(), language)


@pytest.mark.parametrize(("language", "host", "guest"), [("en", "Viet Nam", "Norway"), ("vi", "Việt Nam", "Na Uy")])
def test_countries_are_called_as_the_language_calls_them(language, host, guest):
    with translation.override(language):
        assert (get_country_name("VN"), get_country_name("NO")) == (host, guest)


# Public pages


@pytest.fixture
def shipped(db):
    """The content that ships with the site, which is in both languages, published."""
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
MOMENTS = {
    "before registration": factories.december(1, 9) - datetime.timedelta(days=60),
    "while registration is open": factories.december(1, 9) - datetime.timedelta(days=20),
    "before": factories.december(6, 9),
    "during a session": factories.december(7, 18, 30),
    "between sessions": factories.december(8, 12),
    "after": factories.december(10, 9),
}


def test_vietnamese_pages_have_no_english_in_them(client, shipped):
    assert english_at(client, [f"/vi{page}" for page in PAGES]) == {}


def test_english_pages_have_no_vietnamese_in_them(client, shipped):
    texts = [piece for page in PAGES for piece in said(client.get(page).content.decode(), "en")]
    assert [text for text in texts if VIETNAMESE_LETTERS.search(text)] == []


@pytest.mark.parametrize("language", ["", "/vi"])
def test_languages_are_called_what_they_call_themselves(client, shipped, language):
    """In whole characters: Django has the marks apart, and fonts put them in the wrong place."""
    page = client.get(f"{language}/about/").content.decode()
    assert re.findall(r'lang="\w+">(English|Tiếng Việt)<', page) == ["English", "Tiếng Việt"]
    assert unicodedata.is_normalized("NFC", page)


def test_vietnamese_page_of_every_session_has_no_english_in_it(client, shipped):
    assert english_at(client, [f"/vi/sessions/{session.slug}/" for session in shipped.sessions]) == {}


def test_vietnamese_page_of_every_speaker_has_no_english_in_it(client, shipped):
    assert english_at(client, [f"/vi/speakers/{speaker.slug}/" for speaker in shipped.speakers]) == {}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_vietnamese_page_has_no_english_in_it_at_any_time(client, shipped, moment):
    with time_machine.travel(moment, tick=False):
        assert english_at(client, ["/vi/", "/vi/register/"]) == {}


def test_vietnamese_page_of_a_cancelled_and_a_tentative_session_has_no_english_in_it(client, shipped):
    Session.objects.filter(slug="opening").update(status="cancelled")
    Session.objects.filter(slug="closing").update(status="tentative")
    factories.publish_release(note_en="Changes.", note_vi="Thay đổi.")
    pages = ["/vi/sessions/opening/", "/vi/sessions/closing/", "/vi/programme/", "/vi/programme/changes/2/"]
    assert english_at(client, pages) == {}


ERRORS = sorted(path.stem for path in settings.BASE_DIR.glob("templates/errors/[!_]*.html"))


@pytest.mark.parametrize("name", sorted({*ERRORS} - {"error"}))
def test_vietnamese_error_page_has_no_english_in_it(rf, conference, name):
    with translation.override("vi"):
        assert english_in(render_to_string(f"errors/{name}.html", request=rf.get("/vi/xyzzy/"))) == set()


def test_vietnamese_calendar_has_no_english_in_it(client, shipped):
    lines = client.get("/vi/programme.ics").content.decode().replace("\r\n ", "").splitlines()
    names = ("SUMMARY", "DESCRIPTION", "LOCATION", "CATEGORIES")
    texts = [line.partition(":")[2] for line in lines if line.startswith(names)]
    assert list(filter(has_english, texts)) == []


def test_letter_is_in_the_language_of_the_page_it_was_asked_for_on(client, conference):
    client.post("/vi/accounts/password/reset/", {"email": make_organizer().email})
    [letter] = send_pending_emails()
    assert VIETNAMESE_LETTERS.search(letter.body)
    assert list(filter(has_english, [letter.subject, *letter.body.splitlines()])) == []


# The organizers' desk


@pytest.fixture
def desk(db):
    """Somebody signed in, and a row of everything in Vietnamese alone, so that what is English is the desk's."""
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


def address_of(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def pages_of(model):
    """Every page that the desk has for a kind of row: the list, an empty form, one row's form, history and removal."""
    row = model.objects.order_by("pk").first()
    one = [address_of(model, page, row.pk) for page in ("change", "history", "delete")] if row else []
    return [address_of(model, "changelist"), address_of(model, "add"), *one]


def test_desk_has_no_english_in_it_where_it_is_vietnamese(desk):
    with translation.override("vi"):
        # Not Django's own pages of accounts: they list permissions, whose names it keeps in rows, in English.
        models = [model for model in admin.site._registry if model._meta.app_label != "auth"]
        pages = [address for model in models for address in pages_of(model)]
        pages += [reverse("admin:index"), reverse("admin:programme_release_publish")]
    assert english_at(desk, pages) == {}


@pytest.mark.parametrize("model", [Conference, Room, Theme, Session, Speaker])
def test_desk_complains_in_vietnamese(desk, model):
    with translation.override("vi"):
        address = address_of(model, "change", model.objects.order_by("pk").first().pk)
    page = desk.post(address, empty_formsets("participations", "links")).content.decode()
    assert "errornote" in page
    assert english_in(page) == set()
