"""Texts about attendance and certificates, in the active language."""

import datetime
from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ..formatting import format_days_with_year, join_texts
from ..models import AttendedDay, Mode
from .issuance import CertificateState, Entitlement


def days_by_mode(days: Iterable[AttendedDay]) -> list[tuple[Mode, list[datetime.date]]]:
    """Return pairs of a mode and its days, in person first. Modes without a day are left out."""
    days = list(days)
    pairs = [(mode, [attended.day for attended in days if attended.mode == mode]) for mode in Mode]
    return [(mode, dates) for mode, dates in pairs if dates]


def describe_days(days: Iterable[AttendedDay]) -> list[str]:
    """Return a phrase per mode, such as “in person on 7 and 8 December 2020”."""
    phrases = {
        Mode.IN_PERSON: pgettext("attended", "in person on %(days)s"),
        Mode.ONLINE: pgettext("attended", "online on %(days)s"),
    }
    return [phrases[mode] % {"days": format_days_with_year(dates)} for mode, dates in days_by_mode(days)]


def list_days(days: Iterable[AttendedDay]) -> list[str]:
    """Return a text per day, such as “Monday, 7 December 2020: In person”."""
    return [f"{date_format(attended.day, 'DATE_FORMAT')}: {attended.mode.label}" for attended in days]


def describe_state(state: CertificateState) -> str:
    """Return sentences for the attendee about the certificate; "" for a person without a day."""
    values = {
        "attended": join_texts(describe_days(state.days)),
        "last_day": state.last_day and date_format(state.last_day, "DATE_FORMAT"),
    }
    match state.entitlement:
        case Entitlement.READY:
            return _("You attended %(attended)s. Your certificate is ready.") % values
        case Entitlement.UNDER_REVIEW:
            return (
                _(
                    "You attended %(attended)s. Your certificate will be here when the organizers have approved the "
                    "details that you changed."
                )
                % values
            )
        case Entitlement.NOT_PRESENT:
            return _(
                "There is no certificate, because neither a check-in at the entrance nor online attendance is recorded "
                "for you. If this is wrong, please write to the organizers."
            )
        case Entitlement.TOO_EARLY if state.days:
            return (
                _("You attended %(attended)s so far. Your certificate will be here after your last day, %(last_day)s.")
                % values
            )
        case Entitlement.TOO_EARLY:
            return _("Your certificate of attendance will be here after your last day, %(last_day)s.") % values
        case _:
            return ""
