"""Start and end of a session from the columns date, start, end and duration."""

import datetime

from django.utils.translation import gettext as _

from .columns import SESSIONS
from .errors import CellValueError
from .parser import ParsedRow
from .plan import ImportPlan, PlannedRow

TIME_COLUMNS = {"date", "starts_at", "ends_at", "duration"}


class MissingValueError(Exception):
    """A start or end that cannot be computed; column is the name of the column to correct."""

    def __init__(self, text: str, column: str):
        super().__init__(text)
        self.column = column


def resolve_times(plan: ImportPlan, entry: PlannedRow) -> dict[str, datetime.datetime]:
    """Return starts_at and ends_at as aware datetimes, or nothing after adding a problem to the plan."""
    row = entry.row
    if row.error_columns & TIME_COLUMNS:
        return {}
    try:
        start = resolve_start(plan, row)
        return {"starts_at": start, "ends_at": resolve_end(plan, entry, start)}
    except MissingValueError as error:
        plan.add_error(row, error, error.column)
        return {}


def find_start(plan: ImportPlan, row: ParsedRow) -> datetime.datetime | None:
    """Return the start of a row if it is complete, without adding a problem."""
    try:
        return resolve_start(plan, row)
    except MissingValueError:
        return None


def resolve_start(plan: ImportPlan, row: ParsedRow) -> datetime.datetime:
    start, day = row.get("starts_at"), row.get("date")
    if start is None:
        raise MissingValueError(_("Enter the start time."), "starts_at")
    if isinstance(start, datetime.datetime):
        return start
    if day is None:
        raise MissingValueError(_("Enter the date as well, for example 2020-12-07 18:00."), "starts_at")
    return combine_date_and_time(plan, day, start, "starts_at")


def resolve_end(plan: ImportPlan, entry: PlannedRow, start: datetime.datetime) -> datetime.datetime:
    row, end = entry.row, entry.row.get("ends_at")
    if not (entry.is_new or plan.has_column(SESSIONS, "ends_at") or plan.has_column(SESSIONS, "duration")):
        end = entry.instance.ends_at
    if end is None and row.get("duration"):
        return start + row.get("duration")
    if end is None:
        raise MissingValueError(_("Enter the end time or the duration."), "ends_at")
    if not isinstance(end, datetime.datetime):
        end = combine_date_and_time(plan, start.astimezone(plan.context.zone).date(), end, "ends_at")
    if end <= start:
        raise MissingValueError(
            _("The end must be after the start. If it is on the next day, enter its date as well."), "ends_at"
        )
    return end


def combine_date_and_time(plan: ImportPlan, day: datetime.date, time: datetime.time, column: str) -> datetime.datetime:
    try:
        return SESSIONS.column("starts_at").cell_type.read(f"{day} {time}", plan.context)
    except CellValueError as error:
        raise MissingValueError(str(error), column) from error
