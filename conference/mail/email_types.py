"""Registry of the types of e-mail. Each app registers the types that it sends, in its AppConfig.ready()."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

# About an account alone: sign-in codes, links, and notices of changes.
ACCOUNT_EMAIL_TYPE = "account"

email_types: dict[str, str] = {}


def register_email_types(types: Mapping[str, str]) -> None:
    """Add types, given as {type: label}."""
    email_types.update(types)


def email_type_label(email_type: str) -> str:
    """Return the label of a type. Unknown types are about an account."""
    return email_types.get(email_type, _("Account"))
