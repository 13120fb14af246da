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

from .changes import in_words
from .editing import Paragraphs, both
from .findings import blocking, findings
from .models import Release
from .publishing import NothingToPublish, StillChanging
from .restoring import NotRestorable
from .review import (
    Blocked,
    ChangedMeanwhile,
    NotPublishable,
    publish_again_reviewed,
    publish_reviewed,
    restore_reviewed,
    review,
    review_again,
    review_restoring,
    unpublished,
)

TEMPLATES = "admin/programme/release"
looked_at_and_done = method_decorator(require_http_methods(["GET", "HEAD", "POST"]))


class PublishForm(ModelForm):
    class Meta:
        model = Release
        fields = [*both("note"), "private_note"]
        field_classes = dict.fromkeys([*both("note"), "private_note"], Paragraphs)

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
    fields = ["published_at", "published_by", both("note"), "private_note", "what_it_changed"]

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

    @admin.display(description=_("what it changed"))
    def what_it_changed(self, release):
        return render_to_string(f"{TEMPLATES}/_changes.html", {"sections": in_words(release.changes)})

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"unpublished": unpublished(request.user)} | (extra_context or {}))

    def get_urls(self):
        own = [
            path("publish/", self._page(self.publish_view), name="programme_release_publish"),
            path("<int:number>/again/", self._page(self.again_view), name="programme_release_again"),
            path("<int:number>/restore/", self._page(self.restore_view), name="programme_release_restore"),
        ]
        return [*own, *super().get_urls()]

    def _page(self, view):
        return self.admin_site.admin_view(view)

    @looked_at_and_done
    def publish_view(self, request):
        """What publishing would change, and on a POST from that very page, publishing it."""
        _refuse_unless_publisher(request)
        form = PublishForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self._show_publishing(request, form)
        return self._publish(
            request,
            lambda digest: publish_reviewed(digest, by=request.user, **form.cleaned_data),
            lambda **said: self._show_publishing(request, form, **said),
        )

    @looked_at_and_done
    def again_view(self, request, number):
        """What publishing an earlier release again would change, and publishing it."""
        _refuse_unless_publisher(request)
        release = self._release(number)
        form = PublishForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self._show_again(request, release, form)
        return self._publish(
            request,
            lambda digest: publish_again_reviewed(number, digest, by=request.user, **form.cleaned_data),
            lambda **said: self._show_again(request, release, form, **said),
        )

    @looked_at_and_done
    def restore_view(self, request, number):
        """What setting the tables back to a release would change in them, and doing it."""
        _refuse_unless_publisher(request)
        release = self._release(number)
        if request.method != "POST":
            return self._show_restoring(request, release)
        try:
            restore_reviewed(number, request.POST.get("digest", ""), by=request.user)
        except ChangedMeanwhile:
            return self._show_restoring(request, release, changed_meanwhile=True)
        except NotPublishable:
            return self._show_restoring(request, release)
        except (NotRestorable, StillChanging) as reason:
            return self._show_restoring(request, release, refused=reason)
        self.log_change(request, release, [{"changed": {"fields": ["the tables were set back to it"]}}])
        messages.success(request, _("The tables are as they were in release %(number)s.") % {"number": number})
        return redirect("admin:programme_release_changelist")

    def _publish(self, request, publish, show):
        """publish takes the digest of what was looked at and returns a release; show takes what there is to say."""
        try:
            release = publish(request.POST.get("digest", ""))
        except NothingToPublish as reason:
            messages.info(request, str(reason))
        except ChangedMeanwhile:
            return show(changed_meanwhile=True)
        except (NotPublishable, Blocked):
            return show()
        except StillChanging as reason:
            return show(refused=reason)
        else:
            self.log_addition(request, release, [{"added": {}}])
            messages.success(request, _("%(release)s is published.") % {"release": release})
        return redirect("admin:programme_release_changelist")

    def _release(self, number):
        # Larger than any column of the database holds.
        found = Release.objects.defer("document", "changes").filter(pk=number).first() if number < 2**31 else None
        if found is None:
            raise Http404
        return found

    def _show_publishing(self, request, form, **said):
        found = findings()
        title = _("Publish the programme")
        context = {"title": title, "form": form, "findings": found, "blocked": bool(blocking(found))}
        return self._show(request, "publish", review, context | said)

    def _show_again(self, request, release, form, **said):
        title = _("Publish release %(number)s again") % {"number": release.number}
        context = {"title": title, "form": form, "release": release}
        return self._show(request, "again", lambda: review_again(release.number), context | said)

    def _show_restoring(self, request, release, **said):
        title = _("Set the tables back to release %(number)s") % {"number": release.number}
        return self._show(
            request, "restore", lambda: review_restoring(release.number), {"title": title, "release": release} | said
        )

    def _show(self, request, page, look, context):
        context = self.admin_site.each_context(request) | {"opts": Release._meta} | context
        try:
            context["review"] = look()
            context["sections"] = in_words(context["review"].changes)
        except NotPublishable:
            pass
        conflict = context.get("changed_meanwhile") or context.get("refused")
        refused = request.method == "POST" and context.get("blocked")
        template = f"{TEMPLATES}/{page}.html"
        return TemplateResponse(request, template, context, status=409 if conflict or refused else 200)


def _refuse_unless_publisher(request):
    if not request.user.has_perm("programme.publish"):
        raise PermissionDenied(_("Only those who may publish the programme can do this."))
