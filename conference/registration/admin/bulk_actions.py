"""Several registrations decided about at once: first a page that says how many, which of them cannot be, and what seats
would be left; then each by itself, with a report of those that could not be."""

from collections import Counter
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from conference.core.admin import is_uuid
from conference.core.text import LocalizedText

from ..capacity import count_seats
from ..formatting import format_day_and_mode
from ..models import Category, Registration, Seat
from ..states import InvalidTransitionError
from ..workflow import seats_locked
from . import filters
from .review import DECISIONS, DeclineForm, RegistrationChangedError, check_unchanged, version_token

BULK_ACTION_TEMPLATE = "admin/registration/bulk_action.html"
# A request is answered in seconds; who has more to decide does it in several goes.
MAX_SELECTED = 500
# So many that could not be done are told by name.
MAX_REPORTED = 10


def get_bulk_action_urls(desk):
    @require_POST
    def page(request):
        return bulk_action_view(desk, request)

    return [path("several/", desk.admin_site.admin_view(page), name="registration_registration_several")]


class EmptyForm(forms.Form):
    """Nothing else is asked."""


@dataclass(frozen=True)
class BulkAction:
    """What can be done to several: the decision of the review, what is asked, and what is said before and after."""

    name: str
    form: type
    title: str

    @property
    def decision(self):
        return DECISIONS[self.name]


BULK_ACTIONS = {
    "approve": BulkAction("approve", EmptyForm, gettext_lazy("Approve these registrations")),
    "decline": BulkAction("decline", DeclineForm, gettext_lazy("Decline these registrations")),
    "cancel": BulkAction("cancel", EmptyForm, gettext_lazy("Cancel these registrations")),
}


@admin.action(description=gettext_lazy("Approve"), permissions=["decide"])
def approve_selected(desk, request, queryset):
    return render_confirmation(desk, request, BULK_ACTIONS["approve"], queryset)


@admin.action(description=gettext_lazy("Decline"), permissions=["decide"])
def decline_selected(desk, request, queryset):
    return render_confirmation(desk, request, BULK_ACTIONS["decline"], queryset)


@admin.action(description=gettext_lazy("Cancel"), permissions=["decide"])
def cancel_selected(desk, request, queryset):
    return render_confirmation(desk, request, BULK_ACTIONS["cancel"], queryset)


CHANGELIST_ACTIONS = [approve_selected, decline_selected, cancel_selected]


def bulk_action_view(desk, request):
    """What the page asked for, sent: each registration by itself."""
    if not desk.has_decide_permission(request):
        raise PermissionDenied(_("You do not have permission to decide on registrations."))
    kind, chosen = BULK_ACTIONS.get(request.POST.get("kind")), parse_selection(request.POST.get("chosen", ""))
    if kind is None or not chosen or len(chosen) > MAX_SELECTED:
        messages.error(request, _("Nothing was changed. Choose registrations in the list and an action."))
        return redirect("admin:registration_registration_changelist")
    form = kind.form(request.POST)
    if not form.is_valid():
        return render_confirmation(desk, request, kind, Registration.objects.filter(pk__in=chosen), form)
    done, undone = run_bulk_action(kind, chosen, by=request.user, **form.cleaned_data)
    report_results(request, kind, done, undone)
    return redirect(changelist_url(request))


def run_bulk_action(kind, chosen, *, by, **more):
    """chosen: {key: what the page had seen of it}. How many are done, and pairs of a name and why not of the others."""
    done, undone = 0, []
    rows = Registration.objects.filter(pk__in=chosen).order_by("submitted_at", "pk")
    for row in rows:
        try:
            with seats_locked():
                check_unchanged(row, chosen[str(row.pk)])
                kind.decision.execute(row, by=by, **more)
        except RegistrationChangedError:
            undone.append((row.badge_name, _("It has changed since you opened the page.")))
        except InvalidTransitionError as reason:
            undone.append((row.badge_name, str(reason)))
        else:
            done += 1
    return done, undone


def parse_selection(text):
    """{key: what was seen} from “key:seen key:seen”."""
    pairs = (item.partition(":") for item in text.split())
    return {key: shown for key, _colon, shown in pairs if is_uuid(key)}


def report_results(request, kind, done, undone):
    words = {
        "approve": ngettext("%(n)d registration was approved.", "%(n)d registrations were approved.", done),
        "decline": ngettext("%(n)d registration was declined.", "%(n)d registrations were declined.", done),
        "cancel": ngettext("%(n)d registration was cancelled.", "%(n)d registrations were cancelled.", done),
    }
    if done or not undone:
        messages.success(request, words[kind.name] % {"n": done})
    for name, why in undone[:MAX_REPORTED]:
        messages.warning(request, _("Not changed: “%(name)s”. %(why)s") % {"name": name, "why": why})
    if len(undone) > MAX_REPORTED:
        more = len(undone) - MAX_REPORTED
        words = ngettext("%(n)d more was not changed.", "%(n)d more were not changed.", more)
        messages.warning(request, words % {"n": more})


def changelist_url(request):
    page = reverse("admin:registration_registration_changelist")
    query = filters.filter_params(QueryDict(request.POST.get("query", ""))).urlencode()
    return f"{page}?{query}" if query else page


# Before


@dataclass(frozen=True)
class RemainingSeats:
    """What would be left of the seats of a day, or None where there is no limit."""

    name: str
    requested: int
    available: int | None

    @property
    def remaining(self):
        return None if self.available is None else max(self.available - self.requested, 0)

    @property
    def waitlisted(self):
        return 0 if self.available is None else max(self.requested - self.available, 0)


def render_confirmation(desk, request, kind, queryset, form=None):
    number = queryset.count()
    if number > MAX_SELECTED:
        words = _("You have selected %(n)d registrations. Select at most %(most)d.")
        messages.error(request, words % {"n": number, "most": MAX_SELECTED})
        return None
    rows = list(queryset.order_by("submitted_at", "pk").select_related("user", "category").prefetch_related("seats"))
    able = [row for row in rows if kind.decision.is_possible(row)]
    context = desk.admin_site.each_context(request) | {
        "title": kind.title,
        "opts": desk.opts,
        "kind": kind,
        "form": form or kind.form(),
        "able": able,
        "unable": [row for row in rows if row not in able],
        "chosen": " ".join(f"{row.pk}:{version_token(row)}" for row in able),
        "would_be_done": format_expected_result(kind, len(able)),
        "left": remaining_seats(able) if kind.name == "approve" else [],
        "query": filters.filter_params(request.GET if form is None else QueryDict(request.POST.get("query", ""))),
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, BULK_ACTION_TEMPLATE, context)


def format_expected_result(kind, number):
    words = {
        "approve": ngettext("%(n)d registration will be approved.", "%(n)d registrations will be approved.", number),
        "decline": ngettext("%(n)d registration will be declined.", "%(n)d registrations will be declined.", number),
        "cancel": ngettext("%(n)d registration will be cancelled.", "%(n)d registrations will be cancelled.", number),
    }
    return words[kind.name] % {"n": number}


def remaining_seats(rows):
    """What approving all of these would leave of each limit, as if nothing else happened."""
    known = count_seats()
    seats = [seat for row in rows for seat in row.seats.all() if seat.status == Seat.Status.REQUESTED]
    asked = Counter((seat.day, seat.mode) for seat in seats)
    days = [
        RemainingSeats(format_day_and_mode(day, mode), number, known.for_day(day, mode).available)
        for (day, mode), number in sorted(asked.items())
    ]
    people = Counter(row.category_id for row in rows)
    categories = [
        RemainingSeats(str(LocalizedText.of(row, "name")), people[row.pk], known.for_category(row.pk).available)
        for row in Category.objects.filter(pk__in=people)
    ]
    in_person = len({seat.registration_id for seat in seats if seat.mode == "in_person"})
    return [*days, *categories, RemainingSeats(_("Total on-site capacity"), in_person, known.in_person.available)]
