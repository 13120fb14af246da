"""Slugs made from titles, and slugs as people type them."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, TypeVar

from django.db.models import Model
from django.urls import register_converter
from django.urls.converters import StringConverter

from conference.core.i18n.text import make_slug

Item = TypeVar("Item")


class TypedSlugConverter(StringConverter):
    """Path converter of a slug in any spelling: other letters than ASCII too, but no full stop or control character."""

    regex = r"[^/.\x00-\x1f\x7f]+"


register_converter(TypedSlugConverter, "typed_slug")


def find_by_typed_slug(items: Iterable[Item], slug: str) -> Item | None:
    """Return the one object whose slug is this one but for letter case, diacritics and width, if there is one."""
    wanted = make_slug(slug)
    found: list[Any] = [item for item in items if wanted and make_slug(getattr(item, "slug", "")) == wanted]
    return found[0] if len(found) == 1 else None


def propose_slug(model: type[Model], title: str) -> str:
    """Return the slug of a title, short enough for a number after it, or the name of the model."""
    field: Any = model._meta.get_field("slug")
    max_length = field.max_length - len("-9999")
    return make_slug(title)[:max_length].strip("-_") or str(model._meta.model_name)


def unique_slug(
    model: type[Model], title: str, is_taken: Callable[[str], bool], numbers: Iterator[int] | None = None
) -> str:
    """Return the first of "mo-rong", "mo-rong-2", "mo-rong-3" and so on that is not taken.

    numbers are the suffixes to try; a caller that needs many slugs of one title passes the same iterator again.
    """
    base = propose_slug(model, title)
    slugs = (base if number == 1 else f"{base}-{number}" for number in numbers or count(1))
    return next(slug for slug in slugs if not is_taken(slug))


def free_slug(model: type[Model], title: str, *, exclude_pk: Any = None) -> str:
    """Return a slug that no other row of the table has."""
    rows = model._default_manager.exclude(pk=exclude_pk)
    return unique_slug(model, title, lambda slug: rows.filter(slug=slug).exists())
