"""Admin of special needs: a list and a page per participant. Each view of each participant's needs is logged."""

from collections.abc import Iterable, Mapping

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .. import formatting
from ..models import ADMITTED_STATUSES, CLOSED_STATUSES, NeedsAccessLog, Seat, SpecialNeeds
from ..needs import count_needs
from .base import admin_path, render_admin_page
from .export import export_special_needs_view

NEEDS_TEMPLATE = "admin/registration/special_needs.html"
ACCESS_LOG_TEMPLATE = "admin/registration/needs_access_log.html"
# Value of the parameter that also lists participants who are not approved or have no seat in person.
ALL_SCOPE = "all"
safe_only = method_decorator(require_safe)


@admin.register(SpecialNeeds)
class SpecialNeedsAdmin(admin.ModelAdmin):
    class Media:
        css = {"all": ["css/registration-admin.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        return [admin_path(self, "export/", export_special_needs_view, "export", ("POST",)), *super().get_urls()]

    @safe_only
    def changelist_view(self, request, extra_context=None) -> TemplateResponse:
        """Show and log the needs of those who come, with totals; with scope=all those of all open registrations."""
        self.require_view_permission(request)
        needs = self.log_access_in_scope(request, request.GET.get("scope", ""))
        context = {
            "title": _("Accessibility and dietary needs"),
            "needs": with_seat_badges(needs),
            "totals": count_needs(needs),
            "shows_all": request.GET.get("scope") == ALL_SCOPE,
            "number_of_others": open_needs().count() - attending_needs().count(),
        }
        return self.render_needs(request, NEEDS_TEMPLATE, context)

    @safe_only
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None) -> TemplateResponse:
        if object_id is None:
            raise PermissionDenied(_("These details can be entered only by the participant."))
        needs = self.get_needs(request, object_id)
        title = _("Accessibility and dietary needs of “%(name)s”") % {"name": needs.registration.badge_name}
        entries = with_seat_badges(log_access([needs], by=request.user))
        context = {"title": title, "needs": entries, "object": needs}
        return self.render_needs(request, NEEDS_TEMPLATE, context)

    @safe_only
    def history_view(self, request, object_id, extra_context=None) -> TemplateResponse:
        """Show who has viewed the needs of a participant."""
        needs = self.get_needs(request, object_id)
        title = _("Access log for the needs of “%(name)s”") % {"name": needs.registration.badge_name}
        context = {"title": title, "access_logs": needs.access_logs.select_related("by"), "object": needs}
        return self.render_needs(request, ACCESS_LOG_TEMPLATE, context)

    def log_access_in_scope(self, request: HttpRequest, scope: str) -> list[SpecialNeeds]:
        needs = open_needs() if scope == ALL_SCOPE else attending_needs()
        return log_access(needs, by=request.user)

    def require_view_permission(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied(_("You do not have permission to view accessibility and dietary needs."))

    def get_needs(self, request: HttpRequest, object_id: str) -> SpecialNeeds:
        """Return the needs with this key. Raises PermissionDenied, or Http404 if nothing was entered."""
        self.require_view_permission(request)
        try:
            key = SpecialNeeds._meta.pk.to_python(unquote(object_id))
        except ValidationError as error:
            raise Http404 from error
        needs = stated_needs().filter(pk=key).first()
        if needs is None:
            raise Http404
        return needs

    def render_needs(self, request: HttpRequest, template: str, context: Mapping) -> TemplateResponse:
        common = {
            "legend": formatting.seat_badge_legend(),
            "can_view_registrations": request.user.has_perm("registration.view_registration"),
        }
        return render_admin_page(self, request, template, {**common, **context})


def stated_needs() -> QuerySet[SpecialNeeds]:
    """Return the needs with any text, with their registrations and seats, ordered by name."""
    needs = SpecialNeeds.objects.exclude(Q(access="") & Q(diet="")).select_related("registration")
    return needs.prefetch_related("registration__seats").order_by("registration__badge_name", "pk")


def open_needs() -> QuerySet[SpecialNeeds]:
    """Return the stated needs of participants who are not declined or cancelled."""
    return stated_needs().exclude(registration__status__in=CLOSED_STATUSES)


def attending_needs() -> QuerySet[SpecialNeeds]:
    """Return the stated needs of approved participants with a confirmed seat in person."""
    seats = Seat.objects.confirmed_in_person().filter(registration=OuterRef("pk"))
    return stated_needs().filter(Exists(seats), registration__status__in=ADMITTED_STATUSES)


def log_access(needs: Iterable[SpecialNeeds], *, by: AbstractBaseUser) -> list[SpecialNeeds]:
    """Log that a user has viewed these needs, and return them as a list."""
    needs = list(needs)
    NeedsAccessLog.objects.bulk_create([NeedsAccessLog(special_needs=entry, by=by) for entry in needs])
    return needs


def with_seat_badges(needs: Iterable[SpecialNeeds]) -> list[tuple[SpecialNeeds, SafeString | str]]:
    """Return pairs of the needs and the badges of the participant's seats."""
    return [(entry, formatting.seat_badges_html(entry.registration.seats.all())) for entry in needs]
