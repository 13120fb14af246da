"""Admin page that erases a registration and the participant's account, after a confirmation."""

from uuid import UUID

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from ..models import Registration
from ..workflow import erase_user
from .base import render_admin_page

ERASE_TEMPLATE = "admin/registration/erase_registration.html"


def erase_view(model_admin: ModelAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    if not request.user.is_superuser:
        raise PermissionDenied(_("Only administrators with full permissions can erase personal data."))
    registration = get_object_or_404(Registration.objects.select_related("user"), pk=key)
    if request.method == "POST" and "confirm" in request.POST:
        erase_user(registration.user)
        messages.success(request, _("The registration was erased. Only anonymous statistics are kept."))
        return redirect("admin:registration_registration_changelist")
    context = {
        "title": _("Erase “%(name)s”") % {"name": registration.badge_name},
        "registration": registration,
        "address": f" ({registration.email})" if registration.email else "",
        "not_confirmed": request.method == "POST",
    }
    return render_admin_page(model_admin, request, ERASE_TEMPLATE, context)
