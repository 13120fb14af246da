"""Forms in which attendees register, and change their details and days."""

from .registration import DaysForm, DetailsEditForm, RegistrationForm, build_day_choices, initial_from_post

__all__ = ["DaysForm", "DetailsEditForm", "RegistrationForm", "build_day_choices", "initial_from_post"]
