"""Limits at the organizers' desk, and what people agree to: seats of the days, categories, the house, consent."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from sessions.editing import EditingAdmin, EditingForm, both, told_apart

from . import limits
from .admission import holding_seats
from .lists import AskedByItsFilters
from .models import Category, Consent, House, Quota


class LimitAdmin(AskedByItsFilters, EditingAdmin):
    """What is raised is given to those who wait, and what is lowered is taken from nobody: in the same transaction."""

    def taken(self, row):
        """How many hold what this row limits."""
        raise NotImplementedError

    def save_model(self, request, obj, form, change):
        with holding_seats():
            before = form.initial.get("seats") if change else obj.seats
            super().save_model(request, obj, form, change)
            limits.follow_up(request, before, obj.seats, lambda: self.taken(obj), limits.called(obj))

    def revert_view(self, request, object_id, moment):
        """A limit that is set back may be a higher one."""
        with transaction.atomic():
            response = super().revert_view(request, object_id, moment)
            if request.method == "POST" and response.status_code == 302:
                limits.offer(request)
            return response


@admin.register(Quota)
class QuotaAdmin(LimitAdmin):
    """A row for each day of the conference in each mode: all of them are there once somebody looks."""

    list_display = ["name", "seats", "taken_now", "waiting_now"]
    list_editable = ["seats"]
    readonly_fields = ["day", "mode"]
    fields = ["day", "mode", "seats"]
    list_per_page = 200
    keeps_what_is_deleted = False

    class Media:
        css = {"all": ["css/registrars.css"]}

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return limits.with_tallies(super().get_queryset(request))

    def changelist_view(self, request, extra_context=None):
        if request.method == "GET" and self.has_change_permission(request):
            limits.make_what_is_missing()
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def get_changelist_form(self, request, **kwargs):
        return limits.SeatsForm

    def taken(self, row):
        return limits.counts().of(row.day, row.mode).taken

    @admin.display(description=_("day and mode"), ordering="day")
    def name(self, row):
        return limits.called(row)

    @admin.display(description=_("taken"))
    def taken_now(self, row):
        return row.taken_now

    @admin.display(description=_("waiting"))
    def waiting_now(self, row):
        return row.waiting_now


@admin.register(Category)
class CategoryAdmin(LimitAdmin):
    form = EditingForm
    list_display = ["name_en", "name_vi", "needs_approval", "seats", "is_open", "order"]
    list_filter = ["needs_approval", "is_open"]
    search_fields = ["name_en", "name_vi", "slug"]
    prepopulated_fields = {"slug": ["name_en"]}
    fieldsets = [
        (None, {"fields": [both("name"), "slug", both("description")]}),
        (_("Who is admitted"), {"fields": ["needs_approval", "seats", "is_open", "order"]}),
    ]

    def taken(self, row):
        return limits.counts().of_category(row.pk).taken


@admin.register(House)
class HouseAdmin(LimitAdmin):
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
        House.objects.get_or_create(pk=1)
        return redirect("admin:registration_house_change", 1)

    def taken(self, row):
        return limits.counts().house.taken


@admin.register(Consent)
class ConsentAdmin(AskedByItsFilters, admin.ModelAdmin):
    """What people agree to. A text is never changed: a new one is a new version, asked for within a second."""

    list_display = ["__str__", "created_at", "is_current"]
    fields = [both("text")]
    formfield_overrides = EditingAdmin.formfield_overrides

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return told_apart(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def get_fields(self, request, obj=None):
        return ["number", "created_at", "is_current", both("text")] if obj else self.fields

    def get_readonly_fields(self, request, obj=None):
        return ["number", "created_at", "is_current", *both("text")] if obj else []

    def get_changeform_initial_data(self, request):
        """A new version begins as the words of the current one."""
        current = Consent.objects.first()
        return {name: getattr(current, name) for name in both("text")} if current else {}

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.number = (Consent.objects.aggregate(last=Max("number"))["last"] or 0) + 1
        super().save_model(request, obj, form, change)

    @admin.display(description=_("current"), boolean=True)
    def is_current(self, consent):
        return consent.number == Consent.objects.aggregate(last=Max("number"))["last"]
