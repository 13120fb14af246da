"""Bulk decisions: a confirmation page with the effect on the seats, then one decision per registration.

Each registration is decided in its own transaction. A report names those that could not be changed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conference.core.admin.model_admin import is_uuid
from conference.core.i18n.text import LocalizedText

from ..capacity import count_seats
from ..formatting import format_day_and_mode
from ..models import Category, Mode, Registration, Seat
from ..states import InvalidTransitionError
from ..workflow import seats_locked
from . import filters
from .base import RegistrationChangedError, check_unchanged, render_admin_page, version_token
from .decisions import DECISIONS, PREVIEW_PARAMETER, Decision, DeclineForm, preview_email

BULK_ACTION_TEMPLATE = "admin/registration/bulk_action.html"
# A larger selection could exceed the request timeout.
MAX_SELECTED = 500
MAX_REPORTED = 10


@dataclass(frozen=True)
class BulkAction:
    """A decision, the form that it needs, and the title of its confirmation page."""

    name: str
    form: type[forms.Form]
    title: str

    @property
    def decision(self) -> Decision:
        return DECISIONS[self.name]


BULK_ACTIONS = {
    "approve": BulkAction("approve", forms.Form, gettext_lazy("Approve these registrations")),
    "decline": BulkAction("decline", DeclineForm, gettext_lazy("Decline these registrations")),
    "cancel": BulkAction("cancel", forms.Form, gettext_lazy("Cancel these registrations")),
}


@admin.action(description=gettext_lazy("Approve"), permissions=["decide"])
def approve_selected(model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet) -> TemplateResponse | None:
    return render_confirmation(model_admin, request, BULK_ACTIONS["approve"], queryset)


@admin.action(description=gettext_lazy("Decline"), permissions=["decide"])
def decline_selected(model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet) -> TemplateResponse | None:
    return render_confirmation(model_admin, request, BULK_ACTIONS["decline"], queryset)


@admin.action(description=gettext_lazy("Cancel"), permissions=["decide"])
def cancel_selected(model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet) -> TemplateResponse | None:
    return render_confirmation(model_admin, request, BULK_ACTIONS["cancel"], queryset)


CHANGELIST_ACTIONS = [approve_selected, decline_selected, cancel_selected]


def bulk_action_view(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Apply the confirmed action to the selected registrations and redirect to the list."""
    if not model_admin.has_decide_permission(request):
        raise PermissionDenied(_("You do not have permission to decide on registrations."))
    action = BULK_ACTIONS.get(request.POST.get("bulk_action"))
    versions = parse_selection(request.POST.get("selection", ""))
    if action is None or not versions or len(versions) > MAX_SELECTED:
        messages.error(request, _("Nothing was changed. Choose registrations in the list and an action."))
        return redirect("admin:registration_registration_changelist")
    form = action.form(request.POST)
    if not form.is_valid():
        return render_confirmation(model_admin, request, action, Registration.objects.filter(pk__in=versions), form)
    if form.fields and PREVIEW_PARAMETER in request.POST:
        selected = Registration.objects.filter(pk__in=versions)
        return render_confirmation(model_admin, request, action, selected, form, with_preview=True)
    done, failures = run_bulk_action(action, versions, by=request.user, **form.cleaned_data)
    report_results(request, action, done, failures)
    return redirect(changelist_url(request))


def run_bulk_action(
    action: BulkAction, versions: Mapping[str, str], **options: object
) -> tuple[int, list[tuple[str, str]]]:
    """Apply an action to registrations, given as {key: version token}.

    Return the number of changed registrations, and (name, reason) of each one that was not changed.
    """
    done, failures = 0, []
    for registration in Registration.objects.filter(pk__in=versions).order_by("submitted_at", "pk"):
        try:
            with seats_locked():
                check_unchanged(registration, versions[str(registration.pk)])
                action.decision.execute(registration, **options)
        except RegistrationChangedError:
            failures.append((registration.badge_name, _("It has changed since you opened the page.")))
        except InvalidTransitionError as error:
            failures.append((registration.badge_name, str(error)))
        else:
            done += 1
    return done, failures


def parse_selection(text: str) -> dict[str, str]:
    """Return {key: version token} from “key:token key:token”. Malformed keys are left out."""
    pairs = (item.partition(":") for item in text.split())
    return {key: version for key, _colon, version in pairs if is_uuid(key)}


def report_results(request: HttpRequest, action: BulkAction, done: int, failures: list[tuple[str, str]]) -> None:
    success_messages = {
        "approve": ngettext("%(n)d registration was approved.", "%(n)d registrations were approved.", done),
        "decline": ngettext("%(n)d registration was declined.", "%(n)d registrations were declined.", done),
        "cancel": ngettext("%(n)d registration was cancelled.", "%(n)d registrations were cancelled.", done),
    }
    if done or not failures:
        messages.success(request, success_messages[action.name] % {"n": done})
    for name, reason in failures[:MAX_REPORTED]:
        messages.warning(request, _("Not changed: “%(name)s”. %(why)s") % {"name": name, "why": reason})
    if len(failures) > MAX_REPORTED:
        more = len(failures) - MAX_REPORTED
        message = ngettext("%(n)d more was not changed.", "%(n)d more were not changed.", more)
        messages.warning(request, message % {"n": more})


def changelist_url(request: HttpRequest) -> str:
    """Return the URL of the list with the filters that the confirmation page came from."""
    page = reverse("admin:registration_registration_changelist")
    query = posted_filters(request).urlencode()
    return f"{page}?{query}" if query else page


def posted_filters(request: HttpRequest) -> QueryDict:
    return filters.filter_params(QueryDict(request.POST.get("query", "")))


def render_confirmation(
    model_admin: ModelAdmin,
    request: HttpRequest,
    action: BulkAction,
    queryset: QuerySet[Registration],
    form: forms.Form | None = None,
    *,
    with_preview: bool = False,
) -> TemplateResponse | None:
    """Return the confirmation page; None, which shows the list again, if too many registrations are selected.

    with_preview shows the e-mail to the first of them.
    """
    number = queryset.count()
    if number > MAX_SELECTED:
        message = _("You have selected %(n)d registrations. Select at most %(most)d.")
        messages.error(request, message % {"n": number, "most": MAX_SELECTED})
        return None
    registrations = list(
        queryset.order_by("submitted_at", "pk").select_related("user", "category").prefetch_related("seats")
    )
    possible = [registration for registration in registrations if action.decision.is_possible(registration)]
    context = {
        "title": action.title,
        "action": action,
        "form": form or action.form(),
        "preview": preview_email(possible[0], form) if with_preview and possible else None,
        "registrations": possible,
        "skipped": [registration for registration in registrations if registration not in possible],
        "selection": " ".join(f"{registration.pk}:{version_token(registration)}" for registration in possible),
        "expected_result": format_expected_result(action, len(possible)),
        "limits": remaining_seats(possible) if action.name == "approve" else [],
        "query": posted_filters(request) if form is not None else filters.filter_params(request.GET),
    }
    return render_admin_page(model_admin, request, BULK_ACTION_TEMPLATE, context)


def format_expected_result(action: BulkAction, number: int) -> str:
    sentences = {
        "approve": ngettext("%(n)d registration will be approved.", "%(n)d registrations will be approved.", number),
        "decline": ngettext("%(n)d registration will be declined.", "%(n)d registrations will be declined.", number),
        "cancel": ngettext("%(n)d registration will be cancelled.", "%(n)d registrations will be cancelled.", number),
    }
    return sentences[action.name] % {"n": number}


@dataclass(frozen=True)
class RemainingSeats:
    """Effect of an approval on one limit. available and remaining are None where there is no limit."""

    name: str
    requested: int
    available: int | None

    @property
    def remaining(self) -> int | None:
        return None if self.available is None else max(self.available - self.requested, 0)

    @property
    def waitlisted(self) -> int:
        return 0 if self.available is None else max(self.requested - self.available, 0)


def remaining_seats(registrations: Iterable[Registration]) -> list[RemainingSeats]:
    """Return the effect of approving all of these on each limit: days, categories, whole venue."""
    counts = count_seats()
    seats = [
        seat
        for registration in registrations
        for seat in registration.seats.all()
        if seat.status == Seat.Status.REQUESTED
    ]
    per_day = Counter((seat.day, seat.mode) for seat in seats)
    per_category = Counter(registration.category_id for registration in registrations)
    in_person = {seat.registration_id for seat in seats if seat.mode == Mode.IN_PERSON}
    return [
        *(
            RemainingSeats(format_day_and_mode(day, mode), number, counts.for_day(day, mode).available)
            for (day, mode), number in sorted(per_day.items())
        ),
        *(
            RemainingSeats(
                str(LocalizedText.of(category, "name")),
                per_category[category.pk],
                counts.for_category(category.pk).available,
            )
            for category in Category.objects.filter(pk__in=per_category)
        ),
        RemainingSeats(_("Total on-site capacity"), len(in_person), counts.in_person.available),
    ]
