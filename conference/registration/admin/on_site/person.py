"""Admin pages about one person for check-in operators: ticket number, check-in, badge and e-mail address."""

import uuid
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.i18n.text import LocalizedText

from ...check_in.recording import CheckInRequest, IdentityInUseError, Operator, record_check_in
from ...formatting import build_seat_badges
from ...forms import BadgeTextForm, EmailForm
from ...models import Entrance, Registration, Verdict
from ...states import InvalidTransitionError
from ...tickets.issuance import get_or_issue_ticket, is_confirmed, short_code
from ...workflow import AccountInUseError, AddressRegisteredError, add_email, can_add_email, edit_details, seats_locked
from ..base import (
    RegistrationChangedError,
    check_unchanged,
    conflict_message,
    get_registration,
    render_admin_page,
    version_token,
)
from .access import on_site_permission_required, redirect_to_person, redirect_to_registration

PERSON_TEMPLATE = "admin/registration/on_site/person.html"
EDIT_TEMPLATE = "admin/registration/on_site/edit.html"
# Session key of the entrance at which the operator checked in a person last.
SESSION_KEY_ENTRANCE = "on_site_entrance"


class EntranceForm(forms.Form):
    """Entrance at which a person is checked in; id identifies the check-in, so that it is recorded once."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    entrance = forms.ModelChoiceField(
        Entrance.objects.filter(is_open=True), label=gettext_lazy("Entrance"), empty_label=None
    )


@on_site_permission_required
def person_view(model_admin: ModelAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    registration = get_registration(model_admin, request, key)
    initial = {"id": uuid.uuid4(), "entrance": request.session.get(SESSION_KEY_ENTRANCE)}
    ticket = registration.tickets.valid().first()
    can_check_in = request.user.has_perm("registration.check_in") and Entrance.objects.filter(is_open=True).exists()
    context = {
        "title": registration.badge_name,
        "registration": registration,
        "category": LocalizedText.of(registration.category, "name"),
        "seats": build_seat_badges(registration.seats.all()),
        "number": short_code(ticket) if ticket else "",
        "check_in_form": EntranceForm(initial=initial) if can_check_in else None,
        "last_check_in": registration.check_ins.filter(undone_at=None).select_related("entrance").first(),
        "can_add_email": can_add_email(registration),
        "can_view": model_admin.has_view_or_change_permission(request),
    }
    return render_admin_page(model_admin, request, PERSON_TEMPLATE, context)


@on_site_permission_required
def check_in_view(model_admin: ModelAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    if not request.user.has_perm("registration.check_in"):
        raise PermissionDenied(_("You do not have permission to check people in."))
    registration = get_registration(model_admin, request, key)
    form = EntranceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Not checked in: choose an entrance that is in use."))
        return redirect_to_person(key)
    entrance = form.cleaned_data["entrance"]
    request.session[SESSION_KEY_ENTRANCE] = entrance.pk
    operator = Operator(user=request.user)
    try:
        result = record_check_in(CheckInRequest(form.cleaned_data["id"], registration, entrance, operator))
    except IdentityInUseError as error:
        messages.error(request, str(error))
        return redirect_to_person(key)
    except ObjectDoesNotExist as error:
        # Erased since it was read.
        raise Http404 from error
    values = {"name": registration, "entrance": entrance, "reason": Verdict(result.verdict).label}
    if result.is_recorded:
        messages.success(request, _("“%(name)s” was checked in at %(entrance)s.") % values)
    else:
        messages.error(request, _("“%(name)s” was not checked in: %(reason)s.") % values)
    return redirect_to_person(key)


@on_site_permission_required
def badge_text_view(model_admin: ModelAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    """Correct the name and the organization on the badge, and link to the badge to print it again."""
    registration = get_registration(model_admin, request, key)
    form = BadgeTextForm.for_registration(registration, request.POST if request.method == "POST" else None)
    error = ""
    if form.is_bound and form.is_valid():
        try:
            with seats_locked():
                check_unchanged(registration, request.POST.get("version", ""))
                edit_details(registration, form.cleaned_data, by=request.user)
                if is_confirmed(registration):
                    # Another name may have voided the ticket; the page shows the number of the new one.
                    get_or_issue_ticket(registration)
        except RegistrationChangedError:
            error = conflict_message(registration)
            registration = get_registration(model_admin, request, key)
        except InvalidTransitionError as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("The badge of “%(name)s” was saved.") % {"name": registration})
            return redirect_to_person(key)
    title = _("Badge of “%(name)s”") % {"name": registration.badge_name}
    return render_edit_page(model_admin, request, registration, form, title=title, error=error, shows_badge=True)


@on_site_permission_required
def email_view(model_admin: ModelAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    """Add or correct the address of a person whom an organizer has registered."""
    registration = get_registration(model_admin, request, key)
    if not can_add_email(registration):
        messages.error(
            request, _("Only the person can change the e-mail address of “%(name)s”.") % {"name": registration}
        )
        return redirect_to_registration(model_admin, request, registration)
    form = EmailForm(request.POST if request.method == "POST" else None, initial={"email": registration.unproved_email})
    address_owner = account = None
    if form.is_bound and form.is_valid():
        try:
            add_email(registration, form.cleaned_data["email"], by=request.user, is_own_account=form.is_own_account)
        except AddressRegisteredError as refusal:
            form.add_error("email", str(refusal))
            address_owner = refusal.registration
        except AccountInUseError as refusal:
            account = refusal.account
        except InvalidTransitionError as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, _("The e-mail address of “%(name)s” was saved.") % {"name": registration})
            return redirect_to_registration(model_admin, request, registration)
    title = _("E-mail address of “%(name)s”") % {"name": registration.badge_name}
    context = {"title": title, "address_owner": address_owner, "account": account}
    return render_edit_page(model_admin, request, registration, form, **context)


def render_edit_page(
    model_admin: ModelAdmin, request: HttpRequest, registration: Registration, form: forms.Form, **context: object
) -> HttpResponse:
    values = {"registration": registration, "form": form, "version": version_token(registration)}
    status = 409 if context.get("error") else 200
    return render_admin_page(model_admin, request, EDIT_TEMPLATE, values | context, status=status)
