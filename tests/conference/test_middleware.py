"""What every request passes through."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from conference import urls
from conference.urls import handler400, handler403, handler404, handler500  # noqa: F401 - every URLconf has its own

from ..wsgi_client import wsgi_request


@csrf_exempt
def told(request):
    """What arrived of a form."""
    return HttpResponse(f"{request.POST.get('name')} {len(request.FILES)}")


def failing(request):
    raise RuntimeError


urlpatterns = [path("told/", told), path("failing/", failing), *urls.urlpatterns]
pytestmark = pytest.mark.urls(__name__)

HOUSE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def stylesheet(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "some.css").write_text("p { color: inherit }")


@pytest.mark.usefixtures("stylesheet")
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 200),
        ("/vi/programme/", 200),
        ("/programme", 301),
        ("/programme.ics", 200),
        ("/accounts/login/", 200),
        ("/admin/", 302),
        ("/healthz", 200),
        ("/static/some.css", 200),
        ("/static/missing.css", 404),
        ("/media/missing.jpg", 404),
        ("/nowhere/", 404),
        ("/?q=%00", 400),
        ("/failing/", 500),
    ],
)
def test_every_answer_has_the_headers_of_the_house(client, published, address, status):
    response = client.get(address)
    response.close()
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in HOUSE_HEADERS} == HOUSE_HEADERS
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_redirect_to_https_and_refusal_of_a_strange_host_have_them_too(client, published, settings):
    settings.SECURE_SSL_REDIRECT = True
    for host, status in (("127.0.0.1", 301), ("evil.example", 400)):
        response = client.get("/", headers={"host": host})
        assert response.status_code == status
        assert {name: response.headers.get(name) for name in HOUSE_HEADERS} == HOUSE_HEADERS
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "address",
    [
        "/sessions/open%00ing/",
        "/sessions/open%0Aing/",
        "/sessions/%FF/",
        "/speakers/%C3%28/",
        "/sessions/%ED%A0%80/",
        "/programme/?q=%00",
        "/programme/?q=%FF",
        "/programme/?%ED%A0%80=1",
        "/programme/?q=" + "a" * 10_000,
        "/programme/?" + "&" * 3000,
    ],
)
def test_address_that_is_not_text_is_refused(client, published, address):
    response = client.get(address)
    assert response.status_code == 400
    assert "Bad request" in response.text


@pytest.mark.parametrize(
    "address",
    ["/programme/?q=h%C3%B2a+b%C3%ACnh", "/programme/?q=%F0%9F%95%8A", "/programme/?q=100%25", "/programme/?q=%"],
)
def test_address_in_any_script_is_welcome(client, published, address):
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    "cookie", ['sessionid="abcdefgh\\000"', 'csrftoken="\\012"', 'messages="\\177"', 'something="\\033[31m"']
)
def test_cookie_that_is_not_text_is_refused(client, published, cookie):
    assert client.get("/programme/", headers={"cookie": cookie}).status_code == 400


@pytest.mark.parametrize("cookie", ['a="b\\054c"; ;; =; "', "sessionid=é; csrftoken=1", "a=" + "b" * 5000])
def test_cookie_that_is_only_odd_does_no_harm(client, published, cookie):
    assert client.get("/programme/", headers={"cookie": cookie}).status_code == 200


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
@pytest.mark.parametrize(
    "charset",
    [
        "charset=rot13",
        "charset=utf-16",
        "charset=utf-7",
        'CharSet = "idna"',
        "charset=latin-1",
        "charset=utf-8x",
        "charset=utf-8; charset=cp500",
        "charset*=idna''a..b",
        "charset*0=rot; charset*1=13",
        "charset=\0",
    ],
)
def test_other_charset_than_utf_8_is_refused(published, kind, charset):
    for method, address, query in (("POST", "/told/", ""), ("GET", "/programme/", "q=a"), ("GET", "/", "&" * 3000)):
        assert (
            wsgi_request(method, address, query, body=b"name=a", content_type=f"{kind}; {charset}").status_code == 400
        )


@pytest.mark.parametrize("charset", ["charset=utf-8", "charset=UTF8", ' Charset = "utf-8" ', "charset=utf-8; x=y"])
def test_utf_8_by_any_name_is_welcome(published, charset):
    form = f"application/x-www-form-urlencoded;{charset}"
    assert wsgi_request("POST", "/told/", "a", body="name=hòa".encode(), content_type=form).text == "hòa 0"
    assert wsgi_request("GET", "/programme/", "q=a", content_type=form).status_code == 200
    assert wsgi_request("GET", "/programme/", "&" * 3000, content_type=form).status_code == 400


@pytest.mark.parametrize("length", ["x", "-1", "1.5", "٣", "9" * 5000])
def test_length_that_is_no_number_is_refused(client, length):
    response = client.generic("POST", "/told/", b"name=a", "application/x-www-form-urlencoded", CONTENT_LENGTH=length)
    assert response.status_code == 400


@pytest.mark.parametrize("body", ["name=%00", "name=%FF", "%00=a", b"name=\xff", "&" * 3000])
def test_form_that_is_not_text_or_too_much_is_refused(client, body):
    assert client.post("/told/", body, content_type="application/x-www-form-urlencoded").status_code == 400


def test_form_with_a_file_is_refused_for_a_nul_in_its_words(client):
    file = SimpleUploadedFile("portrait.jpg", b"\0\xff")
    assert client.post("/told/", {"name": "a\0", "file": file}).status_code == 400


def test_file_may_hold_any_bytes(client):
    file = SimpleUploadedFile("portrait.jpg", b"\0\xff")
    assert client.post("/told/", {"name": "hòa", "file": file}).text == "hòa 1"


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "é" * 9],
)
def test_form_in_parts_without_a_boundary_is_refused(client, content_type):
    assert client.post("/told/", b"--x--", content_type=content_type).status_code == 400


def test_form_in_too_many_parts_is_refused(client):
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    response = client.post("/told/", part * 3000 + b"--x--\r\n", content_type="multipart/form-data; boundary=x")
    assert response.status_code == 400


def test_strange_host_is_refused(client, published):
    for host in ("evil.example", "127.0.0.1:80x", "<script>", "[::1", "a b", ""):
        assert client.get("/", headers={"host": host}).status_code == 400
    assert "evil" not in client.get("/", headers={"x-forwarded-host": "evil.example"}).text


def test_method_cannot_be_overridden(client, published):
    response = client.get("/programme/?_method=DELETE", headers={"x-http-method-override": "DELETE"})
    assert response.status_code == 200


def test_refusal_is_in_the_language_of_the_address(client, published):
    assert '<html lang="en">' in client.get("/?q=%00").text
    assert '<html lang="vi">' in client.get("/vi/?q=%00").text


def test_site_under_maintenance_shows_one_page(client, published, settings):
    settings.MAINTENANCE = True
    for address in ("/", "/programme/", "/sessions/opening/", "/nowhere/", "/robots.txt", "/adminnot/"):
        response = client.get(address)
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "60"
        assert response.headers["Cache-Control"] == "no-store"
        assert "Maintenance in progress" in response.text
    assert '<html lang="vi">' in client.get("/vi/programme/").text


@pytest.mark.usefixtures("stylesheet")
def test_site_under_maintenance_leaves_the_desk_files_and_machines_alone(client, published, settings):
    settings.MAINTENANCE = True
    for address in ("/accounts/login/", "/vi/accounts/login/", "/healthz", "/readyz"):
        assert client.get(address).status_code == 200
    for address in ("/admin/", "/vi/admin/"):
        assert client.get(address).status_code == 302
    # Closing a file's answer closes the test's database connection as well, so it comes last.
    response = client.get("/static/some.css")
    response.close()
    assert response.status_code == 200


@pytest.mark.parametrize("address", ["/programme/", "/vi/programme/", "/sessions/opening.ics"])
def test_a_published_page_is_the_same_whatever_language_a_browser_prefers(client, published, address):
    response = client.get(address, headers={"Accept-Language": "vi"})
    assert response.headers["Vary"] == "Accept-Encoding"
