"""Slugs made from titles."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from django.db.models import Model
from django.utils.text import slugify

from conference.core.i18n.text import normalize_for_search


def make_slug(model: type[Model], title: str) -> str:
    """Return the slug of a title, short enough for a number after it, or the name of the model."""
    field: Any = model._meta.get_field("slug")
    max_length = field.max_length - len("-9999")
    return slugify(normalize_for_search(title))[:max_length].strip("-_") or str(model._meta.model_name)


def unique_slug(
    model: type[Model], title: str, is_taken: Callable[[str], bool], numbers: Iterator[int] | None = None
) -> str:
    """Return the first of "mo-rong", "mo-rong-2", "mo-rong-3" and so on that is not taken.

    numbers are the suffixes to try; a caller that needs many slugs of one title passes the same iterator again.
    """
    base = make_slug(model, title)
    slugs = (base if number == 1 else f"{base}-{number}" for number in numbers or count(1))
    return next(slug for slug in slugs if not is_taken(slug))


def free_slug(model: type[Model], title: str, *, exclude_pk: Any = None) -> str:
    """Return a slug that no other row of the table has."""
    rows = model._default_manager.exclude(pk=exclude_pk)
    return unique_slug(model, title, lambda slug: rows.filter(slug=slug).exists())
