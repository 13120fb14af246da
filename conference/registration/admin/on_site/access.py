"""Permissions of the on-site pages, whose users need not see the list of registrations."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from ...models import Registration

OVERRIDE_PERMISSIONS = ("registration.override_check_in", "registration.decide")


def on_site_permission_required(view: Callable) -> Callable:
    """Decorate a view of the admin for operators who register people."""

    @wraps(view)
    def wrapper(model_admin: ModelAdmin, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.has_perm("registration.register_on_site"):
            raise PermissionDenied(_("You do not have permission to register people on site."))
        return view(model_admin, request, *args, **kwargs)

    return wrapper


def can_exceed_limits(user: User | AnonymousUser) -> bool:
    return any(map(user.has_perm, OVERRIDE_PERMISSIONS))


def redirect_to_person(key: UUID) -> HttpResponse:
    return redirect("admin:registration_registration_on_site_person", key)


def redirect_to_registration(model_admin: ModelAdmin, request: HttpRequest, registration: Registration) -> HttpResponse:
    """Redirect to the review page, or to the on-site page for operators who do not see registrations."""
    if model_admin.has_view_or_change_permission(request):
        return redirect("admin:registration_registration_review", registration.pk)
    return redirect_to_person(registration.pk)
