"""Deciding about one registration after the other: all that is known of it on one page, and the next that waits.

A decision is about what its page showed. Where somebody else has decided, or the person has changed something since,
nothing is done; the page says so and shows what is now.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import partial

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from conference.core.text import LocalizedText
from conference.core.versioning.formatting import RelatedNames, format_value, get_field_label
from conference.core.versioning.snapshot import get_field_values
from conference.core.versioning.timeline import get_display_name

from .. import duplicates, formatting
from ..capacity import count_seats
from ..formatting import upcoming_days
from ..models import Mode, Registration, RegistrationEvent, RegistrationStatus, Seat, SpecialNeeds
from ..permissions import BASIC_FIELDS, can_view_all_fields
from ..states import CLOSED_STATUSES, InvalidTransitionError, can_transition
from ..workflow import (
    approve_registration,
    cancel_registration,
    decline_registration,
    reopen_registration,
    seats_locked,
)

REVIEW_TEMPLATE = "admin/registration/review.html"
# What the list calls the query that it was narrowed by.
PRESERVED_FILTERS = "_changelist_filters"


def get_review_urls(desk):
    """desk is the admin of registrations."""
    page = desk.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(partial(review_view, desk)))
    return [path("<uuid:key>/review/", page, name="registration_registration_review")]


class RegistrationChangedError(Exception):
    """The registration is not as the page showed it."""


class DeclineForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=[("", gettext_lazy("Choose a reason")), *RegistrationEvent.Reason.choices]
    )
    note = forms.CharField(
        label=gettext_lazy("Message to the person"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=gettext_lazy("Included in the e-mail as written."),
    )


def review_view(desk, request, key):
    """All that is known of a registration; a POST decides, and leads to the next."""
    if not desk.has_view_or_change_permission(request):
        raise PermissionDenied(_("You do not have permission to view registrations."))
    row = get_registration(desk, request, key)
    if request.method != "POST":
        return render_review(desk, request, row, DeclineForm())
    if not desk.has_decide_permission(request):
        raise PermissionDenied(_("You do not have permission to decide on registrations."))
    return apply_decision(desk, request, row)


def apply_decision(desk, request, row):
    decision = DECISIONS.get(request.POST.get("decision"))
    form = DeclineForm(request.POST if decision == DECISIONS["decline"] else None)
    if decision is None:
        return render_review(desk, request, row, form, status=400, refusal=_("Choose an action."))
    if form.is_bound and not form.is_valid():
        return render_review(desk, request, row, form)
    following = next_pending_id(pending_ids(desk, request), row)
    try:
        with seats_locked():
            check_unchanged(row, request.POST.get("seen", ""))
            decision.execute(row, by=request.user, **(form.cleaned_data if form.is_bound else {}))
    except RegistrationChangedError:
        return render_review(
            desk, request, get_registration(desk, request, row.pk), form, status=409, refusal=conflict_message(row)
        )
    except InvalidTransitionError as reason:
        return render_review(
            desk, request, get_registration(desk, request, row.pk), form, status=409, refusal=str(reason)
        )
    row.refresh_from_db()
    messages.success(request, decision.success_message % {"name": row, "status": row.get_status_display()})
    return redirect_to_next(request, following)


def get_registration(desk, request, key):
    """The registration as the database has it now. Raises Http404 where there is none, or none any more."""
    found = desk.get_queryset(request).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def check_unchanged(row, shown):
    """Raises ChangedMeanwhile. Whoever asks holds the seats."""
    now = Registration.objects.prefetch_related("seats").filter(pk=row.pk).first()
    if now is None or version_token(now) != shown:
        raise RegistrationChangedError


def version_token(row):
    """Of what a page shows of a registration that a decision is about."""
    seats = sorted((str(seat.day), seat.mode, seat.status) for seat in row.seats.all())
    facts = json.dumps([get_field_values(row), row.status, row.status_changed_at.isoformat(), seats], sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def conflict_message(row):
    """Why nothing was done: who did what meanwhile, if somebody did."""
    last = (
        RegistrationEvent.objects.filter(registration=row.pk)
        .exclude(action=RegistrationEvent.Action.SEATS_ASSIGNED)
        .select_related("by")
        .last()
    )
    if last is None:
        return _(
            "Not saved: this registration has changed since you opened the page. The page now shows the current data."
        )
    words = _("Not saved: this registration has changed since you opened the page. Last change: "
"%(what)s, by %(who)s. The page now shows the current data.")  # fmt: skip
    return words % {"what": last.get_action_display(), "who": actor_label(last, row)}


def redirect_to_next(request, following):
    filters = request.GET.urlencode()
    if following is None:
        messages.info(request, _("No other registration in this list is pending."))
        page = reverse("admin:registration_registration_changelist")
        return redirect(f"{page}?{request.GET[PRESERVED_FILTERS]}" if request.GET.get(PRESERVED_FILTERS) else page)
    page = reverse("admin:registration_registration_review", args=[following])
    return redirect(f"{page}?{filters}" if filters else page)


@dataclass(frozen=True)
class Decision:
    """A verb of admission, whether it can be done in a state, and what is said after it."""

    name: str
    execute: object
    target_status: str
    success_message: str

    def is_possible(self, row):
        if self.name == "approve":
            return row.status == RegistrationStatus.SUBMITTED
        return (
            row.status in CLOSED_STATUSES
            if self.name == "reconsider"
            else can_transition(row.status, self.target_status)
        )


DECISIONS = {
    "approve": Decision(
        "approve",
        approve_registration,
        RegistrationStatus.APPROVED,
        gettext_lazy("“%(name)s” was approved: %(state)s."),
    ),
    "decline": Decision(
        "decline", decline_registration, RegistrationStatus.DECLINED, gettext_lazy("“%(name)s” was declined.")
    ),
    "reconsider": Decision(
        "reconsider",
        reopen_registration,
        RegistrationStatus.SUBMITTED,
        gettext_lazy("“%(name)s” is pending again."),
    ),
    "cancel": Decision(
        "cancel", cancel_registration, RegistrationStatus.CANCELLED, gettext_lazy("“%(name)s” was cancelled.")
    ),
}


# What awaits a decision


def pending_ids(desk, request):
    """The keys of what awaits a decision within the list as it was narrowed, the first first."""
    query = QueryDict(request.GET.get(PRESERVED_FILTERS, ""), mutable=True)
    query.pop("status__exact", None)
    waiting = desk.filtered_queryset(request, query.urlencode()).filter(status=RegistrationStatus.SUBMITTED)
    return list(waiting.order_by("submitted_at", "pk").values_list("pk", flat=True))


def next_pending_id(keys, row):
    """The key after this one's, from the beginning again after the last; None where there is no other."""
    place = keys.index(row.pk) if row.pk in keys else -1
    others = [*keys[place + 1 :], *keys[: max(place, 0)]]
    return others[0] if others else None


# The page


def render_review(desk, request, row, form, *, status=200, refusal=""):
    may_decide, all_of_it = desk.has_decide_permission(request), can_view_all_fields(request.user)
    may_correct = desk.has_change_permission(request, row) and row.status not in CLOSED_STATUSES
    keys = pending_ids(desk, request)
    context = desk.admin_site.each_context(request) | {
        "title": row.badge_name,
        "opts": desk.opts,
        "registration": row,
        "facts": all_details(row) if all_of_it else basic_details(row),
        "seats": build_seat_rows(row),
        "steps": build_event_rows(row) if all_of_it else None,
        "duplicates": duplicates.duplicates_of(row) if all_of_it else [],
        "form": form,
        "seen": version_token(row),
        "refusal": refusal,
        "possible": {name for name, decision in DECISIONS.items() if may_decide and decision.is_possible(row)},
        "place": keys.index(row.pk) + 1 if row.pk in keys else None,
        "left": len(keys),
        "following": next_pending_id(keys, row),
        "filters": request.GET.urlencode() if request.GET.get(PRESERVED_FILTERS) else "",
        "list_filters": request.GET.get(PRESERVED_FILTERS, ""),
        "may_correct": may_correct,
        "may_choose_days": may_correct and bool(upcoming_days()),
        "has_needs": request.user.has_perm("registration.view_specialneeds")
        and SpecialNeeds.objects.filter(pk=row.pk).exists(),
        "may_erase": request.user.is_superuser,
        "letters": row.queued_emails.all() if request.user.has_perm("mail.view_queuedemail") else None,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, REVIEW_TEMPLATE, context, status=status)


def all_details(row):
    """Pairs of a label and what is told."""
    first, others = format_details(row, ["passport_name"]), format_details(row, REGISTRAR_FIELDS)
    return [*first, *basic_details(row), (_("E-mail"), row.email), *others]


def basic_details(row):
    return format_details(row, BASIC_FIELDS)


REGISTRAR_FIELDS = ("gender", "email_language", "online_while_waitlisted", "consented_at")


def format_details(row, names):
    values, known = get_field_values(row), RelatedNames(Registration, [])
    category = {"category": str(LocalizedText.of(row.category, "name"))}
    words = {name: category.get(name) or format_value(Registration, name, values[name], known) for name in names}
    return [(get_field_label(Registration, name), text) for name, text in words.items()]


@dataclass(frozen=True)
class SeatRow:
    """free: how many seats there are on this day in this mode, None where there is no limit."""

    seat: Seat
    description: str
    available: int | None
    waitlisted: int


def build_seat_rows(row):
    known = count_seats()
    held = [seat for seat in row.seats.all() if seat.status != Seat.Status.RELEASED]
    tallies = [(seat, known.for_day(seat.day, seat.mode)) for seat in held]
    return [
        SeatRow(
            seat,
            formatting.describe_seat(Mode(seat.mode), seat.status, seat.is_interim),
            tally.available,
            tally.waitlisted,
        )
        for seat, tally in tallies
    ]


@dataclass(frozen=True)
class EventRow:
    """changes: (label, before, after) of facts; seats: sentences."""

    event: RegistrationEvent
    actor: str
    changes: list
    seats: list


def build_event_rows(row):
    """What happened, the latest first."""
    steps = list(row.events.select_related("by"))
    return [
        EventRow(step, actor_label(step, row), describe_field_changes(step), describe_seat_changes(step))
        for step in reversed(steps)
    ]


def actor_label(step, row):
    """Who took a step: the person, somebody at the desk, or the site."""
    if step.by_id == row.user_id:
        return _("participant")
    return get_display_name(step.by) or _("system")


def describe_field_changes(step):
    facts = {name: pair for name, pair in step.changes.items() if name != "seats"}
    return [
        (get_field_label(Registration, name), *(format_changed_value(name, value) for value in pair))
        for name, pair in facts.items()
    ]


def format_changed_value(name, value):
    # What is in another table is kept by its name.
    if Registration._meta.get_field(name).is_relation:
        return str(value)
    return format_value(Registration, name, value, RelatedNames(Registration, []))


def describe_seat_changes(step):
    moves = []
    for day, mode, _before, after in step.changes.get("seats", []):
        date = date_format(parse_date(day), "MONTH_DAY_FORMAT")
        moves.append(_("%(day)s: %(what)s") % {"day": date, "what": formatting.describe_seat(Mode(mode), after)})
    return moves
