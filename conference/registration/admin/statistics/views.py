"""Statistics page: each chart with its data table."""

from collections.abc import Sequence

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conference.site_data import format_date_range
from sessions.models import Edition

from ...attendance.statistics import DayAttendance, compute_attendance
from ...formatting import format_day_and_mode
from ...statistics import CategoryCount, DayCount, compute_statistics
from ..base import render_admin_page
from .charts import BarChart, BarData, LineChart, build_bar_chart, build_line_chart

STATISTICS_TEMPLATE = "admin/registration/statistics.html"


def statistics_view(model_admin: ModelAdmin, request: HttpRequest) -> TemplateResponse:
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied(_("You do not have permission to view registration statistics."))
    editions = list(Edition.objects.all())
    edition = next((edition for edition in editions if str(edition.pk) == request.GET.get("edition")), None)
    statistics, attendance = compute_statistics(edition), compute_attendance(edition)
    groups = [
        ("categories", _("By category"), _("Category"), statistics.categories),
        ("regions", _("By region"), _("Regional group"), statistics.regions),
        ("genders", _("By gender, if stated"), _("Gender"), statistics.genders),
    ]
    context = {
        "title": _("Statistics"),
        "editions": [(item, format_date_range(item.first_day, item.last_day)) for item in editions],
        "edition": edition,
        "statistics": statistics,
        "line_chart": draw_over_time(statistics.by_date),
        "day_chart": build_bar_chart(map(day_bar, statistics.days)),
        "groups": [(*group, draw_groups(group[-1])) for group in groups],
        "attendance": attendance,
        "attendance_chart": build_bar_chart(map(attendance_bar, attendance)),
    }
    return render_admin_page(model_admin, request, STATISTICS_TEMPLATE, context)


def draw_over_time(rows: Sequence[tuple]) -> LineChart | None:
    return build_line_chart([(date, total) for date, _new, total in rows]) if rows else None


def day_bar(count: DayCount) -> BarData:
    name = format_day_and_mode(count.day, count.mode)
    sentence = _("%(name)s: %(taken)d taken, %(waiting)d on the wait list.")
    if count.limit is not None:
        sentence = _("%(name)s: %(taken)d of %(limit)d taken, %(waiting)d on the wait list.")
    description = sentence % {"name": name, "taken": count.taken, "waiting": count.waitlisted, "limit": count.limit}
    segments = {count.mode.value: count.taken, "waitlisted": count.waitlisted}
    return BarData(name, count.taken, description, segments, count.limit)


def attendance_bar(attendance: DayAttendance) -> BarData:
    name, count = date_format(attendance.day, "MONTH_DAY_FORMAT"), attendance.total
    sentence = _("%(name)s: %(came)d of %(expected)d expected people came, and %(others)d others.")
    values = {"name": name, "came": count.came, "expected": count.expected, "others": count.others}
    segments = {"confirmed": count.came + count.others, "others": count.absent}
    return BarData(name, count.came + count.others, sentence % values, segments)


def draw_groups(counts: Sequence[CategoryCount]) -> BarChart:
    return build_bar_chart(map(group_bar, counts))


def group_bar(count: CategoryCount) -> BarData:
    sentence = _("%(name)s: %(total)d, of which %(confirmed)d confirmed.")
    description = sentence % {"name": count.label, "total": count.total, "confirmed": count.confirmed}
    return BarData(count.label, count.total, description, {"confirmed": count.confirmed, "others": count.others})
