"""What people are asked when they register, and later what they may change of it."""

import datetime
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from conference.core import countries
from conference.core.languages import SPOKEN_LANGUAGES, LanguagesFormField
from conference.core.text import LocalizedText
from conference.registration.fields import NameField, NormalizedEmailField, PlainTextField, SingleLineField

from .form_options import CATEGORY_CLOSED
from .models import Gender, Mode, Registration, SpecialNeeds

DAY_FIELD_PREFIX = "day_"
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


def build_text_field(field, name, *, model=Registration, required="", help_text="", widget=forms.TextInput, **attrs):
    """A field of a form for a column of text: required is what is said where it is empty."""
    column = model._meta.get_field(name)
    return field(
        label=capfirst(column.verbose_name),
        required=bool(required),
        max_length=column.max_length,
        help_text=help_text,
        widget=widget(attrs=attrs),
        error_messages={
            "required": required,
            "max_length": ngettext_lazy(
                "At most %(limit_value)d character; you have entered %(show_value)d.",
                "At most %(limit_value)d characters; you have entered %(show_value)d.",
                "limit_value",
            ),
        },
    )


class ErrorSummaryForm(forms.Form):
    """A form that says what is wrong, at its top and beside each field, in place of the browser."""

    use_required_attribute = False

    def problems(self):
        """What is wrong, field by field, in the order of the page."""
        return [build_problem(self, name) for name in self.order() if name in self.errors]

    def order(self):
        """The names of the fields as the page shows them."""
        return list(self.fields)


def build_problem(form, name):
    """Of radio buttons and boxes the first is where it is put right."""
    field = form[name]
    first = "_0" if name in ("category", "languages") or name.startswith(DAY_FIELD_PREFIX) else ""
    return {"target": f"{field.auto_id}{first}", "label": field.label, "error": form.errors[name][0]}


class DetailsForm(ErrorSummaryForm):
    """Who somebody is. categories are those that may be chosen."""

    passport_name = build_text_field(
        NameField,
        "passport_name",
        required=gettext_lazy("Enter your name as in your passport."),
        help_text=gettext_lazy("For your accreditation: as in the passport or identity card that you will bring."),
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
        choices=countries.country_choices,
        label=gettext_lazy("Country or territory"),
        help_text=gettext_lazy("The country you represent, or the country you live in. Used for lists and statistics."),
        widget=countries.CountrySelect(attrs={"autocomplete": "country"}),
        error_messages={
            "required": gettext_lazy("Choose a country or territory."),
            "invalid_choice": gettext_lazy("Choose a country or territory from the list."),
        },
    )
    organization = build_text_field(
        NameField,
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

    # Slugs of those without a free place.
    full_categories = frozenset()

    def __init__(self, *args, categories, **kwargs):
        super().__init__(*args, **kwargs)
        self.categories = {category.slug: category for category in categories}
        self.fields["category"].choices = [(slug, slug) for slug in self.categories]

    def clean_category(self):
        return self.categories[self.cleaned_data["category"]]

    def registration_data(self):
        """As fields of Registration."""
        return {name: self.cleaned_data[name] for name in DETAIL_FIELDS}

    def special_needs_data(self):
        return {"access": self.cleaned_data["access"], "diet": self.cleaned_data["diet"]}

    def category_choices(self):
        """For each category what a radio button needs."""
        chosen = self["category"].value()
        return [
            {
                "value": slug,
                "name": LocalizedText.of(category, "name"),
                "description": LocalizedText.of(category, "description"),
                "needs_approval": category.needs_approval,
                "checked": slug == chosen,
                "id": f"id_category_{number}",
                "is_full": slug in self.full_categories,
            }
            for number, (slug, category) in enumerate(self.categories.items())
        ]


class DetailsEditForm(DetailsForm):
    """What may be changed of it later."""

    letter_language = forms.ChoiceField(
        label=gettext_lazy("E-mail language"),
        choices=settings.LANGUAGES,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the options.")},
    )

    @classmethod
    def initial_from(cls, registration):
        """What stands in the form before anything is changed."""
        needs = getattr(registration, "special_needs", None)
        known = {name: getattr(registration, name) for name in (*DETAIL_FIELDS, "email_language")}
        known |= {"country": registration.country.code, "category": registration.category.slug}
        return known | {"access": needs.access if needs else "", "diet": needs.diet if needs else ""}

    def registration_data(self):
        return super().registration_data() | {"email_language": self.cleaned_data["email_language"]}


class DaysForm(ErrorSummaryForm):
    """When somebody comes, and how: one choice for each day of the conference."""

    online_meanwhile = forms.BooleanField(
        label=gettext_lazy("If the in-person seats are full, register me online while I wait"), required=False
    )

    def __init__(self, *args, days, **kwargs):
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
    def for_registration(cls, registration, seats, days, data=None):
        """What somebody has asked for, to be changed on these days."""
        wanted = {day_field_name(seat.day): seat.mode for seat in seats if not seat.is_interim}
        return cls(data, initial=wanted | {"online_while_waitlisted": registration.online_while_waitlisted}, days=days)

    def clean(self):
        cleaned = super().clean()
        misread = any(day_field_name(day) in self.errors for day in self.days)
        if not misread and not any(self.selected_days().values()):
            self.add_error(day_field_name(self.days[0]), _("Choose at least one day, in person or online."))
        return cleaned

    def selected_days(self):
        """{date: mode or None}, every day of the conference in it."""
        modes = {day: self.cleaned_data.get(day_field_name(day)) for day in self.days}
        return {day: Mode(mode) if mode else None for day, mode in modes.items()}


@dataclass(frozen=True)
class DayChoice:
    """One day in the form: its field, and for each answer what a radio button needs."""

    date: datetime.date
    field: object
    choices: list


def build_day_choices(form, in_words):
    """in_words(day, mode) tells how it stands with seats."""
    return [build_day_choice(form[day_field_name(day)], day, in_words) for day in form.days]


def build_day_choice(field, day, in_words):
    answers = [(mode.value, mode.label, in_words(day, mode)) for mode in Mode] + [("", _("Not attending"), "")]
    chosen = field.value() or ""
    return DayChoice(
        day,
        field,
        [
            {
                "value": value,
                "label": label,
                "words": words,
                "checked": value == chosen,
                "id": f"{field.auto_id}_{place}",
            }
            for place, (value, label, words) in enumerate(answers)
        ],
    )


def day_field_name(day):
    """What the field for a day is called."""
    return DAY_FIELD_PREFIX + day.isoformat()


class RegistrationForm(DaysForm, DetailsForm):
    """All of it, on one page. Whoever is signed in is not asked for an address."""

    email = NormalizedEmailField(
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
    # For programs that fill in whatever they find; people are not shown it.
    honeypot = forms.CharField(required=False)

    def __init__(self, *args, consent, with_address, **kwargs):
        super().__init__(*args, **kwargs)
        self.consent = consent
        self.fields["consent"].choices = [(str(consent.number), "")]
        if not with_address:
            del self.fields["email"]

    def registration_data(self):
        return super().registration_data() | {
            "online_while_waitlisted": self.cleaned_data["online_while_waitlisted"],
            "consent_text": self.consent,
        }

    def is_spam(self):
        return bool(self.cleaned_data.get("honeypot"))

    def order(self):
        days = [day_field_name(day) for day in self.days]
        first = ["email", "passport_name", "badge_name", "country", "organization", "function", "category"]
        return [*first, *days, "online_while_waitlisted", "languages", "gender", "access", "diet", "consent"]


def initial_from_post(form, typed):
    """The same form before it is sent, with what was typed (a QueryDict) in it and nothing said to be wrong."""
    several = ("languages",)
    return {name: typed.getlist(name) if name in several else typed.get(name, "") for name in form.fields}
