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

from . import day_marks
from .exporting_admin import file_of_needs
from .models import Needs, Opening
from .states import CLOSED

TEMPLATES = "admin/registration"
safe_only = method_decorator(require_safe)


class NeedsAdmin(admin.ModelAdmin):
    class Media:
        css = {"all": ["css/registrars.css"]}

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        return [*file_of_needs(self), *super().get_urls()]

    @safe_only
    def changelist_view(self, request, extra_context=None):
        """Of everybody who is not declined or cancelled and needs something."""
        self.refuse_others(request)
        return self._page(request, "needs", {"title": _("Needs and diet"), "needs": self.opened(request)})

    @safe_only
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if object_id is None:
            raise PermissionDenied(_("What people need they tell themselves."))
        found = self._found(request, object_id)
        title = _("Needs of “%(name)s”") % {"name": found.registration.badge_name}
        context = {"title": title, "needs": opened([found], by=request.user), "one": found}
        return self._page(request, "needs", context)

    @safe_only
    def history_view(self, request, object_id, extra_context=None):
        """Who looked at them."""
        found = self._found(request, object_id)
        title = _("Who looked at the needs of “%(name)s”") % {"name": found.registration.badge_name}
        openings = found.openings.select_related("by")
        return self._page(request, "openings", {"title": title, "openings": openings, "one": found})

    def opened(self, request):
        return opened(wanted(), by=request.user)

    def refuse_others(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied(_("Only those who arrange what people need may open it."))

    def _found(self, request, object_id):
        self.refuse_others(request)
        try:
            key = Needs._meta.pk.to_python(unquote(object_id))
        except ValidationError as error:
            raise Http404 from error
        found = wanted(everybody=True).filter(pk=key).first()
        if found is None:
            raise Http404
        return found

    def _page(self, request, name, context):
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "key": day_marks.key(),
            "sees_registrations": request.user.has_perm("registration.view_registration"),
        } | context  # fmt: skip
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"{TEMPLATES}/{name}.html", context)


def wanted(*, everybody=False):
    """Needs that say something, of those who come or may come, by name; in three queries."""
    rows = Needs.objects.exclude(Q(access="") & Q(diet="")).select_related("registration")
    rows = rows if everybody else rows.exclude(registration__state__in=CLOSED)
    return rows.prefetch_related("registration__seats").order_by("registration__badge_name", "pk")


def opened(needs, *, by):
    """The same, and that somebody has seen them is written down."""
    needs = list(needs)
    Opening.objects.bulk_create([Opening(needs=row, by=by) for row in needs])
    return needs
