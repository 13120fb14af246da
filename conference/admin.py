"""The conference itself, its pages, partners and announcements at the organizers' desk. What is saved here is public at
once, except for the dates and the time zone, which are part of the programme."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions.editing import EditingAdmin, EditingForm, both
from sessions.text import LANGUAGES
from speakers.forms import PictureAdmin, PictureForm, PictureFormField
from speakers.pictures import LOGO

from .models import Announcement, Conference, Page, Partner


class ConferenceForm(EditingForm):
    def clean(self):
        data = super().clean()
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day cannot be before the first."))
        message = _("Registration must close after it opens.")
        self.refuse_unless_after("registration_opens_at", "registration_closes_at", message)
        return data


@admin.register(Conference)
class ConferenceAdmin(EditingAdmin):
    form = ConferenceForm
    fieldsets = [
        (None, {"fields": [both("name"), both("short_name"), both("subtitle")]}),
        (
            _("When and where"),
            {"fields": [("starts_on", "ends_on"), "time_zone", both("venue"), both("city"), "country"]},
        ),
        (_("Who"), {"fields": [both("organizers"), "languages", "contact"]}),
        (_("First page"), {"fields": [both("introduction"), both("outcome")]}),
        (_("Registration"), {"fields": [("registration_opens_at", "registration_closes_at")]}),
        (_("Foot of each page"), {"fields": [both("notice")]}),
    ]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        """There is one conference: straight to it."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        conference = Conference.objects.first()
        if conference is None:
            messages.error(request, _("There is no conference yet. “manage.py quickstart” makes it."))
            return redirect("admin:index")
        return redirect("admin:conference_conference_change", conference.pk)

    def view_on_site(self, conference):
        return None


class PageForm(EditingForm):
    def clean_slug(self):
        slug = self.cleaned_data["slug"]
        if slug and _is_taken(slug):
            self.add_error("slug", _("This address belongs to another part of the site. Choose another one."))
        return slug


def _is_taken(slug):
    return slug in LANGUAGES or resolve(reverse("page", args=[slug])).url_name != "page"


@admin.register(Page)
class PageAdmin(EditingAdmin):
    form = PageForm
    list_display = ["title_en", "title_vi", "slug", "status", "in_menu", "order", "updated_at"]
    list_filter = ["status", "in_menu"]
    search_fields = [*both("title"), *both("body"), "slug"]
    prepopulated_fields = {"slug": ["title_en"]}
    fieldsets = [
        (None, {"fields": [both("title"), "slug", both("body")]}),
        (_("Where it shows"), {"fields": ["status", "in_menu", "order"]}),
    ]

    def view_on_site(self, page):
        # A form with errors has put what was typed into the page, perhaps an empty address.
        return page.get_absolute_url() if page.status == Page.Status.LIVE and page.slug else None


class PartnerForm(EditingForm, PictureForm):
    picture_field = "logo"
    picture = PictureFormField(LOGO, label=_("logo"))


@admin.register(Partner)
class PartnerAdmin(PictureAdmin, EditingAdmin):
    form = PartnerForm
    list_display = ["name_en", "name_vi", "url", "has_logo", "order"]
    list_filter = [("logo", admin.EmptyFieldListFilter)]
    search_fields = [*both("name"), "url"]
    fieldsets = [(None, {"fields": [both("name"), "url", "picture", "order"]})]

    @admin.display(description=_("logo"), boolean=True)
    def has_logo(self, partner):
        return partner.logo_id is not None


class AnnouncementForm(EditingForm):
    def clean(self):
        data = super().clean()
        self.refuse_unless_after("shown_from", "shown_until", _("“Until” must be after “from”."))
        return data


@admin.register(Announcement)
class AnnouncementAdmin(EditingAdmin):
    form = AnnouncementForm
    list_display = ["text_en", "level", "shown_from", "shown_until", "is_shown"]
    list_filter = ["level"]
    date_hierarchy = "shown_from"
    search_fields = both("text")
    fieldsets = [(None, {"fields": ["level", both("text"), ("shown_from", "shown_until")]})]

    def get_changeform_initial_data(self, request):
        return {"shown_from": timezone.now()} | super().get_changeform_initial_data(request)

    @admin.display(description=_("shown now"), boolean=True)
    def is_shown(self, announcement):
        now = timezone.now()
        return announcement.shown_from <= now and (announcement.shown_until is None or now < announcement.shown_until)
