"""The page of figures at the desk: each chart with the table behind it."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..formatting import format_day_and_mode
from ..statistics import compute_statistics
from . import charts

STATISTICS_TEMPLATE = "admin/registration/statistics.html"


def get_statistics_urls(desk):
    page = desk.admin_site.admin_view(require_safe(partial(statistics_view, desk)))
    return [path("figures/", page, name="registration_registration_figures")]


def statistics_view(desk, request):
    if not desk.has_view_or_change_permission(request):
        raise PermissionDenied(_("You do not have permission to view registration statistics."))
    found = compute_statistics()
    context = desk.admin_site.each_context(request) | {
        "title": _("Statistics"),
        "opts": desk.opts,
        "figures": found,
        "over_time": draw_over_time(found.by_date),
        "days": charts.build_bar_chart(map(day_bar, found.days)),
        "groups": [
            ("categories", _("By category"), _("Category"), found.categories, draw_groups(found.categories)),
            ("regions", _("By region"), _("Regional group"), found.regions, draw_groups(found.regions)),
            ("genders", _("By gender, if stated"), _("Gender"), found.genders, draw_groups(found.genders)),
        ],
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, STATISTICS_TEMPLATE, context)


def draw_over_time(rows):
    return charts.build_line_chart([(date, total) for date, _new, total in rows]) if rows else None


def day_bar(row):
    name = format_day_and_mode(row.day, row.mode)
    words = _("%(name)s: %(taken)d taken, %(waiting)d on the wait list.")
    if row.limit is not None:
        words = _("%(name)s: %(taken)d of %(limit)d taken, %(waiting)d on the wait list.")
    words = words % {"name": name, "taken": row.taken, "waiting": row.waitlisted, "limit": row.limit}
    return charts.BarData(name, row.taken, words, {row.mode.value: row.taken, "waitlisted": row.waitlisted}, row.limit)


def draw_groups(groups):
    return charts.build_bar_chart(map(group_bar, groups))


def group_bar(row):
    words = _("%(name)s: %(total)d, of which %(confirmed)d confirmed.")
    words = words % {"name": row.label, "total": row.total, "confirmed": row.confirmed}
    return charts.BarData(row.label, row.total, words, {"confirmed": row.confirmed, "others": row.others})
