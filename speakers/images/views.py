"""The view that serves picture files. Nothing else under the media root is served.

In production nginx serves them from disk with the same headers (deploy/nginx.conf).
"""

import re

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.urls import re_path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag, require_safe

from .renditions import MEDIA_TYPES

PICTURE_PATTERN = (
    rf"{re.escape(settings.MEDIA_URL.lstrip('/'))}pictures/"
    rf"(?P<digest>[0-9a-f]{{64}})/(?P<name>[1-9][0-9]{{0,3}}\.(?:{'|'.join(MEDIA_TYPES)}))\Z"
)
FILE_ERRORS = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)


def make_etag(digest: str, name: str) -> str:
    """Return the entity tag of a file, which depends on its path alone: the file at a path never changes."""
    return f'"{digest[:32]}-{name}"'


def get_storage_path(digest: str, name: str) -> str:
    return f"pictures/{digest}/{name}"


def get_existing_etag(request: HttpRequest, digest: str, name: str) -> str | None:
    return make_etag(digest, name) if default_storage.exists(get_storage_path(digest, name)) else None


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
@etag(get_existing_etag)
def picture_view(request: HttpRequest, digest: str, name: str) -> FileResponse:
    try:
        file = default_storage.open(get_storage_path(digest, name))
    except FILE_ERRORS:
        raise Http404 from None
    return FileResponse(file, filename=name, content_type=get_media_type(name))


def get_media_type(name: str) -> str:
    return MEDIA_TYPES[name.rpartition(".")[2]]


# Outside the language prefix: a picture is the same in every language.
media_urlpatterns = [re_path(f"^{PICTURE_PATTERN}", picture_view, name="picture")]
