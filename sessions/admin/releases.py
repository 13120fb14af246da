"""Releases at the organizers' desk: looked at, published, published again, gone back to; never changed."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import Http404
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from conference.core.admin import MultilineCharField, per_language
from sessions.releases.changelog import describe_changes
from sessions.releases.exceptions import (
    ConcurrentChangeError,
    InvalidDraftError,
    NothingToPublishError,
    OutdatedPreviewError,
    PublishBlockedError,
    RestoreError,
)
from sessions.releases.preview import (
    count_unpublished_changes,
    preview_release,
    preview_republish,
    preview_restore,
    publish_previewed,
    republish_previewed,
    restore_previewed,
)

from ..checks import filter_blocking_issues, find_issues
from ..models import Release

TEMPLATE_DIR = "admin/programme/release"
allow_get_and_post = method_decorator(require_http_methods(["GET", "HEAD", "POST"]))


class ReleaseNotesForm(ModelForm):
    class Meta:
        model = Release
        fields = [*per_language("note"), "private_note"]
        field_classes = dict.fromkeys([*per_language("note"), "private_note"], MultilineCharField)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["rows"] = 3
            if name != "private_note":
                field.widget.attrs["lang"] = name.rpartition("_")[2]


class ReleaseAdmin(admin.ModelAdmin):
    """Releases are read here and made here, and never changed."""

    list_display = ["__str__", "published_at", "published_by", "note"]
    list_select_related = ["published_by"]
    date_hierarchy = "published_at"
    fields = ["published_at", "published_by", per_language("note"), "private_note", "changes_summary"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("document")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("note"))
    def note(self, release):
        return release.note_en or release.note_vi

    @admin.display(description=_("changes"))
    def changes_summary(self, release):
        return render_to_string(f"{TEMPLATE_DIR}/_changes.html", {"sections": describe_changes(release.changes)})

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(
            request, {"unpublished": count_unpublished_changes(request.user)} | (extra_context or {})
        )

    def get_urls(self):
        own = [
            path("publish/", self.wrap_view(self.publish_view), name="programme_release_publish"),
            path("<int:number>/again/", self.wrap_view(self.republish_view), name="programme_release_republish"),
            path("<int:number>/restore/", self.wrap_view(self.restore_view), name="programme_release_restore"),
        ]
        return [*own, *super().get_urls()]

    def wrap_view(self, view):
        return self.admin_site.admin_view(view)

    @allow_get_and_post
    def publish_view(self, request):
        """What publishing would change, and on a POST from that very page, publishing it."""
        require_publish_permission(request)
        form = ReleaseNotesForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self.render_publish(request, form)
        return self.run_publish(
            request,
            lambda digest: publish_previewed(digest, by=request.user, **form.cleaned_data),
            lambda **said: self.render_publish(request, form, **said),
        )

    @allow_get_and_post
    def republish_view(self, request, number):
        """What publishing an earlier release again would change, and publishing it."""
        require_publish_permission(request)
        release = self.get_release_or_404(number)
        form = ReleaseNotesForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self.render_republish(request, release, form)
        return self.run_publish(
            request,
            lambda digest: republish_previewed(number, digest, by=request.user, **form.cleaned_data),
            lambda **said: self.render_republish(request, release, form, **said),
        )

    @allow_get_and_post
    def restore_view(self, request, number):
        """What setting the tables back to a release would change in them, and doing it."""
        require_publish_permission(request)
        release = self.get_release_or_404(number)
        if request.method != "POST":
            return self.render_restore(request, release)
        try:
            restore_previewed(number, request.POST.get("digest", ""), by=request.user)
        except OutdatedPreviewError:
            return self.render_restore(request, release, changed_meanwhile=True)
        except InvalidDraftError:
            return self.render_restore(request, release)
        except (RestoreError, ConcurrentChangeError) as reason:
            return self.render_restore(request, release, refused=reason)
        self.log_change(request, release, [{"changed": {"fields": ["the tables were set back to it"]}}])
        messages.success(request, _("Release %(number)s was restored.") % {"number": number})
        return redirect("admin:programme_release_changelist")

    def run_publish(self, request, publish, show):
        """publish takes the digest of what was looked at and returns a release; show takes what there is to say."""
        try:
            release = publish(request.POST.get("digest", ""))
        except NothingToPublishError as reason:
            messages.info(request, str(reason))
        except OutdatedPreviewError:
            return show(changed_meanwhile=True)
        except (InvalidDraftError, PublishBlockedError):
            return show()
        except ConcurrentChangeError as reason:
            return show(refused=reason)
        else:
            self.log_addition(request, release, [{"added": {}}])
            messages.success(request, _("%(release)s was published.") % {"release": release})
        return redirect("admin:programme_release_changelist")

    def get_release_or_404(self, number):
        # Larger than any column of the database holds.
        found = Release.objects.defer("document", "changes").filter(pk=number).first() if number < 2**31 else None
        if found is None:
            raise Http404
        return found

    def render_publish(self, request, form, **said):
        found = find_issues()
        title = _("Publish programme")
        context = {"title": title, "form": form, "findings": found, "blocked": bool(filter_blocking_issues(found))}
        return self.render_preview(request, "publish", preview_release, context | said)

    def render_republish(self, request, release, form, **said):
        title = _("Publish release %(number)s again") % {"number": release.number}
        context = {"title": title, "form": form, "release": release}
        return self.render_preview(request, "republish", lambda: preview_republish(release.number), context | said)

    def render_restore(self, request, release, **said):
        title = _("Restore release %(number)s") % {"number": release.number}
        return self.render_preview(
            request, "restore", lambda: preview_restore(release.number), {"title": title, "release": release} | said
        )

    def render_preview(self, request, page, look, context):
        context = self.admin_site.each_context(request) | {"opts": Release._meta} | context
        try:
            context["review"] = look()
            context["sections"] = describe_changes(context["review"].changes)
        except InvalidDraftError:
            pass
        conflict = context.get("changed_meanwhile") or context.get("refused")
        refused = request.method == "POST" and context.get("blocked")
        template = f"{TEMPLATE_DIR}/{page}.html"
        return TemplateResponse(request, template, context, status=409 if conflict or refused else 200)


def require_publish_permission(request):
    if not request.user.has_perm("programme.publish"):
        raise PermissionDenied(_("You do not have permission to publish the programme."))
