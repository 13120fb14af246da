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
from sessions.imports.columns import TABLES
from sessions.imports.uploads import CANNOT_STORE
from sessions.releases.changelog import describe_changes
from sessions.releases.draft import get_conference_time_zone

from .. import exports
from ..imports import ImportConflictError, ImportFailedError, preview_import, run_import, uploads
from ..models import Release, Session

logger = logging.getLogger(__name__)

TEMPLATE_DIR = "admin/programme/import_export"
PROGRAMME_MODELS = (
    *("programme.session", "programme.sessionlink", "programme.participation", "programme.room", "programme.theme"),
    *("speakers.speaker", "speakers.speakerlink"),
)
# So many problems or names are listed; who has more has one reason for most of them.
MAX_LISTED = 200


class ImportUploadForm(forms.Form):
    file = forms.FileField(label=_("File (.xlsx or .csv)"))
    delete_missing = forms.BooleanField(
        label=_("Delete entries that are not in the file"),
        required=False,
        help_text=_("Only for sheets in the file. You will see the deletions before anything is changed."),
    )

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if upload.size > spreadsheets.MAX_BYTES:
            raise forms.ValidationError(str(spreadsheets.make_too_large_error()))
        return upload.read()


def get_import_export_urls(site):
    return [
        path("import/", site.admin_view(import_upload_view), name="programme_session_import"),
        path("import/review/", site.admin_view(import_preview_view), name="programme_session_import_preview"),
        path("import/template/", site.admin_view(import_template_view), name="programme_session_import_template"),
        path("export/", site.admin_view(export_view), name="programme_session_export"),
        path("export/edited.<slug:form>", site.admin_view(export_draft_view), name="programme_session_export_draft"),
        path(
            "export/release-<int:number>.<slug:form>",
            site.admin_view(export_release_view),
            name="programme_session_export_release",
        ),
    ]


def has_programme_perms(user, *actions, models=PROGRAMME_MODELS):
    names = (f"{app}.{action}_{model}" for app, model in (m.split(".") for m in models) for action in actions)
    return user.has_perms(list(names))


def can_import(user):
    return has_programme_perms(user, "view", "add", "change")


def can_export(user):
    return has_programme_perms(user, "view")


def make_permission_decorator(allowed, refusal):
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


import_permission_required = make_permission_decorator(
    can_import, _("You do not have permission to import the programme.")
)
export_permission_required = make_permission_decorator(
    can_export, _("You do not have permission to export the programme.")
)


@import_permission_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_upload_view(request):
    form = ImportUploadForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return render_page(request, "import", _("Import programme"), form=form)
    delete = check_deletion_allowed(request, form.cleaned_data["delete_missing"])
    try:
        preview_import(form.cleaned_data["file"], delete_missing=delete)
    except ImportFailedError as refused:
        return render_page(request, "import", _("Import programme"), form=form, **build_problem_context(refused))
    try:
        uploads.save_upload(request.user, form.cleaned_data["file"])
    except OSError as error:
        logger.error("An uploaded file cannot be written: %s", error)
        form.add_error("file", CANNOT_STORE)
        return render_page(request, "import", _("Import programme"), form=form)
    address = reverse("admin:programme_session_import_preview")
    return redirect(f"{address}?delete=1" if delete else address)


@import_permission_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_preview_view(request):
    """What the uploaded file would change, and on a POST from that very page, importing it."""
    data = uploads.load_upload(request.user)
    if data is None:
        messages.info(
            request, _("The uploaded file has expired (files are kept for one hour). Please choose it again.")
        )
        return redirect("admin:programme_session_import")
    delete = check_deletion_allowed(request, "delete" in request.GET)
    changed = False
    try:
        if request.method == "POST":
            return execute_import(request, data, delete)
    except ImportConflictError:
        changed = True
    except ImportFailedError as refused:
        return render_page(
            request, "import", _("Import programme"), form=ImportUploadForm(), **build_problem_context(refused)
        )
    return render_import_preview(request, data, delete, changed)


def execute_import(request, data, delete):
    outcome = run_import(data, delete_missing=delete, version_token=request.POST.get("digest", ""))
    uploads.delete_upload(request.user)
    counts = {
        what: sum(len(getattr(tally, what)) for tally in outcome.summaries) for what in ("new", "changed", "deleted")
    }
    said = _("The file was imported: %(new)d rows added, %(changed)d changed, %(deleted)d deleted.")
    messages.success(request, said % counts)
    return redirect("admin:programme_session_changelist")


def render_import_preview(request, data, delete, changed):
    try:
        outcome = preview_import(data, delete_missing=delete)
    except ImportFailedError as refused:
        return render_page(
            request, "import", _("Import programme"), form=ImportUploadForm(), **build_problem_context(refused)
        )
    return render_page(
        request,
        "preview",
        _("Changes in this file"),
        status=409 if changed else 200,
        outcome=outcome,
        sections=describe_changes(outcome.changes),
        changed_meanwhile=changed,
        deletes=delete,
    )


def check_deletion_allowed(request, ticked):
    if ticked and not has_programme_perms(request.user, "delete"):
        raise PermissionDenied(_("You do not have permission to delete programme entries."))
    return bool(ticked)


def build_problem_context(refused):
    return {"problems": refused.problems[:MAX_LISTED], "unlisted": max(0, len(refused.problems) - MAX_LISTED)}


@import_permission_required
@require_safe
def import_template_view(request):
    return make_file_response(exports.build_import_template(), exports.XLSX_TYPE, "programme-template.xlsx")


@export_permission_required
@require_safe
def export_view(request):
    releases = Release.objects.defer("document", "changes") if can_view_releases(request) else []
    return render_page(request, "export", _("Export programme"), releases=releases, tables=TABLES)


@export_permission_required
@require_safe
def export_draft_view(request, form):
    return render_export(form, "programme", exports.build_draft_records(), get_conference_time_zone())


@export_permission_required
@require_safe
def export_release_view(request, number, form):
    if not can_view_releases(request):
        raise PermissionDenied(_("You do not have permission to view releases."))
    document = Release.objects.filter(pk=number).values_list("document", flat=True).first()
    if document is None:
        raise Http404(_("No release has this number."))
    if form == "json":
        return make_file_response(exports.to_json(document), exports.JSON_TYPE, f"release-{number}.json")
    return render_export(
        form, f"release-{number}", exports.build_release_records(document), exports.get_document_time_zone(document)
    )


def can_view_releases(request):
    return request.user.has_perm("programme.view_release")


def render_export(form, name, records, zone):
    tables = {table.name.lower(): table.name for table in TABLES}
    if form == "xlsx":
        return make_file_response(exports.to_xlsx(records, zone), exports.XLSX_TYPE, f"{name}.xlsx")
    if form == "csv":
        return make_file_response(exports.to_csv_zip(records, zone), "application/zip", f"{name}-csv.zip")
    if form == "json":
        return make_file_response(exports.to_json(records), exports.JSON_TYPE, f"{name}.json")
    if form in tables:
        return make_file_response(exports.to_csv(records, zone, tables[form]), exports.CSV_TYPE, f"{name}-{form}.csv")
    raise Http404(_("This format is not available."))


def make_file_response(content, kind, name):
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, kind, headers={"Content-Disposition": disposition})


def render_page(request, name, title, *, status=200, **context):
    context = admin.site.each_context(request) | {"title": title, "opts": Session._meta, "listed": MAX_LISTED} | context
    return TemplateResponse(request, f"{TEMPLATE_DIR}/{name}.html", context, status=status)
