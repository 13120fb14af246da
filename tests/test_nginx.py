"""deploy/nginx.conf with a running nginx: files that it serves, and requests that it passes on or refuses."""

import contextlib
import http.client
import json
import shutil
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest

from conference.middleware import DEFAULT_HEADERS

from .benchmarks.load_generator import fetch
from .benchmarks.servers import start_nginx

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx")

DIGEST = "0123456789abcdef" * 4
PICTURES = {f"/media/pictures/{DIGEST}/96.{extension}": extension for extension in ("avif", "webp", "jpg", "png")}
SECRETS = ["secret.txt", "pictures/secret.txt", f"pictures/{DIGEST}/secret.txt", f"pictures/{DIGEST}/96.svg"]
SECRETS += [f"pictures/{DIGEST}/96.jpg.bak", f"pictures/{DIGEST}/0.jpg", f"pictures/{DIGEST}/96.jpg\n"]


class UpstreamHandler(BaseHTTPRequestHandler):
    """An upstream that returns the requested path, cacheable for a minute."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({"site": self.path}).encode()
        self.send_response(200)
        self.send_header("Cache-Control", "public, s-maxage=60")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@dataclass
class Server:
    """A server at this address (scheme, host and port)."""

    address: str

    def get(self, path, **headers):
        """Return status, headers and body."""
        return fetch(self.address + path, headers)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data directory with pictures, a style sheet and files that must not be served."""
    folder = tmp_path_factory.mktemp("var")
    for name in [path.removeprefix("/media/") for path in PICTURES] + SECRETS:
        file = folder / "media" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"bytes of {name}")
    (folder / "static").mkdir()
    (folder / "static/site.0123456789ab.css").write_text("")
    return folder


@pytest.fixture(scope="module")
def nginx(folder):
    with ThreadingHTTPServer(("127.0.0.1", 0), UpstreamHandler) as upstream:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        try:
            with start_nginx(Server(f"http://127.0.0.1:{upstream.server_port}"), folder) as server:
                yield Server(server.address)
        finally:
            upstream.shutdown()


@pytest.mark.parametrize("path", PICTURES)
def test_nginx_serves_picture_files_with_headers_of_the_site(nginx, path):
    status, headers, body = nginx.get(path)
    assert (status, body.decode()) == (200, f"bytes of {path.removeprefix('/media/')}")
    assert headers["Content-Type"] == {"jpg": "image/jpeg"}.get(PICTURES[path], f"image/{PICTURES[path]}")
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", [next(iter(PICTURES)), "/static/site.0123456789ab.css"])
def test_nginx_file_response_has_security_headers(nginx, path):
    headers = nginx.get(path)[1]
    values = {name: headers.get_all(name) for name in DEFAULT_HEADERS}
    assert values == {name: [value] for name, value in DEFAULT_HEADERS.items()}
    assert headers.get_all("Strict-Transport-Security") == ["max-age=63072000; includeSubDomains; preload"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_nginx_picture_with_known_etag_answers_304(nginx):
    path = next(iter(PICTURES))
    etag = nginx.get(path)[1]["ETag"]
    assert nginx.get(path, **{"If-None-Match": etag})[0] == 304


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
def test_nginx_serves_no_other_file_of_the_data_directory(nginx, path):
    status, _headers, body = nginx.get(path)
    assert b"bytes of" not in body
    assert status == 400 or unquote(json.loads(body)["site"])


def test_nginx_missing_picture_is_passed_to_the_site(nginx):
    path = f"/media/pictures/{DIGEST}/192.jpg"
    assert json.loads(nginx.get(path)[2])["site"] == path


def test_nginx_static_file_is_cached_permanently(nginx):
    status, headers, _body = nginx.get("/static/site.0123456789ab.css")
    assert (status, headers["Content-Type"]) == (200, "text/css")
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("path", "length", "is_refused"),
    [
        ("/register/", 2_000_000, True),
        ("/vi/register/", 2_000_000, True),
        ("/vi/admin/programme/session/import/", 35_000_000, True),
        ("/register/", 500_000, False),
        ("/admin/speakers/speaker/add/", 32_000_000, False),
        ("/vi/admin/speakers/speaker/add/", 11_000_000, False),
    ],
)
def test_nginx_refuses_bodies_above_the_limit_of_the_path(nginx, path, length, is_refused):
    connection = http.client.HTTPConnection(urlsplit(nginx.address).netloc, timeout=60)
    with contextlib.closing(connection):
        # nginx may close the connection while the body of a refused request is still being sent.
        with contextlib.suppress(ConnectionError):
            connection.request("POST", path, b"x" * length)
        assert (connection.getresponse().status == 413) == is_refused
