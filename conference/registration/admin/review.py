"""Review of registrations: one page with the details of a registration, the decisions, and a link to the next one.

A decision applies to the version that the page showed. If an organizer or the participant has changed the registration
since, nothing is saved: the page says who changed it and shows the current data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from conference.core.i18n.text import LocalizedText
from conference.core.versioning.formatting import RelatedNames, format_value, get_field_label
from conference.core.versioning.snapshot import get_field_values

from ..capacity import count_seats
from ..duplicates import duplicates_of
from ..formatting import describe_seat, upcoming_days
from ..models import Mode, Registration, Seat, SpecialNeeds
from ..states import InvalidTransitionError
from ..workflow import can_add_email, seats_locked
from .base import (
    BASIC_FIELDS,
    RegistrationChangedError,
    can_view_all_fields,
    check_unchanged,
    conflict_message,
    get_registration,
    render_admin_page,
    version_token,
)
from .decisions import DECISIONS, PREVIEW_PARAMETER, DeclineForm, EmailPreview, preview_email
from .event_history import build_event_rows, changes_since_approval

REVIEW_TEMPLATE = "admin/registration/review.html"
# Query parameter in which Django's change list passes its filters on.
PRESERVED_FILTERS = "_changelist_filters"
REGISTRAR_FIELDS = ("email_language", "online_while_waitlisted", "consented_at")


def review_view(model_admin: ModelAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    """Show a registration. A POST applies a decision and redirects to the next pending registration."""
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied(_("You do not have permission to view registrations."))
    registration = get_registration(model_admin, request, key)
    if request.method != "POST":
        return render_review(model_admin, request, registration, DeclineForm())
    if not model_admin.has_decide_permission(request):
        raise PermissionDenied(_("You do not have permission to decide on registrations."))
    return apply_decision(model_admin, request, registration)


def apply_decision(model_admin: ModelAdmin, request: HttpRequest, registration: Registration) -> HttpResponse:
    decision = DECISIONS.get(request.POST.get("decision"))
    form = DeclineForm(request.POST if decision == DECISIONS["decline"] else None)
    if decision is None:
        return render_review(model_admin, request, registration, form, status=400, error=_("Choose an action."))
    if form.is_bound and not form.is_valid():
        return render_review(model_admin, request, registration, form)
    if form.is_bound and PREVIEW_PARAMETER in request.POST:
        return render_review(model_admin, request, registration, form, preview=preview_email(registration, form))
    next_id = next_pending_id(pending_ids(model_admin, request), registration)
    try:
        with seats_locked():
            check_unchanged(registration, request.POST.get("version", ""))
            decision.execute(registration, by=request.user, **(form.cleaned_data if form.is_bound else {}))
    except RegistrationChangedError:
        return render_conflict(model_admin, request, registration, form, conflict_message(registration))
    except InvalidTransitionError as error:
        return render_conflict(model_admin, request, registration, form, str(error))
    registration.refresh_from_db()
    values = {"name": registration, "state": registration.get_status_display()}
    messages.success(request, decision.success_message % values)
    return redirect_to_next(request, next_id)


def redirect_to_next(request: HttpRequest, next_id: UUID | None) -> HttpResponse:
    """Redirect to the next pending registration, or to the list if there is none."""
    query = request.GET.urlencode()
    if next_id is None:
        messages.info(request, _("No other registration in this list is pending."))
        page = reverse("admin:registration_registration_changelist")
        return redirect(f"{page}?{request.GET[PRESERVED_FILTERS]}" if request.GET.get(PRESERVED_FILTERS) else page)
    page = reverse("admin:registration_registration_review", args=[next_id])
    return redirect(f"{page}?{query}" if query else page)


def pending_ids(model_admin: ModelAdmin, request: HttpRequest) -> list[UUID]:
    """Return the keys of the pending registrations in the filtered list, oldest first. Its status filter is ignored."""
    query = QueryDict(request.GET.get(PRESERVED_FILTERS, ""), mutable=True)
    query.pop("status__exact", None)
    pending = model_admin.filtered_queryset(request, query.urlencode()).pending()
    return list(pending.order_by("submitted_at", "pk").values_list("pk", flat=True))


def next_pending_id(keys: Sequence[UUID], registration: Registration) -> UUID | None:
    """Return the key after this registration's, starting again at the first; None if there is no other."""
    index = keys.index(registration.pk) if registration.pk in keys else -1
    others = [*keys[index + 1 :], *keys[: max(index, 0)]]
    return others[0] if others else None


def render_conflict(
    model_admin: ModelAdmin, request: HttpRequest, registration: Registration, form: Form, error: str
) -> TemplateResponse:
    """Show the current data with an error, and keep what was entered in the form."""
    current = get_registration(model_admin, request, registration.pk)
    return render_review(model_admin, request, current, form, status=409, error=error)


def render_review(
    model_admin: ModelAdmin,
    request: HttpRequest,
    registration: Registration,
    form: Form,
    *,
    status: int = 200,
    error: str = "",
    preview: EmailPreview | None = None,
) -> TemplateResponse:
    user, keys = request.user, pending_ids(model_admin, request)
    can_decide, can_view_all = model_admin.has_decide_permission(request), can_view_all_fields(user)
    can_edit = model_admin.has_change_permission(request, registration) and not registration.is_closed
    list_query = request.GET.get(PRESERVED_FILTERS, "")
    has_needs = SpecialNeeds.objects.filter(pk=registration.pk).exclude(access="", diet="").exists
    context = {
        "title": registration.badge_name,
        "registration": registration,
        "details": all_details(registration) if can_view_all else basic_details(registration),
        "approved_changes": changes_since_approval(registration) if can_view_all else [],
        "seats": build_seat_rows(registration),
        "events": build_event_rows(registration) if can_view_all else None,
        "duplicates": duplicates_of(registration) if can_view_all else [],
        "form": form,
        "preview": preview,
        "version": version_token(registration),
        "error": error,
        "decisions": {
            name for name, decision in DECISIONS.items() if can_decide and decision.is_possible(registration)
        },
        "position": keys.index(registration.pk) + 1 if registration.pk in keys else None,
        "pending_count": len(keys),
        "next_id": next_pending_id(keys, registration),
        "query": request.GET.urlencode() if list_query else "",
        "list_query": list_query,
        "can_edit": can_edit,
        "can_edit_days": can_edit and bool(upcoming_days()),
        "can_view_needs": user.has_perm("registration.view_specialneeds") and has_needs(),
        "can_erase": user.is_superuser,
        "can_add_email": can_add_email(registration),
        "emails": registration.queued_emails.all() if user.has_perm("mail.view_queuedemail") else None,
    }
    return render_admin_page(model_admin, request, REVIEW_TEMPLATE, context, status=status)


def all_details(registration: Registration) -> list[tuple[str, str]]:
    """Return pairs of a label and a value, for users who may see all fields."""
    return [
        *format_details(registration, ["passport_name"]),
        *basic_details(registration),
        (_("E-mail"), describe_email(registration)),
        *format_details(registration, REGISTRAR_FIELDS),
        *([(_("Sign on the badge"), _("Staff may assist"))] if has_access_sign(registration) else []),
    ]


def has_access_sign(registration: Registration) -> bool:
    """Return whether the person has agreed to a sign on the badge, which everybody can see."""
    return SpecialNeeds.objects.filter(pk=registration.pk, show_on_badge=True).exists()


def describe_email(registration: Registration) -> str:
    """Return the proved address, or that of an organizer with the remark that it is not confirmed."""
    if unproved := registration.unproved_email:
        return _("%(email)s (not confirmed yet)") % {"email": unproved}
    return registration.email


def basic_details(registration: Registration) -> list[tuple[str, str]]:
    return format_details(registration, BASIC_FIELDS)


def format_details(registration: Registration, names: Sequence[str]) -> list[tuple[str, str]]:
    values, related_names = get_field_values(registration), RelatedNames(Registration, [])
    category_name = str(LocalizedText.of(registration.category, "name"))
    return [
        (
            get_field_label(Registration, name),
            category_name if name == "category" else format_value(Registration, name, values[name], related_names),
        )
        for name in names
    ]


@dataclass(frozen=True)
class SeatRow:
    """A seat with the number of available seats on its day and mode (None: no limit) and of waitlisted people."""

    seat: Seat
    description: str
    available: int | None
    waitlisted: int


def build_seat_rows(registration: Registration) -> list[SeatRow]:
    counts = count_seats()
    rows = []
    for seat in registration.seats.all():
        if not seat.is_released:
            count = counts.for_day(seat.day, seat.mode)
            description = describe_seat(Mode(seat.mode), seat.status, seat.is_interim)
            rows.append(SeatRow(seat, description, count.available, count.waitlisted))
    return rows
