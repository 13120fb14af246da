"""Form fields and validators for text that people type, in any script."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Names are printed in e-mails, on badges and in lists, where a web address or markup could mislead readers.
FORBIDDEN_IN_NAMES = ("://", "www.", "@", "<", ">")

# Soft hyphens, direction marks and the like, which are copied along with text from other documents.
INVISIBLE_CHARACTERS = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\ufeff"))

# Control and format characters, surrogates, private use, line and paragraph separators.
FORBIDDEN_UNICODE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

# Persian and the scripts of India need these to join or separate characters.
ZERO_WIDTH_JOINERS = "\u200c\u200d"


def validate_no_address(text: str) -> None:
    if any(forbidden in text.casefold() for forbidden in FORBIDDEN_IN_NAMES):
        raise ValidationError(
            _("Do not enter web addresses, e-mail addresses or the characters @ < >."), code="address"
        )


def validate_letter(text: str) -> None:
    if not any(unicodedata.category(character).startswith("L") for character in text):
        raise ValidationError(_("Enter it in letters, not only in digits or signs."), code="letters")


def validate_letter_or_digit(text: str) -> None:
    if not any(unicodedata.category(character)[0] in "LN" for character in text):
        raise ValidationError(_("Enter at least one letter or digit."), code="letters")


def validate_text(text: str) -> None:
    if any(
        unicodedata.category(character) in FORBIDDEN_UNICODE_CATEGORIES and character not in ZERO_WIDTH_JOINERS
        for character in text.replace("\n", "")
    ):
        raise ValidationError(_("It contains a character we cannot accept. Please retype it."), code="control")


def validate_single_line(text: str) -> None:
    validate_text(text.replace("\n", "\x00"))


class PlainTextField(forms.CharField):
    """Text in Unicode normalization form C, with single plain spaces and without invisible characters."""

    default_validators = [validate_text]

    def to_python(self, value: str | None) -> str:
        text = unicodedata.normalize("NFC", super().to_python(value) or "").translate(INVISIBLE_CHARACTERS)
        return re.sub("[ \t\u00a0\u1680\u205f\u2000-\u200a\u202f\u3000]+", " ", text.replace("\r\n", "\n")).strip()


class SingleLineField(PlainTextField):
    """Text without line breaks."""

    default_validators = [validate_single_line]


class NameField(SingleLineField):
    """The name or the job title of a person."""

    default_validators = [validate_single_line, validate_no_address, validate_letter]


class OrganizationField(SingleLineField):
    """The name of an organization, which may be a number."""

    default_validators = [validate_single_line, validate_no_address, validate_letter_or_digit]
