"""Admin page that starts a new edition of the conference, and the list of past editions."""

import datetime

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.models import Conference
from conference.site_data import format_date_range
from sessions.models import Edition, Release
from sessions.releases.exceptions import InvalidDocumentError

from ..models import Registration
from ..workflow import (
    EditionRequest,
    EditionResult,
    describe_kept_registrations,
    get_days_of_past_edition,
    preview_edition,
    start_edition,
)
from ..workflow.new_edition import NAME_FIELDS
from .base import render_admin_page

TEMPLATE = "admin/registration/new_edition.html"


class NewEditionForm(forms.ModelForm):
    """The new days and names, and what the new edition takes over."""

    first_day = forms.DateField(label=gettext_lazy("new first day"), widget=AdminDateWidget)
    last_day = forms.DateField(
        label=gettext_lazy("new last day"),
        widget=AdminDateWidget,
        required=False,
        help_text=gettext_lazy("If empty, the new edition has the same number of days."),
    )
    sessions = forms.ChoiceField(
        label=gettext_lazy("Sessions"),
        choices=[
            ("remove", gettext_lazy("Start with an empty programme")),
            ("keep", gettext_lazy("Keep them as drafts, on the new days")),
        ],
        initial="remove",
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "Drafts keep their hours, rooms, themes and speakers. Speakers are not confirmed. Notices, streams, "
            "recordings and cancelled sessions are removed. The history keeps everything."
        ),
    )
    quotas = forms.ChoiceField(
        label=gettext_lazy("Daily capacity"),
        choices=[
            ("remove", gettext_lazy("Remove all limits")),
            ("keep", gettext_lazy("Keep the limits, first day to first day")),
        ],
        initial="remove",
        widget=forms.RadioSelect,
    )
    erase_registrations = forms.BooleanField(
        label=gettext_lazy("Erase the registrations now"),
        required=False,
        help_text=gettext_lazy("This cannot be undone. Only anonymous statistics are kept."),
    )

    class Meta:
        model = Conference
        fields = NAME_FIELDS

    field_order = ["first_day", "last_day", *NAME_FIELDS, "sessions", "quotas", "erase_registrations"]

    def __init__(self, *args, old_days: list[datetime.date], can_erase: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.old_days = old_days
        if not can_erase:
            del self.fields["erase_registrations"]
        for field in self.fields.values():
            field.label = capfirst(field.label)
        for name in NAME_FIELDS:
            self.fields[name].widget.attrs |= {"class": "vTextField", "lang": name.rpartition("_")[2]}

    def clean(self) -> dict:
        data = super().clean()
        if "first_day" in data and "last_day" in data and not data["last_day"]:
            try:
                data["last_day"] = data["first_day"] + (self.old_days[-1] - self.old_days[0])
            except OverflowError:
                raise ValidationError(_("Enter a date that can exist.")) from None
        return data

    def to_request(self) -> EditionRequest:
        data = self.cleaned_data
        return EditionRequest(
            data["first_day"],
            data["last_day"],
            {name: data[name] for name in NAME_FIELDS},
            keep_sessions=data["sessions"] == "keep",
            keep_quotas=data["quotas"] == "keep",
            erase_registrations=data.get("erase_registrations", False),
        )


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):
    list_display = ["__str__", "days", "archived_programme", "started_at", "started_by"]
    list_display_links = None
    list_select_related = ["started_by"]

    @admin.display(description=gettext_lazy("days"))
    def days(self, edition: Edition) -> str:
        return format_date_range(edition.first_day, edition.last_day)

    @admin.display(description=gettext_lazy("programme"))
    def archived_programme(self, edition: Edition) -> str:
        is_past = edition.release_id < Release.objects.current_number()
        url = reverse("archive:programme:agenda", args=[edition.release_id]) if is_past else reverse("programme:agenda")
        return format_html('<a href="{}">{}</a>', url, _("Release %(number)s") % {"number": edition.release_id})

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Starting an edition changes the conference and what can be published.
        return request.user.has_perms(("conference.change_conference", "programme.publish"))

    def has_view_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Ask for the new days, preview what happens, and start the new edition when the preview is confirmed."""
        if not self.has_add_permission(request):
            raise PermissionDenied(_("You do not have permission to start a new edition."))
        try:
            form = self.make_form(request)
        except ValidationError as error:
            return self.render_form(request, None, error=" ".join(error.messages))
        if request.method != "POST" or not form.is_valid():
            return self.render_form(request, form)
        try:
            preview = preview_edition(form.to_request(), by=request.user)
            if "confirm" not in request.POST:
                return self.render_form(request, form, preview=preview)
            if request.POST.get("version") != make_version(preview):
                return self.render_form(request, form, preview=preview, is_outdated=True)
            result = start_edition(form.to_request(), by=request.user)
        except ValidationError as error:
            return self.render_form(request, form, error=" ".join(error.messages))
        except InvalidDocumentError as error:
            return self.render_form(request, form, error=str(error))
        self.log_addition(request, result.edition, [{"added": {}}])
        messages.success(request, _("The new edition was started. Nothing is public until you publish the programme."))
        return redirect("admin:conference_conference_changelist")

    def make_form(self, request: HttpRequest) -> NewEditionForm:
        """Return the form. Raises ValidationError if no new edition can be started now."""
        days = get_days_of_past_edition()
        # As everywhere, only administrators with full permissions erase personal data before its time.
        can_erase = bool(describe_kept_registrations()) and request.user.is_superuser
        return NewEditionForm(
            request.POST or None, instance=Conference.objects.get(), old_days=days, can_erase=can_erase
        )

    def render_form(
        self,
        request: HttpRequest,
        form: NewEditionForm | None,
        *,
        preview: EditionResult | None = None,
        error: str = "",
        is_outdated: bool = False,
    ) -> HttpResponse:
        kept_registrations = describe_kept_registrations() if form else ""
        context = {
            "title": _("Start a new edition"),
            "form": form,
            "media": self.media + (form.media if form else forms.Media()),
            "old_days": format_date_range(form.old_days[0], form.old_days[-1]) if form else "",
            "kept_registrations": "" if error == kept_registrations else kept_registrations,
            "registrations": Registration.objects.count(),
            "preview": preview,
            "new_days": format_new_days(form) if form and preview else "",
            "version": make_version(preview) if preview else "",
            "error": error,
            "is_outdated": is_outdated,
        }
        return render_admin_page(self, request, TEMPLATE, context, status=409 if is_outdated else 200)


def format_new_days(form: NewEditionForm) -> str:
    return format_date_range(form.cleaned_data["first_day"], form.cleaned_data["last_day"])


def make_version(preview: EditionResult) -> str:
    """Return what must be the same when the preview is confirmed: the number of the release and what would change."""
    numbers = (
        preview.edition.release_id,
        *(preview.kept_sessions, preview.removed_sessions),
        *(preview.kept_quotas, preview.removed_quotas),
        *(preview.erased, preview.unpublished),
    )
    return "-".join(map(str, numbers))
