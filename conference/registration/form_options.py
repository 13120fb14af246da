"""Options of the registration form that organizers edit: categories, consent text and e-mail templates.

They are kept in memory and refreshed within a second. The number of free seats is not: see the module capacity.
"""

import datetime
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from conference.core.page_cache import register_version
from conference.core.polling import PolledValue, get_tables_version
from conference.mail.models import EmailTemplate

from .formatting import conference_days
from .models import Category, ConsentText, RegistrationSettings

# Error for a category that was closed or deleted after the form was rendered.
CATEGORY_CLOSED = _("This category is no longer available. Choose another one.")


@dataclass(frozen=True, slots=True)
class RegistrationOptions:
    """Shared model instances; treat them as read-only.

    categories are the open ones in order, consent_text is the newest or None, email_templates is by e-mail type.
    settings is not saved if there is no row.
    """

    categories: tuple[Category, ...]
    consent_text: ConsentText | None
    email_templates: dict[str, EmailTemplate]
    settings: RegistrationSettings

    @property
    def edited_at(self) -> datetime.datetime:
        """The time of the last edit of what the form shows; the beginning of time if there is nothing."""
        times = [category.updated_at for category in self.categories]
        times += [self.consent_text.created_at] if self.consent_text else []
        return max(times, default=datetime.datetime.min.replace(tzinfo=datetime.UTC))


def options_version() -> object:
    tables = {
        Category: "updated_at",
        ConsentText: "created_at",
        EmailTemplate: "updated_at",
        RegistrationSettings: "updated_at",
    }
    return get_tables_version(tables)


def load_options() -> RegistrationOptions:
    return RegistrationOptions(
        tuple(Category.objects.filter(is_open=True)),
        ConsentText.objects.first(),
        {template.email_type: template for template in EmailTemplate.objects.all()},
        RegistrationSettings.objects.first() or RegistrationSettings(),
    )


options_value = PolledValue(options_version, load_options)


def get_options() -> RegistrationOptions:
    """Return the options. Raise NotLoadedError if the database was never available."""
    return options_value.get()


def get_erase_date() -> datetime.date | None:
    """Return the last day on which registrations are kept; None if the organizers have not set it."""
    days = conference_days()
    return get_options().settings.get_erase_date(days[-1] if days else None)


@register_version
def erase_date_version() -> datetime.date | None:
    """Return the date that published pages state. It is read from memory only."""
    return get_erase_date() if options_value.is_loaded else None


def refresh_options() -> None:
    options_value.refresh()
