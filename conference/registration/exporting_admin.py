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

from . import lists
from .exporting import FORMATS, file, table, table_of_needs
from .models import Export, Needs, Opening

TEMPLATE = "admin/registration/export.html"
CHOICES = [("xlsx", gettext_lazy("Excel workbook (.xlsx)")), ("csv", gettext_lazy("Text with commas (.csv)"))]


class ExportForm(forms.Form):
    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=CHOICES, initial="xlsx", widget=forms.RadioSelect)
    with_needs = forms.BooleanField(
        label=gettext_lazy("With access needs and diet"),
        required=False,
        help_text=gettext_lazy("It is written down that you have seen them. Leave it out unless you need it."),
    )

    def __init__(self, *args, may_see_needs, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_see_needs:
            del self.fields["with_needs"]


def urls(desk):
    page = desk.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(partial(export, desk)))
    return [path("export/", page, name="registration_registration_export")]


def export(desk, request):
    """How many rows there would be, and on a POST the file."""
    if not request.user.has_perm("registration.export"):
        raise PermissionDenied(_("Only those who may export registrations can do this."))
    may_see_needs = request.user.has_perm("registration.view_needs")
    if "with_needs" in request.POST and not may_see_needs:
        raise PermissionDenied(_("Only those who arrange what people need may open it."))
    query = lists.narrowing(request.GET)
    found = desk.narrowed(request, query.urlencode())
    form = ExportForm(request.POST if request.method == "POST" else None, may_see_needs=may_see_needs)
    if request.method == "POST" and form.is_valid():
        return _answer(request, found, query, form.cleaned_data["format"], form.cleaned_data.get("with_needs", False))
    context = desk.admin_site.each_context(request) | {
        "title": _("Export registrations"),
        "opts": desk.opts,
        "number": found.count(),
        "query": query,
        "form": form,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, TEMPLATE, context)


@transaction.atomic
def _answer(request, found, query, form, with_needs):
    rows = list(table(found, with_needs=with_needs))
    if with_needs:
        seen = Needs.objects.filter(registration__in=found.order_by().values("pk")).values_list("pk", flat=True)
        Opening.objects.bulk_create([Opening(needs_id=key, by=request.user) for key in seen])
    return _written_down(request, form, rows, said(query), with_needs, "registrations")


def said(query):
    """The filter as it is written down: whom somebody searched for does not outlive the person's registration."""
    query = query.copy()
    if "q" in query:
        query["q"] = "*"
    return query.urlencode(safe="*")[:1000]


def _written_down(request, form, rows, query, with_needs, name):
    Export.objects.create(by=request.user, query=query, format=form, rows=len(rows) - 1, with_needs=with_needs)
    disposition = f'attachment; filename="{name}.{form}"'
    return HttpResponse(file(form, rows), FORMATS[form], headers={"Content-Disposition": disposition})


# What people need


def file_of_needs(desk):
    """The address of it, for the admin of needs."""
    page = desk.admin_site.admin_view(require_POST(partial(export_needs, desk)))
    return [path("export/", page, name="registration_needs_export")]


@transaction.atomic
def export_needs(desk, request):
    desk.refuse_others(request)
    form = request.POST.get("format")
    rows = list(table_of_needs(desk.opened(request)))
    return _written_down(request, form if form in FORMATS else "xlsx", rows, "", True, "needs")
