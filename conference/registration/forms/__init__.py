"""Forms in which attendees register, and change their details and days."""

from .on_site import BadgeTextForm, EmailForm, OnSiteForm
from .registration import DaysForm, DetailsEditForm, RegistrationForm, build_day_choices, initial_from_post

__all__ = [
    "BadgeTextForm",
    "DaysForm",
    "DetailsEditForm",
    "EmailForm",
    "OnSiteForm",
    "RegistrationForm",
    "build_day_choices",
    "initial_from_post",
]
