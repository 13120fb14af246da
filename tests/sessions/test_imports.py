"""Tests of imports: matching, assignment, preview, problems and concurrency."""

import contextlib
import datetime
import io
import threading

import openpyxl
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions import exports
from sessions.imports import ImportConflictError, ImportFailedError, preview_import, run_import
from sessions.models import Participation, Release, Room, Session, Theme
from sessions.releases.exceptions import NothingToPublishError
from sessions.releases.publish import publish_draft, read_draft_document
from speakers.models import Speaker

from .. import factories
from ..spreadsheet_files import HEADERS, OPENING, get_problems, make_csv, make_workbook

pytestmark = pytest.mark.django_db


def get_draft():
    return exports.build_draft_records(), read_draft_document()


def export_draft():
    return exports.to_xlsx(exports.build_draft_records(), factories.HA_NOI)


def get_changed_rows(result, name):
    rows = next(summary for summary in result.summaries if summary.table == name).changed
    return [(row.name, row.headers) for row in rows]


def test_run_import_of_exported_workbook_changes_nothing(published):
    before = get_draft()
    assert run_import(export_draft(), delete_missing=True).is_empty
    assert get_draft() == before


@pytest.mark.parametrize("name", ["Sessions", "Speakers", "Rooms", "Themes", "Participations", "Links"])
def test_run_import_of_exported_csv_changes_nothing(published, name):
    before = get_draft()
    data = exports.to_csv(exports.build_draft_records(), factories.HA_NOI, name)
    assert run_import(data, delete_missing=True).is_empty
    assert get_draft() == before


def test_run_import_of_exported_workbook_restores_deleted_rows(published):
    before, data = read_draft_document(), export_draft()
    Session.objects.all().delete()
    for model in (Room, Theme, Speaker):
        model.objects.all().delete()
    run_import(data)
    assert read_draft_document() == before


plain_text = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=60).map(str.strip)
any_text = st.one_of(
    plain_text, st.sampled_from("=+-@'＝#").flatmap(lambda c: plain_text.map(lambda t: (c + t).strip()))
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=any_text.filter(bool), text=any_text)
def test_export_and_import_preserve_any_text(conference, name, text):
    Session.objects.all().delete()
    Room.objects.all().delete()
    room = factories.make_room(name, slug="room", place_en=text, place_vi=f"'{text}"[:200])
    factories.make_session(
        name, slug="one", room=room, summary_en=text, description_vi=f"_x000A_{text}", parts=[("chair", name)]
    )
    before = get_draft()
    run_import(export_draft(), delete_missing=True)
    assert get_draft() == before
    for table in ("Sessions", "Rooms", "Participations"):
        run_import(exports.to_csv(exports.build_draft_records(), factories.HA_NOI, table), delete_missing=True)
    assert get_draft() == before


# Matching and assignment


def test_run_import_of_workbook_creates_programme(conference):
    run_import(
        make_workbook(
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
    "cell",
    [
        "2020-12-07 18:00", "7/12/2020 18:00", "07.12.2020 18h", "7-12-2020 6pm", "2020-12-07T18:00:00",
        "2020-12-07 18:00:00+07:00", "7/12/2020 6:00 PM", datetime.datetime(2020, 12, 7, 18), 44172.75,
    ],
)  # fmt: skip
def test_run_import_reads_start_in_common_formats(conference, cell):
    run_import(make_workbook(Sessions=[HEADERS, ["Opening", "ceremony", cell, "19:30"]]))
    assert Session.objects.get().starts_at == factories.december(7, 18)


@pytest.mark.parametrize("cell", ["90", "1:30", "90 min", "1h30", "1 h 30", datetime.time(1, 30)])
def test_run_import_computes_end_from_duration(conference, cell):
    run_import(make_workbook(Sessions=[["Title (English)", "Kind", "Start", "Duration"], [*OPENING[:3], cell]]))
    assert Session.objects.get().ends_at == factories.december(7, 19, 30)


def test_run_import_reads_date_and_time_cells(conference):
    row = ["Opening", "ceremony", datetime.date(2020, 12, 7), datetime.time(18), datetime.time(19, 30)]
    run_import(make_workbook(Sessions=[["Title (English)", "Kind", "Date", "Start", "End"], row]))
    assert Session.objects.get().starts_at == factories.december(7, 18)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_run_import_reads_csv_of_spreadsheet_programs(conference, delimiter, encoding):
    lines = [delimiter.join(HEADERS), "", delimiter.join(["Hội nghị", *OPENING[1:]])]
    run_import("\r\n".join(lines).encode(encoding))
    assert Session.objects.get().title_en == "Hội nghị"
    assert Session.objects.get().slug == "hoi-nghi"


def test_run_import_of_same_file_again_changes_nothing(conference):
    data = make_csv(HEADERS, OPENING, [*OPENING[:2], "8/12/2020 10:00", "11:00"])
    run_import(data)
    assert run_import(data).is_empty
    assert sorted(Session.objects.values_list("slug", flat=True)) == ["opening", "opening-2"]


def test_run_import_matches_row_by_id(conference):
    session = factories.make_session("Opening")
    run_import(make_csv(["Id", *HEADERS], [str(session.pk), "Welcome", *OPENING[1:]]))
    session.refresh_from_db()
    assert (session.title_en, session.slug) == ("Welcome", "opening")


def test_run_import_keeps_values_of_missing_columns(published):
    run_import(make_csv(["Slug", *HEADERS], ["opening", *OPENING]))
    opening = Session.objects.get(slug="opening")
    assert opening.summary_en == "Words of welcome from Ha Noi."
    assert opening.participations.count() == 2


def test_run_import_with_empty_cell_clears_field(published):
    run_import(make_csv(["Slug", *HEADERS, "Summary (English)"], ["opening", *OPENING, ""]))
    assert Session.objects.get(slug="opening").summary_en == ""


def test_run_import_swaps_unique_values_of_rooms(conference):
    one, other = factories.make_room("Hall", slug="hall"), factories.make_room("Annex", slug="annex")
    run_import(
        make_csv(
            ["Id", "Slug", "Room name (English)"], [str(one.pk), "annex", "Annex"], [str(other.pk), "hall", "Hall"]
        )
    )
    assert Room.objects.get(pk=one.pk).slug == "annex"


@pytest.mark.slow
def test_run_import_swaps_speakers_of_participations(published):
    linh, ingrid = Speaker.objects.get(slug="nguyen-thi-linh"), Speaker.objects.get(slug="ingrid-ostby")
    data = export_draft()
    rows = openpyxl.load_workbook(io.BytesIO(data))
    parts = [row for row in rows["Participations"].iter_rows(min_row=2) if row[1].value == "opening"]
    parts[0][3].value, parts[1][3].value = ingrid.slug, linh.slug
    file = io.BytesIO()
    rows.save(file)
    run_import(file.getvalue(), delete_missing=True)
    assert Participation.objects.get(session__slug="opening", role="chair").speaker == ingrid


def test_run_import_deletes_missing_rows_only_on_request(published):
    data = make_csv(["Slug", *HEADERS], ["opening", *OPENING])
    before = Session.objects.count()
    run_import(data)
    assert Session.objects.count() == before
    run_import(data, delete_missing=True)
    assert [session.slug for session in Session.objects.all()] == ["opening"]


def test_preview_import_with_deleted_room_in_use_reports_problem(published):
    message = get_problems(make_csv(["Room name (English)"], ["Blue Room"]), delete_missing=True)
    assert "“Main Hall” is not in this sheet but cannot be deleted" in message


def test_run_import_with_changed_source_text_marks_translation_stale(published):
    run_import(make_csv(["Slug", *HEADERS], ["opening", "Grand opening", *OPENING[1:]]))
    assert Session.objects.get(slug="opening").stale_translations == ["title"]


def test_run_import_records_history_of_changed_rows_only(published):
    before = Session.history.count()
    run_import(make_csv(["Slug", *HEADERS, "Themes"], ["opening", "Grand opening", *OPENING[1:], "funding"]))
    [entry] = Session.history.all()[: Session.history.count() - before]
    assert (entry.title_en, [kept.theme.slug for kept in entry.themes.all()]) == ("Grand opening", ["funding"])


def test_run_import_records_themes_of_new_session(published):
    run_import(make_csv([*HEADERS, "Themes"], ["New", *OPENING[1:], "funding"]))
    entry = Session.history.get(slug="new")
    assert (entry.history_type, [kept.theme.slug for kept in entry.themes.all()]) == ("+", ["funding"])


# Preview


def test_preview_import_writes_nothing(published):
    before, history = get_draft(), Session.history.count()
    result = preview_import(make_csv(HEADERS, ["Something new", *OPENING[1:]]), delete_missing=True)
    assert [row.name for row in result.summaries[0].new] == ["Something new"]
    assert get_draft() == before
    assert Session.history.count() == history


def test_preview_import_returns_changes_of_run_import(published):
    data = make_csv(["Slug", *HEADERS], ["opening", "Grand opening", *OPENING[1:]])
    preview = preview_import(data)
    assert preview.changes["sessions"]["changed"][0]["fields"] == {
        "title": [{"en": "Opening", "vi": "Lễ khai mạc"}, {"en": "Grand opening", "vi": "Lễ khai mạc"}]
    }
    assert get_changed_rows(preview, "Sessions") == [("Grand opening", ["Title (English)"])]
    assert run_import(data, version_token=preview.version_token).changes == preview.changes


def test_run_import_with_outdated_version_raises_conflict(published):
    data = make_csv(["Slug", *HEADERS], ["opening", "Grand opening", *OPENING[1:]])
    preview = preview_import(data)
    Session.objects.filter(slug="exhibition").update(title_en="Fair")
    with pytest.raises(ImportConflictError):
        run_import(data, version_token=preview.version_token)
    assert Session.objects.get(slug="opening").title_en == "Opening"


# Problems


@pytest.mark.parametrize(
    ("row", "message"),
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
def test_preview_import_with_invalid_cell_reports_location(conference, row, message):
    assert message in get_problems(make_workbook(Sessions=[[*HEADERS, "Room"], row]))


def test_run_import_with_several_problems_reports_all_and_saves_nothing(conference):
    rows = [
        ["A", "party", "2020-12-07 18:00", "19:00", ""],
        ["B", "break", "x", "y", ""],
        [*OPENING, "Cellar"],
        [*OPENING, ""],
    ]
    data = make_workbook(Sessions=[[*HEADERS, "Room"], *rows])
    with pytest.raises(ImportFailedError) as error:
        run_import(data)
    assert [problem.row for problem in error.value.problems] == [2, 3, 3, 4]
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["opening", "chair", "Nobody", ""], "column “Speaker”: “Nobody” does not exist."),
        (["opening", "chair", "", ""], "column “Speaker”: Choose a speaker or enter a placeholder, not both."),
        (["opening", "chair", "ingrid-ostby", "Somebody"], "Choose a speaker or enter a placeholder, not both."),
        (["nothing", "chair", "ingrid-ostby", ""], "column “Session”: “nothing” does not exist."),
        (["", "chair", "ingrid-ostby", ""], "column “Session”: Enter a session."),
    ],
)
def test_preview_import_with_invalid_participation_reports_problem(published, values, message):
    assert message in get_problems(make_csv(["Session", "Role", "Speaker", "Placeholder (English)"], values))


def test_preview_import_with_ambiguous_name_reports_problem(conference):
    factories.make_session("Coffee", slug="coffee"), factories.make_session("Coffee", slug="coffee-2")
    message = get_problems(make_csv(["Session", "Role", "Placeholder (English)"], ["Coffee", "chair", "Somebody"]))
    assert "Several entries have the name “Coffee”. Enter the slug instead." in message


def test_preview_import_with_missing_column_names_it(conference):
    message = get_problems(
        make_workbook(Sessions=[["Title (English)", "Colour of the door", "Kind"], ["A", 1, "break"]])
    )
    assert message == (
        "Sessions, row 1: Missing columns: Start. Columns found: Title (English), Colour of the door, Kind."
    )


def test_run_import_ignores_example_row(conference):
    data = make_workbook(Sessions=[["Id", *HEADERS], ["Example", *OPENING], [None, "Real", *OPENING[1:]]])
    run_import(data)
    assert [session.title_en for session in Session.objects.all()] == ["Real"]


def test_preview_import_with_speaker_for_placeholder_row_reports_problem(published):
    part = Participation.objects.get(placeholder_en="Regional organization, to be announced")
    message = get_problems(
        make_csv(["Id", "Session", "Role", "Speaker"], [part.pk, "women-at-the-table", "panellist", "ingrid-ostby"])
    )
    assert "Choose a speaker or enter a placeholder, not both." in message


# Concurrency


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_run_import_during_publishing_is_atomic():
    """Each release contains the titles of one file only."""
    factories.make_conference()
    for number in range(20):
        factories.make_session(f"Session {number}", slug=f"s{number}")
    files = [
        make_csv(["Slug", *HEADERS], *([f"s{n}", word, *OPENING[1:]] for n in range(20))) for word in ("One", "Other")
    ]
    run_import(files[0])
    errors = []
    threads = [threading.Thread(target=run_alternately, args=(run_import, files, errors))]
    threads += [threading.Thread(target=run_alternately, args=(publish_if_changed, files, errors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    titles = [{s["title"]["en"] for s in release.document["sessions"]} for release in Release.objects.all()]
    assert titles
    assert all(len(in_release) == 1 for in_release in titles)


def run_alternately(action, files, errors):
    try:
        for number in range(6):
            action(files[number % 2])
    except Exception as error:
        errors.append(error)
    finally:
        connection.close()


def publish_if_changed(_file):
    with contextlib.suppress(NothingToPublishError):
        publish_draft()


def test_run_import_of_rooms_without_order_keeps_order_of_file(conference):
    factories.make_room("Main Hall", order=7)
    run_import(make_workbook(Rooms=[["Room name (English)"], ["Zinnia"], ["Amaryllis"], ["Main Hall"]]))
    assert [room.name_en for room in Room.objects.all()] == ["Main Hall", "Zinnia", "Amaryllis"]
