"""Tables of registrations for spreadsheets, with a column for each day and mode.

The number of queries does not depend on the number of rows. The caller checks the permission to see special needs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_countries import countries

from conference.accounts.email_ownership import delivery_email_query
from conference.core.i18n.languages import LANGUAGE_NAMES
from conference.core.i18n.text import LocalizedText
from conference.core.spreadsheets import HeaderCell, write_csv, write_xlsx

from .formatting import conference_days, format_mode
from .models import Category, Mode, Registration, RegistrationStatus, Seat, SpecialNeeds

CSV_CONTENT_TYPE = "text/csv; charset=utf-8"
XLSX_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CONTENT_TYPES = {"xlsx": XLSX_CONTENT_TYPE, "csv": CSV_CONTENT_TYPE}
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


def registration_rows(registrations: QuerySet[Registration], *, with_needs: bool = False) -> Iterator[list]:
    """Yield the header and a row for each registration. Times are naive, in the active time zone."""
    seats, days = load_seats(registrations)
    columns = [(day, mode) for day in days for mode in Mode]
    special_needs = load_special_needs(registrations) if with_needs else {}
    yield [
        *column_headers(),
        *(seat_column_header(*column) for column in columns),
        *([_("Accessibility needs"), _("Dietary needs")] if with_needs else []),
    ]
    format_row = build_row_formatter()
    registrations = registrations.prefetch_related(None).select_related(None)
    registrations = registrations.annotate(proved_email=delivery_email_query("user"))
    for values in registrations.values_list(*EXPORT_FIELDS):
        own_seats = seats[values[0]]
        own_needs = special_needs.get(values[0], ("", "")) if with_needs else ()
        yield [*format_row(values), *(own_seats.get(column, "") for column in columns), *own_needs]


def column_headers() -> list[str]:
    return [
        *(_("Number"), _("Status"), _("Status since"), _("Submitted"), _("Name as in passport"), _("Name on badge")),
        *(_("E-mail"), _("Country code"), _("Country or territory"), _("Organization"), _("Job title"), _("Category")),
        *(_("Languages"), _("E-mail language"), _("Consent text")),
    ]


def seat_column_header(day: date, mode: Mode) -> str:
    return _("%(day)s %(mode)s") % {"day": day.isoformat(), "mode": format_mode(mode)}


def build_row_formatter() -> Callable[[tuple], list]:
    """Return a function from the values of EXPORT_FIELDS to cells. Labels of choices are translated once."""
    statuses = choice_labels(RegistrationStatus)
    categories = {category.pk: str(LocalizedText.of(category, "name")) for category in Category.objects.all()}
    language_names = {code: str(name) for code, name in LANGUAGE_NAMES.items()}
    country_names = {}

    def format_row(values: tuple) -> list:
        (pk, status, status_changed_at, submitted_at, passport_name, badge_name, email, country) = values[:8]
        (organization, function, category, languages, email_language, consent_version) = values[8:]
        if country not in country_names:
            country_names[country] = str(countries.name(country))
        return [
            *(str(pk), statuses[status], to_naive_local(status_changed_at), to_naive_local(submitted_at)),
            *(passport_name, badge_name, email, str(country), country_names[country], organization, function),
            categories[category],
            *(", ".join(language_names[code] for code in languages), email_language, consent_version),
        ]

    return format_row


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
