"""A registration erased at the desk, for a person who asks for it by letter: asked first, and for good."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ..models import Registration
from ..workflow import erase_user

ERASE_TEMPLATE = "admin/registration/erase_registration.html"


def get_erasure_urls(desk):
    page = desk.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(partial(erase_view, desk)))
    return [path("<uuid:key>/erase/", page, name="registration_registration_erase")]


def erase_view(desk, request, key):
    if not request.user.is_superuser:
        raise PermissionDenied(_("Only administrators with full permissions can erase personal data."))
    row = Registration.objects.select_related("user").filter(pk=key).first()
    if row is None:
        raise Http404
    if request.method == "POST" and "sure" in request.POST:
        erase_user(row.user)
        messages.success(request, _("The registration was erased. Only anonymous statistics are kept."))
        return redirect("admin:registration_registration_changelist")
    context = desk.admin_site.each_context(request) | {
        "title": _("Erase “%(name)s”") % {"name": row.badge_name},
        "opts": desk.opts,
        "registration": row,
        "unsure": request.method == "POST",
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, ERASE_TEMPLATE, context)
