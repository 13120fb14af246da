"""Table of the attendance on a day for spreadsheets."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from ..exports import Labels, to_naive_local
from ..models import CheckIn
from .lists import AttendanceRow


def attendance_rows(rows: Iterable[AttendanceRow], *, all_fields: bool = True) -> Iterator[list]:
    """Yield the header and a row for each person. Times are naive, in the active time zone.

    all_fields is false for users who may see only the basic fields. With it, registrations have a proved_email.
    """
    yield [
        _("Name on badge"),
        *([_("Name as in passport"), _("E-mail")] if all_fields else []),
        _("Organization"),
        _("Country or territory"),
        _("Category"),
        _("Expected"),
        _("First entry"),
        _("Entrance"),
        _("Last exit"),
        _("Inside"),
    ]
    labels = Labels()
    for row in rows:
        person = row.registration
        yield [
            person.badge_name,
            *([person.passport_name, person.proved_email or ""] if all_fields else []),
            person.organization,
            labels.country(person.country.code),
            labels.categories[person.category_id],
            format_flag(row.is_expected),
            format_time(row.first_in),
            str(row.first_in.entrance) if row.first_in else "",
            format_time(row.last_out),
            format_flag(row.is_inside),
        ]


def format_flag(value: bool) -> str:
    return _("yes") if value else _("no")


def format_time(check_in: CheckIn | None) -> object:
    return to_naive_local(check_in.at) if check_in else ""
