"""On what terms one registers, as organizers have laid them down: whom they invite, the text to agree to, how letters
are worded. In memory, renewed within a second. What is taken and what is left changes all the time: see seats."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from conference.core.polling import PolledValue, get_tables_version
from conference.mail.models import EmailTemplate

from .models import Category, ConsentText

# Said of a category that is closed or gone since the form was shown.
CATEGORY_CLOSED = _("This category is no longer available. Choose another one.")


@dataclass(frozen=True, slots=True)
class RegistrationOptions:
    """Rows, which all who read them share and nobody changes.

    categories are those that are open, in order; consent is the newest text, None before there is one; wordings are the
    organizers' by kind of letter.
    """

    categories: tuple[Category, ...]
    consent_text: ConsentText | None
    email_templates: dict[str, EmailTemplate]


def options_version():
    return get_tables_version({Category: "updated_at", ConsentText: "created_at", EmailTemplate: "updated_at"})


def load_options():
    return RegistrationOptions(
        tuple(Category.objects.filter(is_open=True)),
        ConsentText.objects.first(),
        {wording.email_type: wording for wording in EmailTemplate.objects.all()},
    )


options_value = PolledValue(options_version, load_options)


def get_options() -> RegistrationOptions:
    """Raises NotReady where the database never answered."""
    return options_value.get()


def refresh_options():
    options_value.refresh()
