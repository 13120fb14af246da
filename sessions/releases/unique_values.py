"""Unique values of the rows of the draft, which a restored release may give to other rows."""

from collections.abc import Collection

from django.db.models import Model

from conference.core.slugs import unique_slug


def is_unique_field(model: type[Model], name: str) -> bool:
    return any(field.name == name and field.unique for field in model._meta.concrete_fields)


def get_unique_value(item: dict, column: str) -> str | int | None:
    return item["name"].get("en", "") if column == "name_en" else item[column]


def make_free_value(model: type[Model], row: dict, column: str, taken: Collection) -> str | None:
    """Return a value for a unique column that no row has or will get."""
    if column == "number":
        return None
    if column == "name_en":
        return f"{row['name_en'][:60]} ({row['id']})"
    return unique_slug(model, f"{row['slug']}-{str(row['id'])[:8]}", taken.__contains__)
