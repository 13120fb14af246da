"""What visitors see when something goes wrong."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.test import Client
from django.urls import path
from django.views.decorators.csrf import csrf_protect

from conference import urls
from conference.urls import handler400, handler403, handler404, handler500  # noqa: F401 - a URLconf has them
from sessions.live import NotReady
from tests import cast


def failing(error):
    def view(request):
        raise error

    return view


# The whole site, and a few addresses at which everything goes wrong.
urlpatterns = [
    path("strange/", failing(SuspiciousOperation("secret detail"))),
    path("forbidden/", failing(PermissionDenied("secret detail"))),
    path("broken/", failing(RuntimeError("secret detail"))),
    path("down/", failing(OperationalError("secret detail"))),
    path("unpublished/", failing(NotReady("secret detail"))),
    path("form/", csrf_protect(failing(RuntimeError("secret detail")))),
    *[path(f"vi/{p.pattern}", p.callback) for p in []],
    *urls.urlpatterns,
]
