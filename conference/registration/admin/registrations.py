"""Who registers, at the organizers' desk: the list, what is decided about each, limits, and who looked at what."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList, IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import ModelForm
from django.http import QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from conference.core.admin import RestrictedLookupsMixin, get_version_token
from conference.core.countries import get_country_name
from conference.core.edit_conflicts import EditConflict
from conference.core.search import accent_insensitive_search
from conference.core.text import LocalizedText
from conference.core.versioning.formatting import RelatedNames, format_value, get_field_label
from conference.core.versioning.snapshot import get_field_values

from .. import formatting
from ..models import Registration
from ..permissions import BASIC_FIELDS, can_view_all_fields
from ..states import InvalidTransitionError
from ..workflow import edit_details, seats_locked
from . import bulk_actions, capacity, days, erasure, export, filters, review, statistics


class RegistrationChangeList(ChangeList):
    """A row leads to where it is decided about, and remembers how the list was narrowed."""

    def url_for_result(self, result):
        return reverse("admin:registration_registration_review", args=[result.pk])


class RegistrationDetailsForm(ModelForm):
    """What somebody told of themselves, put right by a registrar."""

    # Why it is not saved: sentences.
    conflict_messages = ()

    class Meta:
        model = Registration
        fields = [
            *("passport_name", "badge_name", "country", "organization", "function", "category"),
            *("gender", "languages", "email_language", "online_while_waitlisted"),
        ]

    def clean(self):
        for sentence in self.conflict_messages:
            self.add_error(None, ValidationError(sentence, code="refused"))
        return super().clean()


@admin.register(Registration)
class RegistrationAdmin(RestrictedLookupsMixin, admin.ModelAdmin):
    """Registrations are made by those who come, decided about in the review, and never deleted, but erased."""

    form = RegistrationDetailsForm
    list_display = [
        *("name", "country_name", "organization", "category_name", "days", "status", "submitted"),
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
        (_("Preferences"), {"fields": ["languages", "email_language", "online_while_waitlisted", "gender"]}),
    ]

    class Media:
        css = {"all": ["css/registration-admin.css"]}

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("user", "category")
        return rows.prefetch_related("seats")

    def get_changelist(self, request, **kwargs):
        return RegistrationChangeList

    def get_list_filter(self, request):
        return filters.LIST_FILTERS if can_view_all_fields(request.user) else filters.BASIC_LIST_FILTERS

    def get_search_results(self, request, queryset, search_term):
        """Of a name on the passport and of an address knows nothing who does not see them."""
        seen = [*self.search_fields, *(["passport_name", "user__email"] if can_view_all_fields(request.user) else [])]
        return accent_insensitive_search(queryset, seen, search_term), False

    def get_fieldsets(self, request, obj=None):
        return self.fieldsets if can_view_all_fields(request.user) else [(None, {"fields": BASIC_FIELDS})]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_decide_permission(self, request):
        return request.user.has_perm("registration.decide")

    def get_urls(self):
        return [
            *review.get_review_urls(self),
            *days.get_days_urls(self),
            *bulk_actions.get_bulk_action_urls(self),
            *export.get_export_urls(self),
            *statistics.get_statistics_urls(self),
            *erasure.get_erasure_urls(self),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied(_("You do not have permission to view registrations."))
        context = {
            "title": capfirst(self.opts.verbose_name_plural),
            "in_sight": capacity.capacity_overview(),
            "key": formatting.seat_badge_legend(),
            "query": filters.filter_params(request.GET),
            "may_export": request.user.has_perm("registration.export"),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def filtered_queryset(self, request, query):
        """The registrations that the list shows under this query string, on all of its pages."""
        asked = filters.filter_params(QueryDict(query))
        again = filters.with_query(request, asked)
        try:
            return self.get_changelist_instance(again).get_queryset(again)
        except IncorrectLookupParameters:
            return self.get_queryset(request).none()

    def history_view(self, request, object_id, extra_context=None):
        """What happened to it stands where it is decided about."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied(_("You do not have permission to view registrations."))
        return redirect(reverse("admin:registration_registration_review", args=[row.pk]) + "#history")

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Facts put right, over nothing but what was shown; what goes with no seat or state is told in the form."""
        row = self.get_object(request, unquote(object_id)) if object_id else None
        if row is None or request.method != "POST":
            more = {"token": get_version_token(row) if row else ""} | (extra_context or {})
            return super().changeform_view(request, object_id, form_url, more)
        try:
            with seats_locked():
                request.conflict_messages = self.describe_conflicts(row, request.POST.get("token", ""))
                # Whoever has read what is different may save over it.
                more = {"token": get_version_token(row)} | (extra_context or {})
                return super().changeform_view(request, object_id, form_url, more)
        except InvalidTransitionError as reason:
            request.conflict_messages = [str(reason)]
            return super().changeform_view(
                request, object_id, form_url, {"token": get_version_token(row)} | (extra_context or {})
            )

    def describe_conflicts(self, row, shown):
        """Sentences on what somebody else has changed since a page showed the row."""
        row.refresh_from_db()
        changed = [name for name in EditConflict(row, shown).changed_fields if name in self.form._meta.fields]
        names = RelatedNames(Registration, [get_field_values(row)])
        words = _("Not saved: “%(field)s” was changed to “%(value)s” after you opened this page. Your "
"entries are still in the form. Save again to keep them.")  # fmt: skip
        values = get_field_values(row)
        return [
            words
            % {
                "field": get_field_label(Registration, name),
                "value": format_value(Registration, name, values[name], names),
            }
            for name in changed
        ]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.conflict_messages = getattr(request, "conflict_messages", ())
        return form

    def save_model(self, request, obj, form, change):
        facts = {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}
        edit_details(Registration.objects.get(pk=obj.pk), facts, by=request.user)

    def log_change(self, request, obj, message):
        """The steps of a registration tell of it, and go with it when it is erased."""

    def response_change(self, request, obj):
        if "_continue" in request.POST:
            return super().response_change(request, obj)
        messages.success(request, _("“%(name)s” was saved.") % {"name": obj})
        return redirect("admin:registration_registration_review", obj.pk)

    @admin.display(description=_("name on the badge"), ordering="badge_name")
    def name(self, row):
        return row.badge_name

    @admin.display(description=_("country"), ordering="country")
    def country_name(self, row):
        return get_country_name(row.country.code)

    @admin.display(description=_("category"), ordering="category__order")
    def category_name(self, row):
        return str(LocalizedText.of(row.category, "name"))

    @admin.display(description=_("submitted at"), ordering="submitted_at")
    def submitted(self, row):
        return date_format(timezone.localtime(row.submitted_at), "SHORT_DATE_FORMAT")

    @admin.display(description=_("days"))
    def days(self, row):
        return formatting.seat_badges_html(row.seats.all())
