"""Tests of the commands import_programme and export_programme."""

import json

import pytest
from django.core.management import CommandError, call_command

from conference.core.spreadsheets import write_csv
from sessions.models import Release, Session
from sessions.releases.publish import read_draft_document

pytestmark = pytest.mark.django_db
HEADERS = ["Slug", "Title (English)", "Kind", "Start", "End"]
RENAMED_OPENING = ["opening", "Grand opening", "ceremony", "2020-12-07 18:00", "2020-12-07 19:30"]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sessions.csv"
    path.write_bytes(write_csv([HEADERS, RENAMED_OPENING]))
    return path


def test_import_programme_saves_changes_and_lists_them(published, file, capsys):
    call_command("import_programme", file)
    assert Session.objects.get(slug="opening").title_en == "Grand opening"
    output = capsys.readouterr().out
    assert "Sessions: 0 new, 1 changed, 0 deleted, 0 unchanged" in output
    assert "changed: Grand opening (Title (English))" in output


def test_import_programme_dry_run_changes_nothing(published, file, capsys):
    call_command("import_programme", file, "--dry-run")
    assert Session.objects.get(slug="opening").title_en == "Opening"
    assert "this was a dry run" in capsys.readouterr().out


def test_import_programme_delete_missing_deletes_other_rows(published, file):
    call_command("import_programme", file, "--delete-missing")
    assert Session.objects.get().slug == "opening"


def test_import_programme_with_problem_reports_location(published, file):
    file.write_bytes(write_csv([HEADERS, [*RENAMED_OPENING[:2], "party", *RENAMED_OPENING[3:]]]))
    with pytest.raises(CommandError, match="Sessions, row 2, column “Kind”"):
        call_command("import_programme", file)


def test_import_programme_without_file_reports_reason(published, tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_programme", tmp_path / "nothing.xlsx")


def test_import_programme_without_conference_fails(db, file):
    with pytest.raises(CommandError, match="no conference"):
        call_command("import_programme", file)


def test_import_programme_of_exported_workbook_changes_nothing(published, tmp_path):
    before = read_draft_document()
    call_command("export_programme", tmp_path / "all.xlsx")
    call_command("import_programme", tmp_path / "all.xlsx", "--delete-missing")
    assert read_draft_document() == before


def test_export_programme_of_release_as_json_writes_document(published, tmp_path):
    call_command("export_programme", tmp_path / "one.json", "--release", "1")
    assert json.loads((tmp_path / "one.json").read_bytes()) == Release.objects.get().document


@pytest.mark.parametrize(("name", "options"), [("a.pdf", []), ("a.xlsx", ["--release", "9"]), ("no/a.xlsx", [])])
def test_export_programme_with_wrong_option_fails(published, tmp_path, name, options):
    with pytest.raises(CommandError):
        call_command("export_programme", tmp_path / name, *options)
