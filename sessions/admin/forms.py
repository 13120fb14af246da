"""Forms of the programme's admin: change forms with their issues, and the rows edited in the list of sessions."""

import datetime
import json
from collections.abc import Iterable
from typing import Self

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from conference.core.admin.model_admin import ContentModelForm, per_language
from conference.core.times import DateTimeOfDayField, SplitDateTimeField

from ..checks import filter_issues_for_row, find_issues
from ..checks.base import CHANGE_URL_NAMES
from ..models import Room, Session

END_BEFORE_START = _("The end must be after the start.")
USUAL_MINUTES = {
    Session.Kind.CEREMONY: 60,
    Session.Kind.PLENARY: 90,
    Session.Kind.WORKSHOP: 90,
    Session.Kind.EXHIBITION: 180,
    Session.Kind.BREAK: 30,
}


class ChecksAdminMixin:
    """Mixin of a ModelAdmin that adds "issues", those of the saved row, to the context of its change form."""

    def render_change_form(
        self, request: HttpRequest, context: dict, add: bool = False, change: bool = False, form_url: str = "", obj=None
    ) -> HttpResponse:
        model_name = self.opts.model_name
        # A form sent with “save as new” has no saved row. Issues of a room or of the conference may name sessions that
        # are not published.
        if obj and change and model_name in CHANGE_URL_NAMES and request.user.has_perm("programme.view_session"):
            context["issues"] = filter_issues_for_row(find_issues(), model_name, obj.pk)
        return super().render_change_form(request, context, add, change, form_url, obj)


class SessionForm(ContentModelForm):
    """The change form of a session. An empty end becomes the start and the usual duration of the kind."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "ends_at" in self.fields:
            end = self.fields["ends_at"]
            end.required = False
            end.help_text = _("%(help)s If empty, it follows from the start: %(durations)s.") % {
                "help": end.help_text,
                "durations": format_usual_durations(),
            }
        if "kind" in self.fields:
            # For the script that proposes the end.
            self.fields["kind"].widget.attrs["data-usual-minutes"] = json.dumps(USUAL_MINUTES)

    def clean(self) -> dict:
        data = super().clean()
        start, kind = data.get("starts_at"), data.get("kind")
        if "ends_at" in self.fields and not data.get("ends_at") and not self.has_error("ends_at"):
            if start and kind:
                data["ends_at"] = start + datetime.timedelta(minutes=USUAL_MINUTES[kind])
            else:
                self.add_error("ends_at", self.fields["ends_at"].error_messages["required"])
        self.validate_range("starts_at", "ends_at", END_BEFORE_START)
        return data


def format_usual_durations() -> str:
    """Return “Ceremony 60 min, Plenary 90 min” and so on."""
    labels = dict(Session.Kind.choices)
    parts = (
        _("%(kind)s %(minutes)s min") % {"kind": labels[kind], "minutes": minutes}
        for kind, minutes in USUAL_MINUTES.items()
    )
    return ", ".join(parts)


class EndField(SplitDateTimeField):
    """The end of a session. A date alone is an empty field: the link “Add session” of a day gives the date."""

    def compress(self, data_list: list) -> datetime.datetime | None:
        if data_list and data_list[1] in self.empty_values:
            return None
        return super().compress(data_list)


class ParticipationForm(forms.ModelForm):
    """The row of a participation. Choosing a speaker for a stored placeholder replaces it."""

    def clean(self) -> dict:
        data = super().clean()
        names = [name for name in per_language("placeholder") if name in self.fields]
        if data.get("speaker") and "speaker" in self.changed_data and not set(names) & set(self.changed_data):
            data |= dict.fromkeys(names, "")
        return data


class RoomChoiceField(forms.ModelChoiceField):
    """A choice of rooms that takes its choices from one query for all rows of a list."""

    def __init__(self, rooms: Iterable[Room]):
        super().__init__(Room.objects.none(), required=False, label=_("room"), empty_label=_("no room"))
        self.rooms = {str(room.pk): room for room in rooms}
        self.choices = [("", self.empty_label), *((room.pk, str(room)) for room in self.rooms.values())]

    def __deepcopy__(self, memo: dict) -> Self:
        # Django's own copy resets the queryset and with it the choices.
        copy = type(self)(self.rooms.values())
        memo[id(self)] = copy
        return copy

    def to_python(self, value: object) -> Room | None:
        if value in self.empty_values:
            return None
        try:
            return self.rooms[str(value)]
        except KeyError:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from None


class LocalDateTimeField(DateTimeOfDayField):
    """A date and time in one input, in the same format in all languages."""

    widget = forms.DateTimeInput(format="%Y-%m-%d %H:%M", attrs={"autocomplete": "off"})


def make_row_form() -> type[forms.ModelForm]:
    """Return the form class of the rows of one list; it holds the rooms as they are now."""

    class RowForm(forms.ModelForm):
        starts_at = LocalDateTimeField(label=_("start"))
        ends_at = LocalDateTimeField(label=_("end"))
        room = RoomChoiceField(list(Room.objects.all()))

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            # The inputs in the list have no visible labels.
            for field in self.fields.values():
                field.widget.attrs["aria-label"] = _("%(field)s of “%(title)s”") % {
                    "field": field.label,
                    "title": self.instance.title_en,
                }

        def clean(self) -> dict:
            data = super().clean()
            start, end = data.get("starts_at"), data.get("ends_at")
            if start and end and end <= start:
                self.add_error("ends_at", END_BEFORE_START)
            return data

    return RowForm
