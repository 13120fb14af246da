"""Admin pages of an object's history: its revisions, reverting to one of them, and restoring deleted objects.

Reverting and restoring are new history records; no record is ever changed.
"""

import datetime
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from conference.core.i18n.text import LANGUAGES
from conference.core.versioning.edit_conflicts import EditConflictError, make_version_token
from conference.core.versioning.formatting import RelatedNames, excerpt_around_diff, format_value, get_field_label
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
from conference.core.versioning.snapshot import child_relations, take_snapshot
from conference.core.versioning.timeline import (
    Revision,
    Snapshot,
    get_display_name,
    get_revisions,
    get_snapshot_before_delete,
    list_changed_fields,
)

PER_PAGE = 50


@dataclass(frozen=True)
class RevisionChange:
    """One field before and after a change, formatted. language is that of a translated text, else empty."""

    label: str
    before: str
    after: str
    language: str = ""


@dataclass(frozen=True)
class TimelineEntry:
    """One revision as the history page shows it. key is set if the user can revert the object to it."""

    user: str
    timestamp: datetime.datetime
    description: str
    changes: list[RevisionChange]
    key: int | None = None


class VersionedModelAdmin(ModelAdmin):
    """ModelAdmin with pages for history, reverting, deleted objects and restoring."""

    model: Any
    # Read by the template of the changelist, which other models use too.
    can_restore_deleted = True

    def get_urls(self) -> list[URLPattern]:
        name, wrap = f"{self.opts.app_label}_{self.opts.model_name}", self.admin_site.admin_view
        return [
            path("deleted/", wrap(self.deleted_view), name=f"{name}_deleted"),
            path("deleted/<path:object_id>/", wrap(self.restore_view), name=f"{name}_restore"),
            path("<path:object_id>/history/<int:revision_key>/", wrap(self.revert_view), name=f"{name}_revert"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show all revisions of an object, latest first."""
        instance = self.get_object(request, unquote(object_id))
        if instance is None:
            return self.redirect_deleted(request, object_id) or super().history_view(request, object_id)
        if not self.has_view_or_change_permission(request, instance):
            raise PermissionDenied
        page = Paginator(get_revisions(self.model, instance.pk)[::-1], PER_PAGE).get_page(request.GET.get("p"))
        can_revert = self.has_change_permission(request, instance)
        context = {
            "title": _("History of “%(row)s”") % {"row": instance},
            "object": instance,
            "page": page,
            "timeline": build_timeline(self.model, page, take_snapshot(instance), can_revert=can_revert),
        }
        return self.render_page(request, "history", context | (extra_context or {}))

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def revert_view(self, request: HttpRequest, object_id: str, revision_key: int) -> HttpResponse:
        """Show what reverting an object would change; revert it on POST, unless it has changed since."""
        instance = self.model._base_manager.filter(pk=self.parse_object_id(object_id)).first()
        if instance is None:
            raise Http404
        if not self.has_change_permission(request, instance) or not self.has_children_permission(request):
            raise PermissionDenied(_("You do not have permission to change this entry."))
        errors, is_outdated = [], False
        if request.method == "POST":
            try:
                revert_object(self.model, instance.pk, revision_key, request.POST.get("token", ""))
            except EditConflictError:
                is_outdated = True
            except RevertError as error:
                errors = error.reasons
            else:
                messages.success(request, _("“%(row)s” was restored to the earlier version.") % {"row": instance})
                return redirect(self.get_page_url("history", instance.pk))
        context = self.build_revert_context(instance, revision_key) | {"errors": errors, "is_outdated": is_outdated}
        return self.render_page(request, "revert", context, status=409 if is_outdated or errors else 200)

    def build_revert_context(self, instance: Model, revision_key: int) -> dict[str, Any]:
        current = take_snapshot(instance)
        revision, snapshot = get_revision_or_404(self.model, instance.pk, revision_key)
        missing = find_missing_targets(self.model, snapshot)
        reverted = snapshot | {name: current[name] for name in missing}
        return {
            "title": _("Restore an earlier version of “%(row)s”") % {"row": instance},
            "object": instance,
            "revision": revision,
            "changes": describe_changes(self.model, current, reverted, RelatedNames(self.model, [current, reverted])),
            "warnings": describe_missing_targets(self.model, missing),
            "token": make_version_token(current),
        }

    @method_decorator(require_safe)
    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        """List the deleted objects, latest first."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        page = Paginator(get_deleted_records(self.model), PER_PAGE).get_page(request.GET.get("p"))
        deleted_objects = [
            {
                "name": str(record.instance),
                "user": get_display_name(record.history_user),
                "timestamp": record.history_date,
                "url": self.get_page_url("restore", record.instance.pk),
            }
            for record in page
        ]
        context = {
            "title": _("Deleted %(rows)s") % {"rows": self.opts.verbose_name_plural},
            "page": page,
            "deleted_objects": deleted_objects,
            "can_restore": self.has_add_permission(request) and self.has_children_permission(request),
        }
        return self.render_page(request, "deleted", context)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the content of a deleted object; restore it on POST."""
        if not self.has_add_permission(request) or not self.has_children_permission(request):
            raise PermissionDenied(_("You do not have permission to add this entry."))
        key, errors = self.parse_object_id(object_id), []
        if request.method == "POST":
            try:
                instance = restore_object(self.model, key)
            except RevertError as error:
                errors = error.reasons
            else:
                messages.success(request, _("“%(row)s” was restored.") % {"row": instance})
                return redirect(self.get_page_url("change", instance.pk))
        context = self.build_restore_context(key) | {"errors": errors}
        return self.render_page(request, "restore", context, status=409 if errors else 200)

    def build_restore_context(self, key: Hashable) -> dict[str, Any]:
        record = get_deleted_records(self.model).filter(**{self.opts.pk.name: key}).first()
        if record is None:
            raise Http404
        snapshot = get_snapshot_before_delete(self.model, key) or {}
        missing = find_missing_targets(self.model, snapshot)
        restored = {name: value for name, value in snapshot.items() if name not in missing}
        changes = describe_changes(self.model, {}, restored, RelatedNames(self.model, [restored]))
        return {
            "title": _("Restore “%(row)s”") % {"row": record.instance},
            "deleted_by": get_display_name(record.history_user),
            "deleted_at": record.history_date,
            "deleted_fields": [change for change in changes if change.after],
            "warnings": describe_missing_targets(self.model, missing),
        }

    def has_children_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may write child objects, which are reverted and restored with their parent."""
        return all(
            request.user.has_perm(f"{field.model._meta.app_label}.{action}_{field.model._meta.model_name}")
            for field in child_relations(self.model).values()
            for action in ("add", "change", "delete")
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self.redirect_deleted(request, object_id) or super().change_view(
            request, object_id, form_url, extra_context
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self.redirect_deleted(request, object_id) or super().delete_view(request, object_id, extra_context)

    def redirect_deleted(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """Redirect to the page that restores a deleted object, so that an open form can be submitted afterwards.

        Return None if the object is not deleted, or the user may not restore it.
        """
        try:
            key = self.parse_object_id(object_id)
        except Http404:
            return None
        is_deleted = get_deleted_records(self.model).filter(**{self.opts.pk.name: key}).exists
        if not self.has_add_permission(request) or not is_deleted():
            return None
        if request.method == "POST":
            message = _(
                "Not saved: this entry was deleted in the meantime. Restore it, go back to your form and save again."
            )
            messages.warning(request, message)
        return redirect(self.get_page_url("restore", key))

    def parse_object_id(self, object_id: str) -> Hashable:
        """Convert a quoted primary key in a URL. Raises Http404 if it is invalid."""
        try:
            return self.opts.pk.to_python(unquote(object_id))
        except (ValidationError, ValueError) as error:
            raise Http404 from error

    def get_page_url(self, page: str, *keys: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[quote(key) for key in keys])

    def render_page(
        self, request: HttpRequest, page: str, context: Mapping[str, Any], status: int = 200
    ) -> TemplateResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/history/{page}.html", context, status=status)


def build_timeline(
    model: type[Model], revisions: Iterable[Revision], current: Mapping[str, Any], *, can_revert: bool
) -> list[TimelineEntry]:
    """Format revisions. current is the snapshot of the object now."""
    revisions = list(revisions)
    snapshots = [snapshot for revision in revisions for snapshot in (revision.before, revision.after) if snapshot]
    names = RelatedNames(model, snapshots)
    return [
        TimelineEntry(
            user=get_display_name(revision.user),
            timestamp=revision.timestamp,
            description=describe_revision(revision),
            changes=describe_changes(model, revision.before, revision.after, names),
            key=revision.key if can_revert and revision.after not in (None, current) else None,
        )
        for revision in revisions
    ]


def describe_changes(
    model: type[Model], before: Snapshot | None, after: Snapshot | None, names: RelatedNames
) -> list[RevisionChange]:
    """Format the differences of two snapshots, in the order of the fields; none if one of them is None."""
    if before is None or after is None:
        return []
    return [
        describe_change(model, name, before.get(name), after.get(name), names)
        for name in list_changed_fields(before, after)
    ]


def describe_change(model: type[Model], name: str, before: Any, after: Any, names: RelatedNames) -> RevisionChange:
    before, after = excerpt_around_diff(
        format_value(model, name, before, names), format_value(model, name, after, names)
    )
    language = name.rpartition("_")[2]
    return RevisionChange(get_field_label(model, name), before, after, language if language in LANGUAGES else "")


def describe_missing_targets(model: type[Model], names: Iterable[str]) -> list[str]:
    message = _("“%(field)s” was not restored: the picture was deleted because it was no longer used.")
    return [message % {"field": get_field_label(model, name)} for name in names]


def describe_revision(revision: Revision) -> str:
    """Return a sentence about what was done."""
    verb, _space, revision_key = revision.reason.partition(" ")
    if revision.reason == RESTORE_REASON:
        return _("Restored after deletion")
    if verb == REVERT_REASON and revision_key.isdigit():
        saved_at = timezone.localtime(datetime.datetime.fromtimestamp(int(revision_key) / 1_000_000, datetime.UTC))
        return _("Restored the version of %(when)s") % {"when": date_format(saved_at, "DATETIME_FORMAT")}
    if revision.reason:
        return revision.reason
    if revision.change_type == "~" and revision.before is None:
        return _("First record")
    return {"+": _("Created"), "-": _("Deleted"), "~": _("Changed")}[revision.change_type]
