"""Positions of rows that organizers put in order: a row without a position comes last."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import models

MAX_POSITION = 32_767


def get_next_position(positions: Iterable[int | None]) -> int:
    """Return the position after the last of these, at most the largest that the column holds."""
    return min(max((position or 0 for position in positions), default=0) + 1, MAX_POSITION)


class OrderField(models.PositiveSmallIntegerField):
    """Position of a row, lowest number first. A row that is saved without one comes last.

    within is the name of the foreign key to the parent whose rows are numbered, or empty if the whole table is.
    """

    def __init__(self, *args: Any, within: str = "", **kwargs: Any):
        self.within = within
        super().__init__(*args, **{"default": None} | kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({"within": self.within} if self.within else {})

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        position = super().pre_save(model_instance, add)
        if position is None:
            position = self.get_last_position(model_instance)
            setattr(model_instance, self.attname, position)
        return position

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        # Without a position the row is valid: saving it sets one.
        if value is not None:
            super().validate(value, model_instance)

    def get_last_position(self, instance: models.Model) -> int:
        rows = type(instance)._base_manager.exclude(pk=instance.pk)
        if self.within:
            rows = rows.filter(**{self.within: getattr(instance, f"{self.within}_id")})
        return get_next_position([rows.aggregate(last=models.Max(self.attname))["last"]])

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        """Return a field that may be left empty."""
        return super().formfield(**{"required": False} | kwargs)
