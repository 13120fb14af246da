"""The programme in and out at the organizers' desk: upload, look, import; and download."""

import logging
from functools import wraps

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from conference.core import spreadsheets

from . import exporting, waiting
from .changes import in_words
from .importing import ChangedMeanwhile, Refused, carry_out, rehearse
from .models import Release, Session
from .tables import TABLES
from .waiting import CANNOT_STORE

logger = logging.getLogger(__name__)

TEMPLATES = "admin/programme/exchange"
MODELS = (
    *("programme.session", "programme.sessionlink", "programme.participation", "programme.room", "programme.theme"),
    *("speakers.speaker", "speakers.speakerlink"),
)
# So many problems or names are listed; who has more has one reason for most of them.
LISTED = 200


class UploadForm(forms.Form):
    file = forms.FileField(label=_("File (.xlsx or .csv)"))
    delete_missing = forms.BooleanField(
        label=_("Delete what is not in the file"),
        required=False,
        help_text=_("Only in tables that are in the file. You will see what would be deleted first."),
    )

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if upload.size > spreadsheets.MAX_BYTES:
            raise forms.ValidationError(str(spreadsheets.too_large()))
        return upload.read()


def urls(site):
    return [
        path("import/", site.admin_view(upload), name="programme_session_import"),
        path("import/review/", site.admin_view(review), name="programme_session_import_review"),
        path("import/template/", site.admin_view(template), name="programme_session_import_template"),
        path("export/", site.admin_view(export), name="programme_session_export"),
        path("export/edited.<slug:form>", site.admin_view(edited), name="programme_session_export_edited"),
        path(
            "export/release-<int:number>.<slug:form>",
            site.admin_view(released),
            name="programme_session_export_release",
        ),
    ]


def may(user, *actions, models=MODELS):
    names = (f"{app}.{action}_{model}" for app, model in (m.split(".") for m in models) for action in actions)
    return user.has_perms(list(names))


def may_import(user):
    return may(user, "view", "add", "change")


def may_export(user):
    return may(user, "view")


def _for_those_who(allowed, refusal):
    def guard(view):
        @wraps(view)
        def serve(request, *args, **kwargs):
            if not allowed(request.user):
                raise PermissionDenied(refusal)
            try:
                return view(request, *args, **kwargs)
            except apps.get_model("conference.Conference").DoesNotExist as error:
                raise Http404(_("There is no conference yet.")) from error

        return serve

    return guard


importers = _for_those_who(may_import, _("Only those who may add and change the whole programme can import it."))
exporters = _for_those_who(may_export, _("Only those who may see the whole programme can export it."))


@importers
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request):
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "import", _("Import the programme"), form=form)
    delete = _wants_deletion(request, form.cleaned_data["delete_missing"])
    try:
        rehearse(form.cleaned_data["file"], delete_missing=delete)
    except Refused as refused:
        return _page(request, "import", _("Import the programme"), form=form, **_problems(refused))
    try:
        waiting.keep(request.user, form.cleaned_data["file"])
    except OSError as error:
        logger.error("An uploaded file cannot be written: %s", error)
        form.add_error("file", CANNOT_STORE)
        return _page(request, "import", _("Import the programme"), form=form)
    address = reverse("admin:programme_session_import_review")
    return redirect(f"{address}?delete=1" if delete else address)


@importers
@require_http_methods(["GET", "HEAD", "POST"])
def review(request):
    """What the uploaded file would change, and on a POST from that very page, importing it."""
    data = waiting.kept(request.user)
    if data is None:
        messages.info(request, _("There is no file waiting to be imported; it is kept for an hour. Choose it again."))
        return redirect("admin:programme_session_import")
    delete = _wants_deletion(request, "delete" in request.GET)
    changed = False
    try:
        if request.method == "POST":
            return _carry_out(request, data, delete)
    except ChangedMeanwhile:
        changed = True
    except Refused as refused:
        return _page(request, "import", _("Import the programme"), form=UploadForm(), **_problems(refused))
    return _show(request, data, delete, changed)


def _carry_out(request, data, delete):
    outcome = carry_out(data, delete_missing=delete, digest=request.POST.get("digest", ""))
    waiting.forget(request.user)
    counts = {
        what: sum(len(getattr(tally, what)) for tally in outcome.tallies) for what in ("new", "changed", "deleted")
    }
    said = _("The file is imported: %(new)d rows are new, %(changed)d changed, %(deleted)d deleted.")
    messages.success(request, said % counts)
    return redirect("admin:programme_session_changelist")


def _show(request, data, delete, changed):
    try:
        outcome = rehearse(data, delete_missing=delete)
    except Refused as refused:
        return _page(request, "import", _("Import the programme"), form=UploadForm(), **_problems(refused))
    return _page(
        request,
        "review",
        _("What the file would change"),
        status=409 if changed else 200,
        outcome=outcome,
        sections=in_words(outcome.changes),
        changed_meanwhile=changed,
        deletes=delete,
    )


def _wants_deletion(request, ticked):
    if ticked and not may(request.user, "delete"):
        raise PermissionDenied(_("Only those who may delete rows of the programme can import with deletion."))
    return bool(ticked)


def _problems(refused):
    return {"problems": refused.problems[:LISTED], "unlisted": max(0, len(refused.problems) - LISTED)}


@importers
@require_safe
def template(request):
    return _file(exporting.template(), exporting.XLSX, "programme-template.xlsx")


@exporters
@require_safe
def export(request):
    releases = Release.objects.defer("document", "changes") if _may_see_releases(request) else []
    return _page(request, "export", _("Export the programme"), releases=releases, tables=TABLES)


@exporters
@require_safe
def edited(request, form):
    return _exported(form, "programme", exporting.edited(), exporting.zone_of_the_conference())


@exporters
@require_safe
def released(request, number, form):
    if not _may_see_releases(request):
        raise PermissionDenied(_("Only those who may see releases can export one."))
    document = Release.objects.filter(pk=number).values_list("document", flat=True).first()
    if document is None:
        raise Http404(_("There is no release with this number."))
    if form == "json":
        return _file(exporting.as_json(document), exporting.JSON, f"release-{number}.json")
    return _exported(form, f"release-{number}", exporting.released(document), exporting.zone_of(document))


def _may_see_releases(request):
    return request.user.has_perm("programme.view_release")


def _exported(form, name, records, zone):
    tables = {table.name.lower(): table.name for table in TABLES}
    if form == "xlsx":
        return _file(exporting.as_xlsx(records, zone), exporting.XLSX, f"{name}.xlsx")
    if form == "csv":
        return _file(exporting.as_zip(records, zone), "application/zip", f"{name}-csv.zip")
    if form == "json":
        return _file(exporting.as_json(records), exporting.JSON, f"{name}.json")
    if form in tables:
        return _file(exporting.as_csv(records, zone, tables[form]), exporting.CSV, f"{name}-{form}.csv")
    raise Http404(_("There is no such format."))


def _file(content, kind, name):
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, kind, headers={"Content-Disposition": disposition})


def _page(request, name, title, *, status=200, **context):
    context = admin.site.each_context(request) | {"title": title, "opts": Session._meta, "listed": LISTED} | context
    return TemplateResponse(request, f"{TEMPLATES}/{name}.html", context, status=status)
