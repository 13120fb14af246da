"""Downloads of the filtered registrations and of the special needs. Each download is logged."""

from collections.abc import Sequence

from django import forms
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..exports import CONTENT_TYPES, registration_rows, render_file, special_needs_rows
from ..models import ExportLog, NeedsAccessLog, Registration, SpecialNeeds
from . import filters
from .base import can_view_all_fields, render_admin_page

EXPORT_TEMPLATE = "admin/registration/export.html"
FORMAT_CHOICES = [("xlsx", gettext_lazy("Excel workbook (.xlsx)")), ("csv", gettext_lazy("CSV file (.csv)"))]


class RegistrationExportForm(forms.Form):
    """File format, and whether special needs are included; only for users who may view them."""

    format = forms.ChoiceField(
        label=gettext_lazy("Format"), choices=FORMAT_CHOICES, initial="xlsx", widget=forms.RadioSelect
    )
    with_needs = forms.BooleanField(
        label=gettext_lazy("Include accessibility and dietary needs"),
        required=False,
        help_text=gettext_lazy("We record that you have viewed them. Include them only if you need them."),
    )

    def __init__(self, *args, can_view_needs: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not can_view_needs:
            del self.fields["with_needs"]


def export_view(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Show the number of registrations and the form. A POST returns the file."""
    if not request.user.has_perm("registration.export"):
        raise PermissionDenied(_("You do not have permission to export registrations."))
    can_view_needs = request.user.has_perm("registration.view_specialneeds")
    if "with_needs" in request.POST and not can_view_needs:
        raise PermissionDenied(_("You do not have permission to view accessibility and dietary needs."))
    query = filters.filter_params(request.GET)
    registrations = model_admin.filtered_queryset(request, query.urlencode())
    form = RegistrationExportForm(request.POST if request.method == "POST" else None, can_view_needs=can_view_needs)
    if request.method == "POST" and form.is_valid():
        return export_registrations(request, registrations, query, **form.cleaned_data)
    context = {
        "title": _("Export registrations"),
        "number": registrations.count(),
        "query": query,
        "form": form,
    }
    return render_admin_page(model_admin, request, EXPORT_TEMPLATE, context)


@transaction.atomic
def export_registrations(
    request: HttpRequest,
    registrations: QuerySet[Registration],
    query: QueryDict,
    format: str,
    with_needs: bool = False,
) -> HttpResponse:
    all_fields = can_view_all_fields(request.user)
    rows = list(registration_rows(registrations, all_fields=all_fields, with_needs=with_needs))
    if with_needs:
        needs = SpecialNeeds.objects.filter(registration__in=registrations.order_by().values("pk"))
        NeedsAccessLog.objects.bulk_create([NeedsAccessLog(special_needs=entry, by=request.user) for entry in needs])
    return log_and_respond(request, format, rows, "registrations", query=redact_query(query), with_needs=with_needs)


def redact_query(query: QueryDict) -> str:
    """Return the query for the log, without the search text: it may be personal data that must not outlive erasure."""
    query = query.copy()
    if "q" in query:
        query["q"] = "*"
    return query.urlencode(safe="*")[:1000]


def log_and_respond(
    request: HttpRequest, format: str, rows: Sequence, filename: str, *, query: str, with_needs: bool
) -> HttpResponse:
    """Log the export and return its file. The first of the rows is the header."""
    ExportLog.objects.create(by=request.user, query=query, format=format, rows=len(rows) - 1, with_needs=with_needs)
    disposition = f'attachment; filename="{filename}.{format}"'
    return HttpResponse(render_file(format, rows), CONTENT_TYPES[format], headers={"Content-Disposition": disposition})


@transaction.atomic
def export_special_needs_view(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    model_admin.require_view_permission(request)
    format = request.POST.get("format")
    rows = list(special_needs_rows(model_admin.log_access_in_scope(request, request.POST.get("scope", ""))))
    format = format if format in CONTENT_TYPES else "xlsx"
    return log_and_respond(request, format, rows, "needs", query="", with_needs=True)
