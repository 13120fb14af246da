"""Admin pages that move the whole event to other days, and that tell the attendees."""

import datetime

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conference.facts import list_days
from conference.mail.models import EmailTemplate
from conference.site_data import format_date_range
from sessions.models import Release
from sessions.releases.changelog import describe_changes
from sessions.releases.exceptions import ConcurrentChangeError, InvalidDocumentError, PublishBlockedError

from ..emails.context import move_context
from ..models import EventMove
from ..workflow import MoveRequest, MoveResult, get_days_to_move, move_event, notify_attendees, preview_move
from ..workflow.event_move import attendees_to_notify, is_of_past_edition
from .base import admin_path, render_admin_page
from .email_templates import render_previews

PUBLISH_ERRORS = (PublishBlockedError, ConcurrentChangeError, InvalidDocumentError)
TARGET_PREFIX, REMOVE = "target_", "remove"


class MoveEventForm(forms.Form):
    """The new days and, for an event with fewer days, what becomes of each day that it loses."""

    first_day = forms.DateField(label=gettext_lazy("new first day"), widget=AdminDateWidget)
    last_day = forms.DateField(
        label=gettext_lazy("new last day"),
        widget=AdminDateWidget,
        required=False,
        help_text=gettext_lazy("If empty, the event keeps its number of days."),
    )
    note_en = forms.CharField(
        label=gettext_lazy("public note (English)"),
        max_length=Release._meta.get_field("note_en").max_length,
        required=False,
        help_text=gettext_lazy("Shown with the release in the list of changes."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    note_vi = forms.CharField(
        label=gettext_lazy("public note (Vietnamese)"),
        max_length=Release._meta.get_field("note_vi").max_length,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField", "lang": "vi"}),
    )

    def __init__(self, *args, old_days: list[datetime.date], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.old_days = old_days
        new_days = self.submitted_days()
        for day in old_days[len(new_days) :] if new_days else []:
            self.fields[f"{TARGET_PREFIX}{day}"] = build_target_field(day, new_days)

    def submitted_days(self) -> list[datetime.date]:
        """Return the new days as far as they can be read from the submitted data."""
        field = self.fields["first_day"]
        try:
            first = field.to_python(self.data.get("first_day"))
            last = field.to_python(self.data.get("last_day"))
            return (first and list_days(first, self.complete_last_day(first, last))) or []
        except (ValidationError, OverflowError):
            return []

    def complete_last_day(self, first: datetime.date, last: datetime.date | None) -> datetime.date:
        return last or first + (self.old_days[-1] - self.old_days[0])

    def clean(self) -> dict:
        data = super().clean()
        if "first_day" in data and "last_day" in data:
            try:
                data["last_day"] = self.complete_last_day(data["first_day"], data["last_day"])
            except OverflowError:
                raise ValidationError(_("Enter a date that can exist.")) from None
        return data

    def to_request(self) -> MoveRequest:
        data = self.cleaned_data
        targets = {
            datetime.date.fromisoformat(name.removeprefix(TARGET_PREFIX)): parse_target(value)
            for name, value in data.items()
            if name.startswith(TARGET_PREFIX) and value
        }
        return MoveRequest(data["first_day"], data["last_day"], targets)

    def notes(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("note_en", "note_vi")}


def build_target_field(day: datetime.date, new_days: list[datetime.date]) -> forms.ChoiceField:
    moves = [
        (str(new_day), _("Move its sessions and seats to %(day)s") % {"day": date_format(new_day, "DATE_FORMAT")})
        for new_day in new_days
    ]
    remove = (REMOVE, _("Remove it: its sessions become drafts, its seats are released"))
    return forms.ChoiceField(
        label=_("What becomes of %(day)s?") % {"day": date_format(day, "DATE_FORMAT")},
        choices=[("", _("Choose")), *moves, remove],
        help_text=_("The event no longer has this day."),
        error_messages={"required": _("Choose what becomes of this day.")},
    )


def parse_target(value: str) -> datetime.date | None:
    return None if value == REMOVE else datetime.date.fromisoformat(value)


@admin.register(EventMove)
class EventMoveAdmin(admin.ModelAdmin):
    list_display = ["days_before", "days_after", "moved_at", "moved_by", "release_number", "notified_at"]
    list_display_links = None

    @admin.display(description=gettext_lazy("days before"))
    def days_before(self, move: EventMove) -> str:
        return format_date_range(move.from_first_day, move.from_last_day)

    @admin.display(description=gettext_lazy("new days"))
    def days_after(self, move: EventMove) -> str:
        return format_date_range(move.first_day, move.last_day)

    def get_urls(self) -> list[URLPattern]:
        return [
            admin_path(self, "<int:key>/notify/", notify_view, "notify"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Moving changes the conference and publishes.
        needed = ("conference.change_conference", "programme.publish")
        return super().has_add_permission(request) and request.user.has_perms(needed)

    def has_change_permission(self, request: HttpRequest, obj: EventMove | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: EventMove | None = None) -> bool:
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Ask for the new days, preview the move, and move the event when the preview is confirmed."""
        if not self.has_add_permission(request):
            raise PermissionDenied(_("You do not have permission to move the event."))
        try:
            old_days = get_days_to_move()
        except ValidationError as error:
            return self.render_form(request, None, error=" ".join(error.messages))
        form = MoveEventForm(request.POST or None, old_days=old_days)
        if request.method != "POST" or not form.is_valid():
            return self.render_form(request, form)
        try:
            preview = preview_move(form.to_request(), by=request.user)
            if "confirm" not in request.POST:
                return self.render_form(request, form, preview=preview)
            if request.POST.get("version") != make_version(preview):
                return self.render_form(request, form, preview=preview, is_outdated=True)
            result = move_event(form.to_request(), by=request.user, **form.notes())
        except ValidationError as error:
            return self.render_form(request, form, error=" ".join(error.messages))
        except PUBLISH_ERRORS as error:
            return self.render_form(request, form, error=str(error))
        self.log_addition(request, result.move, [{"added": {}}])
        messages.success(
            request, _("The event was moved and release %(n)d published.") % {"n": result.move.release_number}
        )
        return redirect("admin:registration_eventmove_notify", result.move.pk)

    def render_form(
        self,
        request: HttpRequest,
        form: MoveEventForm | None,
        *,
        preview: MoveResult | None = None,
        error: str = "",
        is_outdated: bool = False,
    ) -> HttpResponse:
        context = {
            "title": _("Move the event"),
            "form": form,
            "media": self.media + (form.media if form else forms.Media()),
            "old_days": format_date_range(form.old_days[0], form.old_days[-1]) if form else "",
            "preview": preview,
            "version": make_version(preview) if preview else "",
            "sections": describe_changes(preview.changes) if preview else [],
            "day_map": describe_day_map(preview.move) if preview else [],
            "error": error,
            "is_outdated": is_outdated,
        }
        status = 409 if is_outdated else 200
        return render_admin_page(self, request, "admin/registration/event_move/move.html", context, status=status)


def make_version(preview: MoveResult) -> str:
    """Return what must be the same when the preview is confirmed: the number of the release and what would change."""
    numbers = (preview.move.release_number, preview.attendees, preview.seats, preview.removed_seats, preview.quotas)
    return "-".join(map(str, numbers))


def describe_day_map(move: EventMove) -> list[tuple[datetime.date, datetime.date | None]]:
    days = [datetime.date.fromisoformat(day) for day in move.day_map]
    return [(day, move.get_new_day(day)) for day in days]


def notify_view(model_admin: EventMoveAdmin, request: HttpRequest, key: int) -> HttpResponse:
    """Show the e-mail in each language; a POST sends it to everybody who is registered."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied(_("You do not have permission to move the event."))
    move = get_object_or_404(EventMove, pk=key)
    if is_of_past_edition(move):
        messages.error(request, _("This move belongs to a past edition. Its attendees are not registered any more."))
        return redirect("admin:registration_eventmove_changelist")
    if request.method == "POST":
        number = notify_attendees(move, by=request.user)
        message = ngettext("%(n)d e-mail is on its way.", "%(n)d e-mails are on their way.", number) % {"n": number}
        messages.success(request, message)
        return redirect("admin:registration_eventmove_changelist")
    template, _created = EmailTemplate.objects.get_or_create(email_type="moved")
    context = {
        "title": _("Tell the attendees"),
        "move": move,
        "recipients": attendees_to_notify().count(),
        "previews": render_previews(template, lambda: move_context(move)),
        "template": template if request.user.has_perm("mail.change_emailtemplate") else None,
    }
    return render_admin_page(model_admin, request, "admin/registration/event_move/notify.html", context)
