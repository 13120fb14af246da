"""Admin of badge batches: a form, a page with the progress, and the download."""

from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.http import prefers_json

from ...badges import files
from ...badges.batches import create_batch, render_parts
from ...models import BadgeBatch, ExportLog, Registration
from .. import filters
from ..base import READ_METHODS, admin_path, render_admin_page
from .forms import BadgeBatchForm

FORM_TEMPLATE = "admin/registration/badges/new_batch.html"
BATCH_TEMPLATE = "admin/registration/badges/batch.html"
# A request renders parts for this time, so that the page shows progress.
REQUEST_SECONDS = 3
FORBIDDEN = gettext_lazy("You do not have permission to print badges.")


def require_print_permission(request: HttpRequest) -> None:
    if not request.user.has_perm("registration.print_badges"):
        raise PermissionDenied(FORBIDDEN)


@admin.register(BadgeBatch)
class BadgeBatchAdmin(admin.ModelAdmin):
    """List of all batches, which is the record of what was printed, and the page of each."""

    list_display = ["created_at", "by", "number", "layout", "order", "file_state"]
    list_select_related = ["by", "layout"]
    list_filter = [("by", admin.RelatedOnlyFieldListFilter)]
    actions = None

    class Media:
        css = {"all": ["css/registration-admin.css", "css/badges.css"]}

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj=None) -> bool:
        return request.user.has_perm("registration.print_badges")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        return [
            admin_path(self, "<uuid:key>/render/", render_view, "render", ("POST",)),
            admin_path(self, "<uuid:key>/download/", download_view, "download", ("POST",)),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        return new_batch_view(self, request)

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        require_print_permission(request)
        if request.method not in READ_METHODS:
            return HttpResponseNotAllowed(READ_METHODS)
        batch = self.get_object(request, object_id)
        if batch is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return render_batch_page(self, request, batch)

    def history_view(self, request, object_id, extra_context=None) -> HttpResponse:
        require_print_permission(request)
        return redirect("admin:registration_badgebatch_change", object_id)

    @admin.display(description=gettext_lazy("file"))
    def file_state(self, batch: BadgeBatch) -> str:
        if batch.deleted_at:
            return _("deleted")
        return _("ready") if batch.is_finished else _("in progress")


def new_batch_view(model_admin: BadgeBatchAdmin, request: HttpRequest) -> HttpResponse:
    """Create a batch of the filtered registrations, and render its first parts."""
    require_print_permission(request)
    query = request.GET.urlencode()
    registrations = filtered_registrations(model_admin, request, query)
    form = BadgeBatchForm(request.POST if request.method == "POST" else None, registrations=registrations)
    if form.is_valid():
        data = form.cleaned_data
        batch = create_batch(form.selected, data["layout"], data["order"], request.user)
        render_parts(batch, seconds=REQUEST_SECONDS)
        return redirect("admin:registration_badgebatch_change", batch.pk)
    context = {"title": _("Print badges"), "form": form, "query": filters.filter_params(QueryDict(query))}
    return render_admin_page(model_admin, request, FORM_TEMPLATE, context)


def filtered_registrations(model_admin: BadgeBatchAdmin, request: HttpRequest, query: str) -> QuerySet[Registration]:
    """Return the registrations of the list with this query; all of them for users who may not view the list."""
    registration_admin = model_admin.admin_site.get_model_admin(Registration)
    if query and registration_admin.has_view_permission(request):
        return Registration.objects.filter(pk__in=registration_admin.filtered_queryset(request, query).values("pk"))
    return Registration.objects.all()


def render_batch_page(model_admin: BadgeBatchAdmin, request: HttpRequest, batch: BadgeBatch) -> HttpResponse:
    done = batch.prints.exclude(at=None).count()
    context = {"title": _("Badge batch"), "batch": batch, "done": min(done, batch.number)}
    return render_admin_page(model_admin, request, BATCH_TEMPLATE, context)


def render_view(model_admin: BadgeBatchAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    """Render the next parts. A script calls this again until the batch is finished; others press a button."""
    require_print_permission(request)
    batch = get_object_or_404(BadgeBatch, pk=key)
    render_parts(batch, seconds=REQUEST_SECONDS)
    if prefers_json(request):
        done = batch.prints.exclude(at=None).count()
        is_over = batch.is_finished or batch.deleted_at is not None
        return JsonResponse({"done": done, "number": batch.number, "is_over": is_over})
    return redirect("admin:registration_badgebatch_change", batch.pk)


def download_view(model_admin: BadgeBatchAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    """Return the finished file. Each download is logged."""
    require_print_permission(request)
    batch = get_object_or_404(BadgeBatch, pk=key)
    response = open_file(batch)
    if response is None:
        messages.error(request, _("This file is not ready, or it was deleted. Print the badges again."))
        return redirect(reverse("admin:registration_badgebatch_change", args=[batch.pk]))
    ExportLog.objects.create(by=request.user, format="badge", rows=batch.number)
    return response


def open_file(batch: BadgeBatch) -> FileResponse | None:
    """Return the finished file as a response; None if there is none."""
    if not batch.is_finished or batch.deleted_at:
        return None
    try:
        file = files.get_file(batch).open("rb")
    except OSError:
        return None
    name = f"badges-{timezone.localtime(batch.created_at):%Y-%m-%d-%H%M}.pdf"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/pdf")
