"""Moving a session to another time and room, with detection of concurrent changes.

A form or script that offers a move sends the version token of the placement that it showed: start, end, room and
status. The move is refused if the placement has changed since. Edits of a session's texts do not conflict with a move.
"""

import datetime
from uuid import UUID

from django import forms
from django.db import transaction
from django.db.models import Field
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from conference.core.times import TimeOfDayField

from ..models import Room, Session
from .timetable_grid import VERSION_SEPARATOR, is_plausible_date, make_placement_token

PLACEMENT_FIELDS = ("starts_at", "ends_at", "room", "status")


class SessionChangedError(Exception):
    """The placement of the session is not the one of the version token; the message describes the difference."""

    def __init__(self, session: Session, message: str):
        super().__init__(message)
        self.session = session


class MoveSessionForm(forms.Form):
    session = forms.UUIDField(label=_("session"))
    version = forms.CharField(max_length=200)
    day = forms.DateField(label=_("day"), input_formats=["%Y-%m-%d"])
    start = TimeOfDayField(label=_("start"))
    room = forms.ModelChoiceField(Room.objects.all(), label=_("room"), required=False)

    def clean_day(self) -> datetime.date:
        if not is_plausible_date(self.cleaned_data["day"]):
            raise forms.ValidationError(_("This day is not in the conference dates."))
        return self.cleaned_data["day"]

    def get_start(self) -> datetime.datetime:
        """Return the new start as an aware datetime in the active time zone."""
        day, time = self.cleaned_data["day"], self.cleaned_data["start"]
        return datetime.datetime.combine(day, time, timezone.get_current_timezone())


@transaction.atomic
def move_session(key: UUID, version: str, starts_at: datetime.datetime, room: Room | None) -> Session:
    """Move a session and keep its duration. Raises SessionChangedError and Session.DoesNotExist."""
    session = Session.objects.select_for_update(of=("self",)).get(pk=key)
    if make_placement_token(session) != version:
        raise SessionChangedError(session, describe_placement_change(session, version))
    if (session.starts_at, session.room) == (starts_at, room):
        return session
    session.starts_at, session.ends_at = starts_at, starts_at + (session.ends_at - session.starts_at)
    session.room = room
    session.save()
    return session


def describe_placement_change(session: Session, version: str) -> str:
    """Return a message with the fields that differ from the version token and the last editor."""
    before, after = version.split(VERSION_SEPARATOR), make_placement_token(session).split(VERSION_SEPARATOR)
    if len(before) != len(after):
        before = [""] * len(after)
    changes = [
        format_field_change(Session._meta.get_field(name), old, new)
        for name, old, new in zip(PLACEMENT_FIELDS, before, after, strict=True)
        if old != new
    ]
    values = {"title": session.title_en, "who": get_last_editor_name(session), "changes": "; ".join(changes)}
    if not values["who"]:
        return _("Not moved: “%(title)s” was changed in the meantime (%(changes)s).") % values
    return _("Not moved: %(who)s changed “%(title)s” in the meantime (%(changes)s).") % values


def format_field_change(field: Field, before: str, after: str) -> str:
    return str(
        _("%(field)s: %(before)s → %(after)s")
        % {
            "field": field.verbose_name,
            "before": format_placement_value(field, before),
            "after": format_placement_value(field, after),
        }
    )


def format_placement_value(field: Field, value: str) -> object:
    """Return the display value of a part of a version token, which may be invalid."""
    if not value:
        return _("none")
    if field.name == "room":
        return next((room for room in Room.objects.all() if str(room.pk) == value), _("none"))
    if field.name == "status":
        return dict(Session.Status.choices).get(value, value)
    try:
        return date_format(timezone.localtime(datetime.datetime.fromisoformat(value)), "SHORT_DATETIME_FORMAT")
    except ValueError:
        return value


def get_last_editor_name(session: Session) -> str:
    record = session.history.select_related("history_user").first()
    user = record.history_user if record else None
    return (user.get_full_name() or user.get_username()) if user else ""
