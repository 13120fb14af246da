"""deploy/nginx.conf as it runs: what it hands out from the disk, and what it keeps apart."""

import contextlib
import http.client
import json
import shutil
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest

from conference.middleware import HOUSE_HEADERS

from .bench.load import fetched
from .bench.serving import nginx

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx")

DIGEST = "0123456789abcdef" * 4
PICTURES = {f"/media/pictures/{DIGEST}/96.{kind}": kind for kind in ("avif", "webp", "jpg", "png")}
SECRETS = ["secret.txt", "pictures/secret.txt", f"pictures/{DIGEST}/secret.txt", f"pictures/{DIGEST}/96.svg"]
SECRETS += [f"pictures/{DIGEST}/96.jpg.bak", f"pictures/{DIGEST}/0.jpg", f"pictures/{DIGEST}/96.jpg\n"]


class Site(BaseHTTPRequestHandler):
    """Stands for the site: says what it was asked, which may be kept for a minute."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({"site": self.path}).encode()
        self.send_response(200)
        self.send_header("Cache-Control", "public, s-maxage=60")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@dataclass
class Asked:
    """Ask nginx: the answer, or what it asked the site in its stead."""

    address: str

    def answer(self, path, **headers):
        return fetched(self.address + path, headers)

    def site(self, path, **headers):
        return json.loads(self.answer(path, **{name.replace("_", "-"): value for name, value in headers.items()})[2])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The site's VAR_DIR."""
    folder = tmp_path_factory.mktemp("var")
    for name in [path.removeprefix("/media/") for path in PICTURES] + SECRETS:
        place = folder / "media" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"bytes of {name}")
    (folder / "static").mkdir()
    (folder / "static/site.0123456789ab.css").write_text("")
    return folder


@pytest.fixture(scope="module")
def front(folder):
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        try:
            with nginx(Asked(f"http://127.0.0.1:{site.server_port}"), folder) as server:
                yield Asked(server.address)
        finally:
            site.shutdown()


@pytest.mark.parametrize("path", PICTURES)
def test_a_picture_comes_from_the_disk_with_what_the_site_says_of_it(front, path):
    status, headers, body = front.answer(path)
    assert (status, body.decode()) == (200, f"bytes of {path.removeprefix('/media/')}")
    assert headers["Content-Type"] == {"jpg": "image/jpeg"}.get(PICTURES[path], f"image/{PICTURES[path]}")
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", [next(iter(PICTURES)), "/static/site.0123456789ab.css"])
def test_what_comes_from_the_disk_has_the_headers_of_the_house(front, path):
    headers = front.answer(path)[1]
    said = {name: headers.get_all(name) for name in HOUSE_HEADERS}
    assert said == {name: [value] for name, value in HOUSE_HEADERS.items()}
    assert headers.get_all("Strict-Transport-Security") == ["max-age=63072000; includeSubDomains; preload"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_who_has_the_picture_is_not_sent_it_again(front):
    path = next(iter(PICTURES))
    tag = front.answer(path)[1]["ETag"]
    assert front.answer(path, **{"If-None-Match": tag})[0] == 304


@pytest.mark.parametrize(
    "path",
    [
        *(f"/media/{name}".replace("\n", "%0a") for name in SECRETS),
        "/media/",
        f"/media/pictures/{DIGEST}",
        f"/media/pictures/{DIGEST}/",
        f"/media/pictures/{DIGEST}/../secret.txt",
        f"/media/pictures/{DIGEST}/%2e%2e/%2e%2e/secret.txt",
        f"/media/pictures/{DIGEST}/..%2fsecret.txt",
        f"/media/pictures/{DIGEST.upper()}/96.jpg",
        f"/media/pictures/{DIGEST}/96.jpg%00",
        "/static/../media/secret.txt",
        "/static/..%2fmedia/secret.txt",
    ],
)
def test_nothing_else_that_lies_there_is_handed_out(front, path):
    status, _headers, body = front.answer(path)
    assert b"bytes of" not in body
    assert status == 400 or unquote(json.loads(body)["site"])


def test_a_picture_that_is_not_there_is_the_sites_matter(front):
    path = f"/media/pictures/{DIGEST}/192.jpg"
    assert front.site(path)["site"] == path


def test_a_static_file_is_kept_for_good(front):
    status, headers, _body = front.answer("/static/site.0123456789ab.css")
    assert (status, headers["Content-Type"]) == (200, "text/css")
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/register/", 2_000_000, 413),
        ("/vi/register/", 2_000_000, 413),
        ("/vi/admin/programme/session/import/", 13_000_000, 413),
        # nginx passes the body on.
        ("/register/", 500_000, None),
        ("/admin/speakers/speaker/add/", 11_000_000, None),
        ("/vi/admin/speakers/speaker/add/", 11_000_000, None),
    ],
)
def test_body_above_the_limit_of_its_path_is_refused(front, path, length, status):
    connection = http.client.HTTPConnection(urlsplit(front.address).netloc, timeout=60)
    with contextlib.closing(connection):
        # Where it is refused, nginx closes the connection while the body is still being sent.
        with contextlib.suppress(ConnectionError):
            connection.request("POST", path, b"x" * length)
        found = connection.getresponse().status
        assert found == status if status else found != 413
