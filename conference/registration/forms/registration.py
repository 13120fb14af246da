"""Forms in which attendees register, and change their details and days."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.form_fields import EmailAddressField
from conference.core.i18n.countries import country_choices
from conference.core.i18n.country_fields import CountrySelect
from conference.core.i18n.languages import SPOKEN_LANGUAGES, LanguagesFormField
from conference.core.i18n.text import LocalizedText

from ..form_options import CATEGORY_CLOSED
from ..models import Category, ConsentText, Gender, Mode, Registration, Seat, SpecialNeeds
from .base import DAY_FIELD_PREFIX, ErrorSummaryForm, build_text_field
from .fields import NameField, OrganizationField, PlainTextField, SingleLineField

DETAIL_FIELDS = (
    "passport_name",
    "badge_name",
    "country",
    "organization",
    "function",
    "category",
    "gender",
    "languages",
)


SPECIAL_NEEDS_FIELDS = ("access", "show_on_badge", "diet")


class DetailsForm(ErrorSummaryForm):
    """Details of an attendee. categories are those that may be chosen."""

    passport_name = build_text_field(
        NameField,
        "passport_name",
        required=gettext_lazy("Enter your name as in your passport."),
        help_text=gettext_lazy(
            "For your accreditation: as in your passport or identity card. If you attend in person, bring it with you."
        ),
        autocomplete="name",
    )
    badge_name = build_text_field(
        NameField,
        "badge_name",
        required=gettext_lazy("Enter the name for your badge."),
        help_text=gettext_lazy("The name you prefer, in any script."),
        autocomplete="nickname",
    )
    country = forms.ChoiceField(
        choices=country_choices,
        label=gettext_lazy("Country or territory"),
        help_text=gettext_lazy("The country you represent, or the country you live in. Used for lists and statistics."),
        widget=CountrySelect(attrs={"autocomplete": "country"}),
        error_messages={
            "required": gettext_lazy("Choose a country or territory."),
            "invalid_choice": gettext_lazy("Choose a country or territory from the list."),
        },
    )
    organization = build_text_field(
        OrganizationField,
        "organization",
        required=gettext_lazy("Enter your organization. If you have none, enter “independent”."),
        help_text=gettext_lazy(
            "For example a ministry, mission, association, university or newspaper. It is printed on your badge."
        ),
        autocomplete="organization",
    )
    function = build_text_field(
        NameField,
        "function",
        help_text=gettext_lazy("Your position in the organization. It helps with seating and protocol."),
        autocomplete="organization-title",
    )
    category = forms.ChoiceField(
        label=gettext_lazy("Participant category"),
        help_text=gettext_lazy("This decides who reviews your registration."),
        error_messages={
            "required": gettext_lazy("Choose a category."),
            "invalid_choice": CATEGORY_CLOSED,
        },
    )
    languages = LanguagesFormField(
        label=gettext_lazy("Languages you understand"),
        help_text=gettext_lazy("Used to plan interpretation."),
        choices=list(SPOKEN_LANGUAGES.items()),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose languages from the list.")},
    )
    gender = forms.ChoiceField(
        label=gettext_lazy("Gender"),
        help_text=gettext_lazy("Used only for gender statistics, never shown with your name."),
        choices=[("", gettext_lazy("Prefer not to say")), *Gender.choices],
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the options.")},
    )
    access = build_text_field(
        PlainTextField,
        "access",
        model=SpecialNeeds,
        help_text=gettext_lazy(
            "For example wheelchair space, sign language, an assistant, large print or a quiet room."
        ),
        widget=forms.Textarea,
        rows=3,
        autocomplete="off",
    )
    diet = build_text_field(
        SingleLineField,
        "diet",
        model=SpecialNeeds,
        help_text=gettext_lazy("Dietary needs and allergies."),
        autocomplete="off",
    )

    show_on_badge = forms.BooleanField(
        label=gettext_lazy("Show a sign on my badge so that staff can assist me"),
        help_text=gettext_lazy("Everybody can see this sign. It does not say which needs you have."),
        required=False,
    )

    # Slugs of categories without a free place, which the view sets.
    full_categories: set[str] = set()

    def __init__(self, *args: Any, categories: Iterable[Category], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.categories = {category.slug: category for category in categories}
        self.fields["category"].choices = [(slug, slug) for slug in self.categories]
        self.fields["country"].choices = partial(country_choices, besides=self.initial.get("country", ""))

    def clean_category(self) -> Category:
        return self.categories[self.cleaned_data["category"]]

    def registration_data(self) -> dict[str, Any]:
        """Return values for fields of Registration."""
        return {name: self.cleaned_data[name] for name in DETAIL_FIELDS}

    def special_needs_data(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in SPECIAL_NEEDS_FIELDS}

    def category_choices(self) -> list[dict[str, Any]]:
        """Return what the template needs for each radio button."""
        selected = self["category"].value()
        return [
            {
                "value": slug,
                "name": LocalizedText.of(category, "name"),
                "description": LocalizedText.of(category, "description"),
                "needs_approval": category.needs_approval,
                "checked": slug == selected,
                "id": f"id_category_{number}",
                "is_full": slug in self.full_categories,
            }
            for number, (slug, category) in enumerate(self.categories.items())
        ]


class DetailsEditForm(DetailsForm):
    """Details that a registered attendee may change."""

    email_language = forms.ChoiceField(
        label=gettext_lazy("E-mail language"),
        choices=settings.LANGUAGES,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the options.")},
    )

    @classmethod
    def initial_from(cls, registration: Registration) -> dict[str, Any]:
        """Return the registration's current values as the form's initial data."""
        needs = getattr(registration, "special_needs", None)
        values = {name: getattr(registration, name) for name in (*DETAIL_FIELDS, "email_language")}
        values |= {"country": registration.country.code, "category": registration.category.slug}
        return values | {name: getattr(needs, name, "") for name in SPECIAL_NEEDS_FIELDS}

    def registration_data(self) -> dict[str, Any]:
        return super().registration_data() | {"email_language": self.cleaned_data["email_language"]}


class DaysForm(ErrorSummaryForm):
    """Mode of attendance for each day of the conference."""

    online_while_waitlisted = forms.BooleanField(
        label=gettext_lazy("If the in-person seats are full, register me online while I wait"), required=False
    )

    def __init__(self, *args: Any, days: list[datetime.date], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.days = days
        for day in days:
            self.fields[day_field_name(day)] = forms.ChoiceField(
                label=date_format(day, "DATE_FORMAT"),
                choices=[*Mode.choices, ("", "")],
                required=False,
                error_messages={"invalid_choice": gettext_lazy("Choose one of the options.")},
            )

    @classmethod
    def for_registration(
        cls,
        registration: Registration,
        seats: Iterable[Seat],
        days: list[datetime.date],
        data: QueryDict | None = None,
    ) -> "DaysForm":
        """Return a form for these days, whose initial values are the seats of the registration."""
        initial: dict[str, Any] = {day_field_name(seat.day): seat.mode for seat in seats if not seat.is_interim}
        initial["online_while_waitlisted"] = registration.online_while_waitlisted
        return cls(data, initial=initial, days=days)

    def clean(self) -> dict[str, Any] | None:
        cleaned_data = super().clean()
        has_invalid_day = any(day_field_name(day) in self.errors for day in self.days)
        if not has_invalid_day and not any(self.selected_days().values()):
            self.add_error(day_field_name(self.days[0]), _("Choose at least one day, in person or online."))
        return cleaned_data

    def selected_days(self) -> dict[datetime.date, Mode | None]:
        """Return the mode for every day; None for days without attendance."""
        modes = {day: self.cleaned_data.get(day_field_name(day)) for day in self.days}
        return {day: Mode(mode) if mode else None for day, mode in modes.items()}


@dataclass(frozen=True)
class DayChoice:
    """One day in the form: its field, and what the template needs for each radio button."""

    date: datetime.date
    field: forms.BoundField
    choices: list[dict[str, Any]]


def build_day_choices(form: DaysForm, availability_label: Callable[[datetime.date, str], str]) -> list[DayChoice]:
    """Return the choices of each day; availability_label(day, mode) is the text below a mode."""
    return [build_day_choice(form[day_field_name(day)], day, availability_label) for day in form.days]


def build_day_choice(
    field: forms.BoundField, day: datetime.date, availability_label: Callable[[datetime.date, str], str]
) -> DayChoice:
    options = [(mode.value, mode.label, availability_label(day, mode)) for mode in Mode]
    options.append(("", _("Not attending"), ""))
    selected = field.value() or ""
    choices = [
        {
            "value": value,
            "label": label,
            "availability": availability,
            "checked": value == selected,
            "id": f"{field.auto_id}_{number}",
        }
        for number, (value, label, availability) in enumerate(options)
    ]
    return DayChoice(day, field, choices)


def day_field_name(day: datetime.date) -> str:
    return DAY_FIELD_PREFIX + day.isoformat()


class RegistrationForm(DaysForm, DetailsForm):
    """Complete registration form. with_email is false for signed-in users, whose address is known."""

    email = EmailAddressField(
        label=gettext_lazy("E-mail address"),
        max_length=150,
        help_text=gettext_lazy("We send a confirmation code to this address, and later all other e-mails."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Enter your e-mail address."),
            "invalid": gettext_lazy("This is not a valid e-mail address. Example: name@example.org."),
        },
    )
    consent = forms.ChoiceField(
        label=gettext_lazy("I agree"),
        error_messages={
            "required": gettext_lazy("You must agree before we can store your data."),
            "invalid_choice": gettext_lazy(
                "This text has changed since you opened the page. Please read it and agree again."
            ),
        },
    )
    # A honeypot for spam bots. The name is one that they fill in; people do not see the field.
    homepage = forms.CharField(required=False)

    def __init__(self, *args: Any, consent: ConsentText, with_email: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.consent_text = consent
        self.fields["consent"].choices = [(str(consent.number), "")]
        if not with_email:
            del self.fields["email"]

    def registration_data(self) -> dict[str, Any]:
        return super().registration_data() | {
            "online_while_waitlisted": self.cleaned_data["online_while_waitlisted"],
            "consent_text": self.consent_text,
        }

    def is_spam(self) -> bool:
        return bool(self.cleaned_data.get("homepage"))

    def page_order(self) -> list[str]:
        days = [day_field_name(day) for day in self.days]
        first = ["email", "passport_name", "badge_name", "country", "organization", "function", "category"]
        return [*first, *days, "online_while_waitlisted", "languages", "gender", *SPECIAL_NEEDS_FIELDS, "consent"]


def initial_from_post(form: forms.Form, data: QueryDict) -> dict[str, Any]:
    """Return initial values for the form from POST data, so that it shows them without validating."""
    return {name: data.getlist(name) if name == "languages" else data.get(name, "") for name in form.fields}
