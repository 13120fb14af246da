"""The list of sessions as organizers work with it: by day, times and rooms edited where they stand, several sessions
confirmed, made tentative, cancelled or moved at once, and a session made again as a draft.

What is done to several at once is shown before it is done, and refused where any of them has changed since.
Every row is saved by itself, so that its history tells of it.
"""

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
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from conference.core.edit_conflicts import lock_rows
from conference.core.slugs import free_slug
from sessions.admin.timetable_grid import ONE_MINUTE, make_placement_token

from ..models import Session
from ..releases import preview_pages

# The longest that sessions are moved by at once: two weeks, in minutes.
MAX_SHIFT_MINUTES = 14 * 24 * 60


# Edited in the list


# Done to several at once


class ConfirmForm(forms.Form):
    title = _("Set status to Confirmed")

    def apply(self, session):
        session.status = Session.Status.CONFIRMED


class MakeTentativeForm(forms.Form):
    title = _("Set status to Tentative")

    def apply(self, session):
        session.status = Session.Status.TENTATIVE


class CancelForm(forms.Form):
    title = _("Cancel sessions")
    notice_en = forms.CharField(
        label=_("notice (English)"),
        max_length=300,
        help_text=_("The reason, and what happens next. Shown on each session."),
    )
    notice_vi = forms.CharField(label=_("notice (Vietnamese)"), max_length=300, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.fields:
            self.fields[name].widget.attrs |= {"class": "vTextField", "lang": name.rpartition("_")[2]}

    def apply(self, session):
        session.status = Session.Status.CANCELLED
        session.notice_en, session.notice_vi = self.cleaned_data["notice_en"], self.cleaned_data["notice_vi"]


class ShiftForm(forms.Form):
    title = _("Move earlier or later")
    minutes = forms.IntegerField(
        label=_("minutes"),
        min_value=-MAX_SHIFT_MINUTES,
        max_value=MAX_SHIFT_MINUTES,
        help_text=_("15 moves a session 15 minutes later, -15 moves it 15 minutes earlier. One day is 1440."),
    )

    def clean_minutes(self):
        if self.cleaned_data["minutes"] == 0:
            raise forms.ValidationError(_("Enter a number other than 0."))
        return self.cleaned_data["minutes"]

    def apply(self, session):
        by = self.cleaned_data["minutes"] * ONE_MINUTE
        session.starts_at, session.ends_at = session.starts_at + by, session.ends_at + by


class SessionsChangedError(Exception):
    """The sessions are not those, or not as, the page showed."""


@admin.action(description=_("Set to Confirmed"), permissions=["change"])
def confirm_selected(desk, request, queryset):
    return run_bulk_action(desk, request, queryset, ConfirmForm)


@admin.action(description=_("Set to Tentative"), permissions=["change"])
def make_selected_tentative(desk, request, queryset):
    return run_bulk_action(desk, request, queryset, MakeTentativeForm)


@admin.action(description=_("Cancel sessions"), permissions=["change"])
def cancel_selected(desk, request, queryset):
    return run_bulk_action(desk, request, queryset, CancelForm)


@admin.action(description=_("Move earlier or later"), permissions=["change"])
def shift_selected(desk, request, queryset):
    return run_bulk_action(desk, request, queryset, ShiftForm)


ACTIONS = [confirm_selected, make_selected_tentative, cancel_selected, shift_selected]


def run_bulk_action(desk, request, queryset, kind):
    """A page that shows the sessions and asks; when it is sent, they are changed, all or none."""
    sent = "apply" in request.POST
    form = kind(request.POST if sent else None)
    if not sent or not form.is_valid():
        return render_confirmation(desk, request, queryset, form)
    try:
        number = update_sessions([session.pk for session in queryset], request.POST.get("seen", ""), form.apply)
    except SessionsChangedError:
        return render_confirmation(desk, request, queryset, form, changed_meanwhile=True)
    said = ngettext("%(n)d session was changed.", "%(n)d sessions were changed.", number)
    messages.success(request, said % {"n": number})
    return None


@transaction.atomic
def update_sessions(keys, shown, change):
    """Change these sessions one by one and return their number. Raises ChangedMeanwhile; then nothing is changed."""
    lock_rows(Session, *keys)
    sessions = list(Session.objects.filter(pk__in=keys))
    if make_selection_token(sessions) != shown:
        raise SessionsChangedError
    for session in sessions:
        change(session)
        session.save()
    return len(sessions)


def make_selection_token(sessions):
    """Of which sessions a page showed, and of what it showed of each."""
    rows = sorted(
        f"{session.pk} {make_placement_token(session)} {session.notice_en} {session.notice_vi}" for session in sessions
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def render_confirmation(desk, request, queryset, form, *, changed_meanwhile=False):
    sessions = list(queryset.order_by("starts_at", "room__order", "title_en"))
    context = desk.admin_site.each_context(request) | {
        "title": form.title,
        "opts": Session._meta,
        "form": form,
        "sessions": sessions,
        "days": {timezone.localtime(session.starts_at).date() for session in sessions},
        "seen": make_selection_token(sessions),
        "action": request.POST.get("action", ""),
        "checkbox": ACTION_CHECKBOX_NAME,
        "changed_meanwhile": changed_meanwhile,
    }
    request.current_app = desk.admin_site.name
    status = 409 if changed_meanwhile else 200
    return TemplateResponse(request, "admin/programme/session/bulk_action.html", context, status=status)


# Made again


def get_duplicate_urls(desk):
    """For the admin of sessions, before its own. desk is the admin site."""
    view = desk.admin_view(duplicate_view)
    return [path("<uuid:key>/duplicate/", view, name="programme_session_duplicate")]


@require_http_methods(["GET", "HEAD", "POST"])
def duplicate_view(request, key):
    """Asks, and on a POST makes the draft and leads to it."""
    if not request.user.has_perm("programme.add_session") or not request.user.has_perm("programme.view_session"):
        raise PermissionDenied(_("You do not have permission to add sessions."))
    session = Session.objects.filter(pk=key).first()
    if session is None:
        raise Http404
    if request.method == "POST":
        again = duplicate_session(session)
        messages.success(request, _("This is the copy. It is a draft and not public."))
        return redirect("admin:programme_session_change", again.pk)
    context = admin.site.each_context(request) | {
        "title": _("Duplicate “%(title)s”") % {"title": session.title_en},
        "opts": Session._meta,
        "session": session,
    }
    return TemplateResponse(request, "admin/programme/session/duplicate.html", context)


@transaction.atomic
def duplicate_session(session):
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


def redirect_to_preview(request, session):
    """After “Save and preview”: there. None after any other way of saving."""
    return redirect(preview_pages.get_session_preview_url(session)) if "_preview" in request.POST else None
