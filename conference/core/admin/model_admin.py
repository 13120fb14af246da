"""Base classes of the admin: several languages, slugs, time zones, accent-insensitive search, and concurrent edits.

A page that saves an object without these forms carries get_version_token(instance), and changes the object that
get_locked_if_unchanged(model, key, token) returns.
"""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from conference.core.admin.fields import MultilineCharField, add_translation_hints, annotate_form_field, per_language
from conference.core.admin.selection import parse_keys
from conference.core.form_fields import EmailAddressField, SlugField
from conference.core.i18n import translations
from conference.core.search import accent_insensitive_search
from conference.core.slugs import free_slug, propose_slug
from conference.core.times import SplitDateTimeField, TimeOfDayField
from conference.core.versioning.admin import VersionedModelAdmin
from conference.core.versioning.edit_conflicts import (
    EditConflict,
    EditConflictError,
    get_locked_if_unchanged,
    get_version_token,
    lock_rows,
    make_version_token,
)
from conference.core.versioning.edit_merging import ConflictCheckingFormSet, merge_concurrent_edits
from conference.core.versioning.snapshot import child_relations

__all__ = [
    "ContentModelAdmin",
    "ContentModelForm",
    "ContentTabularInline",
    "EditConflictError",
    "MultilineCharField",
    "RestrictedLookupsMixin",
    "annotate_form_field",
    "get_locked_if_unchanged",
    "get_version_token",
    "is_uuid",
    "per_language",
]


# New rows of an inline that a recovered form shows again.
MAX_NEW_ROWS = 100


class ContentModelForm(forms.ModelForm):
    """Form with hints about translations that makes the slug from the English title or name.

    An empty slug, and that of a new object whose title another object has as well, become the next free one.
    """

    # Set by ContentModelAdmin if another user has saved the object in the meantime.
    edit_conflict: EditConflictError | None = None

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            slug: Any = self.fields["slug"]
            slug.required, slug.stored = False, self.instance.slug
            if self.instance._state.adding:
                help_text = _("%(help)s If empty, it is made from the title or name.")
                slug.help_text = help_text % {"help": slug.help_text}
            slug.error_messages["unique"] = _("Another entry has this web address. Choose another one.")
        add_translation_hints(self)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if self.edit_conflict:
            self.add_error(None, ValidationError(str(self.edit_conflict), code="stale"))
        title = data.get("title_en") or data.get("name_en")
        if title and "slug" in self.fields and not self.has_error("slug"):
            is_proposed = self.instance._state.adding and data.get("slug") == propose_slug(self._meta.model, title)
            if is_proposed or not data.get("slug"):
                data["slug"] = free_slug(self._meta.model, title, exclude_pk=self.instance.pk)
        return data

    def validate_range(self, start_name: str, end_name: str, message: str) -> None:
        """Add an error to the end field if the end is not after the start."""
        start, end = self.cleaned_data.get(start_name), self.cleaned_data.get(end_name)
        if start and end and end <= start:
            self.add_error(end_name, message)


class SearchMixin(admin.ModelAdmin):
    """ModelAdmin mixin whose search ignores case, diacritics, punctuation and spaces, as everywhere on the site."""

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return accent_insensitive_search(queryset, self.search_fields, search_term), False


class ContentModelAdmin(SearchMixin, VersionedModelAdmin):
    """Admin of a versioned model with translated texts that detects concurrent edits."""

    form = ContentModelForm
    formfield_overrides = {
        models.TextField: {"form_class": MultilineCharField},
        models.DateTimeField: {"form_class": SplitDateTimeField},
        models.EmailField: {"form_class": EmailAddressField},
        models.SlugField: {"form_class": SlugField},
        models.TimeField: {"form_class": TimeOfDayField},
    }

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> forms.Field:
        return annotate_form_field(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        return [*columns, "translation"] if translations.get_translated_fields(self.model) else columns

    def get_list_filter(self, request: HttpRequest) -> Any:
        filters = super().get_list_filter(request)
        return [*filters, translations.TranslationFilter] if translations.get_translated_fields(self.model) else filters

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple:
        """Leave out the rows of automatic many-to-many tables, whose names mean nothing to organizers."""
        to_delete, counts, missing_permissions, protected = super().get_deleted_objects(objs, request)
        options = [through for model in self.admin_site._registry for through in list_auto_through_options(model)]
        prefixes = tuple(f"{capfirst(option.verbose_name)}: " for option in options)
        plural_names = {option.verbose_name_plural for option in options}
        return (
            drop_entries_with_prefix(to_delete, prefixes),
            {name: count for name, count in counts.items() if name not in plural_names},
            missing_permissions - {str(option.verbose_name) for option in options},
            protected,
        )

    @admin.display(description=_("translation"))
    def translation(self, obj: Model) -> str:
        return translations.get_translation_status(obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Save an object only if no other user has changed it since the form was opened.

        Otherwise the page shows the conflicts and the current version token. Saving again overwrites the other changes.
        """
        if object_id is None:
            return super().changeform_view(request, None, form_url, extra_context)
        key = unquote(object_id)
        if request.method != "POST":
            context = {"token": self.get_version_token_for(key)} | (extra_context or {})
            return super().changeform_view(request, object_id, form_url, context)
        with transaction.atomic():
            context = {"token": request.POST.get("token", "")} | self.merge_or_report_conflict(request, key)
            return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        # The class is made for this request; django-stubs does not know the attribute of ContentModelForm.
        form.edit_conflict = getattr(request, "edit_conflict", None)  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        if change and translations.tracks_stale(self.model):
            confirmed = request.POST.getlist("translation_is_current")
            obj.stale_translations = translations.recompute_stale(form.initial, obj, confirmed)
        super().save_model(request, obj, form, change)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lock the rows that are saved in an editable changelist."""
        if request.method != "POST" or "_save" not in request.POST:
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            keys = [request.POST[name] for name in request.POST if re.fullmatch(rf"form-\d+-{self.opts.pk.name}", name)]
            lock_rows(self.model, *parse_keys(self.model, keys))
            return super().changelist_view(request, extra_context)

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> type[forms.BaseModelFormSet]:
        return super().get_changelist_formset(request, **{"formset": ConflictCheckingFormSet} | kwargs)

    def get_version_token_for(self, key: str) -> str:
        """Return the version token of a stored object, or an empty string if there is none."""
        instance = self.get_stored_object(key)
        return get_version_token(instance) if instance else ""

    def get_stored_object(self, key: Any) -> Model | None:
        return self.model._base_manager.filter(pk__in=parse_keys(self.model, [key])).first()

    def merge_or_report_conflict(self, request: Any, key: str) -> dict[str, Any]:
        """Merge concurrent edits into request.POST and return the context that explains why nothing is saved."""
        lock_rows(self.model, *parse_keys(self.model, [key]))
        instance = self.get_stored_object(key)
        if instance is None or not self.has_change_permission(request, instance):
            return {}
        conflict = EditConflict(instance, request.POST.get("token", ""))
        if not conflict.changed_fields:
            return {}
        form = self.build_bound_form(request, instance)
        formsets = self.build_bound_formsets(request, form.instance)
        request.POST, submitted = merge_concurrent_edits(
            request.POST, conflict, form, formsets, self.build_stored_form(request, instance)
        )
        for file in request.FILES.values():
            file.seek(0)
        request.edit_conflict = EditConflictError(
            instance, conflict.conflicts(submitted), make_version_token(conflict.current_values)
        )
        return {"token": request.edit_conflict.version_token, "edit_conflict": request.edit_conflict}

    def build_bound_form(self, request: HttpRequest, instance: Model) -> forms.ModelForm:
        """Build the submitted form with an instance of its own, as validation changes it."""
        form_class = self.get_full_form_class(request, instance)
        return form_class(request.POST, request.FILES, instance=self.get_stored_object(instance.pk))

    def build_bound_formsets(self, request: HttpRequest, instance: Any) -> list[Any]:
        """Build the submitted formsets of the inlines that the user may change."""
        return [
            formset(**self.get_formset_kwargs(request, instance, inline, formset.get_default_prefix()))
            for formset, inline in self.get_formsets_with_inlines(request, instance)
            if inline.has_change_permission(request, instance)
        ]

    def build_stored_form(self, request: HttpRequest, instance: Model) -> forms.ModelForm:
        return self.get_full_form_class(request, instance)(instance=self.get_stored_object(instance.pk))

    def get_full_form_class(self, request: HttpRequest, instance: Model) -> type[forms.ModelForm]:
        fields = flatten_fieldsets(self.get_fieldsets(request, instance))
        return self.get_form(request, instance, change=True, fields=fields)


class ContentTabularInline(admin.TabularInline):
    """Tabular inline whose inputs have labels of their own, as a column heading is no label to a screen reader."""

    extra = 0

    def get_extra(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> int:
        """Return the number of new rows, which a recovered form (core.form_recovery) fills in."""
        draft = getattr(request, "recovered_draft", None)
        if draft is None:
            return self.extra
        parent: Any = self.parent_model
        relations = child_relations(parent)
        return sum(count_new_rows(draft.fields, name) for name, key in relations.items() if key.model is self.model)

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> forms.Field:
        field = annotate_form_field(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))
        field.widget.attrs["aria-label"] = field.label
        return field


class RestrictedLookupsMixin(admin.ModelAdmin):
    """ModelAdmin mixin that allows only the lookups of its filters in the query string of the changelist.

    Otherwise values that are not displayed could be guessed character by character.
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        is_filter = is_filter_lookup(self.get_list_filter(request), lookup)
        return is_filter and super().lookup_allowed(lookup, value, request)


def is_filter_lookup(filters: Iterable, lookup: str) -> bool:
    """Return whether a lookup belongs to one of the filters in a ModelAdmin's list_filter."""
    names = (entry[0] if isinstance(entry, tuple) else getattr(entry, "parameter_name", entry) for entry in filters)
    return lookup.partition("__")[0] in names


def count_new_rows(data: QueryDict, prefix: str) -> int:
    """Return how many rows of an inline were submitted beyond the stored ones."""
    total, initial = (data.get(f"{prefix}-{name}_FORMS", "") for name in ("TOTAL", "INITIAL"))
    if not (total.isdecimal() and initial.isdecimal()):
        return 0
    return min(max(int(total[:6]) - int(initial[:6]), 0), MAX_NEW_ROWS)


def list_auto_through_options(model: Any) -> list[models.options.Options]:
    """Return the _meta of a model's automatic many-to-many tables."""
    options = (field.remote_field.through._meta for field in model._meta.many_to_many)
    return [option for option in options if option.auto_created]


def drop_entries_with_prefix(entries: list, prefixes: tuple[str, ...]) -> list:
    """Return a nested list of objects to delete without empty lists and without entries that start with a prefix."""
    kept = [drop_entries_with_prefix(entry, prefixes) if isinstance(entry, list) else entry for entry in entries]
    return [entry for entry in kept if entry != [] and not (isinstance(entry, str) and entry.startswith(prefixes))]


def is_uuid(text: str) -> bool:
    """Return whether a text is a UUID in its canonical form."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
