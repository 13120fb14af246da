import pytest

from speakers.images.renditions import LOGO, PORTRAIT, render_picture
from speakers.images.storage import store_picture
from speakers.images.views import media_urlpatterns

from .malicious_files import encode_image, make_image

urlpatterns = media_urlpatterns
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def portrait():
    return store_picture(render_picture(encode_image(make_image()), PORTRAIT))


@pytest.fixture
def path(portrait):
    return portrait.files[0]["path"]


@pytest.fixture
def ask(client):
    """Ask for a file, and read the answer to its end as a browser would."""

    def asked(path, method="get", **headers):
        answer = getattr(client, method)(f"/media/{path}", headers=headers)
        answer.body = answer.getvalue()
        answer.close()
        return answer

    return asked


@pytest.mark.parametrize("kind", [PORTRAIT, LOGO])
def test_file_is_served_with_its_type_and_for_a_year(ask, media, kind):
    for file in store_picture(render_picture(encode_image(make_image()), kind)).files:
        answer = ask(file["path"])
        assert (answer.status_code, answer.body) == (200, (media / file["path"]).read_bytes())
        assert answer["Content-Type"] == file["type"]
        assert answer["Content-Length"] == str(len(answer.body))
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Content-Disposition"] == f'inline; filename="{file["path"].rpartition("/")[2]}"'
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_browser_that_has_the_file_is_not_sent_it_again(ask, path):
    tag = ask(path)["ETag"]
    assert tag.startswith('"')
    answer = ask(path, **{"If-None-Match": f'"other", W/{tag}'})
    assert (answer.status_code, answer.body, answer["ETag"]) == (304, b"", tag)
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert ask(path, **{"If-None-Match": '"other"'}).status_code == 200


def test_each_file_has_a_tag_of_its_own(ask, portrait):
    tags = {ask(file["path"])["ETag"] for file in portrait.files}
    assert len(tags) == len(portrait.files)


def test_head_says_the_same_without_the_file(ask, path):
    get, head = ask(path), ask(path, "head")
    assert (head.status_code, head.body) == (200, b"")
    assert dict(head.items()) == dict(get.items())


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_nothing_else_than_get_and_head_is_allowed(ask, path, method):
    assert ask(path, method).status_code == 405


@pytest.mark.parametrize("headers", [{}, {"If-None-Match": "*"}])
def test_missing_file_is_not_found_and_not_remembered(ask, portrait, headers):
    for path in (f"pictures/{'0' * 64}/96.jpg", f"pictures/{portrait.digest}/97.jpg"):
        answer = ask(path, **headers)
        assert (answer.status_code, answer.get("Cache-Control")) == (404, None)


def test_file_needs_no_database(ask, path, django_assert_num_queries):
    with django_assert_num_queries(0):
        ask(path)


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
def test_nothing_else_under_the_media_root_is_served(ask, media, portrait, path):
    for place in ("secret.txt", "pictures/secret.txt", f"pictures/{portrait.digest}/secret.txt"):
        (media / place).write_text("secret")
    answer = ask(path.format(digest=portrait.digest, upper=portrait.digest.upper()))
    # What holds a control character is refused as unreadable before anybody looks for it.
    assert answer.status_code == (400 if path.endswith(("%00", "%0a")) else 404)
