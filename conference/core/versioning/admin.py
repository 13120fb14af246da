"""The past of rows at the organizers' desk: every save with who, when and what; setting a row back to how it was after
one of them; and taking a deletion back. Each of these writes the past further and never changes it."""

import datetime
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from conference.core.versioning.restore import (
    RESTORE_REASON,
    REVERT_REASON,
    RevertError,
    find_missing_targets,
    get_deleted_records,
    get_revision_or_404,
    restore_object,
    revert_object,
)

from ..edit_conflicts import EditConflictError, make_version_token
from ..text import LANGUAGES
from .formatting import RelatedNames, excerpt_around_diff, format_value, get_field_label
from .snapshot import child_relations, take_snapshot
from .timeline import get_display_name, get_revisions, get_snapshot_before_delete

PER_PAGE = 50


@dataclass(frozen=True)
class RevisionChange:
    """One field before and after, in words. language is that of its text, or empty."""

    label: str
    before: str
    after: str
    language: str = ""


@dataclass(frozen=True)
class TimelineEntry:
    """One entry of a timeline as a page shows it. key, where the row can be set back to it, else None."""

    who: str
    when: datetime.datetime
    description: str
    changes: list
    key: int | None = None


def describe_differences(model, before, after, names):
    """What differs between two contents, in the order of the model's fields."""
    changed = [name for name in {**after, **before} if before.get(name) != after.get(name)]
    return [describe_difference(model, name, before.get(name), after.get(name), names) for name in changed]


def describe_difference(model, name, before, after, names):
    words = excerpt_around_diff(format_value(model, name, before, names), format_value(model, name, after, names))
    language = name.rpartition("_")[2]
    return RevisionChange(get_field_label(model, name), *words, language if language in LANGUAGES else "")


def describe_missing_targets(model, names):
    sentence = _("“%(field)s” was not restored: the picture was deleted because it was no longer used.")
    return [sentence % {"field": get_field_label(model, name)} for name in names]


class VersionedAdminMixin:
    """Beside ModelAdmin: pages for the past of a row, for setting it back, and for what was deleted."""

    # Asked by the template of the list, which is also that of models without a past.
    can_restore_deleted = True

    def get_urls(self):
        name, page = f"{self.opts.app_label}_{self.opts.model_name}", self.admin_site.admin_view
        return [
            path("deleted/", page(self.deleted_view), name=f"{name}_deleted"),
            path("deleted/<path:object_id>/", page(self.restore_view), name=f"{name}_restore"),
            path("<path:object_id>/history/<int:moment>/", page(self.revert_view), name=f"{name}_revert"),
            *super().get_urls(),
        ]

    @method_decorator(require_http_methods(["GET", "HEAD"]))
    def history_view(self, request, object_id, extra_context=None):
        """Every save of a row, the latest first."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        page = Paginator(get_revisions(self.model, row.pk)[::-1], PER_PAGE).get_page(request.GET.get("p"))
        context = {
            "title": _("History of “%(row)s”") % {"row": row},
            "object": row,
            "page": page,
            "timeline": self.build_timeline(
                page, take_snapshot(row), may_change=self.has_change_permission(request, row)
            ),
        }
        return self.render_page(request, "history", context | (extra_context or {}))

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def revert_view(self, request, object_id, moment):
        """What setting a row back would change, and on a POST from that very page, setting it back."""
        row = self.model._base_manager.filter(pk=self.parse_object_id(object_id)).first()
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row) or not self.has_children_permission(request):
            raise PermissionDenied(gettext_lazy("You do not have permission to change this entry."))
        refusals, meanwhile = [], False
        if request.method == "POST":
            try:
                revert_object(self.model, row.pk, moment, request.POST.get("token", ""))
            except EditConflictError:
                meanwhile = True
            except RevertError as refused:
                refusals = refused.reasons
            else:
                messages.success(request, _("“%(row)s” was restored to the earlier version.") % {"row": row})
                return redirect(self.get_page_url("history", row.pk))
        now, entry = take_snapshot(row), get_revision_or_404(self.model, row.pk, moment)
        gone = find_missing_targets(self.model, entry.after)
        then = entry.after | {name: now[name] for name in gone}
        names = RelatedNames(self.model, [now, then])
        context = {
            "title": _("Restore an earlier version of “%(row)s”") % {"row": row},
            "object": row,
            "entry": TimelineEntry(get_display_name(entry.user), entry.timestamp, "", []),
            "changes": describe_differences(self.model, now, then, names),
            "left_out": describe_missing_targets(self.model, gone),
            "token": make_version_token(now),
            "refusals": refusals,
            "changed_meanwhile": meanwhile,
        }
        return self.render_page(request, "revert", context, status=409 if meanwhile or refusals else 200)

    @method_decorator(require_http_methods(["GET", "HEAD"]))
    def deleted_view(self, request):
        """The rows that were deleted and can be brought back."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        page = Paginator(get_deleted_records(self.model), PER_PAGE).get_page(request.GET.get("p"))
        rows = [
            {"name": str(record.instance), "who": get_display_name(record.history_user), "when": record.history_date,
             "url": self.get_page_url("restore", record.instance.pk)}
            for record in page
        ]  # fmt: skip
        context = {
            "title": _("Deleted %(rows)s") % {"rows": self.opts.verbose_name_plural},
            "page": page,
            "rows": rows,
            "may_restore": self.has_add_permission(request) and self.has_children_permission(request),
        }
        return self.render_page(request, "deleted", context)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def restore_view(self, request, object_id):
        """What a deleted row said, and on a POST, bringing it back."""
        if not self.has_add_permission(request) or not self.has_children_permission(request):
            raise PermissionDenied(gettext_lazy("You do not have permission to add this entry."))
        key, refusals = self.parse_object_id(object_id), []
        if request.method == "POST":
            try:
                row = restore_object(self.model, key)
            except RevertError as refused:
                refusals = refused.reasons
            else:
                messages.success(request, _("“%(row)s” was restored.") % {"row": row})
                return redirect(self.get_page_url("change", row.pk))
        record = get_deleted_records(self.model).filter(**{self.opts.pk.name: key}).first()
        if record is None:
            raise Http404
        values = get_snapshot_before_delete(self.model, key)
        gone = find_missing_targets(self.model, values)
        values = {name: value for name, value in values.items() if name not in gone}
        context = {
            "title": _("Restore “%(row)s”") % {"row": record.instance},
            "who": get_display_name(record.history_user),
            "when": record.history_date,
            "said": [
                change
                for change in describe_differences(self.model, {}, values, RelatedNames(self.model, [values]))
                if change.after
            ],
            "left_out": describe_missing_targets(self.model, gone),
            "refusals": refusals,
        }
        return self.render_page(request, "restore", context, status=409 if refusals else 200)

    def build_timeline(self, page, now, *, may_change):
        contents = [values for entry in page for values in (entry.before, entry.after) if values]
        names = RelatedNames(self.model, contents)
        return [self.build_timeline_entry(entry, now, names, may_change) for entry in page]

    def build_timeline_entry(self, entry, now, names, may_change):
        before, after = entry.before, entry.after
        changes = (
            describe_differences(self.model, before, after, names) if before is not None and after is not None else []
        )
        can_be_set_back = may_change and after is not None and after != now
        return TimelineEntry(
            get_display_name(entry.user),
            entry.timestamp,
            describe_revision(entry),
            changes,
            entry.key if can_be_set_back else None,
        )

    def has_children_permission(self, request):
        """A row goes back with what belongs to it, so it takes the right to change that as well."""
        return all(
            request.user.has_perm(f"{field.model._meta.app_label}.{action}_{field.model._meta.model_name}")
            for field in child_relations(self.model).values()
            for action in ("add", "change", "delete")
        )

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """To where it can be brought back, if it is deleted: then a form that was open goes on from where it was."""
        try:
            key = self.parse_object_id(object_id)
        except Http404:
            key = None
        if (
            not self.has_add_permission(request)
            or not get_deleted_records(self.model).filter(**{opts.pk.name: key}).exists()
        ):
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)
        if request.method == "POST":
            words = _(
                "Not saved: this entry was deleted in the meantime. Restore it, go back to your form and save again."
            )
            messages.warning(request, words)
        return redirect(self.get_page_url("restore", key))

    def parse_object_id(self, object_id):
        try:
            return self.opts.pk.to_python(unquote(object_id))
        except (ValidationError, ValueError) as error:
            raise Http404 from error

    def get_page_url(self, page, *keys):
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[quote(key) for key in keys])

    def render_page(self, request, page, context, status=200):
        context = self.admin_site.each_context(request) | {"opts": self.opts} | context
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/history/{page}.html", context, status=status)


def describe_revision(entry):
    """What was done, in a sentence."""
    verb, _space, moment = entry.reason.partition(" ")
    if entry.reason == RESTORE_REASON:
        return _("Restored after deletion")
    if verb == REVERT_REASON and moment.isdigit():
        when = timezone.localtime(datetime.datetime.fromtimestamp(int(moment) / 1_000_000, datetime.UTC))
        return _("Restored the version of %(when)s") % {"when": date_format(when, "DATETIME_FORMAT")}
    if entry.reason:
        return entry.reason
    kinds = {"+": _("Created"), "-": _("Deleted"), "~": _("Changed")}
    return _("First record") if entry.change_type == "~" and entry.before is None else kinds[entry.change_type]
