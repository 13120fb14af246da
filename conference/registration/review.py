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

from sessions.content import own
from sessions.text import Text
from sessions.timeline import called
from sessions.values import Names, in_words, label

from . import day_marks, duplicates
from .admission import approve, cancel, decline, holding_seats, reconsider
from .days import days_to_come
from .models import Mode, Needs, Registration, Seat, State, Step
from .seats import counts
from .states import CLOSED, NotPossible, may
from .who_sees_what import FOR_ALL, sees_everything

TEMPLATE = "admin/registration/review.html"
# What the list calls the query that it was narrowed by.
FILTERS = "_changelist_filters"


def urls(desk):
    """desk is the admin of registrations."""
    page = desk.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(partial(review, desk)))
    return [path("<uuid:key>/review/", page, name="registration_registration_review")]


class ChangedMeanwhile(Exception):
    """The registration is not as the page showed it."""


class DeclineForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=[("", gettext_lazy("Choose a reason")), *Step.Reason.choices]
    )
    note = forms.CharField(
        label=gettext_lazy("A few words to the person"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=gettext_lazy("Stands in the letter as you write it here."),
    )


def review(desk, request, key):
    """All that is known of a registration; a POST decides, and leads to the next."""
    if not desk.has_view_or_change_permission(request):
        raise PermissionDenied(_("Only those who may see registrations can open them."))
    row = as_it_is(desk, request, key)
    if request.method != "POST":
        return _show(desk, request, row, DeclineForm())
    if not desk.has_decide_permission(request):
        raise PermissionDenied(_("Only those who may decide about registrations can do this."))
    return _decide(desk, request, row)


def _decide(desk, request, row):
    decision = DECISIONS.get(request.POST.get("decision"))
    form = DeclineForm(request.POST if decision == DECISIONS["decline"] else None)
    if decision is None:
        return _show(desk, request, row, form, status=400, refusal=_("Choose what is to be done."))
    if form.is_bound and not form.is_valid():
        return _show(desk, request, row, form)
    following = _following(queue(desk, request), row)
    try:
        with holding_seats():
            refuse_what_has_changed(row, request.POST.get("seen", ""))
            decision.do(row, by=request.user, **(form.cleaned_data if form.is_bound else {}))
    except ChangedMeanwhile:
        return _show(desk, request, as_it_is(desk, request, row.pk), form, status=409, refusal=what_happened(row))
    except NotPossible as reason:
        return _show(desk, request, as_it_is(desk, request, row.pk), form, status=409, refusal=str(reason))
    row.refresh_from_db()
    messages.success(request, decision.said % {"name": row, "state": row.get_state_display()})
    return _lead_on(request, following)


def as_it_is(desk, request, key):
    """The registration as the database has it now. Raises Http404 where there is none, or none any more."""
    found = desk.get_queryset(request).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def refuse_what_has_changed(row, shown):
    """Raises ChangedMeanwhile. Whoever asks holds the seats."""
    now = Registration.objects.prefetch_related("seats").filter(pk=row.pk).first()
    if now is None or seen(now) != shown:
        raise ChangedMeanwhile


def seen(row):
    """Of what a page shows of a registration that a decision is about."""
    seats = sorted((str(seat.day), seat.mode, seat.state) for seat in row.seats.all())
    facts = json.dumps([own(row), row.state, row.state_at.isoformat(), seats], sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def what_happened(row):
    """Why nothing was done: who did what meanwhile, if somebody did."""
    last = Step.objects.filter(registration=row.pk).exclude(action=Step.Action.SEAT).select_related("by").last()
    if last is None:
        return _("Nothing was done: this registration has changed since you opened this page. This is how it is now.")
    words = _("Nothing was done: this registration has changed since you opened this page. Last: %(what)s, by %(who)s. "
              "This is how it is now.")  # fmt: skip
    return words % {"what": last.get_action_display(), "who": who(last, row)}


def _lead_on(request, following):
    filters = request.GET.urlencode()
    if following is None:
        messages.info(request, _("Nothing else here awaits a decision."))
        page = reverse("admin:registration_registration_changelist")
        return redirect(f"{page}?{request.GET[FILTERS]}" if request.GET.get(FILTERS) else page)
    page = reverse("admin:registration_registration_review", args=[following])
    return redirect(f"{page}?{filters}" if filters else page)


@dataclass(frozen=True)
class Decision:
    """A verb of admission, whether it can be done in a state, and what is said after it."""

    name: str
    do: object
    after: str
    said: str

    def is_possible(self, row):
        if self.name == "approve":
            return row.state == State.SUBMITTED
        return row.state in CLOSED if self.name == "reconsider" else may(row.state, self.after)


DECISIONS = {
    "approve": Decision("approve", approve, State.APPROVED, gettext_lazy("“%(name)s” is approved: %(state)s.")),
    "decline": Decision("decline", decline, State.DECLINED, gettext_lazy("“%(name)s” is declined.")),
    "reconsider": Decision(
        "reconsider", reconsider, State.SUBMITTED, gettext_lazy("“%(name)s” awaits a decision again.")
    ),
    "cancel": Decision("cancel", cancel, State.CANCELLED, gettext_lazy("“%(name)s” is cancelled.")),
}


# What awaits a decision


def queue(desk, request):
    """The keys of what awaits a decision within the list as it was narrowed, the first first."""
    query = QueryDict(request.GET.get(FILTERS, ""), mutable=True)
    query.pop("state__exact", None)
    waiting = desk.narrowed(request, query.urlencode()).filter(state=State.SUBMITTED)
    return list(waiting.order_by("submitted_at", "pk").values_list("pk", flat=True))


def _following(keys, row):
    """The key after this one's, from the beginning again after the last; None where there is no other."""
    place = keys.index(row.pk) if row.pk in keys else -1
    others = [*keys[place + 1 :], *keys[: max(place, 0)]]
    return others[0] if others else None


# The page


def _show(desk, request, row, form, *, status=200, refusal=""):
    may_decide, all_of_it = desk.has_decide_permission(request), sees_everything(request.user)
    may_correct = desk.has_change_permission(request, row) and row.state not in CLOSED
    keys = queue(desk, request)
    context = desk.admin_site.each_context(request) | {
        "title": row.badge_name,
        "opts": desk.opts,
        "registration": row,
        "facts": _facts(row) if all_of_it else _facts_for_all(row),
        "seats": _seats(row),
        "steps": _steps(row) if all_of_it else None,
        "duplicates": duplicates.of(row) if all_of_it else [],
        "form": form,
        "seen": seen(row),
        "refusal": refusal,
        "possible": {name for name, decision in DECISIONS.items() if may_decide and decision.is_possible(row)},
        "place": keys.index(row.pk) + 1 if row.pk in keys else None,
        "left": len(keys),
        "following": _following(keys, row),
        "filters": request.GET.urlencode() if request.GET.get(FILTERS) else "",
        "list_filters": request.GET.get(FILTERS, ""),
        "may_correct": may_correct,
        "may_choose_days": may_correct and bool(days_to_come()),
        "has_needs": request.user.has_perm("registration.view_needs") and Needs.objects.filter(pk=row.pk).exists(),
        "may_erase": request.user.is_superuser,
        "letters": row.letters.all() if request.user.has_perm("registration.view_letter") else None,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, TEMPLATE, context, status=status)


def _facts(row):
    """Pairs of a label and what is told."""
    first, others = _told(row, ["passport_name"]), _told(row, REGISTRARS_FACTS)
    return [*first, *_facts_for_all(row), (_("E-mail"), row.email), *others]


def _facts_for_all(row):
    return _told(row, FOR_ALL)


REGISTRARS_FACTS = ("gender", "letter_language", "online_meanwhile", "consented_at")


def _told(row, names):
    values, known = own(row), Names(Registration, [])
    category = {"category": str(Text.of(row.category, "name"))}
    words = {name: category.get(name) or in_words(Registration, name, values[name], known) for name in names}
    return [(label(Registration, name), text) for name, text in words.items()]


@dataclass(frozen=True)
class SeatShown:
    """free: how many seats there are on this day in this mode, None where there is no limit."""

    seat: Seat
    words: str
    free: int | None
    waiting: int


def _seats(row):
    known = counts()
    held = [seat for seat in row.seats.all() if seat.state != Seat.State.RELEASED]
    tallies = [(seat, known.of(seat.day, seat.mode)) for seat in held]
    return [
        SeatShown(seat, day_marks.in_words(Mode(seat.mode), seat.state, seat.meanwhile), tally.free, tally.waiting)
        for seat, tally in tallies
    ]


@dataclass(frozen=True)
class StepShown:
    """changes: (label, before, after) of facts; seats: sentences."""

    step: Step
    who: str
    changes: list
    seats: list


def _steps(row):
    """What happened, the latest first."""
    steps = list(row.steps.select_related("by"))
    return [StepShown(step, who(step, row), _changes(step), _moves(step)) for step in reversed(steps)]


def who(step, row):
    """Who took a step: the person, somebody at the desk, or the site."""
    if step.by_id == row.user_id:
        return _("the person")
    return called(step.by) or _("the site")


def _changes(step):
    facts = {name: pair for name, pair in step.changes.items() if name != "seats"}
    return [(label(Registration, name), *(_said(name, value) for value in pair)) for name, pair in facts.items()]


def _said(name, value):
    # What is in another table is kept by its name.
    if Registration._meta.get_field(name).is_relation:
        return str(value)
    return in_words(Registration, name, value, Names(Registration, []))


def _moves(step):
    moves = []
    for day, mode, _before, after in step.changes.get("seats", []):
        date = date_format(parse_date(day), "MONTH_DAY_FORMAT")
        moves.append(_("%(day)s: %(what)s") % {"day": date, "what": day_marks.in_words(Mode(mode), after)})
    return moves
