"""Admin page that registers a person. Full days and likely duplicates are shown before anything is saved."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conference.core.i18n.text import LocalizedText

from ...capacity import Availability
from ...duplicates import find_matches
from ...form_options import get_erase_date
from ...formatting import upcoming_days
from ...forms import OnSiteForm, build_day_choices
from ...models import Category, ConsentText, Registration
from ...states import InvalidTransitionError
from ...workflow import AccountInUseError, AddressRegisteredError, CapacityError, OnSiteRequest, register_on_site
from ..base import render_admin_page
from .access import can_exceed_limits, on_site_permission_required, redirect_to_person

ON_SITE_TEMPLATE = "admin/registration/on_site/form.html"


@dataclass
class OnSitePage:
    """The form and what the page shows with it: full limits, possible duplicates, and who has the address already.

    address_owner is a registration with the address, account one in use without a registration.
    """

    days: list[date]
    categories: Sequence[Category]
    consent: ConsentText | None
    can_override: bool
    full_limits: list[str] = field(default_factory=list)
    duplicates: list[tuple[Registration, str]] = field(default_factory=list)
    address_owner: Registration | None = None
    account: User | None = None

    @classmethod
    def load(cls, request: HttpRequest) -> "OnSitePage":
        return cls(
            upcoming_days(), Category.objects.all(), ConsentText.objects.first(), can_exceed_limits(request.user)
        )

    @property
    def is_available(self) -> bool:
        return bool(self.days and self.categories and self.consent)

    def build_form(self, data: QueryDict | None = None) -> OnSiteForm:
        return OnSiteForm(
            data,
            initial=OnSiteForm.initial_values(self.days, get_language() or ""),
            days=self.days,
            categories=self.categories,
            consent=self.consent,
            can_override=self.can_override,
        )


@on_site_permission_required
def on_site_view(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    page = OnSitePage.load(request)
    if not page.is_available:
        return render_form(model_admin, request, page, None)
    form = page.build_form(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (response := save_registration(request, page, form)):
        return response
    return render_form(model_admin, request, page, form)


def save_registration(request: HttpRequest, page: OnSitePage, form: OnSiteForm) -> HttpResponse | None:
    """Save a valid form and redirect to the person, or return None with the reasons in the page and the form."""
    data = form.registration_data()
    key = form.cleaned_data["id"]
    matches = find_matches(key, data["passport_name"], data["country"], data["organization"])
    if not form.rejects_duplicates(match.pk for match, _reason in matches):
        page.duplicates = matches
        return None
    on_site_request = OnSiteRequest(
        key,
        data,
        form.selected_days(),
        form.cleaned_data["email"],
        form.cleaned_data.get("override_reason", ""),
        form.is_own_account,
    )
    try:
        registration, created = register_on_site(on_site_request, by=request.user)
    except CapacityError as error:
        page.full_limits = error.limits
        # Asked once more with the reason; the duplicates were rejected already.
        page.duplicates = matches
        return None
    except AddressRegisteredError as error:
        page.address_owner = error.registration
        form.add_error("email", str(error))
        return None
    except AccountInUseError as error:
        page.account = error.account
        return None
    except InvalidTransitionError as error:
        form.add_error(None, str(error))
        return None
    if not created and has_other_person(registration, data):
        # The page was opened again with the browser's button “Back”, and filled in for another person.
        form.data = form.data.copy()
        form.data["id"] = str(uuid4())
        message = _("This form was saved before, as “%(name)s”. To register another person with it, save it once more.")
        form.add_error(None, message % {"name": registration})
        return None
    if created:
        messages.success(request, _("“%(name)s” is registered.") % {"name": registration})
    return redirect_to_person(registration.pk)


def has_other_person(registration: Registration, data: dict) -> bool:
    return (registration.passport_name, registration.organization) != (data["passport_name"], data["organization"])


def render_form(
    model_admin: ModelAdmin, request: HttpRequest, page: OnSitePage, form: OnSiteForm | None
) -> HttpResponse:
    context = {"title": _("Register a person"), "page": page, "form": form}
    if form is not None:
        availability = Availability.load(page.days)
        context |= {
            "days": build_day_choices(form, lambda day, mode: availability.label(day, mode, _("Full."))),
            "full_categories": [
                str(LocalizedText.of(category, "name"))
                for category in page.categories
                if availability.category_is_full(category)
            ],
            "consent_text": LocalizedText.of(page.consent, "text"),
            "consent_number": page.consent.number if page.consent else None,
            "erase_date": get_erase_date(),
            "duplicate_keys": ",".join(str(match.pk) for match, _reason in page.duplicates),
        }
    return render_admin_page(model_admin, request, ON_SITE_TEMPLATE, context)
