"""State of translations: which are missing, and which are older than their source, the text in the first language.

Models with a field stale_translations keep the names of their outdated texts there: ["title", "summary"]. A text
becomes outdated when its source changes and no translation does. It is up to date again when a translation is edited,
emptied, or marked as still correct.
"""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conference.core.i18n.text import LANGUAGES

SOURCE_LANGUAGE, *TARGET_LANGUAGES = LANGUAGES
STATUS_LABELS = {"missing": _("missing"), "stale": _("outdated"), "complete": _("complete")}


@cache
def get_translated_fields(model: type[Model]) -> tuple[str, ...]:
    """Return the names of the texts that a model has in every language: "title" for title_en and title_vi."""
    fields = [field.name for field in model._meta.concrete_fields]
    suffix = f"_{SOURCE_LANGUAGE}"
    names = [field.removesuffix(suffix) for field in fields if field.endswith(suffix)]
    return tuple(name for name in names if all(f"{name}_{language}" in fields for language in TARGET_LANGUAGES))


@cache
def tracks_stale(model: type[Model]) -> bool:
    """Return whether a model has the field stale_translations."""
    try:
        return isinstance(model._meta.get_field("stale_translations"), models.JSONField)
    except FieldDoesNotExist:
        return False


def get_required_fields(model: type[Model]) -> list[str]:
    """Return the names of the texts that need a translation: all but the model's optional_translations."""
    optional = getattr(model, "optional_translations", ())
    return [name for name in get_translated_fields(model) if name not in optional]


def get_missing_translations(instance: Model) -> list[str]:
    """Return the names of the required texts that exist in some languages, but not in all."""
    return [
        name
        for name in get_required_fields(type(instance))
        if len({bool(text.strip()) for text in get_language_values(instance, name)}) > 1
    ]


def get_stale_translations(instance: Model) -> list[str]:
    """Return the names of the texts that have a translation and whose source changed after it."""
    return [name for name in getattr(instance, "stale_translations", ()) if has_translation(instance, name)]


def recompute_stale(before: Mapping[str, Any], instance: Any, confirmed: Collection[str] = ()) -> list[str]:
    """Return the new value of stale_translations for an instance that is about to be saved.

    before holds the stored values by field; fields that are not in it count as unchanged. confirmed are the names of
    texts whose translation was marked as still correct.
    """
    stale = set(instance.stale_translations)
    names = get_translated_fields(instance._meta.model)
    for name in names:
        changed = list_changed_languages(before, instance, name)
        if name in confirmed or changed - {SOURCE_LANGUAGE}:
            stale.discard(name)
        elif changed:
            stale.add(name)
    return [name for name in names if name in stale and any(get_language_values(instance, name)[1:])]


def list_changed_languages(before: Mapping[str, Any], instance: Model, name: str) -> set[str]:
    fields = {language: f"{name}_{language}" for language in LANGUAGES}
    return {
        language for language, field in fields.items() if field in before and before[field] != getattr(instance, field)
    }


def has_translation(instance: Model, name: str) -> bool:
    return any(text.strip() for text in get_language_values(instance, name)[1:])


def get_language_values(instance: Model, name: str) -> list[str]:
    """Return a text in each language, in the order of settings.LANGUAGES."""
    return [getattr(instance, f"{name}_{language}") for language in LANGUAGES]


def get_translation_status(instance: Model) -> str:
    """Return the label of the state of an instance's translations."""
    if get_missing_translations(instance):
        return str(STATUS_LABELS["missing"])
    return str(STATUS_LABELS["stale"] if get_stale_translations(instance) else STATUS_LABELS["complete"])


class TranslationFilter(admin.SimpleListFilter):
    """Filter of a changelist by the state of the translations."""

    title = _("translation")
    parameter_name = "translation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        has_stale = tracks_stale(model_admin.model)
        return [(key, str(label)) for key, label in STATUS_LABELS.items() if key != "stale" or has_stale]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        is_missing, is_stale = build_missing_filter(queryset.model), build_stale_filter(queryset.model)
        if self.value() == "missing":
            return queryset.filter(is_missing)
        if self.value() == "stale":
            return queryset.filter(is_stale).exclude(is_missing)
        if self.value() == "complete":
            return queryset.exclude(is_missing).exclude(is_stale)
        return queryset


def build_missing_filter(model: type[Model]) -> Q:
    """Return the condition that a required text is empty in some languages, but not in all."""
    missing = Q(pk__in=[])
    for name in get_required_fields(model):
        is_empty = [Q(**{f"{name}_{language}": ""}) for language in LANGUAGES]
        any_empty, all_empty = is_empty[0], is_empty[0]
        for condition in is_empty[1:]:
            any_empty, all_empty = any_empty | condition, condition & all_empty
        missing |= any_empty & ~all_empty
    return missing


def build_stale_filter(model: type[Model]) -> Q:
    return ~Q(stale_translations=[]) if tracks_stale(model) else Q(pk__in=[])
