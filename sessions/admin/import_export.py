"""Import and export pages of the admin."""

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from conference.core import spreadsheets
from conference.models import Conference
from sessions.imports.columns import TABLES
from sessions.imports.uploads import CANNOT_STORE
from sessions.releases.changelog import describe_changes
from sessions.releases.draft import get_conference_time_zone

from .. import exports
from ..imports import DateOrder, ImportConflictError, ImportFailedError, preview_import, run_import, uploads
from ..models import Release, Session

logger = logging.getLogger(__name__)

PROGRAMME_MODELS = (
    *("programme.session", "programme.sessionlink", "programme.participation", "programme.room", "programme.theme"),
    *("speakers.speaker", "speakers.speakerlink"),
)
# More problems than this usually have one cause.
MAX_LISTED_PROBLEMS = 200


class ImportUploadForm(forms.Form):
    file = forms.FileField(label=_("File (.xlsx or .csv)"))
    delete_missing = forms.BooleanField(
        label=_("Delete entries that are not in the file"),
        required=False,
        help_text=_("Only for sheets in the file. You will see the deletions before anything is changed."),
    )

    def clean_file(self) -> bytes:
        upload = self.cleaned_data["file"]
        if upload.size > spreadsheets.MAX_BYTES:
            raise forms.ValidationError(str(spreadsheets.make_too_large_error()))
        return upload.read()


def get_import_export_urls(site: admin.AdminSite) -> list[URLPattern]:
    return [
        path("import/", site.admin_view(import_upload_view), name="programme_session_import"),
        path("import/review/", site.admin_view(import_preview_view), name="programme_session_import_preview"),
        path("import/template/", site.admin_view(import_template_view), name="programme_session_import_template"),
        path("export/", site.admin_view(export_view), name="programme_session_export"),
        path(
            "export/edited.<slug:file_format>",
            site.admin_view(export_draft_view),
            name="programme_session_export_draft",
        ),
        path(
            "export/release-<int:number>.<slug:file_format>",
            site.admin_view(export_release_view),
            name="programme_session_export_release",
        ),
    ]


# Permissions


def has_programme_permissions(user: AbstractBaseUser, *actions: str) -> bool:
    """Return whether the user has the permissions for these actions on all models of the programme."""
    labels = (model.split(".") for model in PROGRAMME_MODELS)
    return user.has_perms([f"{app}.{action}_{model}" for app, model in labels for action in actions])


def can_import(user: AbstractBaseUser) -> bool:
    return has_programme_permissions(user, "view", "add", "change")


def can_export(user: AbstractBaseUser) -> bool:
    return has_programme_permissions(user, "view")


def can_view_releases(user: AbstractBaseUser) -> bool:
    return user.has_perm("programme.view_release")


def make_permission_decorator(is_allowed: Callable[[AbstractBaseUser], bool], message: object) -> Callable:
    """Return a decorator for views that need a permission and the conference."""

    def decorator(view):
        @wraps(view)
        def wrapper(request, *args, **kwargs):
            if not is_allowed(request.user):
                raise PermissionDenied(message)
            try:
                return view(request, *args, **kwargs)
            except Conference.DoesNotExist as error:
                raise Http404(_("There is no conference yet.")) from error

        return wrapper

    return decorator


import_permission_required = make_permission_decorator(
    can_import, _("You do not have permission to import the programme.")
)
export_permission_required = make_permission_decorator(
    can_export, _("You do not have permission to export the programme.")
)


# Import


@import_permission_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_upload_view(request: HttpRequest) -> HttpResponse:
    """Show the upload form; store a file without problems and redirect to its preview."""
    form = ImportUploadForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return render_upload_page(request, form)
    data = form.cleaned_data["file"]
    delete_missing = check_deletion_permission(request, form.cleaned_data["delete_missing"])
    try:
        preview_import(data, delete_missing=delete_missing)
    except ImportFailedError as error:
        return render_upload_page(request, form, error.groups)
    try:
        uploads.save_upload(request.user, data)
    except OSError as error:
        logger.error("Cannot store an uploaded file: %s", error)
        form.add_error("file", CANNOT_STORE)
        return render_upload_page(request, form)
    url = reverse("admin:programme_session_import_preview")
    return redirect(f"{url}?delete=1" if delete_missing else url)


@import_permission_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_preview_view(request: HttpRequest) -> HttpResponse:
    """Show the effect of the uploaded file; on POST import it if the effect is still the one shown."""
    data = uploads.load_upload(request.user)
    if data is None:
        messages.info(
            request, _("The uploaded file has expired (files are kept for one hour). Please choose it again.")
        )
        return redirect("admin:programme_session_import")
    options = read_import_options(request)
    has_conflict = False
    try:
        if request.method == "POST":
            return execute_import(request, data, options)
    except ImportConflictError:
        has_conflict = True
    except ImportFailedError as error:
        return render_upload_page(request, ImportUploadForm(), error.groups)
    return render_import_preview(request, data, options, has_conflict)


def read_import_options(request: HttpRequest) -> dict[str, Any]:
    """Return the options of preview_import() from the query. Raises PermissionDenied."""
    order = request.GET.get("dates")
    return {
        "delete_missing": check_deletion_permission(request, "delete" in request.GET),
        "date_order": DateOrder(order) if order in list(DateOrder) else None,
    }


def execute_import(request: HttpRequest, data: bytes, options: dict[str, Any]) -> HttpResponse:
    result = run_import(data, **options, version_token=request.POST.get("version", ""))
    uploads.delete_upload(request.user)
    counts = {
        name: sum(len(getattr(summary, name)) for summary in result.summaries) for name in ("new", "changed", "deleted")
    }
    message = _("The file was imported. Rows added: %(new)d, changed: %(changed)d, deleted: %(deleted)d.")
    messages.success(request, message % counts)
    return redirect("admin:programme_session_changelist")


def render_import_preview(
    request: HttpRequest, data: bytes, options: dict[str, Any], has_conflict: bool
) -> TemplateResponse:
    try:
        result = preview_import(data, **options)
    except ImportFailedError as error:
        return render_upload_page(request, ImportUploadForm(), error.groups)
    return render_page(
        request,
        "preview",
        _("Changes in this file"),
        status=409 if has_conflict else 200,
        result=result,
        sections=describe_changes(result.changes),
        has_conflict=has_conflict,
        **options,
    )


def render_upload_page(request: HttpRequest, form: forms.Form, problems: Sequence = ()) -> TemplateResponse:
    """Show the upload form with groups of problems."""
    return render_page(
        request,
        "import",
        _("Import programme"),
        form=form,
        problems=problems[:MAX_LISTED_PROBLEMS],
        unlisted=max(0, len(problems) - MAX_LISTED_PROBLEMS),
    )


def check_deletion_permission(request: HttpRequest, delete_missing: bool) -> bool:
    """Return delete_missing. Raises PermissionDenied if it is set and the user may not delete."""
    if delete_missing and not has_programme_permissions(request.user, "delete"):
        raise PermissionDenied(_("You do not have permission to delete programme entries."))
    return bool(delete_missing)


@import_permission_required
@require_safe
def import_template_view(request: HttpRequest) -> HttpResponse:
    return make_file_response(exports.build_import_template(), exports.XLSX_TYPE, "programme-template.xlsx")


# Export


@export_permission_required
@require_safe
def export_view(request: HttpRequest) -> HttpResponse:
    releases = Release.objects.without_content() if can_view_releases(request.user) else []
    return render_page(request, "export", _("Export programme"), releases=releases, tables=TABLES)


@export_permission_required
@require_safe
def export_draft_view(request: HttpRequest, file_format: str) -> HttpResponse:
    return render_export(file_format, "programme", exports.build_draft_records(), get_conference_time_zone())


@export_permission_required
@require_safe
def export_release_view(request: HttpRequest, number: int, file_format: str) -> HttpResponse:
    if not can_view_releases(request.user):
        raise PermissionDenied(_("You do not have permission to view releases."))
    document = Release.objects.filter(pk=number).values_list("document", flat=True).first()
    if document is None:
        raise Http404(_("No release has this number."))
    name = f"release-{number}"
    if file_format == "json":
        return make_file_response(exports.to_json(document), exports.JSON_TYPE, f"{name}.json")
    zone = exports.get_document_time_zone(document)
    return render_export(file_format, name, exports.build_release_records(document), zone)


def render_export(file_format: str, name: str, records: dict[str, list[dict]], zone: ZoneInfo) -> HttpResponse:
    """Return the records as a file; file_format is xlsx, csv, json, or the lower-case name of one table."""
    if file_format == "xlsx":
        return make_file_response(exports.to_xlsx(records, zone), exports.XLSX_TYPE, f"{name}.xlsx")
    if file_format == "csv":
        return make_file_response(exports.to_csv_zip(records, zone), exports.ZIP_TYPE, f"{name}-csv.zip")
    if file_format == "json":
        return make_file_response(exports.to_json(records), exports.JSON_TYPE, f"{name}.json")
    tables = {table.name.lower(): table.name for table in TABLES}
    if file_format in tables:
        content = exports.to_csv(records, zone, tables[file_format])
        return make_file_response(content, exports.CSV_TYPE, f"{name}-{file_format}.csv")
    raise Http404(_("This format is not available."))


def make_file_response(content: bytes, content_type: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, content_type, headers={"Content-Disposition": disposition})


def render_page(request: HttpRequest, name: str, title: object, *, status: int = 200, **context) -> TemplateResponse:
    context = admin.site.each_context(request) | {"title": title, "opts": Session._meta} | context
    return TemplateResponse(request, f"admin/programme/import_export/{name}.html", context, status=status)
