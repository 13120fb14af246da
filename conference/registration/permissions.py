"""Visibility of registration data.

Organizers who decide or edit see all fields except special needs; others see the basic fields, the status and the days.
"""

from django.contrib.auth.models import AnonymousUser, User

# These fields are also on the badge or in the programme.
BASIC_FIELDS = ("badge_name", "country", "organization", "function", "category", "languages")


def can_view_all_fields(user: User | AnonymousUser) -> bool:
    return any(user.has_perm(f"registration.{permission}") for permission in ("change_registration", "decide"))
