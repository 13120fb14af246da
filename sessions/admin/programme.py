"""ModelAdmins of sessions, rooms and themes, and the registration of releases."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conference.core.admin.model_admin import ContentModelAdmin, ContentTabularInline, per_language
from conference.core.polling import NotLoadedError

from ..models import Participation, Release, Room, Session, SessionLink, Theme
from ..releases import current, preview_pages
from .actions import ACTIONS
from .bulk_move_views import get_bulk_move_urls
from .checks import get_checks_urls
from .duplicate import get_duplicate_urls
from .filters import SessionDayFilter, SpeakerStatusFilter, parse_day
from .forms import ChecksAdminMixin, EndField, ParticipationForm, SessionForm, make_row_form
from .import_export import can_export, can_import, get_import_export_urls
from .releases import ReleaseAdmin
from .timetable_editor import get_timetable_urls

MAX_SPEAKER_NAMES = 2


@admin.register(Room)
class RoomAdmin(ChecksAdminMixin, ContentModelAdmin):
    list_display = ["name_en", "name_vi", "place_en", "online", "capacity", "order"]
    list_filter = ["online"]
    search_fields = ["name_en", "name_vi", "place_en", "place_vi"]
    fieldsets = [
        (None, {"fields": [per_language("name"), "slug", "online", "capacity", ("opens_at", "closes_at"), "order"]}),
        (_("Directions"), {"fields": [per_language("place"), per_language("access")]}),
    ]


@admin.register(Theme)
class ThemeAdmin(ChecksAdminMixin, ContentModelAdmin):
    list_display = ["name_en", "name_vi", "number", "colour", "sign"]
    list_filter = ["colour"]
    search_fields = ["name_en", "name_vi"]
    fieldsets = [
        (None, {"fields": [per_language("name"), "slug", "number", per_language("description")]}),
        (_("Display"), {"fields": [("colour", "sign")]}),
    ]


class ParticipationInline(ContentTabularInline):
    model = Participation
    form = ParticipationForm
    fields = ["role", "speaker", *per_language("placeholder"), "online", "confirmed", "order"]
    autocomplete_fields = ["speaker"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Participation]:
        return super().get_queryset(request).select_related("speaker")


class SessionLinkInline(ContentTabularInline):
    model = SessionLink
    fields = ["kind", "url", *per_language("label"), "order"]


@admin.register(Session)
class SessionAdmin(ChecksAdminMixin, ContentModelAdmin):
    class Media:
        js = [forms.Script("js/session-times.js", defer=True)]

    form = SessionForm
    list_display = ["title_en", "starts_at", "ends_at", "room", "status", "speaker_names"]
    list_editable = ["starts_at", "ends_at", "room"]
    list_filter = [SessionDayFilter, "room", "themes", "status", "kind", SpeakerStatusFilter]
    list_select_related = ["room"]
    actions = ACTIONS
    search_fields = ["title_en", "title_vi", "participations__speaker__name_en", "participations__speaker__name_vi"]
    save_on_top = True
    inlines = [ParticipationInline, SessionLinkInline]
    formfield_overrides = ContentModelAdmin.formfield_overrides | {
        models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}
    }
    fieldsets = [
        (None, {"fields": [per_language("title"), "slug", ("kind", "status", "format")]}),
        (_("Date and place"), {"fields": [("starts_at", "ends_at"), "room"]}),
        (
            _("Content"),
            {"fields": [per_language("summary"), per_language("description"), per_language("notice"), "themes"]},
        ),
        (_("Languages"), {"fields": [("languages", "interpretation"), ("captions", "sign_languages")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Session]:
        participations = Participation.objects.select_related("speaker")
        return super().get_queryset(request).prefetch_related(models.Prefetch("participations", participations))

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> forms.Field:
        if db_field.name == "ends_at":
            kwargs["form_class"] = EndField
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        # Django's own lookups on times fail on a year such as 99999; SessionDayFilter does not use them.
        return not lookup.startswith(("starts_at__", "ends_at__")) and super().lookup_allowed(lookup, value, request)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        permissions = {"can_import": can_import(request.user), "can_export": can_export(request.user)}
        return super().changelist_view(request, permissions | (extra_context or {}))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the initial values of a new session; day=2020-12-07 in the query string gives its date."""
        initial = super().get_changeform_initial_data(request)
        day = parse_day(initial.pop("day", ""))
        return ({"starts_at": [day, None], "ends_at": [day, None]} if day else {}) | initial

    def get_changelist_form(self, request: HttpRequest, **kwargs) -> type[forms.ModelForm]:
        return make_row_form()

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        return [
            *get_timetable_urls(site),
            *get_bulk_move_urls(site),
            *get_checks_urls(site),
            *get_duplicate_urls(site),
            *get_import_export_urls(site),
            *super().get_urls(),
        ]

    def response_add(self, request: HttpRequest, obj: Session, post_url_continue: str | None = None) -> HttpResponse:
        return redirect_to_preview(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Session) -> HttpResponse:
        return redirect_to_preview(request, obj) or super().response_change(request, obj)

    @admin.display(description=_("speakers"))
    def speaker_names(self, session: Session) -> str:
        names = [
            str(participation.speaker or participation.placeholder_en) for participation in session.participations.all()
        ]
        if len(names) <= MAX_SPEAKER_NAMES:
            return ", ".join(names)
        values = {"names": ", ".join(names[:MAX_SPEAKER_NAMES]), "n": len(names) - MAX_SPEAKER_NAMES}
        return ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", values["n"]) % values

    def view_on_site(self, session: Session) -> str | None:
        """Return the URL of the public page, under the published slug; None for an unpublished session."""
        try:
            published = next((s for s in current.get_programme().sessions if s.id == session.pk), None)
        except NotLoadedError:
            return None
        return published and Session(slug=published.slug).get_absolute_url()


def redirect_to_preview(request: HttpRequest, session: Session) -> HttpResponse | None:
    """Redirect to the preview of the session if it was saved with “Save and preview”."""
    return redirect(preview_pages.get_session_preview_url(session)) if "_preview" in request.POST else None


admin.site.register(Release, ReleaseAdmin)
