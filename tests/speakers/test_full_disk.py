"""Uploads on a full disk. The kernel refuses each write to /dev/full with ENOSPC."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile

from conference.core.admin.model_admin import get_version_token
from conference.models import Partner
from conference.settings import BASE_DIR
from speakers.models import Picture, Speaker

from .. import factories
from ..users import admin_client_for, empty_formsets, form_errors, make_organizer, make_partner
from .malicious_files import encode_image, make_image

pytestmark = pytest.mark.django_db

IMPORT = "/admin/programme/session/import/"
DISK_FULL_ERROR = "The file could not be stored: the server has no free space or no write permission."


class NearlyFullStorage(FileSystemStorage):
    """Storage with space for one file."""

    def _save(self, name, content):
        if any(path.is_file() for path in Path(self.location).glob("pictures/*/*")):
            with open("/dev/full", "wb") as file:
                file.writelines(content.chunks())
        return super()._save(name, content)


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    storage = f"{__name__}.NearlyFullStorage"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": storage}}
    return tmp_path


@pytest.fixture
def client(conference):
    return admin_client_for(make_organizer(is_superuser=True))


def upload():
    return SimpleUploadedFile("picture.png", encode_image(make_image(), "PNG"), "image/png")


def test_portrait_on_a_full_disk_is_a_form_error(client, media):
    data = {"name_en": "Linh", "sort_name": "Linh", "slug": "", "picture": upload()} | empty_formsets("links")
    response = client.post("/admin/speakers/speaker/add/", data)
    assert response.status_code == 200
    assert DISK_FULL_ERROR in " ".join(form_errors(response)["picture"])
    assert not Speaker.objects.exists()


def test_full_disk_error_is_in_the_active_language(client, media):
    data = {"name_en": "Linh", "sort_name": "Linh", "slug": "", "picture": upload()} | empty_formsets("links")
    assert "hết dung lượng" in client.post("/vi/admin/speakers/speaker/add/", data).text


def test_portrait_on_a_full_disk_leaves_no_file_or_picture(client, media):
    data = {"name_en": "Linh", "sort_name": "Linh", "slug": "", "picture": upload()} | empty_formsets("links")
    client.post("/admin/speakers/speaker/add/", data)
    assert not Picture.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_replacement_portrait_on_a_full_disk_leaves_the_speaker_unchanged(client, media):
    speaker = factories.make_speaker("Linh")
    data = {
        "name_en": "Another",
        "sort_name": "Linh",
        "slug": "linh",
        "token": get_version_token(speaker),
        "picture": upload(),
    }
    response = client.post(f"/admin/speakers/speaker/{speaker.pk}/change/", data | empty_formsets("links"))
    assert DISK_FULL_ERROR in " ".join(form_errors(response)["picture"])
    assert 'value="Another"' in response.text
    speaker.refresh_from_db()
    assert (speaker.name_en, speaker.portrait) == ("Linh", None)


def test_logo_on_a_full_disk_is_a_form_error(client, media):
    partner = make_partner("UNDP")
    data = {"name_en": "UN", "order": "0", "token": get_version_token(partner), "picture": upload()}
    response = client.post(f"/admin/conference/partner/{partner.pk}/change/", data)
    assert DISK_FULL_ERROR in " ".join(form_errors(response)["picture"])
    assert Partner.objects.get().name_en == "UNDP"


def test_import_on_a_full_disk_is_a_form_error(client, settings, tmp_path):
    exported = client.get("/admin/programme/session/export/edited.xlsx").content
    (tmp_path / "file").touch()
    settings.DATA_DIR = tmp_path / "file"
    response = client.post(IMPORT, {"file": SimpleUploadedFile("programme.xlsx", exported)})
    assert response.status_code == 200
    assert DISK_FULL_ERROR in " ".join(response.context["form"].errors["file"])


# Run with -B: otherwise Python would write truncated bytecode files under the limit.
STORE_AN_IMPORT = """
import resource, types
import django
django.setup()
from django.conf import settings
from sessions.imports import uploads
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    uploads.save_upload(types.SimpleNamespace(pk=1), b"x" * 10_000)
except OSError:
    print(len(list((settings.DATA_DIR / "imports").iterdir())))
"""


@pytest.mark.slow
def test_import_on_a_full_disk_leaves_no_file(tmp_path):
    command = [sys.executable, "-B", "-c", STORE_AN_IMPORT]
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    result = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "0"


UPLOAD_WITHOUT_SPACE = """
import resource
import django
django.setup()
from django.test import RequestFactory
from django.http import HttpResponse
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.exception import convert_exception_to_response
request = RequestFactory().post("/vi/admin/", {"file": SimpleUploadedFile("large", b"x" * 3_000_000)})
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
response = convert_exception_to_response(lambda request: HttpResponse(len(request.FILES)))(request)
print(response.status_code, response.headers["Retry-After"])
"""


@pytest.mark.slow
def test_upload_without_temporary_space_returns_503(tmp_path):
    command = [sys.executable, "-B", "-c", UPLOAD_WITHOUT_SPACE]
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    result = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "503 60"
