"""What others changed between the moment somebody was shown a row and the moment the same person saves it.

A page carries a token of what it showed: a short digest of each field, tie and belonging. So it needs no column of its
own, holds for every way of saving, and tells which fields are different now. What is compared is read under a lock of
the row (SQLite: of the database, which each transaction takes when it begins), so that of two who save at the same time
the second is told.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.forms.models import BaseModelFormSet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _

from .versioning.formatting import RelatedNames, format_value, get_field_label
from .versioning.snapshot import (
    child_relations,
    editable_fields,
    get_field_values,
    m2m_fields,
    serialize_field,
    short_hash,
    take_snapshot,
)
from .versioning.timeline import get_last_changes


@dataclass(frozen=True)
class FieldConflict:
    """One field that somebody else changed. kept says whose value the page shows now: "theirs" or "yours"."""

    name: str
    label: str
    theirs: str
    yours: str = ""
    who: str = ""
    when: datetime | None = None
    resolution: str = "theirs"


class EditConflictError(Exception):
    """The row is not what was shown. differences say what others changed; token is of what it is now."""

    def __init__(self, row, differences, token):
        super().__init__(row, differences, token)
        self.instance, self.conflicts, self.version_token = row, differences, token

    def __str__(self):
        return _("Not saved: another person changed this entry after you opened it.")


class EditConflict:
    """A stored row as it is now against what was shown of it; only some of its columns, where they are named."""

    def __init__(self, row, shown, only=None):
        self.instance = row
        # A token comes from the browser: names that no form of ours writes are left out.
        self.shown_hashes = {name: value for name, value in parse_qsl(shown) if _is_content(type(row), name)}
        values = take_snapshot(row) if only is None else get_field_values(row)
        self.current_values = {name: values[name] for name in values if only is None or name in only}

    @cached_property
    def changed_fields(self):
        """The names of what is different now, belongings that came and went included."""
        digests = {name: short_hash(value) for name, value in self.current_values.items()}
        return [
            name
            for name in {**self.current_values, **self.shown_hashes}
            if digests.get(name) != self.shown_hashes.get(name)
        ]

    def is_unchanged(self, name, value):
        """Whether a value that is sent is the one that was shown."""
        return short_hash(value) == self.shown_hashes.get(name)

    def conflicts(self, yours=None):
        """In words, with who and when. yours: the values that are sent, by name; without them nothing is said of it."""
        yours = yours or {}
        model = type(self.instance)
        changed = self.changed_fields
        names = RelatedNames(model, [self.current_values, yours])
        who = get_last_changes(self.instance, changed)
        return [self._make_conflict(model, name, names, yours, *who.get(name, ("", None))) for name in changed]

    def _make_conflict(self, model, name, names, yours, who, when):
        theirs = format_value(model, name, self.current_values.get(name), names)
        mine = format_value(model, name, yours[name], names) if name in yours else theirs
        touched = name in yours and not self.is_unchanged(name, yours[name])
        kept = "yours" if touched else "theirs"
        return FieldConflict(name, get_field_label(model, name), theirs, mine, who, when, kept)


def _is_content(model, name):
    """Whether sessions.content gives a row of this model a value by this name."""
    relation, dot, _key = name.partition(".")
    if dot:
        return relation in child_relations(model)
    return name in {field.name for field in (*editable_fields(model), *m2m_fields(model))}


def get_version_token(row):
    """Of what a stored row says now. Take it before what the page shows is read: then it is never too new."""
    return make_version_token(take_snapshot(row))


def make_version_token(values):
    return urlencode({name: short_hash(value) for name, value in values.items()})


def lock_rows(model, *keys):
    """Let nobody else change these rows until the transaction ends."""
    list(model._base_manager.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk").values_list("pk"))


def describe_field_conflict(difference):
    """For where there is no room to put the two side by side."""
    words = {
        "field": difference.label,
        "theirs": difference.theirs or _("(empty)"),
        "yours": difference.yours or _("(empty)"),
        "who": difference.user or _("Another user"),
    }
    return (
        _("%(who)s changed “%(field)s” to “%(theirs)s”; your value is “%(yours)s”. Save again to keep yours.") % words
    )


def get_locked_if_unchanged(model, key, shown):
    """The row to change, locked. Within a transaction. Raises StaleEdit where it is not what the token was made of,
    and the model's DoesNotExist where it is deleted."""
    lock_rows(model, key)
    row = model._base_manager.get(pk=key)
    meanwhile = EditConflict(row, shown)
    if meanwhile.changed_fields:
        raise EditConflictError(row, meanwhile.conflicts(), make_version_token(meanwhile.current_values))
    return row


def merge_concurrent_edits(data, meanwhile, form, formsets, shown):
    """What is sent with theirs in it where nothing was typed, and the values that are sent, by name.

    form and formsets are bound to what is sent; shown is the form of the row as it is now.
    """
    data = data.copy()
    yours = get_submitted_values(form)
    for name in meanwhile.changed_fields:
        if name in form.fields and name in yours and meanwhile.is_unchanged(name, yours[name]):
            replace_post_values(data, get_field_post_data(shown[name]))
    for formset in formsets:
        yours |= merge_inline_rows(data, meanwhile, formset)
    return data, yours


def get_submitted_values(form):
    """The values that a validated form sends, by name, without those that cannot be understood."""
    form.is_valid()
    row, good = form.instance, getattr(form, "cleaned_data", {})
    found = {field.name: serialize_field(field, row) for field in editable_fields(type(row)) if field.name in good}
    return found | {
        tie.name: sorted(str(other.pk) for other in good[tie.name]) for tie in m2m_fields(type(row)) if tie.name in good
    }


def get_field_post_data(bound):
    """What a browser would send of a field as it is shown: {name of the input: values}."""
    widget = getattr(bound.field.widget, "widget", bound.field.widget)
    if isinstance(widget, forms.MultiWidget):
        value = bound.value()
        values = value if isinstance(value, list) else widget.decompress(value)
        names = [f"{bound.html_name}{suffix}" for suffix in widget.widgets_names]
        return {n: [w.format_value(v) or ""] for n, w, v in zip(names, widget.widgets, values, strict=True)}
    if isinstance(widget, forms.CheckboxInput):
        return {bound.html_name: ["on"] if bound.value() else []}
    if isinstance(widget, forms.FileInput):
        return {}
    value = widget.format_value(bound.value())
    return {bound.html_name: list(map(str, value)) if isinstance(value, list) else ["" if value is None else value]}


def replace_post_values(data, sent):
    for name, values in sent.items():
        data.setlist(name, values)
        if not values:
            del data[name]


def merge_inline_rows(data, meanwhile, formset):
    """The rows of an inline put together anew: theirs that you left as they were, yours, and theirs that are new."""
    prefix = formset.prefix
    formset.is_valid()
    shown = type(formset)(instance=meanwhile.instance, prefix=prefix, queryset=formset.queryset)
    theirs = {f"{prefix}.{form.instance.pk}": form for form in shown.initial_forms}
    kept, added, yours = [], [], {}
    for form in formset.forms:
        key = data.get(f"{form.prefix}-{form._meta.model._meta.pk.name}")
        name = f"{prefix}.{key}"
        if not key:
            added.append(get_form_post_data(form, data))
            continue
        gone = name not in theirs
        yours[name] = (
            None if formset._should_delete_form(form) else get_field_values(form.instance, besides=formset.fk.name)
        )
        untouched = meanwhile.is_unchanged(name, yours[name])
        if gone and (untouched or yours[name] is None):
            continue
        if gone:
            added.append(get_form_post_data(form, data) | {form._meta.model._meta.pk.name: [""]})
        elif untouched:
            kept.append(get_form_post_data(theirs.pop(name)))
        else:
            theirs.pop(name)
            kept.append(get_form_post_data(form, data))
    kept += [get_form_post_data(form) for name, form in theirs.items() if name not in yours]
    renumber_inline_forms(data, prefix, kept, added)
    return yours


def get_form_post_data(form, data=None):
    """{name without its prefix: values} of a row of an inline: as it is sent in data, or as it is shown."""
    start = f"{form.prefix}-"
    if data is not None:
        return {name.removeprefix(start): data.getlist(name) for name in data if name.startswith(start)}
    sent = {}
    for bound in form:
        sent |= get_field_post_data(bound)
    return {name.removeprefix(start): values for name, values in sent.items()}


def renumber_inline_forms(data, prefix, kept, added):
    for name in [name for name in data if name.startswith(f"{prefix}-") and name.split("-")[1].isdigit()]:
        del data[name]
    for number, row in enumerate([*kept, *added]):
        for name, values in row.items():
            if values:
                data.setlist(f"{prefix}-{number}-{name}", values)
    data[f"{prefix}-INITIAL_FORMS"] = str(len(kept))
    data[f"{prefix}-TOTAL_FORMS"] = str(len(kept) + len(added))


class ConflictCheckingFormSet(BaseModelFormSet):
    """Rows that are edited in a list, with a token of each one's fields. What somebody else changed meanwhile is taken
    where nothing was typed; where both typed, nothing is saved and the row says what the other one did."""

    def __init__(self, data=None, *args, **kwargs):
        super().__init__(data.copy() if data else data, *args, **kwargs)
        if self.is_bound:
            self.merge_edits()

    @cached_property
    def management_form(self):
        form = super().management_form
        form.fields["tokens"] = forms.CharField(widget=forms.HiddenInput, required=False)
        form.initial["tokens"] = self.make_version_tokens()
        if self.is_bound:
            form.data = form.data.copy()
            form.data[form.add_prefix("tokens")] = form.initial["tokens"]
        return form

    def clean(self):
        super().clean()
        for form in self.forms:
            for difference in self.conflicts.get(form.instance.pk, ()):
                form.add_error(None, describe_field_conflict(difference))
        if self.conflicts:
            raise forms.ValidationError(_("Another user has changed this entry in the meantime."), code="stale")

    def make_version_tokens(self):
        """Of the rows as they are stored: a bound form has put what is typed into its own copy of a row."""
        rows = self.get_queryset() if not self.is_bound else self.get_stored_rows()
        return urlencode({str(row.pk): urlencode(self.hash_fields(row)) for row in rows})

    def hash_fields(self, row):
        values = get_field_values(row)
        return {name: short_hash(values[name]) for name in self.form.base_fields if name in values}

    def get_stored_rows(self):
        return list(self.get_queryset().all())

    def merge_edits(self):
        """Take theirs into what is sent, and remember what both have changed."""
        self.conflicts = {}
        shown = dict(parse_qsl(self.data.get(f"{self.prefix}-tokens", "")))
        rows = {row.pk: row for row in self.get_stored_rows()}
        for form in self.forms:
            if row := rows.get(form.instance.pk):
                self.merge_row(form, row, shown.get(str(row.pk), ""))
        # They are made anew of what is settled.
        del self.__dict__["forms"]

    def merge_row(self, form, row, seen):
        meanwhile = EditConflict(row, seen, only=self.form.base_fields)
        if not meanwhile.changed_fields:
            return
        unbound, yours = self.form(instance=row, prefix=form.prefix), get_submitted_values(form)
        for name in meanwhile.changed_fields:
            if name in yours and meanwhile.is_unchanged(name, yours[name]):
                replace_post_values(self.data, get_field_post_data(unbound[name]))
        both = [one for one in meanwhile.conflicts(yours) if one.resolution == "yours" and one.theirs != one.yours]
        if both:
            self.conflicts[row.pk] = both
