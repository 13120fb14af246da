"""Forms in which organizers register people, on site or on their behalf, and correct what the badge shows."""

import datetime
import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.email_addresses import email_key
from conference.core.form_fields import EmailAddressField
from conference.core.i18n.countries import country_choices
from conference.core.i18n.country_fields import CountrySelect
from conference.core.i18n.text import LocalizedText

from ..days import conference_today
from ..models import Category, ConsentText, Mode, Registration
from .base import ErrorSummaryForm, build_text_field
from .fields import NameField, OrganizationField, SingleLineField
from .registration import DaysForm, day_field_name

ORGANIZATION_REQUIRED = gettext_lazy("Enter the organization, or “independent”.")


class OwnAccountMixin(forms.Form):
    """Confirmation that the account in use with an e-mail address is that of the person: own_account is its key."""

    own_account = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def email_key(self) -> str:
        return email_key(self.cleaned_data["email"])

    @property
    def is_own_account(self) -> bool:
        """True if the confirmation is for the address that is entered now."""
        return self.cleaned_data["own_account"] == self.email_key


class EmailForm(OwnAccountMixin, ErrorSummaryForm):
    """E-mail address that an organizer enters for a person."""

    email = EmailAddressField(
        label=gettext_lazy("E-mail address"),
        max_length=150,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Enter an e-mail address."),
            "invalid": gettext_lazy("This is not a valid e-mail address. Example: name@example.org."),
        },
    )


class BadgeTextForm(ErrorSummaryForm):
    """The texts on a badge that a check-in operator may correct."""

    badge_name = build_text_field(
        NameField, "badge_name", required=gettext_lazy("Enter the name for the badge."), autocomplete="off"
    )
    organization = build_text_field(
        OrganizationField, "organization", required=ORGANIZATION_REQUIRED, autocomplete="off"
    )

    @classmethod
    def for_registration(cls, registration: Registration, data: Any = None) -> "BadgeTextForm":
        values = {name: getattr(registration, name) for name in cls.base_fields}
        return cls(data, initial=values)


class OnSiteForm(OwnAccountMixin, DaysForm):
    """Registration of a person by an organizer. One name is enough for the passport and the badge.

    override_reason counts only if can_override; without it a full limit is an error. duplicates holds the keys of the
    possible duplicates that the operator has rejected.
    """

    id = forms.CharField(widget=forms.HiddenInput, required=False)
    name = build_text_field(
        NameField,
        "passport_name",
        required=gettext_lazy("Enter the name."),
        help_text=gettext_lazy("As in the passport or identity card."),
        autocomplete="off",
        autofocus=True,
    )
    badge_name = build_text_field(
        NameField,
        "badge_name",
        help_text=gettext_lazy("Only if it differs from the name."),
        autocomplete="off",
    )
    organization = build_text_field(
        OrganizationField, "organization", required=ORGANIZATION_REQUIRED, autocomplete="off"
    )
    category = forms.ChoiceField(
        label=gettext_lazy("Participant category"),
        error_messages={
            "required": gettext_lazy("Choose a category."),
            "invalid_choice": gettext_lazy("This category is no longer available. Choose another one."),
        },
    )
    country = forms.ChoiceField(
        choices=country_choices,
        label=gettext_lazy("Country or territory"),
        widget=CountrySelect,
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose a country or territory from the list.")},
    )
    email = EmailAddressField(
        label=gettext_lazy("E-mail address"),
        max_length=150,
        required=False,
        help_text=gettext_lazy(
            "The person can later sign in with this address. Until then, no personal data are sent to it."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "invalid": gettext_lazy("This is not a valid e-mail address. Example: name@example.org."),
        },
    )
    email_language = forms.ChoiceField(
        label=gettext_lazy("E-mail language"),
        choices=settings.LANGUAGES,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the options.")},
    )
    consent = forms.ChoiceField(
        label=gettext_lazy("Consent"),
        error_messages={
            "required": gettext_lazy("The person must agree before we can store the data."),
            "invalid_choice": gettext_lazy(
                "This text has changed since you opened the page. Please let the person read it again."
            ),
        },
    )
    override_reason = SingleLineField(
        label=gettext_lazy("Reason for exceeding the limit"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("It is recorded with your name. Limits stay as they are."),
    )
    duplicates = forms.CharField(required=False)

    def __init__(self, *args: Any, categories: Iterable[Category], consent: ConsentText, can_override: bool, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["online_while_waitlisted"]
        if not can_override:
            del self.fields["override_reason"]
        self.categories = {category.slug: category for category in categories}
        names = [(slug, str(LocalizedText.of(category, "name"))) for slug, category in self.categories.items()]
        self.fields["category"].choices = [("", gettext_lazy("Choose a category")), *names]
        self.fields["consent"].choices = [(str(consent.number), "")]
        self.consent_text = consent

    @classmethod
    def initial_values(cls, days: Iterable[datetime.date], language: str) -> dict[str, Any]:
        """Return the initial values: a new key, and today in person if it is one of the days."""
        today = conference_today()
        values: dict[str, Any] = {"id": uuid.uuid4(), "email_language": language}
        return values | {day_field_name(day): Mode.IN_PERSON for day in days if day == today}

    def clean_id(self) -> uuid.UUID:
        """Return the key of the form, which is the key of the registration, or a new one if it is no key."""
        try:
            return uuid.UUID(self.cleaned_data["id"])
        except ValueError:
            return uuid.uuid4()

    def clean_category(self) -> Category:
        return self.categories[self.cleaned_data["category"]]

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        longest = Registration._meta.get_field("badge_name").max_length
        if not data.get("badge_name") and len(data.get("name", "")) > longest:
            message = _("The name is too long for a badge. Enter a name of at most %(n)d characters here.")
            self.add_error("badge_name", message % {"n": longest})
        return data

    def registration_data(self) -> dict[str, Any]:
        """Return values for fields of Registration."""
        data = self.cleaned_data
        return {
            "passport_name": data["name"],
            "badge_name": data["badge_name"] or data["name"],
            "organization": data["organization"],
            "category": data["category"],
            "country": data["country"],
            "email_language": data["email_language"],
            "consent_text": self.consent_text,
        }

    def rejects_duplicates(self, keys: Iterable[object]) -> bool:
        """Return whether the operator has said of all these possible duplicates that the person is another one."""
        return {str(key) for key in keys} <= set(self.cleaned_data["duplicates"].split(","))
