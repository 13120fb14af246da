"""What the list shows, or what people need, taken out as a file; whoever does so is written down."""

from functools import partial

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from ..exports import CONTENT_TYPES, registration_rows, render_file, special_needs_rows
from ..models import ExportLog, NeedsAccessLog, SpecialNeeds
from . import filters

EXPORT_TEMPLATE = "admin/registration/export.html"
FORMAT_CHOICES = [("xlsx", gettext_lazy("Excel workbook (.xlsx)")), ("csv", gettext_lazy("CSV file (.csv)"))]


class RegistrationExportForm(forms.Form):
    format = forms.ChoiceField(
        label=gettext_lazy("Format"), choices=FORMAT_CHOICES, initial="xlsx", widget=forms.RadioSelect
    )
    with_needs = forms.BooleanField(
        label=gettext_lazy("Include accessibility and dietary needs"),
        required=False,
        help_text=gettext_lazy("We record that you have viewed them. Include them only if you need them."),
    )

    def __init__(self, *args, may_see_needs, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_see_needs:
            del self.fields["with_needs"]


def get_export_urls(desk):
    page = desk.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(partial(export_view, desk)))
    return [path("export/", page, name="registration_registration_export")]


def export_view(desk, request):
    """How many rows there would be, and on a POST the file."""
    if not request.user.has_perm("registration.export"):
        raise PermissionDenied(_("You do not have permission to export registrations."))
    may_see_needs = request.user.has_perm("registration.view_specialneeds")
    if "with_needs" in request.POST and not may_see_needs:
        raise PermissionDenied(_("You do not have permission to view accessibility and dietary needs."))
    query = filters.filter_params(request.GET)
    found = desk.filtered_queryset(request, query.urlencode())
    form = RegistrationExportForm(request.POST if request.method == "POST" else None, may_see_needs=may_see_needs)
    if request.method == "POST" and form.is_valid():
        return build_file_response(
            request, found, query, form.cleaned_data["format"], form.cleaned_data.get("with_needs", False)
        )
    context = desk.admin_site.each_context(request) | {
        "title": _("Export registrations"),
        "opts": desk.opts,
        "number": found.count(),
        "query": query,
        "form": form,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, EXPORT_TEMPLATE, context)


@transaction.atomic
def build_file_response(request, found, query, form, with_needs):
    rows = list(registration_rows(found, with_needs=with_needs))
    if with_needs:
        seen = SpecialNeeds.objects.filter(registration__in=found.order_by().values("pk")).values_list("pk", flat=True)
        NeedsAccessLog.objects.bulk_create([NeedsAccessLog(needs_id=key, by=request.user) for key in seen])
    return log_export(request, form, rows, redact_query(query), with_needs, "registrations")


def redact_query(query):
    """The filter as it is written down: whom somebody searched for does not outlive the person's registration."""
    query = query.copy()
    if "q" in query:
        query["q"] = "*"
    return query.urlencode(safe="*")[:1000]


def log_export(request, form, rows, query, with_needs, name):
    ExportLog.objects.create(by=request.user, query=query, format=form, rows=len(rows) - 1, with_needs=with_needs)
    disposition = f'attachment; filename="{name}.{form}"'
    return HttpResponse(render_file(form, rows), CONTENT_TYPES[form], headers={"Content-Disposition": disposition})


# What people need


def get_special_needs_export_urls(desk):
    """The address of it, for the admin of needs."""
    page = desk.admin_site.admin_view(require_POST(partial(export_special_needs_view, desk)))
    return [path("export/", page, name="registration_specialneeds_export")]


@transaction.atomic
def export_special_needs_view(desk, request):
    desk.require_view_permission(request)
    form = request.POST.get("format")
    rows = list(special_needs_rows(desk.log_access_to_all(request)))
    return log_export(request, form if form in CONTENT_TYPES else "xlsx", rows, "", True, "needs")
