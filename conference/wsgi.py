"""The door for gunicorn: `gunicorn conference.wsgi`."""

import os
import re

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")

django_site = get_wsgi_application()

UTF_8 = re.compile(r';\s*charset\s*=\s*("?)utf-?8\1\s*(?=;|$)', re.IGNORECASE)
# Any other charset, a parameter in the manner of RFC 2231 (charset*=idna''a..b), a NUL.
UNREADABLE = re.compile(r"charset\s*=|\*|\0", re.IGNORECASE)


def readable(environ, start_response):
    """The site as Django has it. It reads the Content-Type, and the query by its charset, before any middleware could
    refuse them, and fails over rot13 and its like: so UTF-8 goes without saying, and the rest is put such that it is
    refused."""
    kind = UTF_8.sub("", environ.get("CONTENT_TYPE", ""))
    environ["CONTENT_TYPE"] = "unreadable" if UNREADABLE.search(kind) else kind
    return django_site(environ, start_response)


# Can be imported only where Django is set up.
from sessions.published import Door  # noqa: E402

application = Door(readable)
