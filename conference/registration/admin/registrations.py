"""Admin of registrations: the list, the form for the details, and the additional pages."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList, IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from conference.accounts.email_ownership import delivery_email_query
from conference.core.admin.model_admin import RestrictedLookupsMixin
from conference.core.i18n.text import LocalizedText
from conference.core.search import accent_insensitive_search
from conference.core.versioning.edit_conflicts import EditConflict, make_version_token
from conference.core.versioning.formatting import RelatedNames, format_value, get_field_label
from conference.core.versioning.snapshot import get_field_values

from .. import formatting
from ..models import Registration
from ..states import InvalidTransitionError
from ..tickets.issuance import find_tickets_by_number
from ..workflow import edit_details, seats_locked
from . import bulk_actions, capacity, filters
from .badges.single import badge_urls
from .base import BASIC_FIELDS, READ_METHODS, admin_path, can_view_all_fields
from .days import edit_days_view
from .erasure import erase_view
from .export import export_view
from .on_site import get_on_site_urls
from .review import review_view
from .statistics import statistics_view


class RegistrationChangeList(ChangeList):
    """List whose rows link to the review page."""

    def url_for_result(self, result: Registration) -> str:
        return reverse("admin:registration_registration_review", args=[result.pk])


class RegistrationDetailsForm(ModelForm):
    # Sentences that explain why nothing was saved; set by RegistrationAdmin.
    conflict_messages = ()

    class Meta:
        model = Registration
        fields = [
            *("passport_name", "badge_name", "country", "organization", "function", "category"),
            *("languages", "email_language", "online_while_waitlisted"),
        ]

    def clean(self) -> dict:
        for message in self.conflict_messages:
            self.add_error(None, ValidationError(message, code="conflict"))
        return super().clean()


def details_token(registration: Registration) -> str:
    """Return the version token of the fields in the form. Hashes of other fields would disclose short values."""
    values = get_field_values(registration)
    return make_version_token({name: values[name] for name in RegistrationDetailsForm._meta.fields})


@admin.register(Registration)
class RegistrationAdmin(RestrictedLookupsMixin, admin.ModelAdmin):
    """Admin without adding and deleting: participants register themselves, and erasure has its own page."""

    form = RegistrationDetailsForm
    list_display = [
        *("name", "country_name", "organization", "category_name", "days", "status", "submitted_on"),
    ]
    list_filter = filters.LIST_FILTERS
    list_per_page = 50
    list_max_show_all = 500
    show_facets = admin.ShowFacets.NEVER
    actions = bulk_actions.CHANGELIST_ACTIONS
    search_fields = ["badge_name", "organization"]
    fieldsets = [
        (None, {"fields": ["passport_name", "badge_name", "country"]}),
        (_("Category and purpose"), {"fields": ["organization", "function", "category"]}),
        (_("Preferences"), {"fields": ["languages", "email_language", "online_while_waitlisted"]}),
    ]

    class Media:
        css = {"all": ["css/registration-admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Registration]:
        return super().get_queryset(request).select_related("user", "category").prefetch_related("seats")

    def get_changelist(self, request: HttpRequest, **kwargs) -> type[ChangeList]:
        return RegistrationChangeList

    def get_list_filter(self, request: HttpRequest) -> list:
        return filters.LIST_FILTERS if can_view_all_fields(request.user) else filters.BASIC_LIST_FILTERS

    def get_search_results(self, request, queryset, search_term) -> tuple[QuerySet[Registration], bool]:
        """Search only the fields that the user may see, or for the number of a ticket."""
        tickets = find_tickets_by_number(search_term)
        if tickets.exists():
            return queryset.filter(pk__in=tickets.values("registration")), False
        fields = list(self.search_fields)
        if can_view_all_fields(request.user):
            queryset = queryset.annotate(proved_email=delivery_email_query("user"))
            fields += ["passport_name", "proved_email"]
        return accent_insensitive_search(queryset, fields, search_term), False

    def get_fieldsets(self, request: HttpRequest, obj=None) -> list:
        return self.fieldsets if can_view_all_fields(request.user) else [(None, {"fields": BASIC_FIELDS})]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("registration.decide")

    def get_urls(self) -> list[URLPattern]:
        return [
            admin_path(self, "<uuid:key>/review/", review_view, "review"),
            admin_path(self, "<uuid:key>/days/", edit_days_view, "days"),
            admin_path(self, "<uuid:key>/erase/", erase_view, "erase"),
            *badge_urls(self),
            admin_path(self, "bulk-action/", bulk_actions.bulk_action_view, "bulk_action", ("POST",)),
            admin_path(self, "export/", export_view, "export"),
            admin_path(self, "statistics/", statistics_view, "statistics", READ_METHODS),
            *get_on_site_urls(self),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied(_("You do not have permission to view registrations."))
        context = {
            "title": capfirst(self.opts.verbose_name_plural),
            "capacity": capacity.capacity_overview(),
            "legend": formatting.seat_badge_legend(),
            "query": filters.filter_params(request.GET),
            "can_export": request.user.has_perm("registration.export"),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def filtered_queryset(self, request: HttpRequest, query: str) -> QuerySet[Registration]:
        """Return the registrations on all pages of the list with this query string."""
        list_request = filters.with_query(request, filters.filter_params(QueryDict(query)))
        try:
            return self.get_changelist_instance(list_request).get_queryset(list_request)
        except IncorrectLookupParameters:
            return self.get_queryset(request).none()

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict | None = None) -> HttpResponse:
        """Redirect to the history on the review page."""
        registration = self.get_object(request, unquote(object_id))
        if registration is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, registration):
            raise PermissionDenied(_("You do not have permission to view registrations."))
        return redirect(reverse("admin:registration_registration_review", args=[registration.pk]) + "#history")

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None) -> HttpResponse:
        """Show or save the details.

        Concurrent changes are shown first; saving again overwrites them. Changes that the seats or the status do not
        allow are reported in the form.
        """
        registration = self.get_object(request, unquote(object_id)) if object_id else None
        if registration is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        if request.method != "POST":
            context = {"token": details_token(registration)} | (extra_context or {})
            return super().changeform_view(request, object_id, form_url, context)
        try:
            with seats_locked():
                request.conflict_messages = self.describe_conflicts(registration, request.POST.get("token", ""))
                context = {"token": details_token(registration)} | (extra_context or {})
                return super().changeform_view(request, object_id, form_url, context)
        except InvalidTransitionError as error:
            request.conflict_messages = [str(error)]
            context = {"token": details_token(registration)} | (extra_context or {})
            return super().changeform_view(request, object_id, form_url, context)

    def describe_conflicts(self, registration: Registration, token: str) -> list[str]:
        """Return a sentence for each field that has changed since the page with this version token."""
        registration.refresh_from_db()
        values = get_field_values(registration)
        related_names = RelatedNames(Registration, [values])
        changed = EditConflict(registration, token, only=self.form._meta.fields).changed_fields
        message = _("Not saved: “%(field)s” was changed to “%(value)s” after you opened this page. Your "
"entries are still in the form. Save again to keep them.")  # fmt: skip
        return [
            message
            % {
                "field": get_field_label(Registration, name),
                "value": format_value(Registration, name, values[name], related_names),
            }
            for name in changed
        ]

    def get_form(self, request, obj=None, change=False, **kwargs) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.conflict_messages = getattr(request, "conflict_messages", ())
        return form

    def save_model(self, request, obj, form, change) -> None:
        data = {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}
        edit_details(Registration.objects.get(pk=obj.pk), data, by=request.user)

    def log_change(self, request, obj, message) -> None:
        """Write no LogEntry: it would outlive the erasure. RegistrationEvent records the changes."""

    def response_change(self, request, obj) -> HttpResponse:
        if "_continue" in request.POST:
            return super().response_change(request, obj)
        messages.success(request, _("“%(name)s” was saved.") % {"name": obj})
        return redirect("admin:registration_registration_review", obj.pk)

    @admin.display(description=_("name on the badge"), ordering="badge_name")
    def name(self, registration: Registration) -> str:
        return registration.badge_name

    @admin.display(description=_("country"), ordering="country")
    def country_name(self, registration: Registration) -> str:
        return registration.country_name or "–"

    @admin.display(description=_("category"), ordering="category__order")
    def category_name(self, registration: Registration) -> str:
        return str(LocalizedText.of(registration.category, "name"))

    @admin.display(description=_("submitted at"), ordering="submitted_at")
    def submitted_on(self, registration: Registration) -> str:
        return date_format(timezone.localtime(registration.submitted_at), "SHORT_DATE_FORMAT")

    @admin.display(description=_("days"))
    def days(self, registration: Registration) -> str:
        return formatting.seat_badges_html(registration.seats.all())
