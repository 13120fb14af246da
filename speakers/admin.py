"""The people on stage at the organizers' desk."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from sessions import current
from sessions.editing import EditingAdmin, EditingForm, EditingInline, both
from sessions.live import NotReady
from sessions.text import fold

from .forms import PictureAdmin, PictureForm, PictureFormField
from .models import Speaker, SpeakerLink
from .naming import country_name
from .pictures import PORTRAIT


class CountryFilter(admin.SimpleListFilter):
    """Only the countries that somebody comes from, by name."""

    title = _("country or territory")
    parameter_name = "country"

    def lookups(self, request, model_admin):
        codes = model_admin.model.objects.exclude(country="").order_by().values_list("country", flat=True).distinct()
        return sorted(((code, country_name(code)) for code in codes), key=lambda pair: fold(pair[1]))

    def queryset(self, request, queryset):
        return queryset.filter(country=self.value()) if self.value() else queryset


class SpeakerLinkInline(EditingInline):
    model = SpeakerLink
    fields = ["kind", "url", *both("label"), "order"]


class SpeakerForm(EditingForm, PictureForm):
    picture_field = "portrait"
    picture = PictureFormField(PORTRAIT, label=_("portrait"))


@admin.register(Speaker)
class SpeakerAdmin(PictureAdmin, EditingAdmin):
    form = SpeakerForm
    list_display = ["name_en", "sort_name", "function_en", "organization_en", "country", "has_portrait"]
    list_filter = [CountryFilter, ("portrait", admin.EmptyFieldListFilter)]
    # What the list and the choice of a speaker show, and no more, so that it is plain why somebody is found.
    search_fields = ["name_en", "name_vi", "sort_name", "organization_en"]
    prepopulated_fields = {"slug": ["name_en"]}
    save_on_top = True
    inlines = [SpeakerLinkInline]
    readonly_fields = ["appears_in"]
    fieldsets = [
        (None, {"fields": [both("name"), "sort_name", "slug"]}),
        (_("Who it is"), {"fields": [both("honorific"), both("function"), both("organization"), "country", "gender"]}),
        (_("Biography"), {"fields": [both("biography")]}),
        (_("Portrait"), {"fields": ["picture", both("portrait_alt")]}),
        (_("In the programme"), {"fields": ["appears_in"]}),
    ]

    @admin.display(description=_("portrait"), boolean=True)
    def has_portrait(self, speaker):
        return speaker.portrait_id is not None

    @admin.display(description=_("sessions"))
    def appears_in(self, speaker):
        return ", ".join(session.title_en for session in speaker.sessions.distinct())

    def view_on_site(self, speaker):
        """The public page, at the address it was published under; None for who is not published."""
        try:
            published = next((s for s in current.programme().speakers if s.id == speaker.pk), None)
        except NotReady:
            return None
        return published and Speaker(slug=published.slug).get_absolute_url()
