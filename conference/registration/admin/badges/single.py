"""The badge of one person: preview, printing and reprinting, and the photo."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django import forms
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ...badges.batches import print_badge
from ...badges.content import build_content, get_languages, has_badge, with_badge_data
from ...models import BadgeLayout, BadgePhoto, ExportLog, Registration
from ...states import InvalidTransitionError
from ..base import FORM_METHODS, READ_METHODS, render_admin_page
from .batches import open_file, require_print_permission

BADGE_TEMPLATE = "admin/registration/badges/badge.html"


class BadgeForm(forms.Form):
    layout = forms.ModelChoiceField(label=gettext_lazy("Layout"), queryset=BadgeLayout.objects.all(), empty_label=None)


def badge_urls(model_admin: ModelAdmin) -> list[URLPattern]:
    """Return the URLs admin:registration_badge and admin:registration_badge_photo."""

    def badge_path(route: str, view: Callable, name: str, methods: tuple[str, ...]) -> URLPattern:
        page = require_http_methods(methods)(partial(view, model_admin))
        return path(route, model_admin.admin_site.admin_view(page), name=name)

    return [
        badge_path("<uuid:key>/badge/", badge_view, "registration_badge", FORM_METHODS),
        badge_path("<uuid:key>/photo/", photo_view, "registration_badge_photo", READ_METHODS),
    ]


def badge_view(model_admin: ModelAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    """Show the badge in the chosen layout. A POST prints it and returns the PDF."""
    require_print_permission(request)
    registration = get_object_or_404(with_badge_data(Registration.objects.all()), pk=key)
    form = BadgeForm(request.POST or request.GET or None)
    if not form.is_valid():
        # A layout that was deleted meanwhile. The list of registrations adds other parameters to its links.
        error = " ".join(form.errors["layout"]) if request.method == "POST" else ""
        return render_badge_page(model_admin, request, registration, BadgeLayout.get_default(), error)
    layout, error = form.cleaned_data["layout"], ""
    if request.method == "POST":
        try:
            return print_single(request, registration, layout)
        except InvalidTransitionError as refused:
            error = str(refused)
    return render_badge_page(model_admin, request, registration, layout, error)


def print_single(request: HttpRequest, registration: Registration, layout: BadgeLayout) -> HttpResponse:
    batch = print_badge(registration, layout, request.user)
    ExportLog.objects.create(by=request.user, format="badge", rows=1)
    return open_file(batch) or redirect("admin:registration_badgebatch_change", batch.pk)


def render_badge_page(
    model_admin: ModelAdmin, request: HttpRequest, registration: Registration, layout: BadgeLayout, error: str
) -> HttpResponse:
    # Imported here because the PDF libraries take 40 MB of memory and a third of a second.
    from ...badges.previews import render_preview

    prints = list(registration.badge_prints.exclude(at=None).order_by("-number").select_related("batch__by"))
    content = build_content(registration, get_languages(layout, registration))
    is_changed = bool(prints) and prints[0].digest != build_content(registration).digest()
    number = prints[0].number + 1 if prints else 1
    can_view_photo = bool(content.photo) and request.user.has_perm("registration.change_registration")
    photo_url = reverse("admin:registration_badge_photo", args=[registration.pk]) if can_view_photo else ""
    context = {
        "title": _("Badge of %(name)s") % {"name": registration.badge_name},
        "registration": registration,
        "has_badge": has_badge(registration),
        "verdict": registration.check_admission().verdict.label,
        "form": BadgeForm(initial={"layout": layout.pk}),
        "layout": layout,
        "preview": render_preview(layout, content, number=number, photo_url=photo_url),
        "prints": prints,
        "is_changed": is_changed,
        "error": error,
        "can_view_registration": model_admin.has_view_or_change_permission(request),
    }
    return render_admin_page(model_admin, request, BADGE_TEMPLATE, context, status=409 if error else 200)


def photo_view(model_admin: ModelAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    """Return the photo of a person, for organizers who may change registrations."""
    if not request.user.has_perm("registration.change_registration"):
        raise PermissionDenied
    photo = BadgePhoto.objects.filter(pk=key).first()
    if photo is None:
        raise Http404
    headers = {"Cache-Control": "private, no-store"}
    return HttpResponse(bytes(photo.data), content_type="image/jpeg", headers=headers)
