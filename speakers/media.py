"""The files of pictures, as browsers ask for them. Nothing else under the media root is served.

Where files lie on a disk, the Gallery hands them out before Django is asked, as sessions.published does with pages; a
view of Django's answers what the Gallery leaves to it, with the same bytes and headers.
"""

import os
import re
from wsgiref.util import FileWrapper

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.http import FileResponse, Http404
from django.urls import re_path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag, require_safe

from sessions.published import has_it, is_for_us

from .pictures import TYPES

PICTURE = (
    rf"{re.escape(settings.MEDIA_URL.lstrip('/'))}pictures/"
    rf"(?P<digest>[0-9a-f]{{64}})/(?P<name>[1-9][0-9]{{0,3}}\.(?:{'|'.join(TYPES)}))\Z"
)
# What is different for each file.
OF_A_FILE = {"content-disposition", "content-length", "content-type", "etag"}
# There is no file, or it cannot be read.
NO_FILE = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)


def _tag(digest, name):
    """Made of the path alone: what is at a path never changes."""
    return f'"{digest[:32]}-{name}"'


def _path(digest, name):
    return f"pictures/{digest}/{name}"


def _tag_of_what_is_there(request, digest, name):
    return _tag(digest, name) if default_storage.exists(_path(digest, name)) else None


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
@etag(_tag_of_what_is_there)
def picture(request, digest, name):
    try:
        file = default_storage.open(_path(digest, name))
    except NO_FILE:
        raise Http404 from None
    return FileResponse(file, filename=name, content_type=_type(name))


def _type(name):
    return TYPES[name.rpartition(".")[2]]


# Outside the language prefix: a picture is the same in every language.
media_urlpatterns = [re_path(f"^{PICTURE}", picture, name="picture")]


class Gallery:
    """The site, a WSGI application, behind the pictures on this machine's disk.

    What it says of every file, security headers and all, it learns from the first one that Django answers for.
    """

    def __init__(self, site):
        self.site = site
        self.common = None

    def __call__(self, environ, start_response):
        found = _asked_for(environ)
        if not found:
            return self.site(environ, start_response)
        if self.common is None:
            return self.site(environ, self._learning(start_response))
        file = _opened(*found) if is_for_us(environ) else None
        if file is None:
            return self.site(environ, start_response)
        return _handed_out(file, *found, self.common, environ, start_response)

    def _learning(self, start_response):
        """start_response that takes note of the headers of a file."""

        def start(status, headers, *error):
            names = {name.lower() for name, _value in headers}
            if status.startswith("200 ") and "set-cookie" not in names:
                self.common = [(name, value) for name, value in headers if name.lower() not in OF_A_FILE]
            return start_response(status, headers, *error)

        return start


_is_picture = re.compile(f"/{PICTURE}").match


def _asked_for(environ):
    """Digest and name of a picture that is asked for without any further wish, else None."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or environ.get("QUERY_STRING"):
        return None
    match = _is_picture(environ["PATH_INFO"])
    return match.groups() if match else None


def _opened(digest, name):
    """The file; None where Django has to say what is the matter."""
    if not isinstance(default_storage, FileSystemStorage):
        return None
    try:
        return open(os.path.join(default_storage.location, "pictures", digest, name), "rb", buffering=0)
    except OSError:
        return None


def _handed_out(file, digest, name, common, environ, start_response):
    tag = _tag(digest, name)
    if has_it(environ, tag):
        file.close()
        kept = [(header, value) for header, value in common if header.lower() == "cache-control"]
        start_response("304 Not Modified", [("ETag", tag), *kept])
        return ()
    own = [
        ("Content-Type", _type(name)),
        ("Content-Length", str(os.fstat(file.fileno()).st_size)),
        ("Content-Disposition", f'inline; filename="{name}"'),
        ("ETag", tag),
    ]
    start_response("200 OK", own + common)
    if environ["REQUEST_METHOD"] == "HEAD":
        file.close()
        return ()
    return environ.get("wsgi.file_wrapper", FileWrapper)(file)
