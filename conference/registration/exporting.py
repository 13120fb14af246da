"""Registrations as a table: a row for each, with a column for each day and mode. Without what people need, unless it is
asked for by somebody who may see it.

Asked of the database as often for many rows as for one.
"""

from collections import defaultdict

from django.utils import timezone
from django.utils.translation import gettext as _
from django_countries import countries

from conference.core.spreadsheets import HeaderCell, write_csv, write_xlsx
from sessions.languages import NAMES
from sessions.text import Text

from .days import conference_days
from .in_words import mode_in_words
from .models import Category, Gender, Mode, Needs, Registration, Seat, State
from .seats import TAKEN

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {"xlsx": XLSX, "csv": CSV}
FIELDS = (
    *("pk", "state", "state_at", "submitted_at", "passport_name", "badge_name", "user__email", "country"),
    *("organization", "function", "category", "gender", "languages", "letter_language", "consent__number"),
)


def file(form, rows):
    """The bytes of a table in a format."""
    if form == "csv":
        return write_csv(rows)
    headers, *others = rows
    name = str(Registration._meta.verbose_name_plural)
    return write_xlsx([(name, [[HeaderCell(header) for header in headers], *others])])


def table(registrations, *, with_needs=False):
    """The head and a row for each, on the clock that is active: texts, numbers, moments without a zone, and None."""
    seats, days = _seats(registrations)
    columns = [(day, mode) for day in days for mode in Mode]
    needs = _needs(registrations) if with_needs else {}
    yield [*_heads(), *(_head(*column) for column in columns), *([_("Access needs"), _("Diet")] if with_needs else [])]
    write = _writer()
    for values in registrations.prefetch_related(None).select_related(None).values_list(*FIELDS):
        held = seats[values[0]]
        more = needs.get(values[0], ("", "")) if with_needs else ()
        yield [*write(values), *(held.get(column, "") for column in columns), *more]


def _heads():
    return [
        *(_("Number"), _("State"), _("Since"), _("Submitted"), _("Name as in the passport"), _("Name on the badge")),
        *(_("E-mail"), _("Country code"), _("Country or territory"), _("Organization"), _("Function"), _("Category")),
        *(_("Gender"), _("Languages"), _("Language of letters"), _("Consent text")),
    ]


def _head(day, mode):
    return _("%(day)s %(mode)s") % {"day": day.isoformat(), "mode": mode_in_words(mode)}


def _writer():
    """A function from the values of FIELDS to cells; the words of choices are looked up once."""
    states, genders = _words(State), _words(Gender)
    categories = {row.pk: str(Text.of(row, "name")) for row in Category.objects.all()}
    languages = {code: str(name) for code, name in NAMES.items()}
    names = {}

    def write(values):
        (key, state, since, submitted, passport_name, badge_name, email, country) = values[:8]
        (organization, function, category, gender, spoken, letters, consent) = values[8:]
        if country not in names:
            names[country] = str(countries.name(country))
        return [
            *(str(key), states[state], _moment(since), _moment(submitted), passport_name, badge_name, email),
            *(str(country), names[country], organization, function, categories[category]),
            *(genders.get(gender, ""), ", ".join(languages[code] for code in spoken), letters, consent),
        ]

    return write


def _words(choices):
    return {value: str(words) for value, words in choices.choices}


def _moment(moment):
    return timezone.localtime(moment).replace(tzinfo=None)


def _seats(registrations):
    """{registration: {(day, mode): state in words}} of what was not given back, and every day there is."""
    found, days, states = defaultdict(dict), set(conference_days()), _words(Seat.State)
    held = Seat.objects.filter(registration__in=_keys(registrations)).exclude(state=Seat.State.RELEASED)
    for key, day, mode, state in held.order_by().values_list("registration", "day", "mode", "state"):
        days.add(day)
        found[key][day, mode] = states[state]
    return found, sorted(days)


def _needs(registrations):
    rows = Needs.objects.filter(registration__in=_keys(registrations))
    return {key: (access, diet) for key, access, diet in rows.values_list("registration", "access", "diet")}


def _keys(registrations):
    return registrations.order_by().prefetch_related(None).select_related(None).values("pk")


def table_of_needs(needs):
    """Of rows as needs_admin.wanted gives them: names, the days that are theirs, and what is needed."""
    yield [_("Name on the badge"), *(str(mode.label) for mode in Mode), _("Access needs"), _("Diet")]
    for row in needs:
        held = [seat for seat in row.registration.seats.all() if seat.state in TAKEN]
        days = [", ".join(str(seat.day) for seat in held if seat.mode == mode) for mode in Mode]
        yield [row.registration.badge_name, *days, row.access, row.diet]
