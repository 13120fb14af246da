"""The list of sessions as organizers work with it: by day, times and rooms edited where they stand, several sessions
confirmed, made tentative, cancelled or moved at once, and a session made again as a draft.

What is done to several at once is shown before it is done, and refused where any of them has changed since.
Every row is saved by itself, so that its history tells of it.
"""

import datetime
import hashlib

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from . import board, preview
from .desk import UNCONFIRMED
from .meanwhile import lock
from .models import Room, Session
from .slugs import free_slug

# The longest that sessions are moved by at once: two weeks, in minutes.
LONGEST_MOVE = 14 * 24 * 60


class DayFilter(admin.SimpleListFilter):
    """The days of the conference and those on which anything starts."""

    title = _("day")
    parameter_name = "day"

    def lookups(self, request, model_admin):
        return [(day.isoformat(), date_format(day, "MONTH_DAY_FORMAT")) for day in board.days()]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        day = _day(self.value())
        if day is None:
            return queryset.none()
        start = datetime.datetime.combine(day, datetime.time(), timezone.get_current_timezone())
        return queryset.filter(starts_at__gte=start, starts_at__lt=start + board.DAY)


def _day(text):
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and board.is_a_day(day) else None


class SpeakersFilter(admin.SimpleListFilter):
    title = _("speakers")
    parameter_name = "speakers"

    def lookups(self, request, model_admin):
        return [("unconfirmed", _("not all confirmed")), ("none", _("nobody named"))]

    def queryset(self, request, queryset):
        if self.value() == "unconfirmed":
            return queryset.filter(UNCONFIRMED).distinct()
        if self.value() == "none":
            return queryset.exclude(participations__speaker__isnull=False)
        return queryset


# Edited in the list


class Rooms(forms.ModelChoiceField):
    """A room for each row of a list, from rooms that were asked for once."""

    def __init__(self, rooms):
        super().__init__(Room.objects.none(), required=False, label=_("room"), empty_label=_("no room"))
        self.rooms = {str(room.pk): room for room in rooms}
        self.choices = [("", self.empty_label), *((room.pk, str(room)) for room in rooms)]

    def __deepcopy__(self, memo):
        again = type(self)(self.rooms.values())
        memo[id(self)] = again
        return again

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            return self.rooms[str(value)]
        except KeyError:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from None


class Moment(forms.DateTimeField):
    """A date and a time in one input, on the conference's clock, written the same whatever the browser's country."""

    widget = forms.DateTimeInput(format="%Y-%m-%d %H:%M", attrs={"autocomplete": "off"})


def row_form():
    """The form of one row of the list. Its inputs have no labels to be seen, so each says whose it is."""

    class RowForm(forms.ModelForm):
        starts_at = Moment(label=_("start"))
        ends_at = Moment(label=_("end"))
        room = Rooms(list(Room.objects.all()))

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            for field in self.fields.values():
                field.widget.attrs["aria-label"] = _("%(field)s of “%(title)s”") % {
                    "field": field.label,
                    "title": self.instance.title_en,
                }

        def clean(self):
            data = super().clean()
            start, end = data.get("starts_at"), data.get("ends_at")
            if start and end and end <= start:
                self.add_error("ends_at", _("The end must be after the start."))
            return data

    return RowForm


# Done to several at once


class Confirm(forms.Form):
    title = _("Confirm these sessions")

    def apply(self, session):
        session.status = Session.Status.CONFIRMED


class MakeTentative(forms.Form):
    title = _("Make these sessions tentative")

    def apply(self, session):
        session.status = Session.Status.TENTATIVE


class Cancel(forms.Form):
    title = _("Cancel these sessions")
    notice_en = forms.CharField(
        label=_("notice (English)"),
        max_length=300,
        help_text=_("Why they are cancelled, and what becomes of them. Stands on each of the sessions."),
    )
    notice_vi = forms.CharField(label=_("notice (Vietnamese)"), max_length=300, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.fields:
            self.fields[name].widget.attrs |= {"class": "vTextField", "lang": name.rpartition("_")[2]}

    def apply(self, session):
        session.status = Session.Status.CANCELLED
        session.notice_en, session.notice_vi = self.cleaned_data["notice_en"], self.cleaned_data["notice_vi"]


class MoveBy(forms.Form):
    title = _("Move these sessions")
    minutes = forms.IntegerField(
        label=_("minutes"),
        min_value=-LONGEST_MOVE,
        max_value=LONGEST_MOVE,
        help_text=_("15 is a quarter of an hour later, -15 earlier; 1440 is a day."),
    )

    def clean_minutes(self):
        if self.cleaned_data["minutes"] == 0:
            raise forms.ValidationError(_("By 0 minutes nothing moves."))
        return self.cleaned_data["minutes"]

    def apply(self, session):
        by = self.cleaned_data["minutes"] * board.MINUTE
        session.starts_at, session.ends_at = session.starts_at + by, session.ends_at + by


class ChangedMeanwhile(Exception):
    """The sessions are not those, or not as, the page showed."""


@admin.action(description=_("Confirm"), permissions=["change"])
def confirm(desk, request, queryset):
    return _several(desk, request, queryset, Confirm)


@admin.action(description=_("Make tentative"), permissions=["change"])
def make_tentative(desk, request, queryset):
    return _several(desk, request, queryset, MakeTentative)


@admin.action(description=_("Cancel, with a notice"), permissions=["change"])
def cancel(desk, request, queryset):
    return _several(desk, request, queryset, Cancel)


@admin.action(description=_("Move by minutes"), permissions=["change"])
def move_by(desk, request, queryset):
    return _several(desk, request, queryset, MoveBy)


ACTIONS = [confirm, make_tentative, cancel, move_by]


def _several(desk, request, queryset, kind):
    """A page that shows the sessions and asks; when it is sent, they are changed, all or none."""
    sent = "apply" in request.POST
    form = kind(request.POST if sent else None)
    if not sent or not form.is_valid():
        return _ask(desk, request, queryset, form)
    try:
        number = apply_to([session.pk for session in queryset], request.POST.get("seen", ""), form.apply)
    except ChangedMeanwhile:
        return _ask(desk, request, queryset, form, changed_meanwhile=True)
    said = ngettext("%(n)d session was changed.", "%(n)d sessions were changed.", number)
    messages.success(request, said % {"n": number})
    return None


@transaction.atomic
def apply_to(keys, shown, change):
    """Change these sessions one by one and return their number. Raises ChangedMeanwhile; then nothing is changed."""
    lock(Session, *keys)
    sessions = list(Session.objects.filter(pk__in=keys))
    if digest(sessions) != shown:
        raise ChangedMeanwhile
    for session in sessions:
        change(session)
        session.save()
    return len(sessions)


def digest(sessions):
    """Of which sessions a page showed, and of what it showed of each."""
    rows = sorted(f"{session.pk} {board.seen(session)} {session.notice_en} {session.notice_vi}" for session in sessions)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _ask(desk, request, queryset, form, *, changed_meanwhile=False):
    sessions = list(queryset.order_by("starts_at", "room__order", "title_en"))
    context = desk.admin_site.each_context(request) | {
        "title": form.title,
        "opts": Session._meta,
        "form": form,
        "sessions": sessions,
        "days": {timezone.localtime(session.starts_at).date() for session in sessions},
        "seen": digest(sessions),
        "action": request.POST.get("action", ""),
        "checkbox": ACTION_CHECKBOX_NAME,
        "changed_meanwhile": changed_meanwhile,
    }
    request.current_app = desk.admin_site.name
    status = 409 if changed_meanwhile else 200
    return TemplateResponse(request, "admin/programme/board/several.html", context, status=status)


# Made again


def urls(desk):
    """For the admin of sessions, before its own. desk is the admin site."""
    view = desk.admin_view(duplicate)
    return [path("<uuid:key>/duplicate/", view, name="programme_session_duplicate")]


@require_http_methods(["GET", "HEAD", "POST"])
def duplicate(request, key):
    """Asks, and on a POST makes the draft and leads to it."""
    if not request.user.has_perm("programme.add_session") or not request.user.has_perm("programme.view_session"):
        raise PermissionDenied(_("Only those who may add sessions can do this."))
    session = Session.objects.filter(pk=key).first()
    if session is None:
        raise Http404
    if request.method == "POST":
        again = made_again(session)
        messages.success(request, _("This is the copy, a draft. Nothing of it is public yet."))
        return redirect("admin:programme_session_change", again.pk)
    context = admin.site.each_context(request) | {
        "title": _("Duplicate “%(title)s”") % {"title": session.title_en},
        "opts": Session._meta,
        "session": session,
    }
    return TemplateResponse(request, "admin/programme/board/duplicate.html", context)


@transaction.atomic
def made_again(session):
    """A new draft with the same facts, themes, people and links; nobody has confirmed a part in it yet."""
    themes, parts, links = (list(rows.all()) for rows in (session.themes, session.participations, session.links))
    again = Session.objects.get(pk=session.pk)
    again.pk, again._state.adding = Session._meta.pk.get_default(), True
    again.slug, again.status = free_slug(Session, session.title_en), Session.Status.DRAFT
    again.save()
    again.themes.set(themes)
    for row in (*parts, *links):
        row.pk, row._state.adding, row.session = None, True, again
        if hasattr(row, "confirmed"):
            row.confirmed = False
        row.save()
    return again


# Looked at as it would be


def to_preview(request, session):
    """After “Save and preview”: there. None after any other way of saving."""
    return redirect(preview.of_session(session)) if "_preview" in request.POST else None
