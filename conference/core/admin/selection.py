"""Identifiers that pages of the admin submit, checked before anything looks them up."""

from collections.abc import Iterable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import TO_FIELD_VAR
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _


def parse_keys(model: type[Model], keys: Iterable[Any]) -> list:
    """Convert submitted primary keys, without those that are invalid; the rows need not exist."""
    field = model._meta.pk
    parsed = []
    for key in keys:
        try:
            value = field.to_python(key)
            # The validators know how large an integer the database can compare with.
            field.run_validators(value)
        except ValidationError:
            continue
        parsed.append(value)
    return parsed


def drop_misleading_fields(model_admin: admin.ModelAdmin, request: Any) -> None:
    """Remove an empty name of a field, which Django would look up, and a button that the page does not have.

    Django saves a copy on “save as new” even if the model's admin does not offer it.
    """
    request.GET = without(request.GET, [TO_FIELD_VAR] if request.GET.get(TO_FIELD_VAR) == "" else [])
    names: list[str] = [TO_FIELD_VAR] if request.POST.get(TO_FIELD_VAR) == "" else []
    if not model_admin.save_as:
        names.append("_saveasnew")
    request.POST = without(request.POST, names)


def without(data: QueryDict, names: Iterable[str]) -> QueryDict:
    """Return the data without these names; the same object if it has none of them."""
    present = [name for name in names if name in data]
    if not present:
        return data
    data = data.copy()
    for name in present:
        del data[name]
    return data


def refuse_impossible_selection(view):
    """Wrap a view of a ModelAdmin: redirect to the list with an error if a selected identifier is invalid.

    Django passes identifiers to the database as they come, which fails on "abc" for a UUID or an integer.
    """
    model_admin = getattr(view, "__self__", None)
    if not isinstance(model_admin, admin.ModelAdmin):
        return view

    @wraps(view)
    def check_selection(request, *args, **kwargs):
        drop_misleading_fields(model_admin, request)
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if len(parse_keys(model_admin.model, selected)) == len(selected):
            return view(request, *args, **kwargs)
        messages.error(request, _("Nothing was changed: the selection is not valid. Select the rows again."))
        return redirect(request.get_full_path())

    return check_selection
