"""The page of figures at the desk: each chart with the table behind it."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from . import charts
from .day_marks import day_and_mode
from .figures import figures

TEMPLATE = "admin/registration/figures.html"


def urls(desk):
    page = desk.admin_site.admin_view(require_safe(partial(show, desk)))
    return [path("figures/", page, name="registration_registration_figures")]


def show(desk, request):
    if not desk.has_view_or_change_permission(request):
        raise PermissionDenied(_("Only those who may see registrations can see their figures."))
    found = figures()
    context = desk.admin_site.each_context(request) | {
        "title": _("Figures"),
        "opts": desk.opts,
        "figures": found,
        "over_time": _over_time(found.over_time),
        "days": charts.bars(map(_day, found.days)),
        "groups": [
            ("categories", _("By category"), _("Category"), found.categories, _drawn(found.categories)),
            ("regions", _("By region"), _("Regional group"), found.regions, _drawn(found.regions)),
            ("genders", _("By gender, where stated"), _("Gender"), found.genders, _drawn(found.genders)),
        ],
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, TEMPLATE, context)


def _over_time(rows):
    return charts.curve([(date, total) for date, _new, total in rows]) if rows else None


def _day(row):
    name = day_and_mode(row.day, row.mode)
    words = _("%(name)s: %(taken)d taken, %(waiting)d waiting.")
    if row.limit is not None:
        words = _("%(name)s: %(taken)d of %(limit)d taken, %(waiting)d waiting.")
    words = words % {"name": name, "taken": row.taken, "waiting": row.waiting, "limit": row.limit}
    return charts.Row(name, row.taken, words, {row.mode.value: row.taken, "waiting": row.waiting}, row.limit)


def _drawn(groups):
    return charts.bars(map(_group, groups))


def _group(row):
    words = _("%(name)s: %(total)d, %(confirmed)d of them confirmed.")
    words = words % {"name": row.label, "total": row.total, "confirmed": row.confirmed}
    return charts.Row(row.label, row.total, words, {"confirmed": row.confirmed, "others": row.others})
