"""Who registers, at the organizers' desk: the list, what is decided about each, limits, and who looked at what."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList, IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import ModelForm
from django.http import QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from sessions.content import own
from sessions.editing import token
from sessions.meanwhile import Meanwhile
from sessions.search import accent_insensitive_search
from sessions.text import Text
from sessions.values import Names, in_words, label
from speakers.naming import country_name

from . import (
    choosing,
    day_marks,
    erasing,
    exporting_admin,
    figures_admin,
    letters_admin,  # noqa: F401 - importing it registers it
    limits,
    limits_admin,  # noqa: F401
    lists,
    logs_admin,  # noqa: F401
    review,
    several,
)
from .admission import edit, holding_seats
from .models import Needs, Registration
from .needs_admin import NeedsAdmin
from .states import NotPossible
from .who_sees_what import FOR_ALL, sees_everything

admin.site.register(Needs, NeedsAdmin)


class ListOfRegistrations(ChangeList):
    """A row leads to where it is decided about, and remembers how the list was narrowed."""

    def url_for_result(self, result):
        return reverse("admin:registration_registration_review", args=[result.pk])


class FactsForm(ModelForm):
    """What somebody told of themselves, put right by a registrar."""

    # Why it is not saved: sentences.
    refusals = ()

    class Meta:
        model = Registration
        fields = [
            *("passport_name", "badge_name", "country", "organization", "function", "category"),
            *("gender", "languages", "letter_language", "online_meanwhile"),
        ]

    def clean(self):
        for sentence in self.refusals:
            self.add_error(None, ValidationError(sentence, code="refused"))
        return super().clean()


@admin.register(Registration)
class RegistrationAdmin(lists.AskedByItsFilters, admin.ModelAdmin):
    """Registrations are made by those who come, decided about in the review, and never deleted, but erased."""

    form = FactsForm
    list_display = [
        *("name", "country_or_territory", "organization", "category_in_words", "days", "state", "submitted"),
    ]
    list_filter = lists.FILTERS
    list_per_page = 50
    list_max_show_all = 500
    show_facets = admin.ShowFacets.NEVER
    actions = several.ACTIONS
    search_fields = ["badge_name", "organization"]
    fieldsets = [
        (None, {"fields": ["passport_name", "badge_name", "country"]}),
        (_("For whom and why"), {"fields": ["organization", "function", "category"]}),
        (_("How"), {"fields": ["languages", "letter_language", "online_meanwhile", "gender"]}),
    ]

    class Media:
        css = {"all": ["css/registrars.css"]}

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("user", "category")
        return rows.prefetch_related("seats")

    def get_changelist(self, request, **kwargs):
        return ListOfRegistrations

    def get_list_filter(self, request):
        return lists.FILTERS if sees_everything(request.user) else lists.FILTERS_FOR_ALL

    def get_search_results(self, request, queryset, search_term):
        """Of a name on the passport and of an address knows nothing who does not see them."""
        seen = [*self.search_fields, *(["passport_name", "user__email"] if sees_everything(request.user) else [])]
        return accent_insensitive_search(queryset, seen, search_term), False

    def get_fieldsets(self, request, obj=None):
        return self.fieldsets if sees_everything(request.user) else [(None, {"fields": FOR_ALL})]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_decide_permission(self, request):
        return request.user.has_perm("registration.decide")

    def get_urls(self):
        pages = (review, choosing, several, exporting_admin, figures_admin, erasing)
        return [*(url for page in pages for url in page.urls(self)), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied(_("Only those who may see registrations can open them."))
        context = {
            "title": capfirst(self.opts.verbose_name_plural),
            "in_sight": limits.in_sight(),
            "key": day_marks.key(),
            "query": lists.narrowing(request.GET),
            "may_export": request.user.has_perm("registration.export"),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def narrowed(self, request, query):
        """The registrations that the list shows under this query string, on all of its pages."""
        asked = lists.narrowing(QueryDict(query))
        again = lists.asking(request, asked)
        try:
            return self.get_changelist_instance(again).get_queryset(again)
        except IncorrectLookupParameters:
            return self.get_queryset(request).none()

    def history_view(self, request, object_id, extra_context=None):
        """What happened to it stands where it is decided about."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied(_("Only those who may see registrations can open them."))
        return redirect(reverse("admin:registration_registration_review", args=[row.pk]) + "#history")

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Facts put right, over nothing but what was shown; what goes with no seat or state is told in the form."""
        row = self.get_object(request, unquote(object_id)) if object_id else None
        if row is None or request.method != "POST":
            more = {"token": token(row) if row else ""} | (extra_context or {})
            return super().changeform_view(request, object_id, form_url, more)
        try:
            with holding_seats():
                request.refusals = self._meanwhile(row, request.POST.get("token", ""))
                # Whoever has read what is different may save over it.
                more = {"token": token(row)} | (extra_context or {})
                return super().changeform_view(request, object_id, form_url, more)
        except NotPossible as reason:
            request.refusals = [str(reason)]
            return super().changeform_view(request, object_id, form_url, {"token": token(row)} | (extra_context or {}))

    def _meanwhile(self, row, shown):
        """Sentences on what somebody else has changed since a page showed the row."""
        row.refresh_from_db()
        changed = [name for name in Meanwhile(row, shown).changed if name in self.form._meta.fields]
        names = Names(Registration, [own(row)])
        words = _("Nothing was saved: somebody has changed “%(field)s” to “%(value)s” since you opened this. What you "
                  "typed is still here; save again to keep it.")  # fmt: skip
        values = own(row)
        return [
            words % {"field": label(Registration, name), "value": in_words(Registration, name, values[name], names)}
            for name in changed
        ]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusals = getattr(request, "refusals", ())
        return form

    def save_model(self, request, obj, form, change):
        facts = {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}
        edit(Registration.objects.get(pk=obj.pk), facts, by=request.user)

    def log_change(self, request, obj, message):
        """The steps of a registration tell of it, and go with it when it is erased."""

    def response_change(self, request, obj):
        if "_continue" in request.POST:
            return super().response_change(request, obj)
        messages.success(request, _("“%(name)s” is saved.") % {"name": obj})
        return redirect("admin:registration_registration_review", obj.pk)

    @admin.display(description=_("name on the badge"), ordering="badge_name")
    def name(self, row):
        return row.badge_name

    @admin.display(description=_("country"), ordering="country")
    def country_or_territory(self, row):
        return country_name(row.country.code)

    @admin.display(description=_("category"), ordering="category__order")
    def category_in_words(self, row):
        return str(Text.of(row.category, "name"))

    @admin.display(description=_("submitted"), ordering="submitted_at")
    def submitted(self, row):
        return date_format(timezone.localtime(row.submitted_at), "SHORT_DATE_FORMAT")

    @admin.display(description=_("days"))
    def days(self, row):
        return day_marks.days_at_a_glance(row.seats.all())
