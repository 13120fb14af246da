"""The view that serves picture files. Nothing else under the media root is served.

In production nginx serves them from disk with the same headers (deploy/nginx.conf).
"""

import re

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.urls import re_path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag, require_safe

from .pictures import TYPES

PICTURE = (
    rf"{re.escape(settings.MEDIA_URL.lstrip('/'))}pictures/"
    rf"(?P<digest>[0-9a-f]{{64}})/(?P<name>[1-9][0-9]{{0,3}}\.(?:{'|'.join(TYPES)}))\Z"
)
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
