"""Middleware: security headers, malformed requests, maintenance and languages."""

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
def echo(request):
    """Return a form field and the number of files."""
    return HttpResponse(f"{request.POST.get('name')} {len(request.FILES)}")


def failing(request):
    raise RuntimeError


urlpatterns = [path("echo/", echo), path("failing/", failing), *urls.urlpatterns]
pytestmark = pytest.mark.urls(__name__)

SECURITY_HEADERS = {
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
    ("url", "status"),
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
def test_security_headers_are_on_every_response(client, published, url, status):
    response = client.get(url)
    response.close()
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("url", "to_https"), [("/programme", False), ("/venue", False), ("/admin", False), ("/", True)]
)
def test_permanent_redirect_is_revalidated(client, published, settings, url, to_https):
    settings.SECURE_SSL_REDIRECT = to_https
    response = client.get(url)
    assert (response.status_code, response.headers["Cache-Control"]) == (301, "no-cache")


def test_security_headers_are_on_https_redirects_and_bad_hosts(client, published, settings):
    settings.SECURE_SSL_REDIRECT = True
    for host, status in (("127.0.0.1", 301), ("evil.example", 400)):
        response = client.get("/", headers={"host": host})
        assert response.status_code == status
        assert {name: response.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "url",
    [
        "/sessions/open%00ing/",
        "/sessions/%FF/",
        "/sessions/%ED%A0%80/",
        "/programme/?q=%00",
        "/programme/?q=%FF",
        "/programme/?q=" + "a" * 10_000,
        "/programme/?" + "&" * 3000,
    ],
)
def test_malformed_url_is_refused(client, published, url):
    response = client.get(url)
    assert response.status_code == 400
    assert "Bad request" in response.text


@pytest.mark.parametrize(
    "url",
    ["/programme/?q=h%C3%B2a+b%C3%ACnh", "/programme/?q=%F0%9F%95%8A", "/programme/?q=100%25", "/programme/?q=%"],
)
def test_valid_query_in_any_script_is_accepted(client, published, url):
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    "cookie", ['sessionid="abcdefgh\\000"', 'csrftoken="\\012"', 'messages="\\177"', 'something="\\033[31m"']
)
def test_cookie_with_control_characters_is_refused(client, published, cookie):
    assert client.get("/programme/", headers={"cookie": cookie}).status_code == 400


@pytest.mark.parametrize("cookie", ['a="b\\054c"; ;; =; "', "sessionid=é; csrftoken=1", "a=" + "b" * 5000])
def test_cookie_with_unusual_characters_is_accepted(client, published, cookie):
    assert client.get("/programme/", headers={"cookie": cookie}).status_code == 200


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize(
    "charset",
    [
        "charset=rot13",
        "charset=utf-16",
        'CharSet = "idna"',
        "charset=latin-1",
        "charset=utf-8; charset=cp500",
        "charset*=idna''a..b",
        "charset*0=rot; charset*1=13",
        "charset=\0",
    ],
)
def test_content_type_with_other_charset_is_refused(published, media_type, charset):
    content_type = f"{media_type}; {charset}"
    for method, url, query in (("POST", "/echo/", ""), ("GET", "/programme/", "q=a"), ("GET", "/", "&" * 3000)):
        assert wsgi_request(method, url, query, body=b"name=a", content_type=content_type).status_code == 400


@pytest.mark.parametrize("charset", ["charset=utf-8", "charset=UTF8", ' Charset = "utf-8" ', "charset=utf-8; x=y"])
def test_content_type_with_utf_8_is_accepted(published, charset):
    content_type = f"application/x-www-form-urlencoded;{charset}"
    assert wsgi_request("POST", "/echo/", "a", body="name=hòa".encode(), content_type=content_type).text == "hòa 0"
    assert wsgi_request("GET", "/programme/", "q=a", content_type=content_type).status_code == 200
    assert wsgi_request("GET", "/programme/", "&" * 3000, content_type=content_type).status_code == 400


@pytest.mark.parametrize("length", ["x", "-1", "1.5", "٣", "9" * 5000])
def test_content_length_that_is_no_number_is_refused(client, length):
    response = client.generic("POST", "/echo/", b"name=a", "application/x-www-form-urlencoded", CONTENT_LENGTH=length)
    assert response.status_code == 400


@pytest.mark.parametrize("body", ["name=%00", "name=%FF", "%00=a", b"name=\xff", "&" * 3000])
def test_malformed_or_too_long_form_is_refused(client, body):
    assert client.post("/echo/", body, content_type="application/x-www-form-urlencoded").status_code == 400


def test_multipart_form_with_nul_in_a_field_is_refused(client):
    file = SimpleUploadedFile("portrait.jpg", b"\0\xff")
    assert client.post("/echo/", {"name": "a\0", "file": file}).status_code == 400


def test_multipart_form_with_binary_file_is_accepted(client):
    file = SimpleUploadedFile("portrait.jpg", b"\0\xff")
    assert client.post("/echo/", {"name": "hòa", "file": file}).text == "hòa 1"


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "é" * 9],
)
def test_multipart_form_without_boundary_is_refused(client, content_type):
    assert client.post("/echo/", b"--x--", content_type=content_type).status_code == 400


def test_multipart_form_with_too_many_parts_is_refused(client):
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    response = client.post("/echo/", part * 3000 + b"--x--\r\n", content_type="multipart/form-data; boundary=x")
    assert response.status_code == 400


def test_host_that_is_not_allowed_is_refused(client, published):
    for host in ("evil.example", "127.0.0.1:80x", "<script>", "[::1", "a b", ""):
        assert client.get("/", headers={"host": host}).status_code == 400
    assert "evil" not in client.get("/", headers={"x-forwarded-host": "evil.example"}).text


def test_bad_request_page_is_in_the_language_of_the_url(client, published):
    assert '<html lang="en">' in client.get("/?q=%00").text
    assert '<html lang="vi">' in client.get("/vi/?q=%00").text


@pytest.mark.slow
def test_maintenance_shows_its_page_for_public_urls(client, published, settings):
    settings.MAINTENANCE = True
    for url in ("/", "/programme/", "/sessions/opening/", "/nowhere/", "/robots.txt", "/adminnot/"):
        response = client.get(url)
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "60"
        assert response.headers["Cache-Control"] == "no-store"
        assert "Maintenance in progress" in response.text
    assert '<html lang="vi">' in client.get("/vi/programme/").text


@pytest.mark.usefixtures("stylesheet")
def test_maintenance_keeps_admin_files_and_health_checks_available(client, published, settings):
    settings.MAINTENANCE = True
    for url in ("/accounts/login/", "/vi/accounts/login/", "/healthz", "/readyz"):
        assert client.get(url).status_code == 200
    for url in ("/admin/", "/vi/admin/"):
        assert client.get(url).status_code == 302
    # Last, because closing a file response also closes the database connection of the test.
    response = client.get("/static/some.css")
    response.close()
    assert response.status_code == 200


@pytest.mark.parametrize("url", ["/programme/", "/vi/programme/", "/sessions/opening.ics"])
def test_published_page_does_not_vary_by_accept_language(client, published, url):
    response = client.get(url, headers={"Accept-Language": "vi"})
    assert response.headers["Vary"] == "Accept-Encoding"
