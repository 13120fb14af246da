"""Pictures handed out before Django is asked: with what, and what is left to Django."""

import os
from wsgiref.util import FileWrapper

import pytest

from conference.wsgi import application
from speakers.keeping import keep
from speakers.media import Gallery
from speakers.pictures import PORTRAIT, render
from tests.door import ask, what_django_is_asked

from .hostile import picture, saved

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def files():
    return [f"/media/{file['path']}" for file in keep(render(saved(picture()), PORTRAIT)).files]


@pytest.fixture
def path(files):
    """Of a picture, after the gallery has learned what to say of pictures."""
    assert ask("GET", files[0]).status_code == 200
    return files[0]


@pytest.fixture
def asked_of_django(path):
    with what_django_is_asked() as addresses:
        yield addresses


@pytest.fixture
def by_django(settings):
    """Ask Django itself, past all that stands in front of it."""

    def asked(method, path, **more):
        settings.MAINTENANCE = True
        try:
            return ask(method, path, **more)
        finally:
            settings.MAINTENANCE = False

    return asked


def test_a_picture_is_handed_out_without_asking_django(asked_of_django, files, media):
    for path in files:
        answer = ask("GET", path)
        assert (answer.status_code, answer.content) == (200, (media / path.removeprefix("/media/")).read_bytes())
    assert asked_of_django == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_it_says_of_every_file_what_django_says(asked_of_django, by_django, files, method):
    for path in files:
        ours, django = ask(method, path), by_django(method, path)
        assert ours.headers == django.headers
        assert ours.content == (django.content if method == "GET" else b"")
        assert ours.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "default-src 'none'" in ours.headers["content-security-policy"]
        assert ours.headers["x-content-type-options"] == "nosniff"
    assert len(asked_of_django) == len(files)


@pytest.mark.parametrize("written", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_the_picture_is_not_sent_it_again(asked_of_django, path, written):
    tag = ask("GET", path).headers["etag"]
    answer = ask("GET", path, headers={"If-None-Match": written.format(tag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers == {"etag": tag, "cache-control": "public, max-age=31536000, immutable"}
    assert ask("GET", path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert ask("GET", path, headers={"If-Modified-Since": "Mon, 07 Dec 2099 11:00:00 GMT"}).status_code == 200
    assert asked_of_django == []


def test_the_server_is_handed_the_file_itself_and_closes_it(asked_of_django, path, media):
    handed, told = [], []

    def wrapper(file):
        handed.append(file)
        return FileWrapper(file)

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_HOST": "127.0.0.1", "wsgi.file_wrapper": wrapper}
    body = application(environ, lambda *words: told.append(words))
    (file,) = handed
    assert os.fstat(file.fileno()).st_size == (media / path.removeprefix("/media/")).stat().st_size
    body.close()
    assert file.closed


def open_files():
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files as Linux tells them")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", [{}, {"If-None-Match": "*"}])
def test_no_file_stays_open(asked_of_django, path, method, headers):
    before = open_files()
    ask(method, path, headers=headers)
    assert open_files() == before


def test_a_file_that_is_gone_is_not_found(asked_of_django, path, media):
    (media / path.removeprefix("/media/")).unlink()
    assert ask("GET", path).status_code == 404
    assert ask("GET", path, headers={"If-None-Match": "*"}).status_code == 404


def test_a_folder_in_a_files_place_is_not_found(path, media):
    (media / path.removeprefix("/media/")).unlink()
    (media / path.removeprefix("/media/")).mkdir()
    assert ask("GET", path).status_code == 404


def test_a_file_in_a_folders_place_is_not_found(path, media):
    digest = "ab" * 32
    (media / "pictures" / digest).write_text("secret")
    assert ask("GET", f"/media/pictures/{digest}/96.jpg").status_code == 404


@pytest.mark.parametrize(
    "place",
    [
        "{}/",
        "{}%00",
        "{}%0a",
        "{}.bak",
        "/media/secret.txt",
        "/media/pictures/secret.txt",
        "/media/pictures/../secret.txt",
    ],
)
def test_nothing_else_is_handed_out(asked_of_django, path, media, place):
    for name in ("secret.txt", "pictures/secret.txt", f"{path.removeprefix('/media/')}.bak"):
        (media / name).write_text("secret")
    answer = ask("GET", place.format(path))
    assert (answer.status_code in (400, 404), b"secret" in answer.content) == (True, False)
    assert len(asked_of_django) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(path, method):
    assert ask(method, path).status_code in (403, 405)


@pytest.mark.parametrize("query", ["a=1", "%ff", "x" * 9000])
def test_what_is_asked_for_with_a_query_is_left_to_django(asked_of_django, path, query):
    ask("GET", path, query)
    assert len(asked_of_django) == 1


def test_a_host_that_is_not_ours_is_refused(path):
    for host in ("evil.example", "", "127.0.0.1\\@evil.example"):
        assert ask("GET", path, headers={"Host": host}).status_code == 400


def test_where_the_site_is_secure_who_asks_in_the_clear_is_left_to_django(asked_of_django, path, settings):
    """Which leads them to https: see SECURE_SSL_REDIRECT."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ask("GET", path)
    assert len(asked_of_django) == 1
    ask("GET", path, headers={"X-Forwarded-Proto": "https"})
    assert len(asked_of_django) == 1


def test_files_of_another_machine_are_left_to_django(asked_of_django, path, settings):
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    assert ask("GET", path).status_code == 404
    assert len(asked_of_django) == 1


def test_what_is_said_to_one_person_is_not_learned():
    told = [("Set-Cookie", "a=b"), ("Cache-Control", "private")]
    place = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/media/pictures/{'a' * 64}/96.jpg"}
    one = Gallery(lambda environ, start: start("200 OK", told))
    one(place, lambda *words: None)
    assert one.common is None
    told.pop(0)
    one(place, lambda *words: None)
    assert one.common == [("Cache-Control", "private")]
