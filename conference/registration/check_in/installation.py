"""Files with which browsers install the check-in page, keep it for use without a network, and read QR codes."""

import hashlib
import json

from csp.constants import WASM_UNSAFE_EVAL
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from conference.site_data import get_conference_info

SCRIPTS = settings.BASE_DIR / "static" / "js" / "check-in"
DECODER, WASM = "js/check-in/decoder-worker.js", "js/vendor/zxing-wasm/zxing_reader.wasm"
OTHER_FILES = (
    "css/site.css",
    "css/check-in.css",
    "fonts/be-vietnam-pro-400.woff2",
    "fonts/be-vietnam-pro-600.woff2",
    "js/vendor/zxing-wasm/share.js",
    "js/vendor/zxing-wasm/reader/index.js",
    WASM,
)


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker of the page. It holds nothing private, so that browsers can always update it."""
    files = list_files()
    version = hashlib.sha256("\n".join(files).encode()).hexdigest()[:12]
    context = {"page": reverse("check_in:page"), "files": files, "version": version}
    return make_script_response(render_to_string("check_in/sw.js", context))


def list_files() -> list[str]:
    """Return the URLs of the files of the page. They contain hashes, so the list changes with each file."""
    scripts = sorted(f"js/check-in/{file.name}" for file in SCRIPTS.glob("*.js"))
    return [static(name) for name in (*OTHER_FILES, *scripts)] + [reverse("check_in:decoder")]


@require_safe
@csp_update({"script-src": [WASM_UNSAFE_EVAL]})
def decoder(request: HttpRequest) -> HttpResponse:
    """Return the script of the worker that reads QR codes.

    Workers have the content security policy of their own response. So only this one may compile WebAssembly.
    """
    return make_script_response(f"import {json.dumps(static(DECODER))};\n")


def make_script_response(content: str) -> HttpResponse:
    return HttpResponse(content, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """Return the web app manifest. Browsers request it without cookies."""
    page, name = reverse("check_in:page"), get_conference_info().short_name
    content = {
        "name": _("Check-in: %(conference)s") % {"conference": name},
        "short_name": _("Check-in"),
        "id": page,
        "start_url": page,
        "scope": page,
        "display": "standalone",
        "lang": get_language(),
        "icons": [
            {"src": reverse("icon"), "sizes": "any", "type": "image/svg+xml"},
            {"src": "/apple-touch-icon.png", "sizes": "180x180", "type": "image/png"},
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")
