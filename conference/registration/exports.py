"""Registrations as a table: a row for each, with a column for each day and mode. Without what people need, unless it is
asked for by somebody who may see it.

Asked of the database as often for many rows as for one.
"""

from collections import defaultdict

from django.utils import timezone
from django.utils.translation import gettext as _
from django_countries import countries

from conference.core.languages import LANGUAGE_NAMES
from conference.core.spreadsheets import HeaderCell, write_csv, write_xlsx
from conference.core.text import LocalizedText

from .capacity import TAKEN_STATUSES
from .formatting import conference_days, format_mode
from .models import Category, Gender, Mode, Registration, RegistrationStatus, Seat, SpecialNeeds

CSV_CONTENT_TYPE = "text/csv; charset=utf-8"
XLSX_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CONTENT_TYPES = {"xlsx": XLSX_CONTENT_TYPE, "csv": CSV_CONTENT_TYPE}
EXPORT_FIELDS = (
    *("pk", "status", "status_changed_at", "submitted_at", "passport_name", "badge_name", "user__email", "country"),
    *("organization", "function", "category", "gender", "languages", "email_language", "consent__number"),
)


def render_file(form, rows):
    """The bytes of a table in a format."""
    if form == "csv":
        return write_csv(rows)
    headers, *others = rows
    name = str(Registration._meta.verbose_name_plural)
    return write_xlsx([(name, [[HeaderCell(header) for header in headers], *others])])


def registration_rows(registrations, *, with_needs=False):
    """The head and a row for each, on the clock that is active: texts, numbers, moments without a zone, and None."""
    seats, days = load_seats(registrations)
    columns = [(day, mode) for day in days for mode in Mode]
    needs = load_special_needs(registrations) if with_needs else {}
    yield [
        *column_headers(),
        *(seat_column_header(*column) for column in columns),
        *([_("Accessibility needs"), _("Dietary needs")] if with_needs else []),
    ]
    write = build_row_formatter()
    for values in registrations.prefetch_related(None).select_related(None).values_list(*EXPORT_FIELDS):
        held = seats[values[0]]
        more = needs.get(values[0], ("", "")) if with_needs else ()
        yield [*write(values), *(held.get(column, "") for column in columns), *more]


def column_headers():
    return [
        *(_("Number"), _("Status"), _("Status since"), _("Submitted"), _("Name as in passport"), _("Name on badge")),
        *(_("E-mail"), _("Country code"), _("Country or territory"), _("Organization"), _("Job title"), _("Category")),
        *(_("Gender"), _("Languages"), _("E-mail language"), _("Consent text")),
    ]


def seat_column_header(day, mode):
    return _("%(day)s %(mode)s") % {"day": day.isoformat(), "mode": format_mode(mode)}


def build_row_formatter():
    """A function from the values of FIELDS to cells; the words of choices are looked up once."""
    states, genders = choice_labels(RegistrationStatus), choice_labels(Gender)
    categories = {row.pk: str(LocalizedText.of(row, "name")) for row in Category.objects.all()}
    languages = {code: str(name) for code, name in LANGUAGE_NAMES.items()}
    names = {}

    def write(values):
        (key, state, since, submitted, passport_name, badge_name, email, country) = values[:8]
        (organization, function, category, gender, spoken, letters, consent) = values[8:]
        if country not in names:
            names[country] = str(countries.name(country))
        return [
            *(
                str(key),
                states[state],
                to_naive_local(since),
                to_naive_local(submitted),
                passport_name,
                badge_name,
                email,
            ),
            *(str(country), names[country], organization, function, categories[category]),
            *(genders.get(gender, ""), ", ".join(languages[code] for code in spoken), letters, consent),
        ]

    return write


def choice_labels(choices):
    return {value: str(words) for value, words in choices.choices}


def to_naive_local(moment):
    return timezone.localtime(moment).replace(tzinfo=None)


def load_seats(registrations):
    """{registration: {(day, mode): state in words}} of what was not given back, and every day there is."""
    found, days, states = defaultdict(dict), set(conference_days()), choice_labels(Seat.Status)
    held = Seat.objects.filter(registration__in=select_ids(registrations)).exclude(status=Seat.Status.RELEASED)
    for key, day, mode, state in held.order_by().values_list("registration", "day", "mode", "status"):
        days.add(day)
        found[key][day, mode] = states[state]
    return found, sorted(days)


def load_special_needs(registrations):
    rows = SpecialNeeds.objects.filter(registration__in=select_ids(registrations))
    return {key: (access, diet) for key, access, diet in rows.values_list("registration", "access", "diet")}


def select_ids(registrations):
    return registrations.order_by().prefetch_related(None).select_related(None).values("pk")


def special_needs_rows(needs):
    """Of rows as needs_admin.wanted gives them: names, the days that are theirs, and what is needed."""
    yield [_("Name on badge"), *(str(mode.label) for mode in Mode), _("Accessibility needs"), _("Dietary needs")]
    for row in needs:
        held = [seat for seat in row.registration.seats.all() if seat.status in TAKEN_STATUSES]
        days = [", ".join(str(seat.day) for seat in held if seat.mode == mode) for mode in Mode]
        yield [row.registration.badge_name, *days, row.access, row.diet]
