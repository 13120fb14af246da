"""Two edits of one row in one form: theirs is saved already, yours is sent. Where you typed nothing the form takes
theirs, where both typed it keeps yours, so that saving it again overwrites nothing that its reader has not seen."""

from urllib.parse import parse_qsl, urlencode

from django import forms
from django.forms.models import BaseModelFormSet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from .content import columns, digest, own, plain, ties
from .meanwhile import Meanwhile, in_a_sentence


def settled(data, meanwhile, form, formsets, shown):
    """What is sent with theirs in it where nothing was typed, and the values that are sent, by name.

    form and formsets are bound to what is sent; shown is the form of the row as it is now.
    """
    data = data.copy()
    yours = typed(form)
    for name in meanwhile.changed:
        if name in form.fields and name in yours and meanwhile.untouched(name, yours[name]):
            _replace(data, as_sent(shown[name]))
    for formset in formsets:
        yours |= _settle_rows(data, meanwhile, formset)
    return data, yours


def typed(form):
    """The values that a validated form sends, by name, without those that cannot be understood."""
    form.is_valid()
    row, good = form.instance, getattr(form, "cleaned_data", {})
    found = {field.name: plain(field, row) for field in columns(type(row)) if field.name in good}
    return found | {
        tie.name: sorted(str(other.pk) for other in good[tie.name]) for tie in ties(type(row)) if tie.name in good
    }


def as_sent(bound):
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


def _replace(data, sent):
    for name, values in sent.items():
        data.setlist(name, values)
        if not values:
            del data[name]


def _settle_rows(data, meanwhile, formset):
    """The rows of an inline put together anew: theirs that you left as they were, yours, and theirs that are new."""
    prefix = formset.prefix
    formset.is_valid()
    shown = type(formset)(instance=meanwhile.row, prefix=prefix, queryset=formset.queryset)
    theirs = {f"{prefix}.{form.instance.pk}": form for form in shown.initial_forms}
    kept, added, yours = [], [], {}
    for form in formset.forms:
        key = data.get(f"{form.prefix}-{form._meta.model._meta.pk.name}")
        name = f"{prefix}.{key}"
        if not key:
            added.append(_sent_by(form, data))
            continue
        gone = name not in theirs
        yours[name] = None if formset._should_delete_form(form) else own(form.instance, besides=formset.fk.name)
        untouched = meanwhile.untouched(name, yours[name])
        if gone and (untouched or yours[name] is None):
            continue
        if gone:
            added.append(_sent_by(form, data) | {form._meta.model._meta.pk.name: [""]})
        elif untouched:
            kept.append(_sent_by(theirs.pop(name)))
        else:
            theirs.pop(name)
            kept.append(_sent_by(form, data))
    kept += [_sent_by(form) for name, form in theirs.items() if name not in yours]
    _number(data, prefix, kept, added)
    return yours


def _sent_by(form, data=None):
    """{name without its prefix: values} of a row of an inline: as it is sent in data, or as it is shown."""
    start = f"{form.prefix}-"
    if data is not None:
        return {name.removeprefix(start): data.getlist(name) for name in data if name.startswith(start)}
    sent = {}
    for bound in form:
        sent |= as_sent(bound)
    return {name.removeprefix(start): values for name, values in sent.items()}


def _number(data, prefix, kept, added):
    for name in [name for name in data if name.startswith(f"{prefix}-") and name.split("-")[1].isdigit()]:
        del data[name]
    for number, row in enumerate([*kept, *added]):
        for name, values in row.items():
            if values:
                data.setlist(f"{prefix}-{number}-{name}", values)
    data[f"{prefix}-INITIAL_FORMS"] = str(len(kept))
    data[f"{prefix}-TOTAL_FORMS"] = str(len(kept) + len(added))


class Tokens(BaseModelFormSet):
    """Rows that are edited in a list, with a token of each one's fields. What somebody else changed meanwhile is taken
    where nothing was typed; where both typed, nothing is saved and the row says what the other one did."""

    def __init__(self, data=None, *args, **kwargs):
        super().__init__(data.copy() if data else data, *args, **kwargs)
        if self.is_bound:
            self._settle()

    @cached_property
    def management_form(self):
        form = super().management_form
        form.fields["tokens"] = forms.CharField(widget=forms.HiddenInput, required=False)
        form.initial["tokens"] = self._tokens()
        if self.is_bound:
            form.data = form.data.copy()
            form.data[form.add_prefix("tokens")] = form.initial["tokens"]
        return form

    def clean(self):
        super().clean()
        for form in self.forms:
            for difference in self.stale.get(form.instance.pk, ()):
                form.add_error(None, in_a_sentence(difference))
        if self.stale:
            raise forms.ValidationError(_("Somebody else has changed this meanwhile."), code="stale")

    def _tokens(self):
        """Of the rows as they are stored: a bound form has put what is typed into its own copy of a row."""
        rows = self.get_queryset() if not self.is_bound else self._stored()
        return urlencode({str(row.pk): urlencode(self._seen(row)) for row in rows})

    def _seen(self, row):
        values = own(row)
        return {name: digest(values[name]) for name in self.form.base_fields if name in values}

    def _stored(self):
        return list(self.get_queryset().all())

    def _settle(self):
        """Take theirs into what is sent, and remember what both have changed."""
        self.stale = {}
        shown = dict(parse_qsl(self.data.get(f"{self.prefix}-tokens", "")))
        rows = {row.pk: row for row in self._stored()}
        for form in self.forms:
            if row := rows.get(form.instance.pk):
                self._settle_row(form, row, shown.get(str(row.pk), ""))
        # They are made anew of what is settled.
        del self.__dict__["forms"]

    def _settle_row(self, form, row, seen):
        meanwhile = Meanwhile(row, seen, only=self.form.base_fields)
        if not meanwhile.changed:
            return
        unbound, yours = self.form(instance=row, prefix=form.prefix), typed(form)
        for name in meanwhile.changed:
            if name in yours and meanwhile.untouched(name, yours[name]):
                _replace(self.data, as_sent(unbound[name]))
        both = [one for one in meanwhile.differences(yours) if one.kept == "yours" and one.theirs != one.yours]
        if both:
            self.stale[row.pk] = both
