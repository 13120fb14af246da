"""Tables of registrations for spreadsheets, with a column for each day and mode.

The number of queries does not depend on the number of rows. The caller checks the permission to see special needs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.accounts.email_ownership import delivery_email_query
from conference.core.i18n.countries import get_country_name
from conference.core.i18n.languages import LANGUAGE_NAMES
from conference.core.i18n.text import LocalizedText
from conference.core.spreadsheets import HeaderCell, write_csv, write_xlsx

from .formatting import conference_days, format_mode
from .models import Category, Mode, Registration, RegistrationStatus, Seat, SpecialNeeds

CSV_CONTENT_TYPE = "text/csv; charset=utf-8"
XLSX_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CONTENT_TYPES = {"xlsx": XLSX_CONTENT_TYPE, "csv": CSV_CONTENT_TYPE}


@dataclass(frozen=True)
class Column:
    """Column of the table. cell(values, labels) is its cell for {field: value} of a registration.

    is_basic marks what users see who neither decide nor edit.
    """

    label: str | Promise
    cell: Callable[[dict[str, Any], "Labels"], Any]
    is_basic: bool = False


class Labels:
    """Labels of choices and related objects in the active language, each of them translated once."""

    def __init__(self) -> None:
        self.statuses = choice_labels(RegistrationStatus)
        self.categories = {category.pk: str(LocalizedText.of(category, "name")) for category in Category.objects.all()}
        self.languages = {code: str(name) for code, name in LANGUAGE_NAMES.items()}
        self.countries: dict[str, str] = {}

    def country(self, code: str) -> str:
        if code not in self.countries:
            self.countries[code] = get_country_name(code) if code else ""
        return self.countries[code]


COLUMNS = (
    Column(gettext_lazy("Number"), lambda values, labels: str(values["pk"]), is_basic=True),
    Column(gettext_lazy("Status"), lambda values, labels: labels.statuses[values["status"]], is_basic=True),
    Column(gettext_lazy("Status since"), lambda values, labels: to_naive_local(values["status_changed_at"])),
    Column(gettext_lazy("Submitted"), lambda values, labels: to_naive_local(values["submitted_at"])),
    Column(gettext_lazy("Name as in passport"), lambda values, labels: values["passport_name"]),
    Column(gettext_lazy("Name on badge"), lambda values, labels: values["badge_name"], is_basic=True),
    Column(gettext_lazy("E-mail"), lambda values, labels: values["proved_email"]),
    Column(gettext_lazy("Country code"), lambda values, labels: str(values["country"]), is_basic=True),
    Column(
        gettext_lazy("Country or territory"), lambda values, labels: labels.country(values["country"]), is_basic=True
    ),
    Column(gettext_lazy("Organization"), lambda values, labels: values["organization"], is_basic=True),
    Column(gettext_lazy("Job title"), lambda values, labels: values["function"], is_basic=True),
    Column(gettext_lazy("Category"), lambda values, labels: labels.categories[values["category"]], is_basic=True),
    Column(
        gettext_lazy("Languages"),
        lambda values, labels: ", ".join(labels.languages[code] for code in values["languages"]),
        is_basic=True,
    ),
    Column(gettext_lazy("E-mail language"), lambda values, labels: values["email_language"]),
    Column(gettext_lazy("Consent text"), lambda values, labels: values["consent_text__number"]),
)
EXPORT_FIELDS = (
    *("pk", "status", "status_changed_at", "submitted_at", "passport_name", "badge_name", "proved_email", "country"),
    *("organization", "function", "category", "languages", "email_language", "consent_text__number"),
)


def render_file(file_format: str, rows: Iterable[Sequence]) -> bytes:
    """Return a table, whose first row is the header, as a file in a format of CONTENT_TYPES."""
    if file_format == "csv":
        return write_csv(rows)
    header, *body = rows
    name = str(Registration._meta.verbose_name_plural)
    return write_xlsx([(name, [[HeaderCell(title) for title in header], *body])])


def registration_rows(
    registrations: QuerySet[Registration], *, all_fields: bool = True, with_needs: bool = False
) -> Iterator[list]:
    """Yield the header and a row for each registration. Times are naive, in the active time zone.

    all_fields is false for users who may see only the basic fields, the status and the days.
    """
    columns = [column for column in COLUMNS if all_fields or column.is_basic]
    seats, days = load_seats(registrations)
    seat_columns = [(day, mode) for day in days for mode in Mode]
    special_needs = load_special_needs(registrations) if with_needs else {}
    yield [
        *(str(column.label) for column in columns),
        *(seat_column_header(*column) for column in seat_columns),
        *([_("Accessibility needs"), _("Dietary needs")] if with_needs else []),
    ]
    labels = Labels()
    registrations = registrations.prefetch_related(None).select_related(None)
    registrations = registrations.annotate(proved_email=delivery_email_query("user"))
    for values in registrations.values(*EXPORT_FIELDS):
        own_seats = seats[values["pk"]]
        own_needs = special_needs.get(values["pk"], ("", "")) if with_needs else ()
        yield [
            *(column.cell(values, labels) for column in columns),
            *(own_seats.get(column, "") for column in seat_columns),
            *own_needs,
        ]


def seat_column_header(day: date, mode: Mode) -> str:
    return _("%(day)s %(mode)s") % {"day": day.isoformat(), "mode": format_mode(mode)}


def choice_labels(choices: type[models.TextChoices]) -> dict[str, str]:
    return {value: str(label) for value, label in choices.choices}


def to_naive_local(value: datetime) -> datetime:
    return timezone.localtime(value).replace(tzinfo=None)


def load_seats(registrations: QuerySet[Registration]) -> tuple[dict, list[date]]:
    """Return {registration id: {(day, mode): status label}} of active seats, and all days in order."""
    seats, days, labels = defaultdict(dict), set(conference_days()), choice_labels(Seat.Status)
    active = Seat.objects.active().filter(registration__in=select_ids(registrations))
    for registration_id, day, mode, status in active.order_by().values_list("registration", "day", "mode", "status"):
        days.add(day)
        seats[registration_id][day, mode] = labels[status]
    return seats, sorted(days)


def load_special_needs(registrations: QuerySet[Registration]) -> dict:
    """Return {registration id: (access, diet)}."""
    special_needs = SpecialNeeds.objects.filter(registration__in=select_ids(registrations))
    return {pk: (access, diet) for pk, access, diet in special_needs.values_list("registration", "access", "diet")}


def select_ids(registrations: QuerySet[Registration]) -> QuerySet:
    return registrations.order_by().prefetch_related(None).select_related(None).values("pk")


def special_needs_rows(special_needs: Iterable[SpecialNeeds]) -> Iterator[list]:
    """Yield the header and a row for each: name, days of the taken seats for each mode, and the needs.

    The registrations' seats should be prefetched.
    """
    yield [_("Name on badge"), *(str(mode.label) for mode in Mode), _("Accessibility needs"), _("Dietary needs")]
    for needs in special_needs:
        seats = [seat for seat in needs.registration.seats.all() if seat.is_taken]
        days = [", ".join(str(seat.day) for seat in seats if seat.mode == mode) for mode in Mode]
        yield [needs.registration.badge_name, *days, needs.access, needs.diet]
