"""Registrations, seats, capacity settings and the logs kept about them."""

from .admission import Admission
from .attendance import AttendedDay, OnlineAttendance, attended_days, attended_days_of_all
from .badges import BadgeBatch, BadgeLayout, BadgePhoto, BadgePrint
from .calendar import CalendarEntry
from .certificates import Certificate, CertificateSettings
from .check_in import CheckIn, CheckInDevice, Entrance
from .choices import (
    ADMITTED_STATUSES,
    CLOSED_STATUSES,
    STATISTICS_ONLY_FIELDS,
    Gender,
    Mode,
    RegistrationStatus,
    Verdict,
)
from .logs import ErasedRegistration, ExportLog, NeedsAccessLog
from .moves import EventMove
from .registrations import Registration, RegistrationEvent, SpecialNeeds, Ticket
from .seats import TAKEN_STATUSES, Seat, attends_in_person
from .settings import Category, ConsentText, Quota, RegistrationSettings

__all__ = [
    "ADMITTED_STATUSES",
    "CLOSED_STATUSES",
    "STATISTICS_ONLY_FIELDS",
    "TAKEN_STATUSES",
    "Admission",
    "AttendedDay",
    "BadgeBatch",
    "BadgeLayout",
    "BadgePhoto",
    "BadgePrint",
    "CalendarEntry",
    "Category",
    "Certificate",
    "CertificateSettings",
    "CheckIn",
    "CheckInDevice",
    "ConsentText",
    "Entrance",
    "ErasedRegistration",
    "EventMove",
    "ExportLog",
    "Gender",
    "Mode",
    "NeedsAccessLog",
    "OnlineAttendance",
    "Quota",
    "Registration",
    "RegistrationEvent",
    "RegistrationSettings",
    "RegistrationStatus",
    "Seat",
    "SpecialNeeds",
    "Ticket",
    "Verdict",
    "attended_days",
    "attended_days_of_all",
    "attends_in_person",
]
