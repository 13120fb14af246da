"""Admin of the countries and territories: the whole list, of which only changed and added entries are stored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from conference.core.admin.model_admin import ContentModelAdmin, ContentModelForm, per_language
from conference.core.i18n.countries import GROUP_HEADINGS, CountryEntry, CountryGroup, get_builtin_entries
from conference.core.i18n.text import LANGUAGES
from conference.core.search import SearchText, find_matches
from conference.models import Conference, Country
from conference.registration.models import Registration
from speakers.models import Speaker

# The models with a field “country”.
USING_MODELS = (Conference, Speaker, Registration)
HIDDEN, CHANGED, ADDED = _("Hidden"), _("Changed"), _("Added")
SHOWN_CHOICES = [("", _("All entries")), ("edited", _("Changed or added")), ("hidden", HIDDEN)]


@dataclass(frozen=True)
class CountryRow:
    """An entry as the list shows it. names are pairs of a language and the name in it."""

    entry: CountryEntry
    names: list[tuple[str, str]]
    labels: list[Promise]
    url: str


class CountryListForm(forms.Form):
    """Search and filters from a query string. Invalid values are reported and ignored."""

    q = forms.CharField(label=_("Search"), max_length=100, required=False, widget=forms.TextInput({"type": "search"}))
    group = forms.ChoiceField(label=_("Group"), required=False, choices=[("", _("All groups")), *CountryGroup.choices])
    shown = forms.ChoiceField(label=_("Show"), required=False, choices=SHOWN_CHOICES)

    def __init__(self, query: Mapping[str, str]):
        super().__init__(data={name: query.get(name, "") for name in self.base_fields}, auto_id="id_%s")
        for name in ("group", "shown"):
            self.fields[name].error_messages["invalid_choice"] = _("“%(value)s” is not a valid option and was ignored.")
        self.full_clean()

    @property
    def is_active(self) -> bool:
        return any(self.cleaned_data.values())

    def find_codes(self, entries: Mapping[str, CountryEntry], edited_codes: set[str]) -> set[str]:
        """Return the codes of the entries that match the search and all filters."""
        values = self.cleaned_data
        texts = {
            code: SearchText.of("\n".join((code, *entry.names)))
            for code, entry in entries.items()
            if values.get("group") in ("", None, entry.group)
            and (values.get("shown") != "edited" or code in edited_codes)
            and (values.get("shown") != "hidden" or entry.is_hidden)
        }
        return set(find_matches(texts, values.get("q", "")))


class CountryForm(ContentModelForm):
    """Form that states the built-in names, which apply as long as the names are empty."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        builtin = self.instance.builtin
        if builtin is None:
            return
        for language, name in builtin.name.by_language.items():
            text = gettext("Default name: %(name)s. Used if this field is empty.") % {"name": name}
            self.set_help_text(f"name_{language}", text)
        if builtin.aliases and "aliases" in self.fields:
            values = {"help": self.fields["aliases"].help_text, "names": ", ".join(builtin.aliases)}
            self.set_help_text("aliases", gettext("%(help)s Recognized already: %(names)s.") % values)

    def set_help_text(self, name: str, text: str) -> None:
        # Users who may only view have no fields.
        if name in self.fields:
            self.fields[name].help_text = text


@admin.register(Country)
class CountryAdmin(ContentModelAdmin):
    """Admin in which an entry without a row is shown with its built-in values, and saved as a row when it is edited."""

    form = CountryForm
    search_fields = ["code", *per_language("name"), "aliases"]
    fieldsets = [(None, {"fields": ["code", per_language("name"), "group", "is_hidden", "aliases", "usage"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Country | None = None) -> list[str]:
        return ["usage"] if obj is None else ["code", "usage"]

    def get_fieldsets(self, request: HttpRequest, obj: Country | None = None) -> Any:
        """Leave out the usage of an entry that does not exist yet."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        return [
            (title, options | {"fields": [name for name in options["fields"] if name != "usage"]})
            for title, options in fieldsets
        ]

    @admin.display(description=_("used by"))
    def usage(self, country: Country) -> str:
        names = [capfirst(str(model._meta.verbose_name_plural)) for model in list_using_models(country.code)]
        return ", ".join(names) or gettext("None")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Country | None:
        return super().get_object(request, object_id, from_field) or build_unchanged_country(object_id)

    def get_stored_object(self, key: Any) -> Country | None:
        """Return the stored row, or the built-in values to which an edit is compared."""
        country: Any = super().get_stored_object(key)
        return country or build_unchanged_country(key)

    def redirect_deleted(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """Redirect to the page that restores a deleted entry, but not for a built-in one, which can be edited again."""
        return None if object_id in get_builtin_entries() else super().redirect_deleted(request, object_id)

    def has_delete_permission(self, request: HttpRequest, obj: Country | None = None) -> bool:
        """Return whether an entry may be deleted: not if only this row gives a name to a code that is in use."""
        if not super().has_delete_permission(request, obj):
            return False
        return obj is None or (not obj._state.adding and bool(obj.builtin or not list_using_models(obj.code)))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """List all entries in their groups, read from the database, so that an edit is shown immediately."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        form = CountryListForm(request.GET)
        groups = [(heading, rows) for heading, rows in self.list_rows(form) if rows]
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(str(self.opts.verbose_name_plural)),
            "opts": self.opts,
            "form": form,
            "groups": groups,
            "count": sum(len(rows) for _heading, rows in groups),
            "has_add_permission": self.has_add_permission(request),
            "preserved_filters": self.get_preserved_filters(request),
        }
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]  # read by Django's admin
        return TemplateResponse(request, "admin/conference/country/change_list.html", context | (extra_context or {}))

    def list_rows(self, form: CountryListForm) -> Iterator[tuple[str, list[CountryRow]]]:
        """Yield the heading and the rows of each group that match the form."""
        countries = Country.objects.all()
        country_list, edited_codes = countries.load_list(), {country.code for country in countries}
        codes = form.find_codes(country_list.entries, edited_codes)
        for group, entries in country_list.list_by_group(get_language()).items():
            rows = [build_row(entry, entry.code in edited_codes) for entry in entries if entry.code in codes]
            yield str(GROUP_HEADINGS[group]), rows

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer to restore the built-in entry instead of to delete the row."""
        country = kwargs.get("obj")
        is_builtin = country is not None and country.builtin is not None
        context |= {
            "show_delete": not is_builtin,
            "can_restore_builtin": is_builtin and self.has_delete_permission(request, country),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the history of an entry; if its changes are deleted, the page that restores them."""
        is_stored = Country.objects.filter(pk=object_id).exists()
        restore_page = None if is_stored else super().redirect_deleted(request, object_id)
        return restore_page or super().history_view(request, object_id, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Delete an added entry, or the changes to a built-in one."""
        builtin = get_builtin_entries().get(object_id)
        context = {"builtin": builtin, "title": gettext("Restore the default entry")} if builtin else {}
        return super().delete_view(request, object_id, context | (extra_context or {}))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        builtin = get_builtin_entries().get(obj_id)
        if builtin is None:
            return super().response_delete(request, obj_display, obj_id)
        text = gettext("“%(name)s” has its default names and group again.") % {"name": builtin.name}
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:conference_country_changelist"))


def build_unchanged_country(code: Any) -> Country | None:
    """Return an unsaved row with the built-in values, or None if no built-in entry has the code."""
    entry = get_builtin_entries().get(str(code))
    return Country.from_entry(entry) if entry else None


def build_row(entry: CountryEntry, is_edited: bool) -> CountryRow:
    labels = [CHANGED if entry.code in get_builtin_entries() else ADDED] if is_edited else []
    if entry.is_hidden:
        labels.append(HIDDEN)
    names = [(language, entry.name.by_language.get(language, "")) for language in LANGUAGES]
    return CountryRow(entry, names, labels, reverse("admin:conference_country_change", args=[entry.code]))


def list_using_models(code: str) -> list[type[Conference] | type[Speaker] | type[Registration]]:
    """Return the models with rows that have this country."""
    return [model for model in USING_MODELS if model._default_manager.filter(country=code).exists()]
