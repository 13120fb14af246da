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

from sessions.text import Text

from . import lists
from .admission import holding_seats
from .day_marks import day_and_mode
from .models import Category, Registration, Seat
from .review import DECISIONS, ChangedMeanwhile, DeclineForm, refuse_what_has_changed, seen
from .seats import counts
from .states import NotPossible

TEMPLATE = "admin/registration/several.html"
# A request is answered in seconds; who has more to decide does it in several goes.
MOST = 500
# So many that could not be done are told by name.
TOLD = 10


def urls(desk):
    @require_POST
    def page(request):
        return apply(desk, request)

    return [path("several/", desk.admin_site.admin_view(page), name="registration_registration_several")]


class Nothing(forms.Form):
    """Nothing else is asked."""


@dataclass(frozen=True)
class Kind:
    """What can be done to several: the decision of the review, what is asked, and what is said before and after."""

    name: str
    form: type
    title: str

    @property
    def decision(self):
        return DECISIONS[self.name]


KINDS = {
    "approve": Kind("approve", Nothing, gettext_lazy("Approve these registrations")),
    "decline": Kind("decline", DeclineForm, gettext_lazy("Decline these registrations")),
    "cancel": Kind("cancel", Nothing, gettext_lazy("Cancel these registrations")),
}


@admin.action(description=gettext_lazy("Approve"), permissions=["decide"])
def approve_several(desk, request, queryset):
    return _ask(desk, request, KINDS["approve"], queryset)


@admin.action(description=gettext_lazy("Decline, with a reason"), permissions=["decide"])
def decline_several(desk, request, queryset):
    return _ask(desk, request, KINDS["decline"], queryset)


@admin.action(description=gettext_lazy("Cancel"), permissions=["decide"])
def cancel_several(desk, request, queryset):
    return _ask(desk, request, KINDS["cancel"], queryset)


ACTIONS = [approve_several, decline_several, cancel_several]


def apply(desk, request):
    """What the page asked for, sent: each registration by itself."""
    if not desk.has_decide_permission(request):
        raise PermissionDenied(_("Only those who may decide about registrations can do this."))
    kind, chosen = KINDS.get(request.POST.get("kind")), _chosen(request.POST.get("chosen", ""))
    if kind is None or not chosen or len(chosen) > MOST:
        messages.error(request, _("Nothing was done. Choose registrations in the list, and what is to be done."))
        return redirect("admin:registration_registration_changelist")
    form = kind.form(request.POST)
    if not form.is_valid():
        return _ask(desk, request, kind, Registration.objects.filter(pk__in=chosen), form)
    done, undone = carry_out(kind, chosen, by=request.user, **form.cleaned_data)
    _report(request, kind, done, undone)
    return redirect(_back(request))


def carry_out(kind, chosen, *, by, **more):
    """chosen: {key: what the page had seen of it}. How many are done, and pairs of a name and why not of the others."""
    done, undone = 0, []
    rows = Registration.objects.filter(pk__in=chosen).order_by("submitted_at", "pk")
    for row in rows:
        try:
            with holding_seats():
                refuse_what_has_changed(row, chosen[str(row.pk)])
                kind.decision.do(row, by=by, **more)
        except ChangedMeanwhile:
            undone.append((row.badge_name, _("It has changed since you looked.")))
        except NotPossible as reason:
            undone.append((row.badge_name, str(reason)))
        else:
            done += 1
    return done, undone


def _chosen(text):
    """{key: what was seen} from “key:seen key:seen”."""
    pairs = (item.partition(":") for item in text.split())
    return {key: shown for key, _colon, shown in pairs if lists.is_a_key(key)}


def _report(request, kind, done, undone):
    words = {
        "approve": ngettext("%(n)d registration is approved.", "%(n)d registrations are approved.", done),
        "decline": ngettext("%(n)d registration is declined.", "%(n)d registrations are declined.", done),
        "cancel": ngettext("%(n)d registration is cancelled.", "%(n)d registrations are cancelled.", done),
    }
    if done or not undone:
        messages.success(request, words[kind.name] % {"n": done})
    for name, why in undone[:TOLD]:
        messages.warning(request, _("Not “%(name)s”: %(why)s") % {"name": name, "why": why})
    if len(undone) > TOLD:
        more = len(undone) - TOLD
        words = ngettext("And %(n)d more could not be.", "And %(n)d more could not be.", more)
        messages.warning(request, words % {"n": more})


def _back(request):
    page = reverse("admin:registration_registration_changelist")
    query = lists.narrowing(QueryDict(request.POST.get("query", ""))).urlencode()
    return f"{page}?{query}" if query else page


# Before


@dataclass(frozen=True)
class Left:
    """What would be left of the seats of a day, or None where there is no limit."""

    name: str
    asked: int
    free: int | None

    @property
    def left(self):
        return None if self.free is None else max(self.free - self.asked, 0)

    @property
    def waiting(self):
        return 0 if self.free is None else max(self.asked - self.free, 0)


def _ask(desk, request, kind, queryset, form=None):
    number = queryset.count()
    if number > MOST:
        words = _("These are %(n)d registrations. Choose at most %(most)d at once.")
        messages.error(request, words % {"n": number, "most": MOST})
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
        "chosen": " ".join(f"{row.pk}:{seen(row)}" for row in able),
        "would_be_done": _would_be_done(kind, len(able)),
        "left": what_is_left(able) if kind.name == "approve" else [],
        "query": lists.narrowing(request.GET if form is None else QueryDict(request.POST.get("query", ""))),
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, TEMPLATE, context)


def _would_be_done(kind, number):
    words = {
        "approve": ngettext("%(n)d registration will be approved.", "%(n)d registrations will be approved.", number),
        "decline": ngettext("%(n)d registration will be declined.", "%(n)d registrations will be declined.", number),
        "cancel": ngettext("%(n)d registration will be cancelled.", "%(n)d registrations will be cancelled.", number),
    }
    return words[kind.name] % {"n": number}


def what_is_left(rows):
    """What approving all of these would leave of each limit, as if nothing else happened."""
    known = counts()
    seats = [seat for row in rows for seat in row.seats.all() if seat.state == Seat.State.ASKED]
    asked = Counter((seat.day, seat.mode) for seat in seats)
    days = [
        Left(day_and_mode(day, mode), number, known.of(day, mode).free) for (day, mode), number in sorted(asked.items())
    ]
    people = Counter(row.category_id for row in rows)
    categories = [
        Left(str(Text.of(row, "name")), people[row.pk], known.of_category(row.pk).free)
        for row in Category.objects.filter(pk__in=people)
    ]
    in_person = len({seat.registration_id for seat in seats if seat.mode == "in_person"})
    return [*days, *categories, Left(_("The house"), in_person, known.house.free)]
