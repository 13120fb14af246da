"""Releases in the admin: reading, publishing, republishing and restoring them."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm, Textarea
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from conference.core.admin.model_admin import MultilineCharField, per_language

from ..checks import can_override, filter_blocking_issues, find_issues
from ..models import Release
from ..releases.changelog import describe_changes
from ..releases.exceptions import (
    ConcurrentChangeError,
    InvalidDraftError,
    NothingToPublishError,
    OutdatedPreviewError,
    PublishBlockedError,
    RestoreError,
)
from ..releases.preview import (
    count_unpublished_changes,
    preview_release,
    preview_republish,
    preview_restore,
    publish_previewed,
    republish_previewed,
    restore_previewed,
)

TEMPLATE_DIR = "admin/programme/release"
NOTE_FIELDS = [*per_language("note"), "private_note"]
# Integer columns hold at most 32 bits; PostgreSQL refuses a larger number with an error.
MAX_NUMBER = 2**31 - 1
allow_get_and_post = method_decorator(require_http_methods(["GET", "HEAD", "POST"]))


class ReleaseNotesForm(ModelForm):
    class Meta:
        model = Release
        fields = NOTE_FIELDS
        field_classes = dict.fromkeys(NOTE_FIELDS, MultilineCharField)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["rows"] = 3
            if name.startswith("note_"):
                field.widget.attrs["lang"] = name.rpartition("_")[2]


class PublishForm(ReleaseNotesForm):
    override_reason = MultilineCharField(
        label=_("reason"),
        max_length=500,
        required=False,
        widget=Textarea,
        help_text=_("Why the programme is published in spite of these problems. It is kept in the internal note."),
    )


class ReleaseAdmin(admin.ModelAdmin):
    """Read-only list and detail of releases, and the pages that publish, republish and restore."""

    list_display = ["__str__", "published_at", "published_by", "note"]
    list_select_related = ["published_by"]
    date_hierarchy = "published_at"
    fields = ["published_at", "published_by", per_language("note"), "private_note", "changes_summary"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Release]:
        return super().get_queryset(request).defer("document")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Release | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Release | None = None) -> bool:
        return False

    @admin.display(description=_("note"))
    def note(self, release: Release) -> str:
        return release.note_en or release.note_vi

    @admin.display(description=_("changes"))
    def changes_summary(self, release: Release) -> str:
        return render_to_string(f"{TEMPLATE_DIR}/_changes.html", {"sections": describe_changes(release.changes)})

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        context = {"unpublished": count_unpublished_changes(request.user)}
        return super().changelist_view(request, context | (extra_context or {}))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        urls = [
            path("publish/", wrap(self.publish_view), name="programme_release_publish"),
            path("<int:number>/again/", wrap(self.republish_view), name="programme_release_republish"),
            path("<int:number>/restore/", wrap(self.restore_view), name="programme_release_restore"),
        ]
        return [*urls, *super().get_urls()]

    @allow_get_and_post
    def publish_view(self, request: HttpRequest) -> HttpResponse:
        """Show the changes that publishing makes; a POST from that page publishes them."""
        require_publish_permission(request)
        form = PublishForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self.render_publish(request, form)
        return self.run_publish(
            request,
            lambda token: publish_previewed(token, by=request.user, **form.cleaned_data),
            lambda **context: self.render_publish(request, form, **context),
        )

    @allow_get_and_post
    def republish_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Show the changes that republishing a release makes; a POST from that page republishes it."""
        require_publish_permission(request)
        release = self.get_release_or_404(number)
        form = ReleaseNotesForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self.render_republish(request, release, form)
        return self.run_publish(
            request,
            lambda token: republish_previewed(number, token, by=request.user, **form.cleaned_data),
            lambda **context: self.render_republish(request, release, form, **context),
        )

    @allow_get_and_post
    def restore_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Show the changes that restoring a release makes in the draft; a POST from that page restores it."""
        require_publish_permission(request)
        release = self.get_release_or_404(number)
        if request.method != "POST":
            return self.render_restore(request, release)
        try:
            losses = restore_previewed(number, request.POST.get("version", ""), by=request.user)
        except OutdatedPreviewError:
            return self.render_restore(request, release, is_outdated=True)
        except InvalidDraftError:
            return self.render_restore(request, release)
        except (RestoreError, ConcurrentChangeError) as error:
            return self.render_restore(request, release, error=error)
        message = gettext("Release %(number)s was restored.") % {"number": number}
        self.log_change(request, release, message)
        messages.success(request, message)
        for loss in losses:
            messages.warning(request, loss)
        return redirect("admin:programme_release_changelist")

    def run_publish(
        self, request: HttpRequest, publish: Callable[[str], Release], render: Callable[..., HttpResponse]
    ) -> HttpResponse:
        """Publish with the token of the previewed page; after a conflict, render that page again."""
        try:
            release = publish(request.POST.get("version", ""))
        except NothingToPublishError as error:
            messages.info(request, str(error))
        except OutdatedPreviewError:
            return render(is_outdated=True)
        except (InvalidDraftError, PublishBlockedError):
            return render()
        except ConcurrentChangeError as error:
            return render(error=error)
        else:
            self.log_addition(request, release, [{"added": {}}])
            messages.success(request, _("%(release)s was published.") % {"release": release})
        return redirect("admin:programme_release_changelist")

    def get_release_or_404(self, number: int) -> Release:
        release = None
        if number <= MAX_NUMBER:
            release = Release.objects.without_content().filter(pk=number).first()
        if release is None:
            raise Http404
        return release

    def render_publish(self, request: HttpRequest, form: ReleaseNotesForm, **context) -> HttpResponse:
        issues = find_issues()
        blocking = filter_blocking_issues(issues)
        context |= {
            "form": form,
            "issues": issues,
            "is_blocked": bool(blocking),
            "can_override": can_override(blocking),
        }
        if blocking and form.is_bound and form.is_valid() and not form.cleaned_data["override_reason"]:
            form.add_error("override_reason", _("Enter the reason, or fix the blocking problems."))
        return self.render_preview(request, "publish", _("Publish programme"), preview_release, context)

    def render_republish(
        self, request: HttpRequest, release: Release, form: ReleaseNotesForm, **context
    ) -> HttpResponse:
        title = _("Publish release %(number)s again") % {"number": release.number}
        context |= {"form": form, "release": release}
        return self.render_preview(request, "republish", title, lambda: preview_republish(release.number), context)

    def render_restore(self, request: HttpRequest, release: Release, **context) -> HttpResponse:
        title = _("Restore release %(number)s") % {"number": release.number}
        context |= {"release": release}
        return self.render_preview(request, "restore", title, lambda: preview_restore(release.number), context)

    def render_preview(
        self, request: HttpRequest, page: str, title: str | Promise, make_preview: Callable, context: dict
    ) -> HttpResponse:
        """Render a confirmation page; without a preview it says that publishing or restoring is impossible."""
        context = self.admin_site.each_context(request) | {"opts": Release._meta, "title": title} | context
        try:
            context["preview"] = make_preview()
            context["sections"] = describe_changes(context["preview"].changes)
        except InvalidDraftError:
            pass
        has_conflict = context.get("is_outdated") or context.get("error")
        is_rejected = request.method == "POST" and context.get("is_blocked")
        status = 409 if has_conflict or is_rejected else 200
        return TemplateResponse(request, f"{TEMPLATE_DIR}/{page}.html", context, status=status)


def require_publish_permission(request: HttpRequest) -> None:
    if not request.user.has_perm("programme.publish"):
        raise PermissionDenied(_("You do not have permission to publish the programme."))
