"""Tests of the import pages of the admin."""

import os
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sessions.models import Room, Session

from ..spreadsheet_files import HEADERS, OPENING, RENAMED_OPENING, make_csv
from ..users import admin_client_for, make_organizer

IMPORT, PREVIEW = "/admin/programme/session/import/", "/admin/programme/session/import/review/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor_client(published):
    return admin_client_for(make_organizer("Programme editors"))


def upload(editor_client, data, **options):
    return editor_client.post(IMPORT, {"file": SimpleUploadedFile("../../evil.csv", data)} | options)


def get_version(response):
    return re.search(r'name="version" value="([0-9a-f]{64})"', response.content.decode())[1]


def test_import_pages_show_preview_then_import(editor_client):
    response = upload(editor_client, RENAMED_OPENING)
    assert response.headers["Location"] == PREVIEW
    preview = editor_client.get(PREVIEW)
    assert "Grand opening" in preview.content.decode()
    assert Session.objects.get(slug="opening").title_en == "Opening"
    assert editor_client.post(PREVIEW, {"version": get_version(preview)}).status_code == 302
    assert Session.objects.get(slug="opening").title_en == "Grand opening"
    assert editor_client.get(PREVIEW).headers["Location"] == IMPORT


def test_session_list_links_to_import_page(editor_client):
    page = editor_client.get("/admin/programme/session/").content.decode()
    assert f'href="{IMPORT}"' in page
    assert editor_client.get(IMPORT).status_code == 200
    assert editor_client.get(f"{IMPORT}template/").content.startswith(b"PK")


def test_import_records_user_in_history(published):
    user = make_organizer("Programme editors")
    editor_client = admin_client_for(user)
    upload(editor_client, RENAMED_OPENING)
    editor_client.post(PREVIEW, {"version": get_version(editor_client.get(PREVIEW))})
    assert Session.history.latest().history_user == user


def test_import_upload_with_problem_shows_location(editor_client):
    response = upload(editor_client, make_csv(HEADERS, ["A", "party", *OPENING[2:]]))
    assert "Sessions, row 2, column “Kind”" in response.content.decode()


def test_import_after_concurrent_change_shows_new_preview(editor_client):
    upload(editor_client, RENAMED_OPENING)
    version = get_version(editor_client.get(PREVIEW))
    Room.objects.filter(slug="main-hall").update(capacity=5)
    response = editor_client.post(PREVIEW, {"version": version})
    assert response.status_code == 409
    assert Session.objects.get(slug="opening").title_en == "Opening"
    assert get_version(response) != version


def test_import_after_second_upload_is_refused(editor_client):
    upload(editor_client, RENAMED_OPENING)
    version = get_version(editor_client.get(PREVIEW))
    upload(editor_client, make_csv(["Slug", *HEADERS], ["opening", "Other", *OPENING[1:]]))
    assert editor_client.post(PREVIEW, {"version": version}).status_code == 409


def test_import_with_deletion_that_was_not_previewed_is_refused(editor_client):
    upload(editor_client, RENAMED_OPENING)
    version = get_version(editor_client.get(PREVIEW))
    assert editor_client.post(f"{PREVIEW}?delete=1", {"version": version}).status_code == 409
    assert Session.objects.count() == 7


def test_import_with_deletion_shows_it_and_deletes(editor_client):
    assert upload(editor_client, RENAMED_OPENING, delete_missing="on").headers["Location"] == f"{PREVIEW}?delete=1"
    preview = editor_client.get(f"{PREVIEW}?delete=1")
    assert "Import and delete" in preview.content.decode()
    editor_client.post(f"{PREVIEW}?delete=1", {"version": get_version(preview)})
    assert Session.objects.count() == 1


def test_import_preview_of_other_user_redirects_to_upload(editor_client):
    upload(editor_client, RENAMED_OPENING)
    other = admin_client_for(make_organizer("Programme editors"))
    assert other.get(PREVIEW).headers["Location"] == IMPORT


def test_uploaded_file_is_private_and_expires(editor_client, settings):
    upload(editor_client, RENAMED_OPENING)
    [file] = (settings.DATA_DIR / "imports").glob(f"{editor_client.session['_auth_user_id']}")
    assert file.stat().st_mode & 0o777 == 0o600
    os.utime(file, (0, 0))
    assert editor_client.get(PREVIEW).headers["Location"] == IMPORT
    assert not file.exists()


@pytest.mark.parametrize("page", [IMPORT, PREVIEW, f"{IMPORT}template/"])
def test_import_pages_without_permission_are_forbidden(published, page):
    client = admin_client_for(make_organizer("Viewers"))
    assert client.get(page).status_code == 403
    assert client.post(page).status_code == 403


def test_import_with_deletion_without_delete_permission_is_forbidden(published):
    user = make_organizer("Programme editors")
    group = user.groups.get()
    group.permissions.remove(group.permissions.get(codename="delete_room"))
    editor_client = admin_client_for(user)
    assert upload(editor_client, RENAMED_OPENING, delete_missing="on").status_code == 403
    assert editor_client.get(f"{PREVIEW}?delete=1").status_code in (302, 403)


def test_import_upload_without_csrf_token_is_forbidden(published):
    editor_client = admin_client_for(make_organizer("Programme editors"), enforce_csrf_checks=True)
    assert upload(editor_client, RENAMED_OPENING).status_code == 403


def test_import_upload_without_conference_is_not_found(db):
    assert upload(admin_client_for(make_organizer("Programme editors")), RENAMED_OPENING).status_code == 404
