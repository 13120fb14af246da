"""Files with which browsers install the check-in page."""

import re

import pytest

from conference.registration.check_in.installation import SCRIPTS

pytestmark = pytest.mark.usefixtures("monday", "gate")
PAGE = "/admin/check-in/"


@pytest.mark.parametrize("prefix", ["", "/vi"])
def test_service_worker_stores_all_scripts_of_the_page(client, prefix):
    response = client.get(f"{prefix}{PAGE}sw.js")
    assert response.headers["Content-Type"] == "text/javascript"
    assert f'const PAGE = "{prefix}{PAGE}"' in response.text.replace("\\u002D", "-")
    files = re.findall(r'^  "(.+)",$', response.text.replace("\\u002D", "-"), re.MULTILINE)
    for script in SCRIPTS.glob("*.js"):
        assert any(re.search(rf"/{script.stem}(\.[0-9a-f]+)?\.js", file) for file in files), script.name
    assert [file for file in files if "zxing_reader" in file]


def test_only_the_decoder_may_compile_webassembly(client, operator_client):
    decoder, page = client.get(f"{PAGE}decoder.js"), operator_client.get(PAGE)
    assert "decoder-worker" in decoder.text
    assert "'wasm-unsafe-eval'" in decoder.headers["Content-Security-Policy"]
    assert "wasm" not in page.headers["Content-Security-Policy"]


def test_manifest_covers_the_page_only(client):
    manifest = client.get(f"{PAGE}app.webmanifest").json()
    assert manifest["scope"] == manifest["start_url"] == PAGE
    assert client.get(f"/vi{PAGE}app.webmanifest").json()["scope"] == f"/vi{PAGE}"
