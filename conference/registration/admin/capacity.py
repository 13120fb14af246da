"""How many are admitted at most: in sight of those who admit, and what follows where a limit is raised or lowered."""

import datetime
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, IntegerField, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conference.core.admin import (
    ContentModelAdmin,
    ContentModelForm,
    RestrictedLookupsMixin,
    annotate_form_field,
    per_language,
)
from conference.core.text import LocalizedText

from ..capacity import TAKEN_STATUSES, SeatCount, count_seats
from ..formatting import conference_days, format_day_and_mode
from ..models import Category, ConsentText, Mode, Quota, RegistrationSettings, Seat
from ..workflow import offer_available_seats, seats_locked


@dataclass(frozen=True)
class DayCapacity:
    """One day: a tally for each mode, in the order of the modes."""

    day: datetime.date
    counts: list


@dataclass(frozen=True)
class CategoryCapacity:
    key: int
    name: str
    count: SeatCount


@dataclass(frozen=True)
class CapacityOverview:
    modes: list
    days: list
    categories: list
    in_person: SeatCount

    @property
    def in_person_label(self):
        return _("Total on-site capacity")


def capacity_overview():
    """Every limit and what is taken of it, in as many queries however many there are."""
    found = count_seats()
    seated = {day for (day, _mode), tally in found.days.items() if tally.taken or tally.waitlisted}
    days = sorted({*conference_days(), *seated})
    return CapacityOverview(
        list(Mode),
        [DayCapacity(day, [(mode, found.for_day(day, mode)) for mode in Mode]) for day in days],
        [
            CategoryCapacity(row.pk, str(LocalizedText.of(row, "name")), found.for_category(row.pk))
            for row in listed_categories(found)
        ],
        found.in_person,
    )


def listed_categories(found):
    """Those that are open or hold seats."""
    return [row for row in Category.objects.all() if row.is_open or found.for_category(row.pk).taken]


def after_limit_change(request, before, after, taken, name):
    """After a limit was saved, within its transaction: offer what became free, or say what lowering it does not do.

    before and after are numbers or None (no limit), taken is how many hold what it limits, name is its words.
    """
    if before == after:
        return
    if after is not None and after < taken():
        messages.warning(request, format_lowered_limit(taken(), after, name))
    if after is None or (before is not None and after > before):
        offer_available_seats_and_report(request)


def offer_available_seats_and_report(request):
    """What is free, to those who wait."""
    offered = offer_available_seats()
    if offered:
        messages.success(request, format_offered(offered))


def format_lowered_limit(taken, limit, name):
    words = ngettext(
        "%(name)s: %(n)d seat is taken, and the limit is now %(limit)d. It is kept, but no other seat is given.",
        "%(name)s: %(n)d seats are taken, and the limit is now %(limit)d. They are kept, but "
        "no new seat is given until fewer than %(limit)d are taken.",
        taken,
    )
    return words % {"name": name, "n": taken, "limit": limit}


def format_offered(number):
    words = ngettext("%(n)d seat was offered to the wait list.", "%(n)d seats were offered to the wait list.", number)
    return words % {"n": number}


def limit_label(row):
    """What a row limits, in words."""
    if isinstance(row, Quota):
        return format_day_and_mode(row.day, row.mode)
    return str(LocalizedText.of(row, "name")) if isinstance(row, Category) else _("Total on-site capacity")


# The table of days and modes


def create_missing_quotas():
    """A row without a limit for each day of the conference and mode that has none."""
    known = set(Quota.objects.values_list("day", "mode"))
    wanted = [(day, mode.value) for day in conference_days() for mode in Mode]
    missing = [Quota(day=day, mode=mode) for day, mode in wanted if (day, mode) not in known]
    Quota.objects.bulk_create(missing, ignore_conflicts=True)


def annotate_counts(quotas):
    """The same rows, with taken_now and waiting_now."""
    return quotas.annotate(
        taken_count=count_subquery(TAKEN_STATUSES), waitlisted_count=count_subquery([Seat.Status.WAITLISTED])
    )


def count_subquery(states):
    seats = Seat.objects.order_by().filter(day=OuterRef("day"), mode=OuterRef("mode"), status__in=states)
    return Coalesce(Subquery(seats.values("day").annotate(n=Count("pk")).values("n")), 0, output_field=IntegerField())


class QuotaForm(forms.ModelForm):
    """One row of the table. Its input has no label to be seen, so it says whose it is."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        words = {"field": self.fields["seats"].label, "title": limit_label(self.instance) if self.instance.pk else ""}
        self.fields["seats"].widget.attrs["aria-label"] = _("%(field)s of “%(title)s”") % words


class CapacityAdmin(RestrictedLookupsMixin, ContentModelAdmin):
    """What is raised is given to those who wait, and what is lowered is taken from nobody: in the same transaction."""

    def count_taken(self, row):
        """How many hold what this row limits."""
        raise NotImplementedError

    def save_model(self, request, obj, form, change):
        with seats_locked():
            before = form.initial.get("seats") if change else obj.seats
            super().save_model(request, obj, form, change)
            after_limit_change(request, before, obj.seats, lambda: self.count_taken(obj), limit_label(obj))

    def revert_view(self, request, object_id, moment):
        """A limit that is set back may be a higher one."""
        with transaction.atomic():
            response = super().revert_view(request, object_id, moment)
            if request.method == "POST" and response.status_code == 302:
                offer_available_seats_and_report(request)
            return response


@admin.register(Quota)
class QuotaAdmin(CapacityAdmin):
    """A row for each day of the conference in each mode: all of them are there once somebody looks."""

    list_display = ["name", "seats", "taken_count", "waitlisted_count"]
    list_editable = ["seats"]
    readonly_fields = ["day", "mode"]
    fields = ["day", "mode", "seats"]
    list_per_page = 200
    keeps_what_is_deleted = False

    class Media:
        css = {"all": ["css/registration-admin.css"]}

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return annotate_counts(super().get_queryset(request))

    def changelist_view(self, request, extra_context=None):
        if request.method == "GET" and self.has_change_permission(request):
            create_missing_quotas()
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def get_changelist_form(self, request, **kwargs):
        return QuotaForm

    def taken(self, row):
        return count_seats().for_day(row.day, row.mode).taken

    @admin.display(description=_("day and mode"), ordering="day")
    def name(self, row):
        return limit_label(row)

    @admin.display(description=_("taken"))
    def taken_count(self, row):
        return row.taken_count

    @admin.display(description=_("waitlisted"))
    def waitlisted_count(self, row):
        return row.waitlisted_count


@admin.register(Category)
class CategoryAdmin(CapacityAdmin):
    form = ContentModelForm
    list_display = ["name_en", "name_vi", "needs_approval", "seats", "is_open", "order"]
    list_filter = ["needs_approval", "is_open"]
    search_fields = ["name_en", "name_vi", "slug"]
    prepopulated_fields = {"slug": ["name_en"]}
    fieldsets = [
        (None, {"fields": [per_language("name"), "slug", per_language("description")]}),
        (_("Admission"), {"fields": ["needs_approval", "seats", "is_open", "order"]}),
    ]

    def taken(self, row):
        return count_seats().for_category(row.pk).taken


@admin.register(RegistrationSettings)
class RegistrationSettingsAdmin(CapacityAdmin):
    fields = ["seats", "offer_hours", "erase_on"]
    keeps_what_is_deleted = False

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        """There is one house: straight to it."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        RegistrationSettings.objects.get_or_create(pk=1)
        return redirect("admin:registration_registrationsettings_change", 1)

    def taken(self, row):
        return count_seats().in_person.taken


@admin.register(ConsentText)
class ConsentTextAdmin(RestrictedLookupsMixin, admin.ModelAdmin):
    """What people agree to. A text is never changed: a new one is a new version, asked for within a second."""

    list_display = ["__str__", "created_at", "is_current"]
    fields = [per_language("text")]
    formfield_overrides = ContentModelAdmin.formfield_overrides

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return annotate_form_field(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def get_fields(self, request, obj=None):
        return ["number", "created_at", "is_current", per_language("text")] if obj else self.fields

    def get_readonly_fields(self, request, obj=None):
        return ["number", "created_at", "is_current", *per_language("text")] if obj else []

    def get_changeform_initial_data(self, request):
        """A new version begins as the words of the current one."""
        current = ConsentText.objects.first()
        return {name: getattr(current, name) for name in per_language("text")} if current else {}

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.number = (ConsentText.objects.aggregate(last=Max("number"))["last"] or 0) + 1
        super().save_model(request, obj, form, change)

    @admin.display(description=_("current"), boolean=True)
    def is_current(self, consent):
        return consent.number == ConsentText.objects.aggregate(last=Max("number"))["last"]
