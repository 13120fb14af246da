"""The WSGI application: `gunicorn conference.wsgi`."""

import os
import re

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import override

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")

django_application = get_wsgi_application()


def warm_up():
    """Find all addresses and read the templates of public pages, once for all workers that are forked from here: no
    visitor waits for that. Asks nothing of the database."""
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
# Any other charset, a parameter in the manner of RFC 2231 (charset*=idna''a..b), a NUL.
UNSUPPORTED_CONTENT_TYPE = re.compile(r"charset\s*=|\*|\0", re.IGNORECASE)


def normalize_content_type(environ, start_response):
    """The site as Django has it. It reads the Content-Type, and the query by its charset, before any middleware could
    refuse them, and fails over rot13 and its like: so UTF-8 goes without saying, and the rest is put such that it is
    refused."""
    kind = UTF8_CHARSET_PARAMETER.sub("", environ.get("CONTENT_TYPE", ""))
    environ["CONTENT_TYPE"] = "unreadable" if UNSUPPORTED_CONTENT_TYPE.search(kind) else kind
    return django_application(environ, start_response)


application = normalize_content_type
