"""The WSGI application: `gunicorn conference.wsgi`."""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import override

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")

django_application = get_wsgi_application()


def warm_up() -> None:
    """Load the URLconf and the templates of public pages before gunicorn forks its workers, without a database query."""
    for code, _name in settings.LANGUAGES:
        with override(code):
            reverse("home")
    for name in (
        "conference/home.html",
        "sessions/agenda.html",
        "sessions/session_detail.html",
        "speakers/speaker_list.html",
    ):
        get_template(name)


warm_up()

UTF8_CHARSET_PARAMETER = re.compile(r';\s*charset\s*=\s*("?)utf-?8\1\s*(?=;|$)', re.IGNORECASE)
# Any other charset, an RFC 2231 parameter (charset*=idna''a..b) or a NUL.
UNSUPPORTED_CONTENT_TYPE = re.compile(r"charset\s*=|\*|\0", re.IGNORECASE)


def normalize_content_type(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Call Django with a Content-Type that it can parse.

    Django decodes the query with the charset of the Content-Type before any middleware runs, and fails on codecs such
    as rot13. UTF-8 is the default, so the parameter is removed; other charsets become a type that a middleware rejects.
    """
    content_type = UTF8_CHARSET_PARAMETER.sub("", environ.get("CONTENT_TYPE", ""))
    environ["CONTENT_TYPE"] = "unreadable" if UNSUPPORTED_CONTENT_TYPE.search(content_type) else content_type
    return django_application(environ, start_response)


application = normalize_content_type
