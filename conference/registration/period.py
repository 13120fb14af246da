"""The period of registration: its state in words, its contradictions, and the ways to change it."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from conference.facts import ConferenceFacts, RegistrationPeriod
from conference.models import Conference
from conference.site_data import refresh_site_data

# The columns of Conference by field of RegistrationPeriod.
COLUMNS = {"opens_at": "registration_opens_at", "closes_at": "registration_closes_at"}


class PeriodChangedError(Exception):
    """Another user has changed the period since the page showed it."""


def load_period() -> RegistrationPeriod:
    """Read the period from the database; an empty one if there is no conference."""
    values = Conference.objects.values_list(*COLUMNS.values()).first()
    return RegistrationPeriod(*values) if values else RegistrationPeriod(None, None)


def describe_period(period: RegistrationPeriod, facts: ConferenceFacts, now: datetime) -> str:
    """Return the state of registration as a sentence, with times in the current time zone."""
    phase = period.get_phase(facts, now)
    if phase == "open" and period.closes_at is None:
        return _("Open until the conference ends on %(day)s.") % {"day": date_format(facts.ends_on, "DATE_FORMAT")}
    sentences = {
        "unset": _("Not open: there is no opening date yet."),
        "before": _("Opens on %(when)s."),
        "open": _("Open until %(when)s."),
        "closed": _("Closed since %(when)s."),
        "over": _("Closed because the event is over."),
    }
    when = period.opens_at if phase == "before" else period.closes_at
    return sentences[phase] % {"when": date_format(localtime(when), "DATETIME_FORMAT") if when else ""}


def find_contradictions(period: RegistrationPeriod, facts: ConferenceFacts) -> dict[str, str]:
    """Return a sentence for each field that contradicts the other one or the days of the conference."""
    errors = {}
    last_day = {"day": date_format(facts.ends_on, "DATE_FORMAT")}
    opens_at, closes_at = period.opens_at, period.closes_at
    if closes_at and opens_at is None:
        errors["opens_at"] = _("Enter when registration opens, or leave both fields empty.")
    elif opens_at and opens_at >= facts.ends_at:
        errors["opens_at"] = _("Registration must open before the conference ends on %(day)s.") % last_day
    if closes_at and opens_at and closes_at <= opens_at:
        errors["closes_at"] = _("Registration must close after it opens.")
    elif closes_at and closes_at > facts.ends_at:
        errors["closes_at"] = _("Registration must close before the conference ends on %(day)s.") % last_day
    return errors


def open_now(period: RegistrationPeriod, now: datetime) -> RegistrationPeriod:
    """Return a period that is open now. A closing time in the past is removed."""
    opens_at = min(period.opens_at or now, now)
    return RegistrationPeriod(opens_at, period.closes_at if period.closes_at and period.closes_at > now else None)


def close_now(period: RegistrationPeriod, now: datetime) -> RegistrationPeriod:
    return replace(period, closes_at=max(now, period.opens_at + timedelta(seconds=1)) if period.opens_at else now)


def save_period(
    period: RegistrationPeriod, *, expected: RegistrationPeriod, by: AbstractBaseUser, reason: str = ""
) -> None:
    """Save the period with a history record; all pages follow within a second.

    Raises PeriodChangedError if the stored period is not the expected one.
    """
    with transaction.atomic():
        conference = Conference.objects.select_for_update().get()
        if load_period() != expected:
            raise PeriodChangedError
        for name, column in COLUMNS.items():
            setattr(conference, column, getattr(period, name))
        # Attributes that django-simple-history reads.
        conference._change_reason, conference._history_user = reason or None, by  # type: ignore[attr-defined]
        conference.save()
        transaction.on_commit(refresh_site_data, robust=True)
