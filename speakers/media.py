"""The files of pictures, as browsers ask for them. Nothing else under the media root is served."""

import re

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.urls import re_path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag, require_safe

from .pictures import TYPES


def _tag(request, digest, name):
    """Made of the path alone: what is at a path never changes."""
    return f'"{digest[:32]}-{name}"' if default_storage.exists(_path(digest, name)) else None


def _path(digest, name):
    return f"pictures/{digest}/{name}"


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
@etag(_tag)
def picture(request, digest, name):
    try:
        file = default_storage.open(_path(digest, name))
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(file, filename=name, content_type=TYPES[name.rpartition(".")[2]])


# Outside the language prefix: a picture is the same in every language.
media_urlpatterns = [
    re_path(
        rf"^{re.escape(settings.MEDIA_URL.lstrip('/'))}pictures/"
        rf"(?P<digest>[0-9a-f]{{64}})/(?P<name>[1-9][0-9]{{0,3}}\.(?:{'|'.join(TYPES)}))\Z",
        picture,
        name="picture",
    ),
]
