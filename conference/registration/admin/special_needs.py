"""What people need and eat, for those who arrange it: a list by name and day, and each person's. Whoever opens either
is written down, once for each person that is shown."""

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .. import formatting
from ..models import NeedsAccessLog, SpecialNeeds
from ..states import CLOSED_STATUSES
from .export import get_special_needs_export_urls

TEMPLATE_DIR = "admin/registration"
safe_only = method_decorator(require_safe)


@admin.register(SpecialNeeds)
class SpecialNeedsAdmin(admin.ModelAdmin):
    class Media:
        css = {"all": ["css/registration-admin.css"]}

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        return [*get_special_needs_export_urls(self), *super().get_urls()]

    @safe_only
    def changelist_view(self, request, extra_context=None):
        """Of everybody who is not declined or cancelled and needs something."""
        self.require_view_permission(request)
        return self.render_page(
            request, "needs", {"title": _("Accessibility and dietary needs"), "needs": self.log_access_to_all(request)}
        )

    @safe_only
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if object_id is None:
            raise PermissionDenied(_("These details can be entered only by the participant."))
        found = self.get_needs(request, object_id)
        title = _("Accessibility and dietary needs of “%(name)s”") % {"name": found.registration.badge_name}
        context = {"title": title, "needs": log_access([found], by=request.user), "one": found}
        return self.render_page(request, "needs", context)

    @safe_only
    def history_view(self, request, object_id, extra_context=None):
        """Who looked at them."""
        found = self.get_needs(request, object_id)
        title = _("Access log for the needs of “%(name)s”") % {"name": found.registration.badge_name}
        openings = found.access_logs.select_related("by")
        return self.render_page(request, "openings", {"title": title, "openings": openings, "one": found})

    def log_access_to_all(self, request):
        return log_access(stated_needs(), by=request.user)

    def require_view_permission(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied(_("You do not have permission to view accessibility and dietary needs."))

    def get_needs(self, request, object_id):
        self.require_view_permission(request)
        try:
            key = SpecialNeeds._meta.pk.to_python(unquote(object_id))
        except ValidationError as error:
            raise Http404 from error
        found = stated_needs(everybody=True).filter(pk=key).first()
        if found is None:
            raise Http404
        return found

    def render_page(self, request, name, context):
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "key": formatting.seat_badge_legend(),
            "sees_registrations": request.user.has_perm("registration.view_registration"),
        } | context  # fmt: skip
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"{TEMPLATE_DIR}/{name}.html", context)


def stated_needs(*, everybody=False):
    """Needs that say something, of those who come or may come, by name; in three queries."""
    rows = SpecialNeeds.objects.exclude(Q(access="") & Q(diet="")).select_related("registration")
    rows = rows if everybody else rows.exclude(registration__status__in=CLOSED_STATUSES)
    return rows.prefetch_related("registration__seats").order_by("registration__badge_name", "pk")


def log_access(needs, *, by):
    """The same, and that somebody has seen them is written down."""
    needs = list(needs)
    NeedsAccessLog.objects.bulk_create([NeedsAccessLog(special_needs=row, by=by) for row in needs])
    return needs
