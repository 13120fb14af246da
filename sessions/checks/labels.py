"""Short names of the checks, for filters."""

from django.utils.translation import gettext_lazy as _

CHECK_LABELS = {
    "end_before_start": _("End before start"),
    "room_double_booked": _("Room double-booked"),
    "outside_conference_dates": _("Outside the dates of the conference"),
    "outside_room_hours": _("Outside the opening hours of the room"),
    "no_room": _("No room"),
    "chair_double_booked": _("Chair or moderator double-booked"),
    "speaker_double_booked": _("Speaker double-booked"),
    "insufficient_transfer_time": _("Little time between sessions"),
    "no_speakers": _("No speakers"),
    "unconfirmed_speakers": _("Speakers not confirmed"),
    "unnamed_speakers": _("Placeholders without a speaker"),
    "no_chair": _("No chair or moderator"),
    "no_portrait": _("No portrait"),
    "portrait_without_alt_text": _("Portrait without description"),
    "no_biography": _("No biography"),
    "one_gender": _("One gender only"),
    "one_region": _("One regional group only"),
    "missing_translation": _("Translation missing"),
    "missing_placeholder_translation": _("Placeholder not translated"),
    "stale_translation": _("Translation outdated"),
    "duplicate_title": _("Same title"),
    "cancelled_without_notice": _("Cancelled without a notice"),
    "no_interpretation": _("No interpretation"),
    "no_floor_language": _("No floor language"),
    "audience_languages_unset": _("Audience languages not entered"),
    "registration_after_the_conference": _("Registration after the conference"),
    "seats_on_other_days": _("Seats on other days"),
    "capacity_on_other_days": _("Capacity on other days"),
}
