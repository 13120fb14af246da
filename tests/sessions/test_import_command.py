"""The programme in and out at the command line."""

import json

import pytest
from django.core.management import CommandError, call_command

from conference.core.spreadsheets import write_csv
from sessions.models import Release, Session
from sessions.releases.publish import read_draft_document

pytestmark = pytest.mark.django_db
HEADERS = ["Slug", "Title (English)", "Kind", "Start", "End"]
GRAND = ["opening", "Grand opening", "ceremony", "2020-12-07 18:00", "2020-12-07 19:30"]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sessions.csv"
    path.write_bytes(write_csv([HEADERS, GRAND]))
    return path


def test_file_is_imported(published, file, capsys):
    call_command("import_programme", file)
    assert Session.objects.get(slug="opening").title_en == "Grand opening"
    said = capsys.readouterr().out
    assert "Sessions: 0 new, 1 changed, 0 deleted, 0 unchanged" in said
    assert "changed: Grand opening (Title (English))" in said


def test_dry_run_changes_nothing(published, file, capsys):
    call_command("import_programme", file, "--dry-run")
    assert Session.objects.get(slug="opening").title_en == "Opening"
    assert "this was a dry run" in capsys.readouterr().out


def test_missing_rows_are_deleted_when_asked(published, file):
    call_command("import_programme", file, "--delete-missing")
    assert Session.objects.get().slug == "opening"


def test_mistakes_are_told_with_their_place(published, file):
    file.write_bytes(write_csv([HEADERS, [*GRAND[:2], "party", *GRAND[3:]]]))
    with pytest.raises(CommandError, match="Sessions, row 2, column “Kind”"):
        call_command("import_programme", file)


def test_missing_file_is_told(published, tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_programme", tmp_path / "nothing.xlsx")


def test_without_a_conference_there_is_nothing_to_import_into(db, file):
    with pytest.raises(CommandError, match="no conference"):
        call_command("import_programme", file)


def test_exported_workbook_can_be_imported(published, tmp_path):
    before = read_draft_document()
    call_command("export_programme", tmp_path / "all.xlsx")
    call_command("import_programme", tmp_path / "all.xlsx", "--delete-missing")
    assert read_draft_document() == before


def test_release_is_exported_as_its_document(published, tmp_path):
    call_command("export_programme", tmp_path / "one.json", "--release", "1")
    assert json.loads((tmp_path / "one.json").read_bytes()) == Release.objects.get().document


@pytest.mark.parametrize(("name", "options"), [("a.pdf", []), ("a.xlsx", ["--release", "9"]), ("no/a.xlsx", [])])
def test_what_cannot_be_exported_is_told(published, tmp_path, name, options):
    with pytest.raises(CommandError):
        call_command("export_programme", tmp_path / name, *options)
