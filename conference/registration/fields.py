import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from conference.accounts.email_ownership import normalize_email

# Whatever a name may be, it is not an address, and it will stand in letters, on badges and in lists.
FORBIDDEN_IN_NAMES = ("://", "www.", "@", "<", ">")


# Marks that nobody sees and that come along when a text is copied: of direction, of where a line may break.
INVISIBLE_CHARACTERS = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\ufeff"))


# Control signs, what turns the direction of text, halves of letters, what every font draws differently, line breaks.
FORBIDDEN_UNICODE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


# Letters of Persian and of India are joined or kept apart by these.
ZERO_WIDTH_JOINERS = "\u200c\u200d"


def validate_name(text):
    if any(sign in text.casefold() for sign in FORBIDDEN_IN_NAMES):
        raise ValidationError(
            _("Do not enter web addresses, e-mail addresses or the characters @ < >."), code="address"
        )
    if not any(unicodedata.category(letter).startswith("L") for letter in text):
        raise ValidationError(_("Use at least one letter."), code="letters")


def validate_text(text):
    if any(
        unicodedata.category(letter) in FORBIDDEN_UNICODE_CATEGORIES and letter not in ZERO_WIDTH_JOINERS
        for letter in text.replace("\n", "")
    ):
        raise ValidationError(_("It contains a character we cannot accept. Please retype it."), code="control")


def validate_single_line(text):
    validate_text(text.replace("\n", "\x00"))


class PlainTextField(forms.CharField):
    """Text as people see it: composed (NFC), with one kind of space, without marks that nobody sees."""

    default_validators = [validate_text]

    def to_python(self, value):
        text = unicodedata.normalize("NFC", super().to_python(value) or "").translate(INVISIBLE_CHARACTERS)
        return re.sub("[ \u00a0\u2000-\u200a\u202f\u3000]+", " ", text.replace("\r\n", "\n")).strip()


class SingleLineField(PlainTextField):
    default_validators = [validate_single_line]


class NameField(SingleLineField):
    default_validators = [validate_single_line, validate_name]


class NormalizedEmailField(forms.EmailField):
    """An e-mail address as it is compared."""

    def to_python(self, value):
        return normalize_email(super().to_python(value) or "")
