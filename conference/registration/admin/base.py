"""Helpers that the admin views share: permissions, URL patterns, rendering, detection of concurrent changes.

Organizers who decide or edit see all fields except special needs; others see the basic fields, the status and the days.

A page about a registration holds a version token. What the page sends is saved only if the token is still current.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import AnonymousUser, User
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conference.core.versioning.snapshot import get_field_values

from ..models import STATISTICS_ONLY_FIELDS, Registration, RegistrationEvent
from .event_history import get_actor_name

READ_METHODS = ("GET", "HEAD")
FORM_METHODS = ("GET", "HEAD", "POST")

# These fields are also on the badge or in the programme.
BASIC_FIELDS = ("badge_name", "country", "organization", "function", "category", "languages")


def can_view_all_fields(user: User | AnonymousUser) -> bool:
    return any(user.has_perm(f"registration.{permission}") for permission in ("change_registration", "decide"))


def admin_path(
    model_admin: ModelAdmin, route: str, view: Callable, name: str, methods: tuple[str, ...] = FORM_METHODS
) -> URLPattern:
    """Return the URL pattern of an additional admin page.

    The view is called as view(model_admin, request, **parameters), for signed-in staff only. The URL name is
    name with the app label and model in front, as Django builds the names of its own admin pages.
    """
    page = require_http_methods(methods)(partial(view, model_admin))
    opts = model_admin.opts
    return path(route, model_admin.admin_site.admin_view(page), name=f"{opts.app_label}_{opts.model_name}_{name}")


def render_admin_page(
    model_admin: ModelAdmin, request: HttpRequest, template: str, context: Mapping, *, status: int = 200
) -> TemplateResponse:
    """Return a page with the context of the admin site and the model's options."""
    request.current_app = model_admin.admin_site.name
    site_context = model_admin.admin_site.each_context(request)
    return TemplateResponse(request, template, {**site_context, "opts": model_admin.opts, **context}, status=status)


class RegistrationChangedError(Exception):
    """The registration has changed since the page showed it."""


def get_registration(model_admin: ModelAdmin, request: HttpRequest, key: object) -> Registration:
    """Return the current registration with this key.

    Raises Http404 if there is none, or if it was erased.
    """
    registration = model_admin.get_queryset(request).filter(pk=key).first()
    if registration is None:
        raise Http404
    return registration


def check_unchanged(registration: Registration, version: str) -> None:
    """Raise RegistrationChangedError if version is not the current version token.

    Called inside seats_locked(), so that nothing changes between the check and the decision.
    """
    current = Registration.objects.prefetch_related("seats").filter(pk=registration.pk).first()
    if current is None or version_token(current) != version:
        raise RegistrationChangedError


def version_token(registration: Registration) -> str:
    """Return a hash of the details, status and seats that a decision depends on."""
    seats = sorted((str(seat.day), seat.mode, seat.status) for seat in registration.seats.all())
    changed_at = registration.status_changed_at.isoformat()
    values = get_field_values(registration)
    details = {name: value for name, value in values.items() if name not in STATISTICS_ONLY_FIELDS}
    content = json.dumps([details, registration.status, changed_at, seats], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def conflict_message(registration: Registration) -> str:
    """Return why nothing was saved, with the last event and its author if there is one."""
    event = (
        RegistrationEvent.objects.filter(registration=registration.pk)
        .exclude(action=RegistrationEvent.Action.SEATS_ASSIGNED)
        .select_related("by")
        .last()
    )
    if event is None:
        return _(
            "Not saved: this registration has changed since you opened the page. The page now shows the current data."
        )
    message = _("Not saved: this registration has changed since you opened the page. Last change: "
"%(what)s, by %(who)s. The page now shows the current data.")  # fmt: skip
    return message % {"what": event.get_action_display(), "who": get_actor_name(event, registration)}
