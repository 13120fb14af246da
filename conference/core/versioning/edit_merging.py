"""Merging of concurrent edits into submitted form data.

Fields that the user did not change get the stored value. If both changed a field, the user's value stays in the form
and the page shows the other one.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.db.models import Model
from django.forms.formsets import ManagementForm
from django.forms.models import BaseInlineFormSet, BaseModelFormSet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from conference.core.versioning.edit_conflicts import EditConflict
from conference.core.versioning.snapshot import (
    editable_fields,
    get_field_values,
    m2m_fields,
    serialize_field,
    short_hash,
)

PostData = dict[str, list[str]]


def merge_concurrent_edits(
    data: QueryDict,
    conflict: EditConflict,
    form: forms.ModelForm,
    formsets: Iterable[BaseInlineFormSet],
    stored_form: forms.ModelForm,
) -> tuple[QueryDict, dict[str, Any]]:
    """Return the submitted data with the stored values of unedited fields, and the submitted values by snapshot name.

    form and formsets are bound to the submitted data; stored_form is the unbound form of the stored object.
    """
    data = data.copy()
    submitted = get_submitted_values(form)
    for name in conflict.changed_fields:
        if name in form.fields and name in submitted and conflict.is_unchanged(name, submitted[name]):
            replace_post_values(data, get_field_post_data(stored_form[name]))
    for formset in formsets:
        submitted |= merge_inline_forms(data, conflict, formset)
    return data, submitted


def get_submitted_values(form: forms.ModelForm) -> dict[str, Any]:
    """Validate a form and return its valid values by field name, serialized like those of a snapshot."""
    form.is_valid()
    instance, cleaned = form.instance, getattr(form, "cleaned_data", {})
    model: Any = type(instance)
    values = {field.name: serialize_field(field, instance) for field in editable_fields(model) if field.name in cleaned}
    return values | {
        field.name: sorted(str(related.pk) for related in cleaned[field.name])
        for field in m2m_fields(model)
        if field.name in cleaned
    }


def get_field_post_data(bound_field: forms.BoundField) -> PostData:
    """Return what a browser would submit for a field as it is rendered: {name of the input: values}."""
    # The admin wraps the widgets of relations.
    widget: Any = getattr(bound_field.field.widget, "widget", bound_field.field.widget)
    if isinstance(widget, forms.MultiWidget):
        value = bound_field.value()
        values = value if isinstance(value, list) else widget.decompress(value) or []
        # django-stubs does not know widgets_names.
        names = [f"{bound_field.html_name}{suffix}" for suffix in widget.widgets_names]  # type: ignore[attr-defined]
        parts = zip(names, widget.widgets, values, strict=True)
        return {name: [part.format_value(value) or ""] for name, part, value in parts}
    if isinstance(widget, forms.CheckboxInput):
        return {bound_field.html_name: ["on"] if bound_field.value() else []}
    if isinstance(widget, forms.FileInput):
        return {}
    value = widget.format_value(bound_field.value())
    values = list(map(str, value)) if isinstance(value, list) else ["" if value is None else value]
    return {bound_field.html_name: values}


def replace_post_values(data: QueryDict, replacements: PostData) -> None:
    for name, values in replacements.items():
        data.setlist(name, values)
        if not values:
            del data[name]


def merge_inline_forms(data: QueryDict, conflict: EditConflict, formset: Any) -> dict[str, Any]:
    """Replace the submitted rows of an inline by the merged ones, and return the submitted values by snapshot name.

    Merged are: stored rows that the user did not edit, the user's edited and new rows, and rows that others added. A
    row that was deleted in the meantime is submitted as a new one if the user edited it.
    """
    prefix = formset.prefix
    formset.is_valid()
    stored = type(formset)(instance=conflict.instance, prefix=prefix, queryset=formset.queryset)
    stored_forms = {f"{prefix}.{form.instance.pk}": form for form in stored.initial_forms}
    existing, added, submitted = [], [], {}
    for form in formset.forms:
        pk_name = form._meta.model._meta.pk.name
        key = data.get(f"{form.prefix}-{pk_name}")
        name = f"{prefix}.{key}"
        if not key:
            added.append(get_form_post_data(form, data))
            continue
        is_deleted_by_user = formset._should_delete_form(form)
        submitted[name] = None if is_deleted_by_user else get_field_values(form.instance, besides=formset.fk.name)
        is_unchanged = conflict.is_unchanged(name, submitted[name])
        stored_form = stored_forms.pop(name, None)
        if stored_form is not None:
            existing.append(get_form_post_data(stored_form) if is_unchanged else get_form_post_data(form, data))
        elif not is_unchanged and not is_deleted_by_user:
            added.append(get_form_post_data(form, data) | {pk_name: [""]})
    existing += [get_form_post_data(form) for form in stored_forms.values()]
    replace_inline_forms(data, prefix, existing, added)
    return submitted


def get_form_post_data(form: forms.ModelForm, data: QueryDict | None = None) -> PostData:
    """Return {name without prefix: values} for a row of an inline, as submitted in data or as rendered."""
    prefix = f"{form.prefix}-"
    if data is not None:
        return {name.removeprefix(prefix): data.getlist(name) for name in data if name.startswith(prefix)}
    rendered: PostData = {}
    for bound_field in form:
        rendered |= get_field_post_data(bound_field)
    return {name.removeprefix(prefix): values for name, values in rendered.items()}


def replace_inline_forms(data: QueryDict, prefix: str, existing: list[PostData], added: list[PostData]) -> None:
    """Replace and number the rows of an inline: those of existing objects first."""
    for name in [name for name in data if name.startswith(f"{prefix}-") and name.split("-")[1].isdigit()]:
        del data[name]
    for number, row in enumerate([*existing, *added]):
        for name, values in row.items():
            if values:
                data.setlist(f"{prefix}-{number}-{name}", values)
    data[f"{prefix}-INITIAL_FORMS"] = str(len(existing))
    data[f"{prefix}-TOTAL_FORMS"] = str(len(existing) + len(added))


class ConflictCheckingFormSet(BaseModelFormSet):
    """Formset of an editable changelist that detects concurrent edits.

    It carries the version token of each row's fields. If another user changed a field, unedited fields get the stored
    value; if both changed the same field, nothing is saved and the row shows the conflict.
    """

    data: Any

    def __init__(self, data: QueryDict | None = None, *args: Any, **kwargs: Any):
        super().__init__(data.copy() if data else data, *args, **kwargs)
        if self.is_bound:
            self.merge_edits()

    @cached_property
    def management_form(self) -> ManagementForm:
        form = super().management_form
        form.fields["tokens"] = forms.CharField(widget=forms.HiddenInput, required=False)
        form.initial["tokens"] = self.make_version_tokens()
        if self.is_bound:
            data = QueryDict(mutable=True)
            data.update(form.data)
            data[form.add_prefix("tokens")] = form.initial["tokens"]
            form.data = data
        return form

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            for conflict in self.conflicts.get(form.instance.pk, ()):
                form.add_error(None, str(conflict))
        if self.conflicts:
            raise forms.ValidationError(_("Another user has changed this entry in the meantime."), code="stale")

    def make_version_tokens(self) -> str:
        """Return the version tokens by primary key. A bound form's instances hold unsaved values, so rows are read."""
        instances = self.get_stored_instances() if self.is_bound else self.get_queryset()
        return urlencode({str(instance.pk): urlencode(self.hash_fields(instance)) for instance in instances})

    def hash_fields(self, instance: Model) -> dict[str, str]:
        values = get_field_values(instance)
        return {name: short_hash(values[name]) for name in self.form.base_fields if name in values}

    def get_stored_instances(self) -> list[Model]:
        return list(self.get_queryset().all())

    def merge_edits(self) -> None:
        """Merge concurrent edits into the data, and collect the fields that both users changed."""
        self.conflicts: dict[Any, list] = {}
        tokens: Mapping[str, str] = dict(parse_qsl(self.data.get(f"{self.prefix}-tokens", "")))
        instances = {instance.pk: instance for instance in self.get_stored_instances()}
        for form in self.forms:
            if instance := instances.get(form.instance.pk):
                self.merge_row(form, instance, tokens.get(str(instance.pk), ""))
        # The forms are built again with the merged data.
        del self.__dict__["forms"]

    def merge_row(self, form: forms.ModelForm, instance: Model, version_token: str) -> None:
        conflict = EditConflict(instance, version_token, only=self.form.base_fields)
        if not conflict.changed_fields:
            return
        stored_form, submitted = self.form(instance=instance, prefix=form.prefix), get_submitted_values(form)
        for name in conflict.changed_fields:
            if name in submitted and conflict.is_unchanged(name, submitted[name]):
                replace_post_values(self.data, get_field_post_data(stored_form[name]))
        conflicts = [
            field
            for field in conflict.conflicts(submitted)
            if field.resolution == "yours" and field.theirs != field.yours
        ]
        if conflicts:
            self.conflicts[instance.pk] = conflicts
