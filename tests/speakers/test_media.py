import pytest

from speakers.keeping import keep
from speakers.media import media_urlpatterns
from speakers.pictures import LOGO, PORTRAIT, render

from .hostile import picture, saved

urlpatterns = media_urlpatterns
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def portrait():
    return keep(render(saved(picture()), PORTRAIT))


def body(answer):
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("kind", [PORTRAIT, LOGO])
def test_file_is_served_with_its_type_and_for_a_year(client, media, kind):
    for file in keep(render(saved(picture()), kind)).files:
        answer = client.get(f"/media/{file['path']}")
        assert answer.status_code == 200
        assert body(answer) == (media / file["path"]).read_bytes()
        assert answer["Content-Type"] == file["type"]
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Content-Disposition"] == f'inline; filename="{file["path"].rpartition("/")[2]}"'
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_browser_that_has_the_file_gets_it_once(client, portrait):
    path = f"/media/{portrait.files[0]['path']}"
    tag = client.get(path)["ETag"]
    assert tag.startswith('"')
    answer = client.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_each_file_has_a_tag_of_its_own(client, portrait):
    tags = {client.get(f"/media/{file['path']}")["ETag"] for file in portrait.files}
    assert len(tags) == len(portrait.files)


def test_head_says_the_same_without_the_file(client, portrait):
    path = f"/media/{portrait.files[0]['path']}"
    get, head = client.get(path), client.head(path)
    assert (head.status_code, body(head)) == (200, b"")
    assert {name: head[name] for name in get.headers} == dict(get.items())


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_nothing_else_than_get_and_head_is_allowed(client, portrait, method):
    assert getattr(client, method)(f"/media/{portrait.files[0]['path']}").status_code == 405


def test_missing_file_is_not_found_and_not_remembered(client, portrait):
    for path in (f"/media/pictures/{'0' * 64}/96.jpg", f"/media/pictures/{portrait.digest}/97.jpg"):
        for headers in ({}, {"If-None-Match": "*"}):
            answer = client.get(path, headers=headers)
            assert (answer.status_code, answer.get("Cache-Control")) == (404, None)


@pytest.mark.parametrize(
    "path",
    [
        "secret.txt",
        "pictures/secret.txt",
        "pictures/{digest}/secret.txt",
        "pictures/{digest}/",
        "pictures/{digest}",
        "pictures/{digest}/../../secret.txt",
        "pictures/{digest}/..%2f..%2fsecret.txt",
        "pictures/{digest}/%2e%2e/%2e%2e/secret.txt",
        "pictures/{digest}/....//secret.txt",
        "pictures/../secret.txt",
        "pictures//{digest}/96.jpg",
        "pictures/{digest}/96.jpg%00",
        "pictures/{digest}/96.jpg%0a",
        "pictures/{digest}/96.jpg/",
        "pictures/{digest}/096.jpg",
        "pictures/{digest}/٩٦.jpg",
        "pictures/{digest}/96.svg",
        "pictures/{digest}/96xjpg",
        "pictures/{upper}/96.jpg",
        "../media/pictures/{digest}/96.jpg",
        "/etc/passwd",
    ],
)
def test_nothing_else_under_the_media_root_is_served(client, media, portrait, path):
    for place in ("secret.txt", "pictures/secret.txt", f"pictures/{portrait.digest}/secret.txt"):
        (media / place).write_text("secret")
    address = "/media/" + path.format(digest=portrait.digest, upper=portrait.digest.upper())
    assert client.get(address).status_code == 404


def test_file_needs_no_database(client, portrait, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get(f"/media/{portrait.files[0]['path']}")
