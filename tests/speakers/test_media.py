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
def get_file(client):
    """Return a function that requests a file and reads the whole response."""

    def send(path, method="get", **headers):
        response = getattr(client, method)(f"/media/{path}", headers=headers)
        response.body = response.getvalue()
        response.close()
        return response

    return send


@pytest.mark.parametrize("kind", [PORTRAIT, LOGO])
def test_picture_view_sends_media_type_and_immutable_caching(get_file, media, kind):
    for file in store_picture(render_picture(encode_image(make_image()), kind)).files:
        response = get_file(file["path"])
        assert (response.status_code, response.body) == (200, (media / file["path"]).read_bytes())
        assert response["Content-Type"] == file["type"]
        assert response["Content-Length"] == str(len(response.body))
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response["Content-Disposition"] == f'inline; filename="{file["path"].rpartition("/")[2]}"'
        assert response["X-Content-Type-Options"] == "nosniff"


def test_picture_view_with_matching_etag_returns_304(get_file, path):
    tag = get_file(path)["ETag"]
    assert tag.startswith('"')
    response = get_file(path, **{"If-None-Match": f'"other", W/{tag}'})
    assert (response.status_code, response.body, response["ETag"]) == (304, b"", tag)
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert get_file(path, **{"If-None-Match": '"other"'}).status_code == 200


def test_picture_view_has_a_different_etag_for_each_file(get_file, portrait):
    tags = {get_file(file["path"])["ETag"] for file in portrait.files}
    assert len(tags) == len(portrait.files)


def test_picture_view_head_has_the_headers_of_get(get_file, path):
    get, head = get_file(path), get_file(path, "head")
    assert (head.status_code, head.body) == (200, b"")
    assert dict(head.items()) == dict(get.items())


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_picture_view_with_another_method_returns_405(get_file, path, method):
    assert get_file(path, method).status_code == 405


@pytest.mark.parametrize("headers", [{}, {"If-None-Match": "*"}])
def test_picture_view_of_a_missing_file_returns_404_without_caching(get_file, portrait, headers):
    for path in (f"pictures/{'0' * 64}/96.jpg", f"pictures/{portrait.digest}/97.jpg"):
        response = get_file(path, **headers)
        assert (response.status_code, response.get("Cache-Control")) == (404, None)


def test_picture_view_makes_no_query(get_file, path, django_assert_num_queries):
    with django_assert_num_queries(0):
        get_file(path)


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
def test_other_file_under_the_media_root_is_not_served(get_file, media, portrait, path):
    for place in ("secret.txt", "pictures/secret.txt", f"pictures/{portrait.digest}/secret.txt"):
        (media / place).write_text("secret")
    response = get_file(path.format(digest=portrait.digest, upper=portrait.digest.upper()))
    # Django rejects paths with control characters before the view.
    assert response.status_code == (400 if path.endswith(("%00", "%0a")) else 404)
