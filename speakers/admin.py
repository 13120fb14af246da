"""Admin of the speakers."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conference.core.admin.model_admin import ContentModelAdmin, ContentModelForm, ContentTabularInline, per_language
from conference.core.i18n.countries import get_country_name
from conference.core.i18n.text import normalize_for_search
from conference.core.polling import NotLoadedError
from sessions.admin.forms import ChecksAdminMixin
from sessions.releases import current

from .images.forms import PictureAdminMixin, PictureForm, PictureFormField
from .images.renditions import PORTRAIT
from .models import Speaker, SpeakerLink
from .names import make_sort_name


class SpeakerCountryFilter(admin.SimpleListFilter):
    """Filter by the countries of the speakers, sorted by name."""

    title = _("country or territory")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        codes = model_admin.model.objects.exclude(country="").order_by().values_list("country", flat=True).distinct()
        return sorted(
            ((code, get_country_name(code)) for code in codes), key=lambda pair: normalize_for_search(pair[1])
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet[Speaker]) -> QuerySet[Speaker]:
        return queryset.filter(country=self.value()) if self.value() else queryset


class SpeakerLinkInline(ContentTabularInline):
    model = SpeakerLink
    fields = ["kind", "url", *per_language("label"), "order"]


class SpeakerForm(ContentModelForm, PictureForm):
    picture_field = "portrait"
    picture = PictureFormField(PORTRAIT, label=_("portrait"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "sort_name" in self.fields:
            self.fields["sort_name"].required = False

    def clean(self) -> dict[str, Any]:
        """Make an empty name for sorting from the name."""
        data = super().clean()
        if "sort_name" in self.fields and not data.get("sort_name") and not self.has_error("sort_name"):
            data["sort_name"] = make_sort_name(data.get("name_en", ""), data.get("country", ""))
        return data


@admin.register(Speaker)
class SpeakerAdmin(ChecksAdminMixin, PictureAdminMixin, ContentModelAdmin):
    form = SpeakerForm
    list_display = ["name_en", "sort_name", "function_en", "organization_en", "country", "has_portrait"]
    list_filter = [SpeakerCountryFilter, ("portrait", admin.EmptyFieldListFilter)]
    # Only columns that the list or the autocomplete shows, so that each match is explained.
    search_fields = ["name_en", "name_vi", "sort_name", "organization_en"]
    save_on_top = True
    inlines = [SpeakerLinkInline]
    readonly_fields = ["session_titles"]
    fieldsets = [
        (None, {"fields": [per_language("name"), "sort_name", "slug"]}),
        (
            _("Details"),
            {
                "fields": [
                    per_language("honorific"),
                    per_language("function"),
                    per_language("organization"),
                    "country",
                    "gender",
                ]
            },
        ),
        (_("Biography"), {"fields": [per_language("biography")]}),
        (_("Portrait"), {"fields": ["picture", per_language("portrait_alt")]}),
        (_("In the programme"), {"fields": ["session_titles"]}),
    ]

    @admin.display(description=_("portrait"), boolean=True)
    def has_portrait(self, speaker: Speaker) -> bool:
        return speaker.portrait_id is not None

    @admin.display(description=_("sessions"))
    def session_titles(self, speaker: Speaker) -> str:
        return ", ".join(session.title_en for session in speaker.sessions.distinct())

    def view_on_site(self, speaker: Speaker) -> str | None:
        """Return the URL of the public page under its published slug; None if the speaker is not published."""
        try:
            published = next((s for s in current.get_programme().speakers if s.id == speaker.pk), None)
        except NotLoadedError:
            return None
        return published and Speaker(slug=published.slug).get_absolute_url()
