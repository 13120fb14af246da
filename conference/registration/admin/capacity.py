"""Admin of the capacity limits and of the consent text.

Raising a limit offers the new seats to the wait list; lowering it never takes a seat away. Both happen in the
transaction that saves the limit.
"""

import datetime
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, IntegerField, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from conference.core.admin.model_admin import (
    ContentModelAdmin,
    ContentModelForm,
    RestrictedLookupsMixin,
    annotate_form_field,
    per_language,
)
from conference.core.i18n.text import LocalizedText

from ..capacity import SeatCount, count_seats
from ..formatting import conference_days, format_day_and_mode
from ..models import TAKEN_STATUSES, Category, ConsentText, Entrance, Mode, Quota, RegistrationSettings, Seat
from ..workflow import offer_available_seats, seats_locked


@dataclass(frozen=True)
class DayCapacity:
    """Seat counts of one day, as pairs of a mode and its count."""

    day: datetime.date
    counts: list[tuple[Mode, SeatCount]]


@dataclass(frozen=True)
class CategoryCapacity:
    key: int
    name: str
    count: SeatCount


@dataclass(frozen=True)
class CapacityOverview:
    """Seat counts of all days, of the listed categories, and of the whole venue."""

    modes: list[Mode]
    days: list[DayCapacity]
    categories: list[CategoryCapacity]
    in_person: SeatCount

    @property
    def in_person_label(self) -> str:
        return gettext("Total on-site capacity")


def capacity_overview() -> CapacityOverview:
    """Return all limits and the seats taken of them. The number of queries does not depend on the data.

    Days outside the conference are included if anyone has a seat or waits for one. Closed categories are included
    if they have seats.
    """
    counts = count_seats()
    days_in_use = {day for (day, _mode), count in counts.days.items() if count.taken or count.waitlisted}
    days = sorted({*conference_days(), *days_in_use})
    categories = [
        category for category in Category.objects.all() if category.is_open or counts.for_category(category.pk).taken
    ]
    return CapacityOverview(
        list(Mode),
        [DayCapacity(day, [(mode, counts.for_day(day, mode)) for mode in Mode]) for day in days],
        [
            CategoryCapacity(category.pk, str(LocalizedText.of(category, "name")), counts.for_category(category.pk))
            for category in categories
        ],
        counts.in_person,
    )


def after_limit_change(
    request: HttpRequest, before: int | None, after: int | None, count_taken: Callable[[], int], name: str
) -> None:
    """Offer the seats of a raised limit, or warn if a lowered limit is below what is taken.

    before and after are numbers of seats, or None for no limit. count_taken returns how many are taken. name is the
    label of the limit in the warning. Called in the transaction that saves the limit.
    """
    if before == after:
        return
    if after is not None and after < (taken := count_taken()):
        messages.warning(request, format_lowered_limit(taken, after, name))
    if after is None or (before is not None and after > before):
        offer_available_seats_and_report(request)


def offer_available_seats_and_report(request: HttpRequest) -> None:
    offered = offer_available_seats()
    if offered:
        messages.success(request, format_offered(offered))


def format_lowered_limit(taken: int, limit: int, name: str) -> str:
    message = ngettext(
        "%(name)s: %(n)d seat is taken, and the limit is now %(limit)d. It is kept, but no new seat is assigned.",
        "%(name)s: %(n)d seats are taken, and the limit is now %(limit)d. They are kept, but "
        "no new seat is assigned until fewer than %(limit)d are taken.",
        taken,
    )
    return message % {"name": name, "n": taken, "limit": limit}


def format_offered(number: int) -> str:
    message = ngettext("%(n)d seat was offered to the wait list.", "%(n)d seats were offered to the wait list.", number)
    return message % {"n": number}


def limit_label(limit: Quota | Category | RegistrationSettings) -> str:
    """Return what a limit applies to: “7 December, in person”, the name of a category, or the whole venue."""
    if isinstance(limit, Quota):
        return format_day_and_mode(limit.day, limit.mode)
    if isinstance(limit, Category):
        return str(LocalizedText.of(limit, "name"))
    return gettext("Total on-site capacity")


def create_missing_quotas() -> None:
    """Create a quota without a limit for each conference day and mode that has none."""
    existing = set(Quota.objects.values_list("day", "mode"))
    expected = [(day, mode.value) for day in conference_days() for mode in Mode]
    missing = [Quota(day=day, mode=mode) for day, mode in expected if (day, mode) not in existing]
    Quota.objects.bulk_create(missing, ignore_conflicts=True)


def annotate_counts(quotas: QuerySet[Quota]) -> QuerySet[Quota]:
    """Add taken_count and waitlisted_count to each quota."""
    return quotas.annotate(
        taken_count=count_subquery(TAKEN_STATUSES), waitlisted_count=count_subquery([Seat.Status.WAITLISTED])
    )


def count_subquery(statuses: Collection[str]) -> Coalesce:
    seats = Seat.objects.order_by().filter(day=OuterRef("day"), mode=OuterRef("mode"), status__in=statuses)
    return Coalesce(Subquery(seats.values("day").annotate(n=Count("pk")).values("n")), 0, output_field=IntegerField())


class QuotaForm(forms.ModelForm):
    """Row of the editable list of quotas."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # The input has no visible label in the list.
        title = limit_label(self.instance) if self.instance.pk else ""
        label = _("%(field)s of “%(title)s”") % {"field": self.fields["seats"].label, "title": title}
        self.fields["seats"].widget.attrs["aria-label"] = label


class CapacityAdmin(RestrictedLookupsMixin, ContentModelAdmin):
    """Base of the admins of models with a limit in the field seats."""

    def count_taken(self, limit: Quota | Category | RegistrationSettings) -> int:
        """Return how many seats or people count towards this limit."""
        raise NotImplementedError

    def save_model(self, request, obj, form, change):
        with seats_locked():
            before = form.initial.get("seats") if change else obj.seats
            super().save_model(request, obj, form, change)
            after_limit_change(request, before, obj.seats, lambda: self.count_taken(obj), limit_label(obj))

    def revert_view(self, request: HttpRequest, object_id: str, revision_key: int) -> HttpResponse:
        """Restore an earlier version. Its limit may be higher, so seats may become available."""
        with transaction.atomic():
            response = super().revert_view(request, object_id, revision_key)
            if request.method == "POST" and response.status_code == 302:
                offer_available_seats_and_report(request)
            return response


@admin.register(Quota)
class QuotaAdmin(CapacityAdmin):
    """List with one editable row for each conference day and mode."""

    list_display = ["name", "seats", "taken_count", "waitlisted_count"]
    list_editable = ["seats"]
    readonly_fields = ["day", "mode"]
    fields = ["day", "mode", "seats"]
    list_per_page = 200
    can_restore_deleted = False

    class Media:
        css = {"all": ["css/registration-admin.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quota]:
        return annotate_counts(super().get_queryset(request))

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        if request.method == "GET" and self.has_change_permission(request):
            create_missing_quotas()
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def get_changelist_form(self, request: HttpRequest, **kwargs) -> type[QuotaForm]:
        return QuotaForm

    def count_taken(self, limit: Quota) -> int:
        return count_seats().for_day(limit.day, limit.mode).taken

    @admin.display(description=_("day and mode"), ordering="day")
    def name(self, quota: Quota) -> str:
        return limit_label(quota)

    @admin.display(description=_("taken"))
    def taken_count(self, quota: Quota) -> int:
        return quota.taken_count

    @admin.display(description=_("on the wait list"))
    def waitlisted_count(self, quota: Quota) -> int:
        return quota.waitlisted_count


class CategoryForm(ContentModelForm):
    class Meta:
        widgets = {"color": forms.ColorInput}


@admin.register(Category)
class CategoryAdmin(CapacityAdmin):
    form = CategoryForm
    list_display = ["name_en", "name_vi", "needs_approval", "seats", "is_open", "order"]
    list_filter = ["needs_approval", "is_open"]
    search_fields = ["name_en", "name_vi", "slug"]
    fieldsets = [
        (None, {"fields": [per_language("name"), "slug", per_language("description")]}),
        (_("Admission"), {"fields": ["needs_approval", "seats", "is_open", "order"]}),
        (_("Badge and check-in"), {"fields": ["color", per_language("handout")]}),
    ]

    def count_taken(self, limit: Category) -> int:
        return count_seats().for_category(limit.pk).taken

    def get_deleted_objects(self, objs: Iterable[Category], request: HttpRequest) -> tuple:
        """Refuse to delete the last categories of an entrance, which would then admit all others."""
        to_delete, counts, missing_permissions, protected = super().get_deleted_objects(objs, request)
        keys = {category.pk for category in objs}
        for entrance in Entrance.objects.filter(categories__in=keys).distinct().prefetch_related("categories"):
            if {category.pk for category in entrance.categories.all()} <= keys:
                message = gettext("Entrance “%(name)s”: without these categories, it would admit all others.")
                protected = [*protected, message % {"name": entrance}]
        return to_delete, counts, missing_permissions, protected


@admin.register(RegistrationSettings)
class RegistrationSettingsAdmin(CapacityAdmin):
    fields = ["seats", "offer_hours", "erase_after_days", "erase_on"]
    can_restore_deleted = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Redirect to the form of the only row, and create it if it is missing."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        RegistrationSettings.objects.get_or_create(pk=1)
        return redirect("admin:registration_registrationsettings_change", 1)

    def count_taken(self, limit: RegistrationSettings) -> int:
        return count_seats().in_person.taken


@admin.register(ConsentText)
class ConsentTextAdmin(RestrictedLookupsMixin, admin.ModelAdmin):
    """Numbered versions of the consent text. A version is never changed; the newest is the current one."""

    list_display = ["__str__", "created_at", "is_current"]
    fields = [per_language("text")]
    formfield_overrides = ContentModelAdmin.formfield_overrides

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return annotate_form_field(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def get_fields(self, request: HttpRequest, obj=None) -> list:
        return ["number", "created_at", "is_current", per_language("text")] if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj=None) -> list:
        return ["number", "created_at", "is_current", *per_language("text")] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str]:
        """Return the current text as the initial text of a new version."""
        current = ConsentText.objects.first()
        return {name: getattr(current, name) for name in per_language("text")} if current else {}

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change):
        obj.number = latest_consent_number() + 1
        super().save_model(request, obj, form, change)

    @admin.display(description=_("current"), boolean=True)
    def is_current(self, consent_text: ConsentText) -> bool:
        return consent_text.number == latest_consent_number()


def latest_consent_number() -> int:
    return ConsentText.objects.aggregate(latest=Max("number"))["latest"] or 0
