"""The shipped content and its loader: complete translations, facts on record, and errors in files."""

import datetime
import re
import shutil
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from conference.core.i18n.text import LANGUAGES
from conference.models import Announcement, Conference, Page, Partner
from conference.registration.models import Category, ConsentText
from conference.setup import steps
from conference.setup.content_files import ContentError
from conference.setup.content_loader import CONTENT_DIR, load_content, load_missing_for_registration
from sessions.models import Participation, Room, Session, SessionLink, Theme
from sessions.releases.document import load_programme
from sessions.releases.publish import publish_draft
from speakers.models import Speaker, SpeakerLink

HA_NOI = ZoneInfo("Asia/Ho_Chi_Minh")
LOADED_MODELS = [
    *(Conference, Page, Partner, Announcement),
    *(Room, Theme, Speaker, SpeakerLink, Session, SessionLink, Participation),
]


@pytest.fixture
def loaded(db):
    assert load_content()


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped content that a test may change."""
    return shutil.copytree(CONTENT_DIR, tmp_path / "content")


def edit(path, before, after):
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def stored_values(model):
    return list(model.objects.order_by("pk").values())


def translated_texts(item):
    """Return pairs of a field name and its text in each language."""
    names = [field.name.removesuffix("_en") for field in item._meta.concrete_fields if field.name.endswith("_en")]
    return [(name, [getattr(item, f"{name}_{language}") for language in LANGUAGES]) for name in names]


# The shipped content


@pytest.mark.slow
@pytest.mark.parametrize("model", LOADED_MODELS, ids=lambda model: model.__name__)
def test_shipped_texts_are_in_every_language(loaded, model):
    missing = [
        (str(item), name)
        for item in model.objects.all()
        for name, versions in translated_texts(item)
        if any(versions) and not all(versions)
    ]
    assert missing == []


@pytest.mark.slow
def test_shipped_programme_has_the_sessions_on_record(loaded):
    kinds = dict(Session.objects.order_by().values_list("kind").annotate(Count("pk")))
    kinds.pop("break")
    assert kinds == {"ceremony": 2, "plenary": 5, "workshop": 4, "exhibition": 2}


@pytest.mark.slow
def test_shipped_programme_has_the_dates_on_record(loaded):
    starts = [session.starts_at.astimezone(HA_NOI) for session in Session.objects.all()]
    ends = [session.ends_at.astimezone(HA_NOI) for session in Session.objects.all()]
    assert min(starts) == datetime.datetime(2020, 12, 7, 18, tzinfo=HA_NOI)
    assert max(ends) == datetime.datetime(2020, 12, 9, 20, tzinfo=HA_NOI)
    assert {start.date().isoformat() for start in starts} == {"2020-12-07", "2020-12-08", "2020-12-09"}


@pytest.mark.slow
def test_shipped_programme_has_no_room_conflict(loaded):
    clashes = [
        (one.slug, other.slug)
        for one in Session.objects.exclude(room=None)
        for other in Session.objects.filter(
            room=one.room, starts_at__lt=one.ends_at, ends_at__gt=one.starts_at, pk__gt=one.pk
        )
    ]
    assert clashes == []


@pytest.mark.slow
def test_shipped_workshops_run_in_parallel_pairs(loaded):
    slots = Session.objects.filter(kind="workshop").order_by().values_list("starts_at", "ends_at").annotate(Count("pk"))
    assert [at_once for *_, at_once in slots] == [2, 2]


@pytest.mark.slow
def test_shipped_speakers_are_in_the_sessions_on_record(loaded):
    named = Participation.objects.exclude(speaker=None).order_by("session__starts_at", "order")
    assert list(named.values_list("session__slug", "speaker__slug", "role", "online")) == [
        ("opening", "pham-binh-minh", "remarks", False),
        ("opening", "tong-thi-phong", "remarks", False),
        ("opening", "phumzile-mlambo-ngcuka", "remarks", False),
        ("opening", "rosemary-dicarlo", "remarks", False),
        ("opening", "kamal-malhotra", "remarks", False),
        ("women-at-the-table", "marte-ziolkowski", "remarks", True),
        ("women-at-the-table", "marita-sorheim-rensvik", "remarks", True),
        ("women-at-the-table", "kristin-lund", "remarks", True),
        ("closing", "le-hoai-trung", "remarks", False),
    ]


@pytest.mark.slow
def test_shipped_norwegian_speakers_are_on_8_december(loaded):
    norwegian = Session.objects.filter(speakers__country="NO").distinct()
    assert [session.starts_at.astimezone(HA_NOI).date().isoformat() for session in norwegian] == ["2020-12-08"]


@pytest.mark.slow
def test_shipped_vietnamese_names_have_diacritics(loaded):
    names = dict(Speaker.objects.filter(country="VN").values_list("name_en", "name_vi"))
    assert names == {
        "Pham Binh Minh": "Phạm Bình Minh",
        "Tong Thi Phong": "Tòng Thị Phóng",
        "Le Hoai Trung": "Lê Hoài Trung",
    }


@pytest.mark.slow
def test_shipped_themes_are_numbered_and_used(loaded):
    assert sorted(Theme.objects.exclude(number=None).values_list("number", flat=True)) == [1, 2, 3, 4, 5]
    assert not Theme.objects.filter(sessions=None).exists()


@pytest.mark.slow
def test_shipped_notice_says_that_titles_are_illustrative(loaded):
    conference, about = Conference.objects.get(), Page.objects.get(slug="about")
    assert "illustrative" in conference.notice_en
    assert "illustrative" in about.body_en
    assert "minh họa" in conference.notice_vi
    assert "minh họa" in about.body_vi


def test_shipped_english_texts_spell_ha_noi_and_viet_nam_in_two_words():
    written = "\n".join(path.read_text(encoding="utf-8") for path in CONTENT_DIR.rglob("*.*"))
    # The name of the outcome is on record in one word.
    written = written.replace("Hanoi Commitment to Action", "")
    assert re.findall(r"\b(?:Hanoi|Vietnam)\b", written) == []


@pytest.mark.slow
def test_shipped_pages_are_published_in_the_order_of_the_file(loaded):
    assert set(Page.objects.values_list("status", flat=True)) == {"live"}
    assert list(Page.objects.filter(in_menu=True).values_list("slug", flat=True)) == [
        "about",
        "venue",
        "practical-information",
    ]


@pytest.mark.slow
def test_shipped_content_can_be_published(loaded):
    programme = load_programme(publish_draft().document)
    assert len(programme.sessions) == 20
    assert len(programme.speakers) == 9
    assert programme.session("closing").title.by_language == {
        "en": "Closing ceremony: the Hanoi Commitment to Action",
        "vi": "Lễ bế mạc: Cam kết hành động Hà Nội",
    }


# Loading


@pytest.mark.slow
def test_load_content_twice_changes_nothing(loaded):
    before = [stored_values(model) for model in LOADED_MODELS]
    assert not load_content()
    assert [stored_values(model) for model in LOADED_MODELS] == before


@pytest.mark.slow
def test_load_content_same_files_give_the_same_ids(db, folder):
    load_content()
    before = dict(Session.objects.values_list("slug", "pk"))
    for model in reversed(LOADED_MODELS):
        model.objects.all().delete()
    load_content(folder)
    assert dict(Session.objects.values_list("slug", "pk")) == before


@pytest.mark.slow
def test_load_content_another_conference_has_other_ids(db, folder):
    load_content()
    before = set(Session.objects.values_list("pk", flat=True))
    for model in reversed(LOADED_MODELS):
        model.objects.all().delete()
    edit(folder / "conference.toml", 'starts_on = "2020-12-07"', 'starts_on = "2020-12-06"')
    load_content(folder)
    assert before.isdisjoint(Session.objects.values_list("pk", flat=True))


@pytest.mark.slow
def test_load_content_times_are_in_the_conference_time_zone(db, folder):
    edit(folder / "conference.toml", "Asia/Ho_Chi_Minh", "Europe/Oslo")
    load_content(folder)
    assert Session.objects.get(slug="opening").starts_at == datetime.datetime(2020, 12, 7, 17, tzinfo=datetime.UTC)


@pytest.mark.slow
def test_load_content_page_without_translation_is_loaded(db, folder):
    (folder / "pages" / "venue.vi.md").unlink()
    load_content(folder)
    assert Page.objects.get(slug="venue").title_vi == ""


@pytest.mark.slow
def test_load_content_file_with_byte_order_mark_is_loaded(db, folder):
    page = folder / "pages" / "venue.en.md"
    page.write_text(page.read_text(encoding="utf-8"), encoding="utf-8-sig", newline="\r\n")
    load_content(folder)
    assert Page.objects.get(slug="venue").title_en == "Venue"


ERRORS = [
    ("programme.toml", 'slug = "plenary-hall"', 'slug = "plenary-hall', r"programme\.toml: .*at line \d+"),
    ("programme.toml", "[[room]]", "[[hall]]", "programme.toml: hall: unknown"),
    ("conference.toml", "[[announcement]]", "[announcement]", "conference.toml: announcement: .*double brackets"),
    ("conference.toml", "[conference]", "[[conference]]", "conference.toml: conference: .*single brackets"),
    ("conference.toml", "in_menu = true", "in_manu = true", "conference.toml, page “about”: in_manu: unknown"),
    ("conference.toml", "in_menu = true", 'in_menu = "yes"', "conference.toml, page “about”: in_menu: .*True or False"),
    ("conference.toml", "in_menu = true", 'title.en = "About"', "conference.toml, page “about”: title: .*own file"),
    ("conference.toml", "https://www.unwomen.org", "unwomen", "conference.toml, partner 2: url: "),
    ("conference.toml", "Asia/Ho_Chi_Minh", "Asia/Ha Noi", "conference.toml, conference: time_zone: "),
    ("conference.toml", '"2020-12-09"', '"2020-12-01"', "conference.toml, conference: The last day cannot be before"),
    ("conference.toml", 'slug = "venue"', 'slug = "hotel"', r"hotel.en.md: this file is missing"),
    ("conference.toml", '[[page]]\nslug = "privacy"\nin_menu = false', "", r"pages/privacy\.en\.md: no \[\[page\]\]"),
    ("pages/about.vi.md", "# Giới thiệu", "Giới thiệu", r"pages/about\.vi\.md: the first line"),
    ("programme.toml", 'slug = "plenary-hall"', "", "programme.toml, room 1: slug: is missing"),
    ("programme.toml", 'slug = "workshop-room-1"', 'slug = "plenary-hall"', "room “plenary-hall”: .*already exists"),
    ("programme.toml", '\nroom = "plenary-hall"', '\nroom = "hall"', "session “opening”: room: “hall” does not exist"),
    (
        "programme.toml",
        'themes = ["pillars"]',
        'themes = ["rigths"]',
        "session “opening”: themes: “rigths” does not exist",
    ),
    ("programme.toml", 'themes = ["pillars"]', 'themes = "pillars"', "session “opening”: themes: .*square brackets"),
    ("programme.toml", 'speaker = "tong-thi-phong"', 'speaker = "t"', "“opening”, part 2: speaker: “t” does not exist"),
    ("programme.toml", 'speaker = "tong-thi-phong"', "", "session “opening”, part 2: Choose a speaker"),
    ("programme.toml", 'speaker = "tong-thi-phong"', 'speaker = "pham-binh-minh"', "part 2: This speaker already has"),
    ("programme.toml", 'role = "remarks"', 'role = "remark"', "session “opening”, part 1: role: .*not a valid choice"),
    ("programme.toml", 'kind = "document"', 'kind = "paper"', "session “opening”, link 1: kind: .*not a valid choice"),
    ("programme.toml", 'kind = "ceremony"', "", "session “opening”: kind: .*cannot be blank"),
    (
        "programme.toml",
        'starts_at = "2020-12-07 18:00"',
        'starts_at = "7 December, 18:00"',
        "session “opening”: starts_at: .*2020-12-07 18:00",
    ),
    (
        "programme.toml",
        'starts_at = "2020-12-07 18:00"',
        'starts_at = "2020-12-07 19:30"',
        "session “opening”: The end must be after the start",
    ),
    ("programme.toml", '["en", "vi"]', '["en", "vn"]', "session “opening”: languages: Choose languages"),
    ("programme.toml", 'title.en = "High-level opening"', "", "session “opening”: title.en: .*cannot be blank"),
    (
        "programme.toml",
        'title.vi = "Phiên khai',
        'title.vn = "Phiên khai',
        "session “opening”: title.vn: not a language",
    ),
    (
        "programme.toml",
        'title.en = "High-level opening"',
        "title.en = 1",
        "session “opening”: title.en: .*quotation marks",
    ),
    ("programme.toml", 'name.en = "Plenary hall"\nname.vi', "name", "room “plenary-hall”: name: .*for each language"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("file", "before", "after", "message"), ERRORS)
def test_load_content_invalid_file_is_reported_and_loads_nothing(db, folder, file, before, after, message):
    edit(folder / file, before, after)
    with pytest.raises(ContentError, match=message) as error:
        load_content(folder)
    assert "\n" not in str(error.value)
    assert [model.__name__ for model in LOADED_MODELS if model.objects.exists()] == []


@pytest.mark.parametrize("file", ["conference.toml", "programme.toml"])
def test_load_content_missing_file_is_reported(db, folder, file):
    (folder / file).unlink()
    with pytest.raises(ContentError, match=f"{file}: this file is missing"):
        load_content(folder)


def test_load_content_file_in_another_encoding_is_reported(db, folder):
    (folder / "programme.toml").write_text("# Hà Nội", encoding="latin-1", errors="replace")
    with pytest.raises(ContentError, match=r"programme\.toml: cannot be read"):
        load_content(folder)


# The command


def run_command(*arguments):
    out = StringIO()
    call_command("load_content", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.slow
def test_command_prints_what_it_loaded(db):
    printed = run_command()
    assert printed.startswith("Loaded pages 5, ")
    assert printed.endswith("themes 7, speakers 9, sessions 20.\n")


@pytest.mark.slow
def test_command_with_existing_conference_loads_nothing(loaded):
    assert run_command() == "A conference already exists; nothing was loaded.\n"


@pytest.mark.slow
def test_command_loads_another_folder(db, folder):
    edit(folder / "conference.toml", 'city.en = "Ha Noi"', 'city.en = "Hue"')
    run_command(str(folder))
    assert Conference.objects.get().city_en == "Hue"


def test_command_with_invalid_file_fails(db, folder):
    edit(folder / "programme.toml", "[[room]]", "[[hall]]")
    with pytest.raises(CommandError, match="hall: unknown"):
        run_command(str(folder))


def test_load_missing_adds_categories_and_consent_text(conference):
    assert load_missing_for_registration() == {"category rows": 7, "consent rows": 1}
    assert Category.objects.count() == 7
    assert ConsentText.objects.get().text_vi


def test_load_missing_keeps_existing_categories(conference):
    Category.objects.create(slug="guests", name_en="Guests")
    assert load_missing_for_registration() == {"consent rows": 1}
    assert Category.objects.get().name_en == "Guests"


@pytest.mark.slow
def test_load_missing_with_complete_database_adds_nothing(loaded):
    assert load_missing_for_registration() == {}


@pytest.mark.django_db
def test_load_missing_without_conference_adds_nothing():
    assert load_missing_for_registration() == {}
    assert not Category.objects.exists()


def test_command_prints_what_it_added(conference, capsys):
    call_command("load_content")
    assert "added what registration needs: 7 category rows, 1 consent rows" in capsys.readouterr().out


def test_quickstart_step_reports_what_it_added(conference):
    assert "7 category rows, 1 consent rows" in steps.load_initial_content()
    assert steps.load_initial_content() == "unchanged"
