"""Admin of the conference.

Its facts (names, days, time zone, place) are the draft of the next release; its other texts are public immediately.
"""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conference.core.admin.model_admin import ContentModelAdmin, ContentModelForm, per_language
from conference.core.versioning.restore import get_revision_or_404
from conference.facts import FACT_TEXTS
from conference.models import Conference
from sessions.admin.forms import ChecksAdminMixin
from sessions.models import Session
from sessions.time_zone_change import KeptTimes, change_time_zone, describe_kept_times

FACT_FIELDS = (
    *(name for text in FACT_TEXTS for name in per_language(text)),
    *("starts_on", "ends_on", "time_zone", "country"),
)
DRAFT_NOTE = _("Not public until the programme is published.")
LIVE_NOTE = _("Public as soon as you save.")


class ConferenceForm(ContentModelForm):
    """Form that asks what happens to the times of sessions if the time zone changes."""

    kept_times = forms.ChoiceField(
        label=_("Times of the sessions"), choices=KeptTimes.choices, required=False, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.is_kept_times_missing = self.is_bound and self.changes_time_zone and not self.data.get("kept_times")
        if self.is_kept_times_missing:
            self.data = self.data.copy()
            self.data["kept_times"] = KeptTimes.LOCAL_HOURS
        if self.is_bound and self.changes_time_zone:
            old, new = ZoneInfo(self.initial["time_zone"]), ZoneInfo(self.data["time_zone"])
            choices = [(kept, describe_kept_times(kept, old, new)) for kept in KeptTimes]
            # A ChoiceField passes its choices to the widget; the type of the field in the dictionary is unknown.
            self.fields["kept_times"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    @cached_property
    def changes_time_zone(self) -> bool:
        """Whether the submitted time zone exists and is a new one, and there are sessions."""
        return is_new_time_zone(self.initial.get("time_zone"), self.data.get("time_zone"))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day cannot be before the first day."))
        if self.is_kept_times_missing:
            message = _("The time zone changes. Choose what happens to the times of the sessions, then save again.")
            self.add_error("kept_times", message)
        return data


def is_new_time_zone(old: str | None, new: str | None) -> bool:
    validators = Conference._meta.get_field("time_zone").validators
    return bool(old and new and old != new) and is_valid(validators, new) and Session.objects.exists()


def is_valid(validators: list, value: str | None) -> bool:
    try:
        for validate in validators:
            validate(value)
    except forms.ValidationError:
        return False
    return True


@admin.register(Conference)
class ConferenceAdmin(ChecksAdminMixin, ContentModelAdmin):
    form = ConferenceForm
    fieldsets = [
        (
            _("Names"),
            {
                "description": DRAFT_NOTE,
                "fields": [*map(per_language, ("name", "short_name", "subtitle", "organizers"))],
            },
        ),
        (
            _("Days and place"),
            {
                "description": DRAFT_NOTE,
                "fields": [
                    ("starts_on", "ends_on"),
                    "time_zone",
                    per_language("venue"),
                    per_language("city"),
                    "country",
                ],
            },
        ),
        (_("Checks"), {"fields": ["languages"]}),
        (
            _("Home page and footer"),
            {
                "description": LIVE_NOTE,
                "fields": [*map(per_language, ("introduction", "outcome", "notice")), "contact"],
            },
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Conference | None = None) -> Any:
        """Add the question about the times of sessions if the submitted time zone is a new one."""
        fieldsets = super().get_fieldsets(request, obj)
        stored = Conference.objects.values_list("time_zone", flat=True).first() if request.method == "POST" else None
        if not is_new_time_zone(stored, request.POST.get("time_zone")):
            return fieldsets
        return [(title, options | {"fields": add_kept_times(options["fields"])}) for title, options in fieldsets]

    def save_model(self, request: HttpRequest, obj: Conference, form: forms.ModelForm, change: bool) -> None:
        """Save the conference, and adapt the draft to a new time zone in the same transaction."""
        super().save_model(request, obj, form, change)
        if isinstance(form, ConferenceForm) and form.changes_time_zone:
            old, new = ZoneInfo(form.initial["time_zone"]), ZoneInfo(obj.time_zone)
            change_time_zone(form.cleaned_data["kept_times"], old, new, obj.starts_on, by=request.user)
        if any(name in FACT_FIELDS for name in form.changed_data):
            messages.info(request, describe_unpublished())

    def revert_view(self, request: HttpRequest, object_id: str, revision_key: int) -> HttpResponse:
        """Restore an earlier version, unless it has another time zone: only the form asks about the sessions."""
        conference = Conference.objects.filter(pk=self.parse_object_id(object_id)).first()
        if request.method == "POST" and conference and self.has_change_permission(request, conference):
            _revision, snapshot = get_revision_or_404(Conference, conference.pk, revision_key)
            if is_new_time_zone(conference.time_zone, str(snapshot["time_zone"])):
                text = gettext(
                    "Not restored: that version has the time zone %(zone)s. Change the time zone here first, "
                    "where you choose what happens to the times of the sessions."
                )
                messages.error(request, text % {"zone": snapshot["time_zone"]})
                return redirect(self.get_page_url("change", conference.pk))
        return super().revert_view(request, object_id, revision_key)

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


def add_kept_times(fields: list) -> list:
    """Return the fields of a fieldset with the question after the time zone."""
    index = fields.index("time_zone") + 1 if "time_zone" in fields else None
    return fields if index is None else [*fields[:index], "kept_times", *fields[index:]]


def describe_unpublished() -> str:
    return format_html(
        '{} <a href="{}">{}</a>',
        gettext("Names, days, time zone and place are not public until the programme is published."),
        reverse("preview:home"),
        gettext("Preview"),
    )
