"""Attendance of a day: who came, who is inside, and who has not come, with an export that is logged."""

from collections.abc import Sequence
from datetime import date

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from conference.core.i18n.text import LocalizedText
from conference.core.times import format_days

from ...attendance.exports import attendance_rows
from ...attendance.lists import AttendanceFilter, AttendanceGroup, build_rows, count_groups, list_people
from ...days import current_day
from ...exports import CONTENT_TYPES
from ...formatting import conference_days
from ...models import Category, CheckIn
from ..base import can_view_all_fields, render_admin_page
from ..export import log_and_respond, redact_query

ATTENDANCE_TEMPLATE = "admin/registration/attendance/list.html"
PAGE_SIZE = 100
MAX_TERM_LENGTH = 200


def attendance_view(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    require_permission(request)
    days, categories = list_days(), list(Category.objects.all())
    wanted = parse_filter(request.GET, days, categories)
    counts = count_groups(wanted)
    paginator = Paginator(list_people(wanted), PAGE_SIZE)
    # The number of people is known already.
    paginator.count = counts[wanted.group]
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "title": _("Attendance"),
        "filter": wanted,
        "groups": [(group, group.label, counts[group]) for group in AttendanceGroup],
        "days": [(day.isoformat(), name) for day, name in format_days(days)],
        "categories": [(category.pk, LocalizedText.of(category, "name")) for category in categories],
        "page": page,
        "rows": build_rows(page, wanted.day),
        "query": format_query(wanted),
        "can_export": request.user.has_perm("registration.export"),
        "can_view": model_admin.has_view_or_change_permission(request),
        "can_open": request.user.has_perm("registration.register_on_site"),
    }
    return render_admin_page(model_admin, request, ATTENDANCE_TEMPLATE, context)


@transaction.atomic
def export_attendance_view(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Return the list with the filters of the query string as a file, in the format of the pressed button."""
    require_permission(request)
    if not request.user.has_perm("registration.export"):
        raise PermissionDenied(_("You do not have permission to export registrations."))
    wanted = parse_filter(request.GET, list_days(), list(Category.objects.all()))
    people = build_rows(list_people(wanted), wanted.day)
    rows = list(attendance_rows(people, all_fields=can_view_all_fields(request.user)))
    file_format = request.POST.get("format", "")
    file_format = file_format if file_format in CONTENT_TYPES else "xlsx"
    query = f"attendance&{redact_query(format_query(wanted))}"
    name = f"attendance-{wanted.day}-{wanted.group}"
    return log_and_respond(request, file_format, rows, name, query=query, with_needs=False)


def require_permission(request: HttpRequest) -> None:
    if not request.user.has_perm("registration.view_checkin"):
        raise PermissionDenied(_("You do not have permission to view the attendance."))


def list_days() -> list[date]:
    """Return the days of the conference, and the former ones on which people came before it moved; at least today."""
    days = {*conference_days(), *CheckIn.objects.entries().order_by().values_list("day", flat=True).distinct()}
    return sorted(days) or [current_day()]


def parse_filter(query: QueryDict, days: Sequence[date], categories: Sequence[Category]) -> AttendanceFilter:
    """Return the filter of a query string. Values that do not exist are replaced by the default ones."""
    try:
        day = parse_date(query.get("day", ""))
    except ValueError:
        day = None
    if day not in days:
        day = current_day() if current_day() in days else days[0]
    group = query.get("group")
    category = next((item.pk for item in categories if str(item.pk) == query.get("category")), None)
    term = query.get("q", "").strip()[:MAX_TERM_LENGTH]
    return AttendanceFilter(
        day, AttendanceGroup(group) if group in AttendanceGroup.values else AttendanceGroup.CAME, category, term
    )


def format_query(wanted: AttendanceFilter) -> QueryDict:
    query = QueryDict(mutable=True)
    query["day"], query["group"] = wanted.day.isoformat(), wanted.group.value
    if wanted.category is not None:
        query["category"] = str(wanted.category)
    if wanted.term:
        query["q"] = wanted.term
    return query
