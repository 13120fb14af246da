"""What people are asked when they register, and later what they may change of it."""

import datetime
import re
import unicodedata
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from sessions.languages import SPOKEN, LanguagesFormField
from sessions.text import Text

from ..email_ownership import normalize_email
from . import countries
from .models import Gender, Mode, Needs, Registration
from .terms import NOT_ANY_MORE

# Whatever a name may be, it is not an address, and it will stand in letters, on badges and in lists.
NOT_IN_A_NAME = ("://", "www.", "@", "<", ">")
# Marks that nobody sees and that come along when a text is copied: of direction, of where a line may break.
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\ufeff"))
# Control signs, what turns the direction of text, halves of letters, what every font draws differently, line breaks.
NOT_TEXT = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
# Letters of Persian and of India are joined or kept apart by these.
JOINERS = "\u200c\u200d"

DAY = "day_"
FACTS = ("passport_name", "badge_name", "country", "organization", "function", "category", "gender", "languages")


def validate_name(text):
    if any(sign in text.casefold() for sign in NOT_IN_A_NAME):
        raise ValidationError(_("Leave out addresses and the signs @ < >."), code="address")
    if not any(unicodedata.category(letter).startswith("L") for letter in text):
        raise ValidationError(_("Write it in letters."), code="letters")


def validate_text(text):
    if any(unicodedata.category(letter) in NOT_TEXT and letter not in JOINERS for letter in text.replace("\n", "")):
        raise ValidationError(_("There is a sign in it that cannot be shown. Type it by hand."), code="control")


def validate_line(text):
    validate_text(text.replace("\n", "\x00"))


class PlainText(forms.CharField):
    """Text as people see it: composed (NFC), with one kind of space, without marks that nobody sees."""

    default_validators = [validate_text]

    def to_python(self, value):
        text = unicodedata.normalize("NFC", super().to_python(value) or "").translate(UNSEEN)
        return re.sub("[ \u00a0\u2000-\u200a\u202f\u3000]+", " ", text.replace("\r\n", "\n")).strip()


class Line(PlainText):
    default_validators = [validate_line]


class Name(Line):
    default_validators = [validate_line, validate_name]


class Address(forms.EmailField):
    """An e-mail address as it is compared."""

    def to_python(self, value):
        return normalize_email(super().to_python(value) or "")


def _text(field, name, *, model=Registration, required="", help_text="", widget=forms.TextInput, **attrs):
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
                "At most %(limit_value)d letter; this has %(show_value)d.",
                "At most %(limit_value)d letters; this has %(show_value)d.",
                "limit_value",
            ),
        },
    )


class Asking(forms.Form):
    """A form that says what is wrong, at its top and beside each field, in place of the browser."""

    use_required_attribute = False

    def problems(self):
        """What is wrong, field by field, in the order of the page."""
        return [_problem(self, name) for name in self.order() if name in self.errors]

    def order(self):
        """The names of the fields as the page shows them."""
        return list(self.fields)


def _problem(form, name):
    """Of radio buttons and boxes the first is where it is put right."""
    field = form[name]
    first = "_0" if name in ("category", "languages") or name.startswith(DAY) else ""
    return {"target": f"{field.auto_id}{first}", "label": field.label, "error": form.errors[name][0]}


class FactsForm(Asking):
    """Who somebody is. categories are those that may be chosen."""

    passport_name = _text(
        Name,
        "passport_name",
        required=gettext_lazy("Write your name as in your passport."),
        help_text=gettext_lazy("For your accreditation: as in the passport or identity card that you bring."),
        autocomplete="name",
    )
    badge_name = _text(
        Name,
        "badge_name",
        required=gettext_lazy("Write the name that your badge shall show."),
        help_text=gettext_lazy("As you would like to be called. In any script."),
        autocomplete="nickname",
    )
    country = forms.ChoiceField(
        choices=countries.choices,
        label=gettext_lazy("Country or territory"),
        help_text=gettext_lazy("The one you represent, or else where you live. For the list and the figures."),
        widget=countries.CountrySelect(attrs={"autocomplete": "country"}),
        error_messages={
            "required": gettext_lazy("Choose a country or territory."),
            "invalid_choice": gettext_lazy("Choose a country or territory from the list."),
        },
    )
    organization = _text(
        Name,
        "organization",
        required=gettext_lazy("Write the organization you come from. If there is none, write “independent”."),
        help_text=gettext_lazy("A ministry, mission, association, university, newspaper. It stands on your badge."),
        autocomplete="organization",
    )
    function = _text(
        Name,
        "function",
        help_text=gettext_lazy("What you do there. It helps the organizers to seat and greet you properly."),
        autocomplete="organization-title",
    )
    category = forms.ChoiceField(
        label=gettext_lazy("You come as"),
        help_text=gettext_lazy("It decides who looks at your request."),
        error_messages={
            "required": gettext_lazy("Choose as what you come."),
            "invalid_choice": NOT_ANY_MORE,
        },
    )
    languages = LanguagesFormField(
        label=gettext_lazy("Languages you follow a debate in"),
        help_text=gettext_lazy("For interpretation: how many people need which language."),
        choices=list(SPOKEN.items()),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose languages from the list.")},
    )
    gender = forms.ChoiceField(
        label=gettext_lazy("Gender"),
        help_text=gettext_lazy("Used only for the balance in the figures, never shown beside your name."),
        choices=[("", gettext_lazy("I would rather not say")), *Gender.choices],
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose one of these.")},
    )
    access = _text(
        PlainText,
        "access",
        model=Needs,
        help_text=gettext_lazy("A wheelchair place, sign language, an assistant, large print, a quiet room."),
        widget=forms.Textarea,
        rows=3,
        autocomplete="off",
    )
    diet = _text(
        Line,
        "diet",
        model=Needs,
        help_text=gettext_lazy("What you do not eat, and allergies."),
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

    def facts(self):
        """As fields of Registration."""
        return {name: self.cleaned_data[name] for name in FACTS}

    def needs(self):
        return {"access": self.cleaned_data["access"], "diet": self.cleaned_data["diet"]}

    def category_choices(self):
        """For each category what a radio button needs."""
        chosen = self["category"].value()
        return [
            {
                "value": slug,
                "name": Text.of(category, "name"),
                "description": Text.of(category, "description"),
                "needs_approval": category.needs_approval,
                "checked": slug == chosen,
                "id": f"id_category_{number}",
                "is_full": slug in self.full_categories,
            }
            for number, (slug, category) in enumerate(self.categories.items())
        ]


class EditForm(FactsForm):
    """What may be changed of it later."""

    letter_language = forms.ChoiceField(
        label=gettext_lazy("Language of letters"),
        choices=settings.LANGUAGES,
        error_messages={"invalid_choice": gettext_lazy("Choose one of these.")},
    )

    @classmethod
    def facts_of(cls, registration):
        """What stands in the form before anything is changed."""
        needs = getattr(registration, "needs", None)
        known = {name: getattr(registration, name) for name in (*FACTS, "letter_language")}
        known |= {"country": registration.country.code, "category": registration.category.slug}
        return known | {"access": needs.access if needs else "", "diet": needs.diet if needs else ""}

    def facts(self):
        return super().facts() | {"letter_language": self.cleaned_data["letter_language"]}


class DaysForm(Asking):
    """When somebody comes, and how: one choice for each day of the conference."""

    online_meanwhile = forms.BooleanField(
        label=gettext_lazy("If I have to wait for a seat in the house, I attend online meanwhile"), required=False
    )

    def __init__(self, *args, days, **kwargs):
        super().__init__(*args, **kwargs)
        self.days = days
        for day in days:
            self.fields[name_of(day)] = forms.ChoiceField(
                label=date_format(day, "DATE_FORMAT"),
                choices=[*Mode.choices, ("", "")],
                required=False,
                error_messages={"invalid_choice": gettext_lazy("Choose one of these.")},
            )

    @classmethod
    def of(cls, registration, seats, days, data=None):
        """What somebody has asked for, to be changed on these days."""
        wanted = {name_of(seat.day): seat.mode for seat in seats if not seat.meanwhile}
        return cls(data, initial=wanted | {"online_meanwhile": registration.online_meanwhile}, days=days)

    def clean(self):
        cleaned = super().clean()
        misread = any(name_of(day) in self.errors for day in self.days)
        if not misread and not any(self.chosen().values()):
            self.add_error(name_of(self.days[0]), _("Choose at least one day, in person or online."))
        return cleaned

    def chosen(self):
        """{date: mode or None}, every day of the conference in it."""
        modes = {day: self.cleaned_data.get(name_of(day)) for day in self.days}
        return {day: Mode(mode) if mode else None for day, mode in modes.items()}


@dataclass(frozen=True)
class DayQuestion:
    """One day in the form: its field, and for each answer what a radio button needs."""

    date: datetime.date
    field: object
    answers: list


def day_questions(form, in_words):
    """in_words(day, mode) tells how it stands with seats."""
    return [_day_question(form[name_of(day)], day, in_words) for day in form.days]


def _day_question(field, day, in_words):
    answers = [(mode.value, mode.label, in_words(day, mode)) for mode in Mode] + [("", _("Not this day"), "")]
    chosen = field.value() or ""
    return DayQuestion(
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


def name_of(day):
    """What the field for a day is called."""
    return DAY + day.isoformat()


class RegistrationForm(DaysForm, FactsForm):
    """All of it, on one page. Whoever is signed in is not asked for an address."""

    email = Address(
        label=gettext_lazy("E-mail address"),
        max_length=150,
        help_text=gettext_lazy("We send a code there, which you type on the next page, and later all letters."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Write your e-mail address."),
            "invalid": gettext_lazy("This is not an e-mail address. It looks like name@example.org."),
        },
    )
    consent = forms.ChoiceField(
        label=gettext_lazy("I agree"),
        error_messages={
            "required": gettext_lazy("Without your agreement we may not keep what you have typed."),
            "invalid_choice": gettext_lazy("This text has changed since you opened the page. Read it and agree again."),
        },
    )
    # For programs that fill in whatever they find; people are not shown it.
    homepage = forms.CharField(required=False)

    def __init__(self, *args, consent, with_address, **kwargs):
        super().__init__(*args, **kwargs)
        self.consent = consent
        self.fields["consent"].choices = [(str(consent.number), "")]
        if not with_address:
            del self.fields["email"]

    def facts(self):
        return super().facts() | {
            "online_meanwhile": self.cleaned_data["online_meanwhile"],
            "consent": self.consent,
        }

    def is_from_a_program(self):
        return bool(self.cleaned_data.get("homepage"))

    def order(self):
        days = [name_of(day) for day in self.days]
        first = ["email", "passport_name", "badge_name", "country", "organization", "function", "category"]
        return [*first, *days, "online_meanwhile", "languages", "gender", "access", "diet", "consent"]


def as_initial(form, typed):
    """The same form before it is sent, with what was typed (a QueryDict) in it and nothing said to be wrong."""
    several = ("languages",)
    return {name: typed.getlist(name) if name in several else typed.get(name, "") for name in form.fields}
