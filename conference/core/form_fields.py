"""Form fields for e-mail addresses, codes and slugs, which are normalized before they are validated and compared."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, validate_email
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conference.core.email_addresses import canonical_email
from conference.core.i18n.text import extract_digits, normalize_key


def validate_email_address(address: str) -> None:
    """Check an address. Letters outside ASCII before the @ would need SMTPUTF8 (RFC 6531), which few servers offer."""
    local_part = address.rpartition("@")[0]
    if local_part and not local_part.isascii():
        message = _("We cannot send to an address that has letters such as é, ễ or 王 before the @. Enter another one.")
        raise ValidationError(message, code="non_ascii_local_part")
    validate_email(address)


class EmailAddressField(forms.EmailField):
    """An e-mail address in its canonical form."""

    default_validators = [validate_email_address]

    def to_python(self, value: Any) -> str:
        return canonical_email(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        # A domain that IDNA 2008 does not allow has no canonical form.
        if value and not value.rpartition("@")[2].isascii():
            raise ValidationError(self.error_messages.get("invalid") or EmailValidator.message, code="invalid")


class DigitsField(forms.CharField):
    """A code of digits. Everything else that was typed or pasted with it is ignored; any digits become ASCII.

    length is the number of digits; None means that codes of several lengths are valid.
    """

    def __init__(self, *, length: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.length = length

    def to_python(self, value: Any) -> str:
        return extract_digits(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        if self.length and len(value) != self.length:
            message = ngettext(
                "The code has %(length)s digit. Enter it again.",
                "The code has %(length)s digits. Enter all of them and no others.",
                self.length,
            )
            raise ValidationError(message, code="length", params={"length": self.length})


class SlugField(forms.SlugField):
    """A slug in lower case. The stored slug of an object stays as it is, even if it has capitals."""

    stored = ""

    def to_python(self, value: Any) -> str:
        key = normalize_key(super().to_python(value) or "")
        return self.stored if key == normalize_key(self.stored) else key
