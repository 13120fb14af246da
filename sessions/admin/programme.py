"""The programme at the organizers' desk: sessions, rooms, themes, and publishing them."""

from django.contrib import admin
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conference.core.admin import ContentModelAdmin, ContentModelForm, ContentTabularInline, per_language
from conference.core.polling import NotLoadedError
from sessions.admin.checks import ChecksAdminMixin
from sessions.admin.filters import SessionDayFilter, SpeakerStatusFilter
from sessions.admin.forms import make_row_form

from ..models import Participation, Release, Room, Session, SessionLink, Theme
from ..releases import current
from . import actions, import_export, timetable_editor
from .releases import ReleaseAdmin

# So many names stand in a list.
MAX_NAMES = 2


@admin.register(Room)
class RoomAdmin(ChecksAdminMixin, ContentModelAdmin):
    list_display = ["name_en", "name_vi", "place_en", "online", "capacity", "order"]
    list_filter = ["online"]
    search_fields = ["name_en", "name_vi", "place_en", "place_vi"]
    prepopulated_fields = {"slug": ["name_en"]}
    fieldsets = [
        (None, {"fields": [per_language("name"), "slug", "online", "capacity", ("opens_at", "closes_at"), "order"]}),
        (_("Directions"), {"fields": [per_language("place"), per_language("access")]}),
    ]


@admin.register(Theme)
class ThemeAdmin(ChecksAdminMixin, ContentModelAdmin):
    list_display = ["name_en", "name_vi", "number", "colour", "sign"]
    list_filter = ["colour"]
    search_fields = ["name_en", "name_vi"]
    prepopulated_fields = {"slug": ["name_en"]}
    fieldsets = [
        (None, {"fields": [per_language("name"), "slug", "number", per_language("description")]}),
        (_("Display"), {"fields": [("colour", "sign")]}),
    ]


class ParticipationInline(ContentTabularInline):
    model = Participation
    fields = ["role", "speaker", *per_language("placeholder"), "online", "confirmed", "order"]
    autocomplete_fields = ["speaker"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("speaker")


class SessionLinkInline(ContentTabularInline):
    model = SessionLink
    fields = ["kind", "url", *per_language("label"), "order"]


class SessionForm(ContentModelForm):
    def clean(self):
        data = super().clean()
        self.validate_range("starts_at", "ends_at", _("The end must be after the start."))
        return data


@admin.register(Session)
class SessionAdmin(ChecksAdminMixin, ContentModelAdmin):
    form = SessionForm
    list_display = ["title_en", "starts_at", "ends_at", "room", "status", "speaker_names"]
    list_editable = ["starts_at", "ends_at", "room"]
    list_filter = [SessionDayFilter, "room", "themes", "status", "kind", SpeakerStatusFilter]
    list_select_related = ["room"]
    actions = actions.ACTIONS
    search_fields = ["title_en", "title_vi", "participations__speaker__name_en", "participations__speaker__name_vi"]
    prepopulated_fields = {"slug": ["title_en"]}
    save_on_top = True
    inlines = [ParticipationInline, SessionLinkInline]
    formfield_overrides = ContentModelAdmin.formfield_overrides | {
        models.ManyToManyField: {"widget": CheckboxSelectMultiple}
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

    def get_queryset(self, request):
        people = Participation.objects.select_related("speaker")
        return super().get_queryset(request).prefetch_related(models.Prefetch("participations", people))

    def lookup_allowed(self, lookup, value, request):
        """Days have a filter of their own; others on times would stumble over the year 99999."""
        return not lookup.startswith(("starts_at__", "ends_at__")) and super().lookup_allowed(lookup, value, request)

    def changelist_view(self, request, extra_context=None):
        allowed = {
            "may_import": import_export.can_import(request.user),
            "may_export": import_export.can_export(request.user),
        }
        return super().changelist_view(request, allowed | (extra_context or {}))

    def get_changelist_form(self, request, **kwargs):
        return make_row_form()

    def get_urls(self):
        site = self.admin_site
        return [
            *timetable_editor.get_timetable_urls(site),
            *actions.get_duplicate_urls(site),
            *import_export.get_import_export_urls(site),
            *super().get_urls(),
        ]

    def response_add(self, request, obj, post_url_continue=None):
        return actions.redirect_to_preview(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return actions.redirect_to_preview(request, obj) or super().response_change(request, obj)

    @admin.display(description=_("speakers"))
    def speaker_names(self, session):
        names = [str(part.speaker or part.placeholder_en) for part in session.participations.all()]
        if len(names) <= MAX_NAMES:
            return ", ".join(names)
        words = {"names": ", ".join(names[:MAX_NAMES]), "n": len(names) - MAX_NAMES}
        return ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", words["n"]) % words

    def view_on_site(self, session):
        """The public page, at the address it was published under; None for what is not published."""
        try:
            published = next((s for s in current.get_programme().sessions if s.id == session.pk), None)
        except NotLoadedError:
            return None
        return published and Session(slug=published.slug).get_absolute_url()


admin.site.register(Release, ReleaseAdmin)
