"""The programme at the organizers' desk: sessions, rooms, themes, and publishing them."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms import CheckboxSelectMultiple, ModelForm
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from . import current
from .changes import in_words
from .editing import EditingAdmin, EditingForm, EditingInline, Paragraphs, both
from .live import NotReady
from .models import Participation, Release, Room, Session, SessionLink, Theme
from .publishing import NothingToPublish
from .review import ChangedMeanwhile, NotPublishable, publish_reviewed, review, unpublished

# So many names stand in a list.
FEW = 2


@admin.register(Room)
class RoomAdmin(EditingAdmin):
    list_display = ["name_en", "name_vi", "place_en", "online", "capacity", "order"]
    list_filter = ["online"]
    search_fields = ["name_en", "name_vi", "place_en", "place_vi"]
    prepopulated_fields = {"slug": ["name_en"]}
    fieldsets = [
        (None, {"fields": [both("name"), "slug", "online", "capacity", "order"]}),
        (_("Getting there"), {"fields": [both("place"), both("access")]}),
    ]


@admin.register(Theme)
class ThemeAdmin(EditingAdmin):
    list_display = ["name_en", "name_vi", "number", "colour", "sign"]
    list_filter = ["colour"]
    search_fields = ["name_en", "name_vi"]
    prepopulated_fields = {"slug": ["name_en"]}
    fieldsets = [
        (None, {"fields": [both("name"), "slug", "number", both("description")]}),
        (_("How it is shown"), {"fields": [("colour", "sign")]}),
    ]


class ParticipationInline(EditingInline):
    model = Participation
    fields = ["role", "speaker", *both("placeholder"), "online", "order"]
    autocomplete_fields = ["speaker"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("speaker")


class SessionLinkInline(EditingInline):
    model = SessionLink
    fields = ["kind", "url", *both("label"), "order"]


class SessionForm(EditingForm):
    def clean(self):
        data = super().clean()
        self.refuse_unless_after("starts_at", "ends_at", _("The end must be after the start."))
        return data


@admin.register(Session)
class SessionAdmin(EditingAdmin):
    form = SessionForm
    list_display = ["title_en", "when", "status", "room", "who", "kind"]
    list_filter = ["status", "kind", "room", "themes"]
    list_select_related = ["room"]
    date_hierarchy = "starts_at"
    search_fields = ["title_en", "title_vi", "participations__speaker__name_en", "participations__speaker__name_vi"]
    prepopulated_fields = {"slug": ["title_en"]}
    save_on_top = True
    inlines = [ParticipationInline, SessionLinkInline]
    formfield_overrides = EditingAdmin.formfield_overrides | {
        models.ManyToManyField: {"widget": CheckboxSelectMultiple}
    }
    fieldsets = [
        (None, {"fields": [both("title"), "slug", ("kind", "status", "format")]}),
        (_("When and where"), {"fields": [("starts_at", "ends_at"), "room"]}),
        (_("What it is about"), {"fields": [both("summary"), both("description"), both("notice"), "themes"]}),
        (_("Languages"), {"fields": [("languages", "interpretation"), ("captions", "sign_languages")]}),
    ]

    def get_queryset(self, request):
        people = Participation.objects.select_related("speaker")
        return super().get_queryset(request).prefetch_related(models.Prefetch("participations", people))

    @admin.display(description=_("time"), ordering="starts_at")
    def when(self, session):
        start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
        return _("%(day)s, %(start)s–%(end)s") % {
            "day": date_format(start, "SHORT_DATE_FORMAT"),
            "start": date_format(start, "TIME_FORMAT"),
            "end": date_format(end, "TIME_FORMAT" if start.date() == end.date() else "DATETIME_FORMAT"),
        }

    @admin.display(description=_("speakers"))
    def who(self, session):
        names = [str(part.speaker or part.placeholder_en) for part in session.participations.all()]
        if len(names) <= FEW:
            return ", ".join(names)
        words = {"names": ", ".join(names[:FEW]), "n": len(names) - FEW}
        return ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", words["n"]) % words

    def view_on_site(self, session):
        """The public page, at the address it was published under; None for what is not published."""
        try:
            published = next((s for s in current.programme().sessions if s.id == session.pk), None)
        except NotReady:
            return None
        return published and Session(slug=published.slug).get_absolute_url()


class PublishForm(ModelForm):
    class Meta:
        model = Release
        fields = both("note")
        field_classes = dict.fromkeys(both("note"), Paragraphs)


@admin.register(Release)
class ReleaseAdmin(admin.ModelAdmin):
    """Releases are read here and made here, and never changed."""

    list_display = ["__str__", "published_at", "published_by", "note"]
    list_select_related = ["published_by"]
    date_hierarchy = "published_at"
    fields = ["published_at", "published_by", both("note"), "what_it_changed"]

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
        return render_to_string("admin/programme/release/_changes.html", {"sections": in_words(release.changes)})

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"unpublished": unpublished(request.user)} | (extra_context or {}))

    def get_urls(self):
        view = self.admin_site.admin_view(self.publish_view)
        return [path("publish/", view, name="programme_release_publish"), *super().get_urls()]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def publish_view(self, request):
        """What publishing would change, and on a POST from that very page, publishing it."""
        if not request.user.has_perm("programme.publish"):
            raise PermissionDenied(_("Only those who may publish the programme can do this."))
        form = PublishForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self._show(request, form)
        try:
            release = publish_reviewed(request.POST.get("digest", ""), by=request.user, **form.cleaned_data)
        except NothingToPublish as reason:
            messages.info(request, str(reason))
        except ChangedMeanwhile:
            return self._show(request, form, changed_meanwhile=True)
        except NotPublishable:
            return self._show(request, form)
        else:
            self.log_addition(request, release, [{"added": {}}])
            messages.success(request, _("%(release)s is published.") % {"release": release})
        return redirect("admin:programme_release_changelist")

    def _show(self, request, form, *, changed_meanwhile=False):
        context = self.admin_site.each_context(request) | {
            "title": _("Publish the programme"),
            "opts": Release._meta,
            "form": form,
            "changed_meanwhile": changed_meanwhile,
        }
        try:
            context["review"] = review()
            context["sections"] = in_words(context["review"].changes)
        except NotPublishable:
            pass
        template = "admin/programme/release/publish.html"
        return TemplateResponse(request, template, context, status=409 if changed_meanwhile else 200)
