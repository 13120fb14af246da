"""Which translations are missing, and which no longer follow their source, the text in the first language.

A row with a column for it keeps the names of its stale texts: ["title", "summary"]. A text becomes stale when its
source changes and no translation does; it is good again when a translation is edited, emptied, or said to be right.
"""

from functools import cache

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .text import LANGUAGES

# A name may be the same in every language, what shows no picture needs no words, and a letter has words of the site's.
OPTIONAL_TEXTS = {
    "speakers.speaker": {"name", "portrait_alt"},
    "conference.partner": {"name"},
    "registration.lettertext": {"subject", "body"},
}

SOURCE_LANGUAGE, *TARGET_LANGUAGES = LANGUAGES


@cache
def get_translated_fields(model):
    """The names of the texts that a model keeps in every language."""
    fields = {field.name for field in model._meta.concrete_fields}
    found = [
        name.removesuffix(f"_{SOURCE_LANGUAGE}")
        for name in (f.name for f in model._meta.concrete_fields)
        if name.endswith(f"_{SOURCE_LANGUAGE}")
    ]
    return tuple(name for name in found if all(f"{name}_{language}" in fields for language in TARGET_LANGUAGES))


@cache
def tracks_stale(model):
    try:
        return isinstance(model._meta.get_field("stale"), models.JSONField)
    except FieldDoesNotExist:
        return False


def get_missing_translations(row):
    """The texts that stand in one language and not in the other."""
    return [
        name
        for name in get_required_fields(type(row))
        if len({bool(text.strip()) for text in get_language_values(row, name)}) > 1
    ]


def get_stale_translations(row):
    """The texts whose source changed after their translation, as far as there is still a translation."""
    return [
        name for name in getattr(row, "stale", ()) if any(text.strip() for text in get_language_values(row, name)[1:])
    ]


def recompute_stale(before, row, right=()):
    """What is stale once the row is saved, from {column: text} of what it was. right: texts said to be right."""
    marks = set(row.stale)
    for name in get_translated_fields(type(row)):
        changed = [
            language
            for language in LANGUAGES
            if (column := f"{name}_{language}") in before and before[column] != getattr(row, column)
        ]
        if name in right or set(changed) - {SOURCE_LANGUAGE}:
            marks.discard(name)
        elif changed:
            marks.add(name)
    return [
        name for name in get_translated_fields(type(row)) if name in marks and any(get_language_values(row, name)[1:])
    ]


def get_translation_status(row):
    """In a word, for a list."""
    if get_missing_translations(row):
        return STATUS_LABELS["missing"]
    return STATUS_LABELS["stale"] if get_stale_translations(row) else STATUS_LABELS["complete"]


STATUS_LABELS = {"missing": _("missing"), "stale": _("outdated"), "complete": _("complete")}


class TranslationFilter(admin.SimpleListFilter):
    title = _("translation")
    parameter_name = "translation"

    def lookups(self, request, model_admin):
        return [(key, word) for key, word in STATUS_LABELS.items() if key != "stale" or tracks_stale(model_admin.model)]

    def queryset(self, request, queryset):
        lacks, is_stale = build_missing_filter(queryset.model), build_stale_filter(queryset.model)
        if self.value() == "missing":
            return queryset.filter(lacks)
        if self.value() == "stale":
            return queryset.filter(is_stale).exclude(lacks)
        if self.value() == "complete":
            return queryset.exclude(lacks).exclude(is_stale)
        return queryset


def get_required_fields(model):
    return [
        name for name in get_translated_fields(model) if name not in OPTIONAL_TEXTS.get(model._meta.label_lower, ())
    ]


def get_language_values(row, name):
    return [getattr(row, f"{name}_{language}") for language in LANGUAGES]


def build_missing_filter(model):
    wrong = Q(pk__in=[])
    for name in get_required_fields(model):
        empty = [Q(**{f"{name}_{language}": ""}) for language in LANGUAGES]
        some, none = empty[0], empty[0]
        for each in empty[1:]:
            some, none = some | each, none & each
        wrong |= some & ~none
    return wrong


def build_stale_filter(model):
    return ~Q(stale=[]) if tracks_stale(model) else Q(pk__in=[])
