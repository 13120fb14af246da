"""Spreadsheets into the editing tables: looked at first, then all or nothing."""

import contextlib
import datetime
import io
import os
import re
import threading
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conference.core.spreadsheets import MAX_BYTES, write_csv
from sessions import exports
from sessions.imports import ImportConflictError, ImportFailedError, preview_import, run_import
from sessions.models import Participation, Release, Room, Session, Theme
from sessions.releases.exceptions import NothingToPublishError
from sessions.releases.publish import publish_draft, read_draft_document
from speakers.models import Speaker

from .. import factories
from ..users import admin_client_for, make_organizer

IMPORT, REVIEW = "/admin/programme/session/import/", "/admin/programme/session/import/review/"
HEADERS = ["Title (English)", "Kind", "Start", "End"]
OPENING = ["Opening", "ceremony", "2020-12-07 18:00", "2020-12-07 19:30"]

pytestmark = pytest.mark.django_db


def table(headers, *rows):
    """A CSV file."""
    return write_csv([headers, *rows])


def book(**sheets):
    """A workbook: sheet=[headers, row, row]."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(row)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def refusal(data, **how):
    with pytest.raises(ImportFailedError) as refused:
        preview_import(data, **how)
    return str(refused.value)


def everything():
    return exports.build_draft_records(), read_draft_document()


def as_xlsx():
    return exports.to_xlsx(exports.build_draft_records(), factories.HA_NOI)


def changed_in(outcome, name):
    return next(tally for tally in outcome.summaries if tally.table == name).changed


# There and back


def test_exported_and_imported_again_nothing_changes(published):
    before = everything()
    assert run_import(as_xlsx(), delete_missing=True).is_empty
    assert everything() == before


@pytest.mark.parametrize("name", ["Sessions", "Speakers", "Rooms", "Themes", "Participations", "Links"])
def test_each_csv_imported_again_changes_nothing(published, name):
    before = everything()
    data = exports.to_csv(exports.build_draft_records(), factories.HA_NOI, name)
    assert run_import(data, delete_missing=True).is_empty
    assert everything() == before


def test_an_emptied_site_is_filled_again(published):
    before, data = read_draft_document(), as_xlsx()
    Session.objects.all().delete()
    for model in (Room, Theme, Speaker):
        model.objects.all().delete()
    run_import(data)
    assert read_draft_document() == before


live = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=60).map(str.strip)
hostile = st.one_of(live, st.sampled_from("=+-@'＝#").flatmap(lambda c: live.map(lambda t: (c + t).strip())))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=hostile.filter(bool), text=hostile)
def test_whatever_texts_say_they_come_back_as_they_were(conference, name, text):
    Session.objects.all().delete()
    Room.objects.all().delete()
    room = factories.make_room(name, slug="room", place_en=text, place_vi=f"'{text}"[:200])
    factories.make_session(
        name, slug="one", room=room, summary_en=text, description_vi=f"_x000A_{text}", parts=[("chair", name)]
    )
    before = everything()
    run_import(as_xlsx(), delete_missing=True)
    assert everything() == before
    for one in ("Sessions", "Rooms", "Participations"):
        run_import(exports.to_csv(exports.build_draft_records(), factories.HA_NOI, one), delete_missing=True)
    assert everything() == before


# A programme from a spreadsheet


def test_a_whole_programme_comes_from_one_workbook(conference):
    run_import(
        book(
            Sessions=[
                ["Title (English)", "Title_vi", "Kind", "Date", "Start", "End", "Room", "Themes", "Floor languages"],
                ["Opening", "Khai mạc", "ceremony", "7/12/2020", "18:00", "19:30", "Main Hall", "peace,funding", "en"],
            ],
            Speakers=[["Speaker name (English)", "Country"], ["Nguyen Thi Linh", "Viet Nam"]],
            Rooms=[["Room name (English)", "Seats"], ["Main Hall", 300]],
            Themes=[["Theme name (English)", "Sign"], ["Peace", "1"], ["Funding", None]],
            Participations=[["Session", "Role", "Speaker"], ["Opening", "chair", "Nguyen Thi Linh"]],
            Links=[["Session", "Link kind", "Link"], ["opening", "stream", "https://stream.example/"]],
        )
    )  # fmt: skip
    opening = Session.objects.get(slug="opening")
    assert (opening.starts_at, opening.ends_at) == (factories.december(7, 18), factories.december(7, 19, 30))
    assert opening.title_vi == "Khai mạc"
    assert opening.room.capacity == 300
    assert [theme.name_en for theme in opening.themes.all()] == ["Funding", "Peace"]
    assert opening.languages == ["en"]
    assert opening.status == "draft"
    assert str(opening.participations.get()) == "Nguyen Thi Linh (Chair)"
    assert opening.links.get().url == "https://stream.example/"
    assert Speaker.objects.get().country.code == "VN"


@pytest.mark.parametrize(
    "typed",
    [
        "2020-12-07 18:00", "7/12/2020 18:00", "07.12.2020 18h", "7-12-2020 6pm", "2020-12-07T18:00:00",
        "2020-12-07 18:00:00+07:00", "7/12/2020 6:00 PM", datetime.datetime(2020, 12, 7, 18), 44172.75,
    ],
)  # fmt: skip
def test_times_are_read_as_people_type_them(conference, typed):
    run_import(book(Sessions=[HEADERS, ["Opening", "ceremony", typed, "19:30"]]))
    assert Session.objects.get().starts_at == factories.december(7, 18)


@pytest.mark.parametrize("typed", ["90", "1:30", "90 min", "1h30", "1 h 30", datetime.time(1, 30)])
def test_a_duration_stands_for_the_end(conference, typed):
    run_import(book(Sessions=[["Title (English)", "Kind", "Start", "Duration"], [*OPENING[:3], typed]]))
    assert Session.objects.get().ends_at == factories.december(7, 19, 30)


def test_excels_own_date_and_time_cells_are_read(conference):
    row = ["Opening", "ceremony", datetime.date(2020, 12, 7), datetime.time(18), datetime.time(19, 30)]
    run_import(book(Sessions=[["Title (English)", "Kind", "Date", "Start", "End"], row]))
    assert Session.objects.get().starts_at == factories.december(7, 18)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_is_read_as_spreadsheet_programs_save_it(conference, delimiter, encoding):
    lines = [delimiter.join(HEADERS), "", delimiter.join(["Hội nghị", *OPENING[1:]])]
    run_import("\r\n".join(lines).encode(encoding))
    assert Session.objects.get().title_en == "Hội nghị"
    assert Session.objects.get().slug == "hoi-nghi"


def test_imported_twice_is_imported_once(conference):
    data = table(HEADERS, OPENING, [*OPENING[:2], "8/12/2020 10:00", "11:00"])
    run_import(data)
    assert run_import(data).is_empty
    assert sorted(Session.objects.values_list("slug", flat=True)) == ["opening", "opening-2"]


def test_row_with_an_id_is_that_row_whatever_its_title(conference):
    session = factories.make_session("Opening")
    run_import(table(["Id", *HEADERS], [str(session.pk), "Welcome", *OPENING[1:]]))
    session.refresh_from_db()
    assert (session.title_en, session.slug) == ("Welcome", "opening")


def test_columns_that_are_not_there_stay(published):
    run_import(table(["Slug", *HEADERS], ["opening", *OPENING]))
    opening = Session.objects.get(slug="opening")
    assert opening.summary_en == "Words of welcome from Ha Noi."
    assert opening.participations.count() == 2


def test_empty_cell_empties_its_field(published):
    run_import(table(["Slug", *HEADERS, "Summary (English)"], ["opening", *OPENING, ""]))
    assert Session.objects.get(slug="opening").summary_en == ""


def test_rooms_may_exchange_their_names(conference):
    one, other = factories.make_room("Hall", slug="hall"), factories.make_room("Annex", slug="annex")
    run_import(
        table(["Id", "Slug", "Room name (English)"], [str(one.pk), "annex", "Annex"], [str(other.pk), "hall", "Hall"])
    )
    assert Room.objects.get(pk=one.pk).slug == "annex"


def test_speakers_may_exchange_their_parts(published):
    linh, ingrid = Speaker.objects.get(slug="nguyen-thi-linh"), Speaker.objects.get(slug="ingrid-ostby")
    data = as_xlsx()
    rows = openpyxl.load_workbook(io.BytesIO(data))
    parts = [row for row in rows["Participations"].iter_rows(min_row=2) if row[1].value == "opening"]
    parts[0][3].value, parts[1][3].value = ingrid.slug, linh.slug
    file = io.BytesIO()
    rows.save(file)
    run_import(file.getvalue(), delete_missing=True)
    assert Participation.objects.get(session__slug="opening", role="chair").speaker == ingrid


def test_nothing_is_deleted_unless_it_is_asked_for(published):
    data = table(["Slug", *HEADERS], ["opening", *OPENING])
    before = Session.objects.count()
    run_import(data)
    assert Session.objects.count() == before
    run_import(data, delete_missing=True)
    assert [session.slug for session in Session.objects.all()] == ["opening"]


def test_room_that_is_needed_is_not_deleted(published):
    said = refusal(table(["Room name (English)"], ["Blue Room"]), delete_missing=True)
    assert "“Main Hall” is not in this sheet but cannot be deleted" in said


def test_translation_becomes_stale_when_its_source_changes(published):
    run_import(table(["Slug", *HEADERS], ["opening", "Grand opening", *OPENING[1:]]))
    assert Session.objects.get(slug="opening").stale_translations == ["title"]


def test_history_tells_of_each_row_that_changed_and_no_other(published):
    before = Session.history.count()
    run_import(table(["Slug", *HEADERS, "Themes"], ["opening", "Grand opening", *OPENING[1:], "funding"]))
    [entry] = Session.history.all()[: Session.history.count() - before]
    assert (entry.title_en, [kept.theme.slug for kept in entry.themes.all()]) == ("Grand opening", ["funding"])


def test_history_of_a_new_session_has_its_themes(published):
    run_import(table([*HEADERS, "Themes"], ["New", *OPENING[1:], "funding"]))
    entry = Session.history.get(slug="new")
    assert (entry.history_type, [kept.theme.slug for kept in entry.themes.all()]) == ("+", ["funding"])


# What is shown before


def test_looking_writes_nothing(published):
    before, history = everything(), Session.history.count()
    outcome = preview_import(table(HEADERS, ["Something new", *OPENING[1:]]), delete_missing=True)
    assert outcome.summaries[0].new == ["Something new"]
    assert everything() == before
    assert Session.history.count() == history


def test_what_is_shown_is_the_difference_of_the_drafts(published):
    data = table(["Slug", *HEADERS], ["opening", "Grand opening", *OPENING[1:]])
    shown = preview_import(data)
    assert shown.changes["sessions"]["changed"][0]["fields"] == {
        "title": [{"en": "Opening", "vi": "Lễ khai mạc"}, {"en": "Grand opening", "vi": "Lễ khai mạc"}]
    }
    assert changed_in(shown, "Sessions") == [("Grand opening", ["Title (English)"])]
    assert run_import(data, version_token=shown.version_token).changes == shown.changes


def test_nothing_is_imported_once_the_tables_are_different(published):
    data = table(["Slug", *HEADERS], ["opening", "Grand opening", *OPENING[1:]])
    shown = preview_import(data)
    Session.objects.filter(slug="exhibition").update(title_en="Fair")
    with pytest.raises(ImportConflictError):
        run_import(data, version_token=shown.version_token)
    assert Session.objects.get(slug="opening").title_en == "Opening"


# What is refused


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["", "ceremony", "2020-12-07 18:00", "19:00"], "row 2, column “Title (English)”: This field cannot be"),
        (["A", "party", "2020-12-07 18:00", "19:00"], "row 2, column “Kind”: Enter one of"),
        (["A", "break", "soon", "19:00"], "row 2, column “Start”: Enter the time as 18:00"),
        (["A", "break", "18:00", "19:00"], "row 2, column “Start”: Enter the date as well"),
        (["A", "break", "31/11/2020 18:00", "19:00"], "row 2, column “Start”: This date or time does not exist"),
        (["A", "break", "2020-12-07 18:00", "17:00"], "row 2, column “End”: The end must be after the start"),
        (["A", "break", "2020-12-07 18:00", ""], "row 2, column “End”: Enter the end time"),
        (["A" * 201, "break", "2020-12-07 18:00", "19:00"], "row 2, column “Title (English)”: Ensure this value"),
        (["A", "break", "2020-12-07 18:00", "19:00", "Cellar"], "row 2, column “Room”: “Cellar” does not exist."),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_place(conference, row, said):
    assert said in refusal(book(Sessions=[[*HEADERS, "Room"], row]))


def test_all_mistakes_are_told_at_once_and_nothing_is_written(conference):
    rows = [
        ["A", "party", "2020-12-07 18:00", "19:00", ""],
        ["B", "break", "x", "y", ""],
        [*OPENING, "Cellar"],
        [*OPENING, ""],
    ]
    data = book(Sessions=[[*HEADERS, "Room"], *rows])
    with pytest.raises(ImportFailedError) as refused:
        run_import(data)
    assert [problem.row for problem in refused.value.problems] == [2, 3, 3, 4]
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["opening", "chair", "Nobody", ""], "column “Speaker”: “Nobody” does not exist."),
        (["opening", "chair", "", ""], "column “Speaker”: Choose a speaker or enter a placeholder, not both."),
        (["opening", "chair", "ingrid-ostby", "Somebody"], "Choose a speaker or enter a placeholder, not both."),
        (["nothing", "chair", "ingrid-ostby", ""], "column “Session”: “nothing” does not exist."),
        (["", "chair", "ingrid-ostby", ""], "column “Session”: Enter a session."),
    ],
)
def test_parts_must_make_sense(published, values, said):
    assert said in refusal(table(["Session", "Role", "Speaker", "Placeholder (English)"], values))


def test_name_of_two_is_not_guessed(conference):
    factories.make_session("Coffee", slug="coffee"), factories.make_session("Coffee", slug="coffee-2")
    said = refusal(table(["Session", "Role", "Placeholder (English)"], ["Coffee", "chair", "Somebody"]))
    assert "Several entries have the name “Coffee”. Enter the slug instead." in said


def test_unknown_and_missing_columns_are_named(conference):
    said = refusal(book(Sessions=[["Title (English)", "Colour of the door", "Kind"], ["A", "red", "break"]]))
    assert "Unknown columns: Colour of the door." in said
    assert "Missing columns: Start." in refusal(book(Sessions=[["Title (English)", "Kind"], ["A", "break"]]))


def test_unknown_sheet_is_not_passed_over(conference):
    assert "Budget: Unknown sheet." in refusal(book(Sessions=[HEADERS, OPENING], Budget=[["Money"], [1]]))


def test_formula_is_refused_where_it_stands(conference):
    said = refusal(book(Sessions=[HEADERS, ["=1+1", *OPENING[1:]]]))
    assert said == (
        "Sessions, row 2, column “Title (English)”: This cell contains a formula. Copy the "
        "cells and paste them as values."
    )


def test_example_is_ignored(conference):
    data = book(Sessions=[["Id", *HEADERS], ["Example", *OPENING], [None, "Real", *OPENING[1:]]])
    run_import(data)
    assert [session.title_en for session in Session.objects.all()] == ["Real"]


def with_part(data, name, content):
    """The workbook with one part in place of what it had."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return file.getvalue()


def sheet_of(rows):
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (space, rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_entities_are_refused(conference, name, encoding):
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'.encode(encoding)
    assert "document type" in refusal(with_part(book(Sessions=[HEADERS, OPENING]), name, bomb))


def test_a_million_empty_rows_are_refused_in_words(conference):
    rows = b"".join(b'<row r="%d"/>' % number for number in range(1, 1_000_001))
    data = with_part(book(Sessions=[HEADERS]), "xl/worksheets/sheet1.xml", sheet_of(rows))
    assert "Select the empty rows below the last entry" in refusal(data)


def test_a_million_empty_lines_are_nothing(conference):
    assert run_import(",".join(HEADERS).encode() + b"\n" + b",,,\n" * 1_000_000).is_empty


def test_what_unpacks_to_too_much_is_refused(conference):
    bomb = with_part(book(Sessions=[HEADERS]), "xl/worksheets/sheet1.xml", b" " * 61_000_000)
    assert len(bomb) < MAX_BYTES
    assert "The unpacked workbook is larger than 60 MB" in refusal(bomb)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"x" * (MAX_BYTES + 1), "larger than 5 MB"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old Excel workbook (.xls)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"H\xf4i ngh\xee", "Save the file as “CSV UTF-8”"),
        ("Ten;Ngay".encode("utf-16-le"), "damaged or not a spreadsheet"),
        (b"PK\x03\x04 and no archive", "damaged or not a spreadsheet"),
        (b"\x89PNG\r\n\x1a\n\0\0", "Save the file as “CSV UTF-8”"),
        (b'a,"b\n', "damaged or not a spreadsheet"),
        (b"", "This file is empty."),
        (b"one,two\n1,2\n", "Unknown sheet."),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(conference, data, said):
    assert said in refusal(data)


def test_workbook_without_its_parts_is_refused(conference):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "damaged or not a spreadsheet" in refusal(file.getvalue())


# At the desk


@pytest.fixture
def desk(published):
    return admin_client_for(make_organizer("Programme editors"))


def send(desk, data, **ticked):
    return desk.post(IMPORT, {"file": SimpleUploadedFile("../../evil.csv", data)} | ticked)


def digest(response):
    return re.search(r'name="version" value="([0-9a-f]{64})"', response.content.decode())[1]


GRAND = table(["Slug", *HEADERS], ["opening", "Grand opening", *OPENING[1:]])


def test_a_file_is_looked_at_and_then_imported(desk):
    response = send(desk, GRAND)
    assert response.headers["Location"] == REVIEW
    shown = desk.get(REVIEW)
    assert "Grand opening" in shown.content.decode()
    assert Session.objects.get(slug="opening").title_en == "Opening"
    assert desk.post(REVIEW, {"version": digest(shown)}).status_code == 302
    assert Session.objects.get(slug="opening").title_en == "Grand opening"
    assert desk.get(REVIEW).headers["Location"] == IMPORT


def test_the_list_of_sessions_leads_to_import_and_export(desk):
    shown = desk.get("/admin/programme/session/").content.decode()
    assert f'href="{IMPORT}"' in shown
    assert desk.get(IMPORT).status_code == 200
    assert desk.get(f"{IMPORT}template/").content.startswith(b"PK")


def test_history_says_who_imported(published):
    user = make_organizer("Programme editors")
    desk = admin_client_for(user)
    send(desk, GRAND)
    desk.post(REVIEW, {"version": digest(desk.get(REVIEW))})
    assert Session.history.latest().history_user == user


def test_page_says_where_a_file_is_wrong(desk):
    response = send(desk, table(HEADERS, ["A", "party", *OPENING[2:]]))
    assert "Sessions, row 2, column “Kind”" in response.content.decode()


def test_what_changed_meanwhile_is_shown_again(desk):
    send(desk, GRAND)
    seen = digest(desk.get(REVIEW))
    Room.objects.filter(slug="main-hall").update(capacity=5)
    response = desk.post(REVIEW, {"version": seen})
    assert response.status_code == 409
    assert Session.objects.get(slug="opening").title_en == "Opening"
    assert digest(response) != seen


def test_another_file_uploaded_meanwhile_is_not_imported_unseen(desk):
    send(desk, GRAND)
    seen = digest(desk.get(REVIEW))
    send(desk, table(["Slug", *HEADERS], ["opening", "Other", *OPENING[1:]]))
    assert desk.post(REVIEW, {"version": seen}).status_code == 409


def test_deletion_is_part_of_what_was_seen(desk):
    send(desk, GRAND)
    seen = digest(desk.get(REVIEW))
    assert desk.post(f"{REVIEW}?delete=1", {"version": seen}).status_code == 409
    assert Session.objects.count() == 7


def test_deleting_what_is_missing_is_ticked_and_shown(desk):
    assert send(desk, GRAND, delete_missing="on").headers["Location"] == f"{REVIEW}?delete=1"
    shown = desk.get(f"{REVIEW}?delete=1")
    assert "Import and delete" in shown.content.decode()
    desk.post(f"{REVIEW}?delete=1", {"version": digest(shown)})
    assert Session.objects.count() == 1


def test_nobody_sees_anothers_file(desk):
    send(desk, GRAND)
    other = admin_client_for(make_organizer("Programme editors"))
    assert other.get(REVIEW).headers["Location"] == IMPORT


def test_a_file_waits_for_an_hour(desk, settings):
    send(desk, GRAND)
    [file] = (settings.DATA_DIR / "imports").glob(f"{desk.session['_auth_user_id']}")
    assert file.stat().st_mode & 0o777 == 0o600
    os.utime(file, (0, 0))
    assert desk.get(REVIEW).headers["Location"] == IMPORT
    assert not file.exists()


@pytest.mark.parametrize("page", [IMPORT, REVIEW, f"{IMPORT}template/"])
@pytest.mark.parametrize("group", ["Viewers", "Publishers", "Registrars"])
def test_those_who_may_not_edit_may_not_import(published, group, page):
    client = admin_client_for(make_organizer(group))
    assert client.get(page).status_code == 403
    assert client.post(page).status_code == 403


def test_deleting_takes_the_right_to_delete(published):
    user = make_organizer("Programme editors")
    group = user.groups.get()
    group.permissions.remove(group.permissions.get(codename="delete_room"))
    desk = admin_client_for(user)
    assert send(desk, GRAND, delete_missing="on").status_code == 403
    assert desk.get(f"{REVIEW}?delete=1").status_code in (302, 403)


def test_post_without_its_token_is_refused(published):
    desk = admin_client_for(make_organizer("Programme editors"), enforce_csrf_checks=True)
    assert send(desk, GRAND).status_code == 403


def test_without_a_conference_there_is_nothing_to_import_into(db):
    assert send(admin_client_for(make_organizer("Programme editors")), GRAND).status_code == 404


def test_a_number_beyond_all_numbers_is_no_date(conference):
    cells = b'<row r="1"><c t="inlineStr"><is><t>Title_en</t></is></c><c t="inlineStr"><is><t>Kind</t></is></c>'
    cells += b'<c t="inlineStr"><is><t>Start</t></is></c></row>'
    cells += b'<row r="2"><c t="inlineStr"><is><t>A</t></is></c><c t="inlineStr"><is><t>break</t></is></c>'
    data = with_part(
        book(Sessions=[HEADERS]), "xl/worksheets/sheet1.xml", sheet_of(cells + b"<c><v>1e999</v></c></row>")
    )
    assert "row 2, column “Start”: Enter the time as 18:00" in refusal(data)


def test_text_in_several_looks_is_one_text_without_its_hints(conference):
    text = b'<is><r><t>Main </t></r><r><t>Hall</t></r><rPh sb="0" eb="1"><t>main</t></rPh></is>'
    cells = b'<row r="1"><c t="inlineStr"><is><t>Room name (English)</t></is></c></row>'
    cells += b'<row r="3"><c r="A3" t="inlineStr">' + text + b"</c></row>"
    run_import(with_part(book(Rooms=[["Room name (English)"]]), "xl/worksheets/sheet1.xml", sheet_of(cells)))
    assert Room.objects.get().name_en == "Main Hall"


def test_a_part_that_awaited_somebody_is_not_given_a_speaker_as_well(published):
    part = Participation.objects.get(placeholder_en="Regional organization, to be announced")
    said = refusal(
        table(["Id", "Session", "Role", "Speaker"], [part.pk, "women-at-the-table", "panellist", "ingrid-ostby"])
    )
    assert "Choose a speaker or enter a placeholder, not both." in said


# While others publish


@pytest.mark.django_db(transaction=True)
def test_importing_while_publishing_never_mixes():
    """Each release has every session as one file says or every session as the other one does."""
    factories.make_conference()
    for number in range(20):
        factories.make_session(f"Session {number}", slug=f"s{number}")
    files = [
        table(["Slug", *HEADERS], *([f"s{n}", word, *OPENING[1:]] for n in range(20))) for word in ("One", "Other")
    ]
    run_import(files[0])
    errors = []
    threads = [threading.Thread(target=_in_turns, args=(run_import, files, errors))]
    threads += [threading.Thread(target=_in_turns, args=(_publish, files, errors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    titles = [{s["title"]["en"] for s in release.document["sessions"]} for release in Release.objects.all()]
    assert titles
    assert all(len(found) == 1 for found in titles)


def _in_turns(act, files, errors):
    try:
        for turn in range(6):
            act(files[turn % 2])
    except Exception as error:
        errors.append(error)
    finally:
        connection.close()


def _publish(_file):
    with contextlib.suppress(NothingToPublishError):
        publish_draft()
