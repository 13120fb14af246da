"""The door for gunicorn: `gunicorn conference.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")

site = get_wsgi_application()


def application(environ, start_response):
    """The site. A Content-Type with a NUL or an RFC 2231 parameter, which no form has, counts as none: Django parses it
    before any middleware could refuse it, and fails over some (charset*=idna''a..b)."""
    kind = environ.get("CONTENT_TYPE", "")
    if "*" in kind or "\0" in kind:
        environ["CONTENT_TYPE"] = ""
    return site(environ, start_response)
