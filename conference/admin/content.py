"""Admin of the conference, its pages, partners and announcements.

Changes are public immediately, except for the dates and the time zone, which are part of the programme.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.core.admin.model_admin import ContentModelAdmin, ContentModelForm, per_language
from conference.core.i18n.text import LANGUAGES
from conference.models import Announcement, Conference, Page, Partner
from sessions.admin.forms import ChecksAdminMixin
from speakers.images.forms import PictureAdminMixin, PictureForm, PictureFormField
from speakers.images.renditions import LOGO


class ConferenceForm(ContentModelForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day cannot be before the first day."))
        message = _("Registration must close after it opens.")
        self.validate_range("registration_opens_at", "registration_closes_at", message)
        return data


@admin.register(Conference)
class ConferenceAdmin(ChecksAdminMixin, ContentModelAdmin):
    form = ConferenceForm
    fieldsets = [
        (None, {"fields": [per_language("name"), per_language("short_name"), per_language("subtitle")]}),
        (
            _("Date and place"),
            {"fields": [("starts_on", "ends_on"), "time_zone", per_language("venue"), per_language("city"), "country"]},
        ),
        (_("Organizers"), {"fields": [per_language("organizers"), "languages", "contact"]}),
        (_("Home page"), {"fields": [per_language("introduction"), per_language("outcome")]}),
        (_("Registration"), {"fields": [("registration_opens_at", "registration_closes_at")]}),
        (_("Footer"), {"fields": [per_language("notice")]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Conference | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the only conference."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        conference = Conference.objects.first()
        if conference is None:
            messages.error(request, _("There is no conference yet. Run “manage.py quickstart” to create one."))
            return redirect("admin:index")
        return redirect("admin:conference_conference_change", conference.pk)

    def view_on_site(self, conference: Conference) -> None:
        return None


class PageForm(ContentModelForm):
    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if slug and is_reserved_slug(slug):
            self.add_error("slug", _("This web address is used by another part of the site. Choose another one."))
        return slug


def is_reserved_slug(slug: str) -> bool:
    """Return whether another part of the site uses the URL of a page with this slug."""
    return slug in LANGUAGES or resolve(reverse("page", args=[slug])).view_name != "page"


@admin.register(Page)
class PageAdmin(ContentModelAdmin):
    form = PageForm
    list_display = ["title_en", "title_vi", "slug", "status", "in_menu", "order", "updated_at"]
    list_filter = ["status", "in_menu"]
    search_fields = [*per_language("title"), *per_language("body"), "slug"]
    fieldsets = [
        (None, {"fields": [per_language("title"), "slug", per_language("body")]}),
        (_("Display"), {"fields": ["status", "in_menu", "order"]}),
    ]

    def view_on_site(self, page: Page) -> str | None:
        # An invalid form may have set an empty slug on the instance.
        return page.get_absolute_url() if page.is_published and page.slug else None


class PartnerForm(ContentModelForm, PictureForm):
    picture_field = "logo"
    picture = PictureFormField(LOGO, label=_("logo"))


@admin.register(Partner)
class PartnerAdmin(PictureAdminMixin, ContentModelAdmin):
    form = PartnerForm
    list_display = ["name_en", "name_vi", "url", "has_logo", "order"]
    list_filter = [("logo", admin.EmptyFieldListFilter)]
    search_fields = [*per_language("name"), "url"]
    fieldsets = [(None, {"fields": [per_language("name"), "url", "picture", "order"]})]

    @admin.display(description=_("logo"), boolean=True)
    def has_logo(self, partner: Partner) -> bool:
        return partner.logo_id is not None


class AnnouncementForm(ContentModelForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.validate_range("shown_from", "shown_until", _("“Until” must be later than “from”."))
        return data


@admin.register(Announcement)
class AnnouncementAdmin(ContentModelAdmin):
    form = AnnouncementForm
    list_display = ["text_en", "level", "shown_from", "shown_until", "is_visible"]
    list_filter = ["level"]
    date_hierarchy = "shown_from"
    search_fields = per_language("text")
    fieldsets = [(None, {"fields": ["level", per_language("text"), ("shown_from", "shown_until")]})]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"shown_from": timezone.now()} | super().get_changeform_initial_data(request)

    @admin.display(description=_("visible now"), boolean=True)
    def is_visible(self, announcement: Announcement) -> bool:
        return announcement.is_visible(timezone.now())
