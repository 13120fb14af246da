"""Tests of imports: which row of the database a row of a file is, and in which order new rows come."""

import unicodedata

import pytest

from sessions.imports import preview_import, run_import
from sessions.models import Participation, Room, Session
from speakers.models import Speaker

from .. import factories
from ..spreadsheet_files import HEADERS, OPENING, get_problems, make_csv

pytestmark = pytest.mark.django_db

COFFEE = [["Coffee", "break", f"2020-12-{day:02} 10:00", "10:30"] for day in (8, 9, 10)]


@pytest.fixture
def coffee_breaks(conference):
    run_import(make_csv(HEADERS, *COFFEE))
    return get_days("Coffee")


def get_days(title):
    return {session.slug: session.starts_at.day for session in Session.objects.filter(title_en=title)}


# Several rows with the same title


def test_run_import_of_reversed_file_changes_nothing(coffee_breaks):
    assert run_import(make_csv(HEADERS, *reversed(COFFEE))).is_empty


def test_run_import_of_last_row_alone_changes_nothing(coffee_breaks):
    assert run_import(make_csv(HEADERS, COFFEE[2])).is_empty


def test_run_import_of_additional_row_with_same_title_adds_it(coffee_breaks):
    run_import(make_csv(HEADERS, *COFFEE, ["Coffee", "break", "2020-12-11 10:00", "10:30"]))
    assert get_days("Coffee") == coffee_breaks | {"coffee-4": 11}


@pytest.mark.parametrize("others", [[], COFFEE[:2]])
def test_preview_import_of_moved_row_with_ambiguous_title_reports_it(coffee_breaks, others):
    message = get_problems(make_csv(HEADERS, *others, ["Coffee", "break", "2020-12-11 10:00", "10:30"]))
    assert "Several sessions have the title “Coffee”" in message
    assert get_days("Coffee") == coffee_breaks


def test_preview_import_of_two_moved_rows_for_one_session_reports_both(conference):
    factories.make_session("Coffee", starts_at=factories.december(7, 10), ends_at=factories.december(7, 11))
    message = get_problems(make_csv(HEADERS, *COFFEE[:2]))
    assert message.startswith("Sessions, rows 2–3: Several rows have the title “Coffee”")


def test_run_import_of_moved_row_with_unique_title_moves_session(conference):
    session = factories.make_session("Coffee")
    run_import(make_csv(HEADERS, COFFEE[0]))
    session.refresh_from_db()
    assert session.starts_at == factories.december(8, 10)


def test_run_import_distinguishes_parallel_sessions_by_room(conference):
    rooms = [factories.make_room(name) for name in ("Hall A", "Hall B")]
    sessions = [factories.make_session("Workshop", slug=f"w{n}", room=room) for n, room in enumerate(rooms)]
    rows = [["Workshop", "workshop", "2020-12-07 18:00", "19:30", room, room] for room in ("Hall B", "Hall A")]
    run_import(make_csv([*HEADERS, "Room", "Summary (English)"], *rows))
    for session, room in zip(sessions, rooms, strict=True):
        session.refresh_from_db()
        assert (session.room, session.summary_en) == (room, room.name_en)


def test_preview_import_of_parallel_sessions_without_room_reports_ambiguity(conference):
    for name in ("Hall A", "Hall B"):
        factories.make_session("Workshop", slug=f"w-{name[-1]}", room=factories.make_room(name))
    row = ["Workshop", "workshop", "2020-12-07 18:00", "19:30"]
    assert "Several sessions have the title “Workshop”" in get_problems(make_csv(HEADERS, row))


def test_run_import_distinguishes_speakers_of_one_name_by_organization(conference):
    speakers = [
        factories.make_speaker("Nguyen Van Hung", slug=f"hung-{name}", organization_en=name) for name in ("one", "two")
    ]
    run_import(make_csv(["Name", "Organization", "Country"], ["Nguyen Van Hung", "Two", "VN"]))
    assert [Speaker.objects.get(pk=speaker.pk).country.code for speaker in speakers] == ["", "VN"]
    message = get_problems(make_csv(["Name", "Country"], ["Nguyen Van Hung", "VN"]))
    assert "It is not clear which entry with the name “Nguyen Van Hung” this is." in message


def test_run_import_keeps_people_apart_whose_names_differ_by_diacritics(conference):
    factories.make_speaker("Nguyễn Văn Hùng", slug="nguyen-van-hung")
    run_import(make_csv(["Speaker name"], ["Nguyễn Văn Hưng"], ["Nguyen Thi Linh"]))
    assert Speaker.objects.count() == 3


def test_run_import_finds_name_typed_without_diacritics(conference):
    speaker = factories.make_speaker("Nguyễn Văn Hùng", slug="hung")
    run_import(make_csv(["Name", "Country"], ["NGUYEN VAN HUNG", "VN"]))
    speaker.refresh_from_db()
    assert (Speaker.objects.count(), speaker.name_en, speaker.country.code) == (1, "Nguyễn Văn Hùng", "VN")


def test_run_import_finds_session_by_former_title(conference):
    session = factories.make_session("Grand opening", slug="opening")
    run_import(make_csv(HEADERS, OPENING))
    session.refresh_from_db()
    assert session.title_en == "Opening"


# Keys in other spellings


@pytest.mark.parametrize("slug", ["Acting-early", "ACTING-EARLY", " acting-early ", "ａcting-early", "acting early"])
def test_run_import_finds_slug_in_other_spelling(conference, slug):
    session = factories.make_session("Acting early")
    run_import(make_csv(["Slug", *HEADERS], [slug, "Acting now", *OPENING[1:]]))
    session.refresh_from_db()
    assert (session.slug, session.title_en) == ("acting-early", "Acting now")


def test_run_import_stores_new_slug_in_lower_case(conference):
    run_import(make_csv(["Slug", *HEADERS], ["Khai-Mạc", *OPENING]))
    assert Session.objects.get().slug == "khai-mac"


def test_run_import_keeps_stored_slug_with_capitals(conference):
    session = factories.make_session("Acting early", slug="Acting_Early")
    assert run_import(make_csv(["Id", "Slug", "Title", "Kind", "Start", "End"], [
        session.pk, "Acting_Early", "Acting early", "plenary", "2020-12-07 18:00", "19:30",
    ])).is_empty  # fmt: skip


def test_preview_import_with_slugs_that_differ_by_case_reports_ambiguity(conference):
    for slug in ("Opening", "opening"):
        factories.make_session("Opening", slug=slug)
    assert preview_import(make_csv(["Slug", *HEADERS], ["opening", *OPENING])).summaries[0].changed
    assert "Enter the Id as well." in get_problems(make_csv(["Slug", *HEADERS], ["OPENING", *OPENING]))


@pytest.mark.parametrize(
    "name", ["hội trường lớn", "HỘI TRƯỜNG LỚN", unicodedata.normalize("NFD", "Hội trường lớn"), "Hoi  truong lon"]
)
def test_run_import_finds_room_in_other_spelling(conference, name):
    room = factories.make_room("Hội trường lớn", slug="hall")
    run_import(make_csv([*HEADERS, "Room"], [*OPENING, name]))
    assert Session.objects.get().room == room
    assert run_import(make_csv(["Room name"], [name])).summaries[0].new == []


def test_run_import_finds_title_with_other_punctuation(conference):
    session = factories.make_session("Women’s peace-building")
    run_import(make_csv(["Session", "Role", "Placeholder"], ["Women's Peace building", "chair", "Somebody"]))
    assert session.participations.count() == 1


def test_run_import_of_list_of_themes_prefers_single_themes(conference):
    for name in ("Peace", "Funding", "Peace & funding"):
        factories.make_theme(name)
    run_import(make_csv([*HEADERS, "Themes"], [*OPENING, "peace, FUNDING"]))
    assert [theme.name_en for theme in Session.objects.get().themes.all()] == ["Funding", "Peace"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_run_import_of_text_in_other_unicode_form_changes_nothing(conference, form):
    stored = unicodedata.normalize("NFD" if form == "NFC" else "NFC", "Lễ khai mạc")
    session = factories.make_session("Opening", title_vi=stored, summary_vi=f"{stored}\r\n{stored}")
    row = ["opening", "Opening", "plenary", "2020-12-07 18:00", "19:30"]
    row += [unicodedata.normalize(form, text) for text in ("Lễ khai mạc", "Lễ khai mạc\nLễ khai mạc")]
    headers = ["Slug", *HEADERS, "Title (Vietnamese)", "Summary (Vietnamese)"]
    assert run_import(make_csv(headers, row)).is_empty
    session.refresh_from_db()
    assert session.title_vi == stored


# Order of new rows


def test_run_import_places_new_rooms_last_in_order_of_appearance(conference):
    factories.make_room("Plenary hall", order=10)
    run_import(make_csv(["Room name"], ["Zenith"], ["Annex"], ["plenary hall"]))
    assert [room.name_en for room in Room.objects.all()] == ["plenary hall", "Zenith", "Annex"]


@pytest.fixture
def panel(conference):
    session = factories.make_session("Panel", parts=[("panellist", "Ann"), ("panellist", "Binh")])
    for part, order in zip(session.participations.order_by("pk"), (10, 20), strict=True):
        Participation.objects.filter(pk=part.pk).update(order=order)
    return session


def get_panel(session):
    return [part.placeholder_en for part in session.participations.all()]


def test_run_import_places_new_panellist_last(panel):
    run_import(make_csv(["Session", "Role", "Placeholder"], ["Panel", "panellist", "Chi"]))
    assert get_panel(panel) == ["Ann", "Binh", "Chi"]


def test_run_import_of_whole_panel_keeps_order_of_file(panel):
    rows = [["Panel", "panellist", name] for name in ("Ann", "Chi", "Binh")]
    run_import(make_csv(["Session", "Role", "Placeholder"], *rows))
    assert get_panel(panel) == ["Ann", "Chi", "Binh"]
