"""Limits on request bodies, which apply before a body is read."""

import os
import socket
import subprocess
import sys
import time

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conference.body_limits import FORM_BYTES, STAFF_FORM_BYTES, UPLOAD_BYTES, UPLOAD_VIEWS
from conference.settings import BASE_DIR
from speakers.images.forms import PictureAdminMixin

from ..settings_subprocess import SECRET_KEY
from ..users import admin_client_for, make_organizer

IMPORT = "/admin/programme/session/import/"
ADD_SPEAKER = "/admin/speakers/speaker/add/"
ADD_PAGE = "/admin/conference/page/add/"
PATHS = ["/", "/register/", "/accounts/login/", "/nowhere/", "/healthz", "/media/a.jpg", "/admin/"]


class UnreadBody:
    """A request body that fails when it is read."""

    def read(self, *args):
        raise AssertionError("The body was read.")

    readline = readlines = __iter__ = read


def post(client, path, length, **extra):
    """Announce a body of this length in bytes, and send none of it."""
    environ = {"CONTENT_LENGTH": str(length), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    return client.generic("POST", path, **environ | {"wsgi.input": UnreadBody()} | extra)


@pytest.fixture
def staff_client(conference):
    return admin_client_for(make_organizer(is_superuser=True))


@pytest.mark.parametrize("path", [*PATHS, IMPORT, ADD_SPEAKER, ADD_PAGE])
def test_large_body_of_an_anonymous_visitor_is_refused_unread(client, published, path):
    response = post(client, path, FORM_BYTES + 1)
    assert response.status_code == 413
    assert "too large" in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_refusal_is_in_the_language_of_the_url(client, published):
    response = post(client, "/vi/register/", 12_000_000)
    assert response.headers["Content-Language"] == "vi"
    assert "quá lớn" in response.text


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_large_body_is_refused_with_any_method(client, published, method):
    extra = {"CONTENT_LENGTH": "12000000", "wsgi.input": UnreadBody()}
    assert client.generic(method, "/register/", **extra).status_code == 413


def test_large_body_of_an_attendee_is_refused_on_an_upload_form(published):
    assert post(admin_client_for(make_organizer(is_staff=False)), IMPORT, FORM_BYTES + 1).status_code == 413


def test_large_body_of_a_deactivated_organizer_is_refused(published):
    user = make_organizer(is_superuser=True)
    client = admin_client_for(user)
    user.is_active = False
    user.save()
    assert post(client, IMPORT, FORM_BYTES + 1).status_code == 413


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        (ADD_PAGE, STAFF_FORM_BYTES + 1, 413),
        (ADD_SPEAKER, UPLOAD_BYTES + 1, 413),
        (f"/vi{IMPORT}", UPLOAD_BYTES + 1, 413),
        ("/register/", FORM_BYTES + 1, 413),
    ],
)
def test_body_of_an_organizer_above_the_limit_of_the_form_is_refused(staff_client, published, path, length, status):
    assert post(staff_client, path, length).status_code == status


def test_long_page_of_an_organizer_is_saved(staff_client):
    text = "ệ" * 50_000
    data = {"title_en": "Long", "slug": "long", "body_en": text, "body_vi": text, "status": "live", "order": "0"}
    assert staff_client.post(ADD_PAGE, data).status_code == 302


@pytest.mark.parametrize("path", [IMPORT, ADD_SPEAKER, f"/vi{IMPORT}", f"/vi{ADD_SPEAKER}"])
def test_large_file_of_an_organizer_reaches_the_upload_form(staff_client, path):
    upload = SimpleUploadedFile("large.bin", b"x" * 5_000_000)
    assert staff_client.post(path, {"file": upload, "picture": upload}).status_code == 200


def test_every_form_with_a_file_is_an_upload_view():
    # The preview of a badge layout gets the form with its file, too.
    previews = {f"admin:registration_badgelayout_{page}" for page in ("preview", "preview_saved")}
    assert {"admin:programme_session_import"} | previews | {
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
        for model, model_admin in admin.site._registry.items()
        if isinstance(model_admin, PictureAdminMixin)
        for page in ("add", "change")
    } == set(UPLOAD_VIEWS)


def test_body_without_a_length_is_refused_unread(client, published):
    extra = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    assert post(client, "/register/", 0, **extra).status_code == 411


@pytest.mark.parametrize("length", ["0", "5", str(FORM_BYTES)])
def test_small_body_is_left_to_the_view(published, length):
    body = b"x" * int(length)
    response = Client().generic("POST", "/accounts/login/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200


# With gunicorn's gthread worker, which passes bodies on unread


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "2"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "critical", "conference.wsgi"]
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"SECRET_KEY": SECRET_KEY, "DATA_DIR": str(tmp_path_factory.mktemp("site"))}
    with subprocess.Popen(command, cwd=BASE_DIR, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for_server(port, server)
            yield port
        finally:
            server.terminate()


def wait_for_server(port, server):
    deadline = time.monotonic() + 300
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=60).close()
        except ConnectionRefusedError:
            os.sched_yield()
        else:
            return
    raise AssertionError("gunicorn did not start.")


@pytest.mark.parametrize(
    ("header", "status"), [(b"Content-Length: 12000000", b"413"), (b"Transfer-Encoding: chunked", b"411")]
)
@pytest.mark.slow
def test_gthread_worker_answers_before_the_body_is_sent(port, header, status):
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        head = b"POST /register/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        connection.sendall(head + header + b"\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 " + status
