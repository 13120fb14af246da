"""What the forms and lists of the admin share: languages side by side, addresses that fill themselves, times that name
their zone, a search that does not mind marks."""

from itertools import count

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from .text import LANGUAGES, fold

# A text of up to so many characters is given three lines, a longer one twelve.
SHORT = 1000


def both(name):
    """The columns of a text, one per language, for one row of a fieldset."""
    return tuple(f"{name}_{language}" for language in LANGUAGES)


def free_address(model, title, *, besides=None):
    """A slug made from a title that no other row has: "mo-rong", "mo-rong-2" and so on."""
    room = model._meta.get_field("slug").max_length - len("-999")
    slug = slugify(fold(title))[:room].strip("-_") or model._meta.model_name
    taken = set(
        model.objects.exclude(pk=besides).filter(slug__startswith=slug).values_list("slug", flat=True),
    )
    return next(s for n in count(1) if (s := slug if n == 1 else f"{slug}-{n}") not in taken)


class Paragraphs(forms.CharField):
    """A text of several lines. Browsers end lines in their own way; kept so, each save would look like a change."""

    widget = AdminTextareaWidget

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


class EditingForm(forms.ModelForm):
    """A form whose address (slug), left empty, is made from the title or name."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False

    def clean(self):
        data = super().clean()
        title = data.get("title_en") or data.get("name_en")
        if title and "slug" in self.fields and not data.get("slug") and not self.has_error("slug"):
            data["slug"] = free_address(self._meta.model, title, besides=self.instance.pk)
        return data

    def refuse_unless_after(self, first, last, message):
        """Say at the field itself that an end is not after its start."""
        first, end = self.cleaned_data.get(first), self.cleaned_data.get(last)
        if first and end and end <= first:
            self.add_error(last, message)


class EditingAdmin(admin.ModelAdmin):
    form = EditingForm
    formfield_overrides = {models.TextField: {"form_class": Paragraphs}}

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return told_apart(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def get_search_results(self, request, queryset, search_term):
        """Rows in whose search_fields every word occurs, marks and case aside: "hoa binh" finds "Hòa bình"."""
        words = fold(search_term).split()
        if not words:
            return queryset, False
        found = {}
        for key, *texts in queryset.order_by().prefetch_related(None).values_list("pk", *self.search_fields):
            found.setdefault(key, set()).update(filter(None, texts))
        keys = [key for key, texts in found.items() if _has_all(words, texts)]
        return queryset.filter(pk__in=keys), False


class EditingInline(admin.TabularInline):
    extra = 0

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return told_apart(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))


def told_apart(db_field, field):
    """The form field, with its language said to spelling checkers and screen readers, or its time zone to people."""
    language = db_field.name.rpartition("_")[2]
    if language in LANGUAGES:
        field.widget.attrs["lang"] = language
    if isinstance(db_field, models.TextField):
        field.widget.attrs["rows"] = 3 if (db_field.max_length or SHORT) <= SHORT else 12
    if isinstance(db_field, models.DateTimeField):
        field.help_text = _zone_said(field.help_text)
        _call_date_and_time_so(field)
    return field


def _call_date_and_time_so(field):
    """The two inputs of one field share its label, which names neither to a screen reader."""
    date, time = field.widget.widgets
    date.attrs["aria-label"] = _("%(field)s, date") % {"field": field.label}
    time.attrs["aria-label"] = _("%(field)s, time") % {"field": field.label}


def _zone_said(help_text):
    zone = timezone.get_current_timezone_name()
    if not help_text:
        return _("Time in %(zone)s.") % {"zone": zone}
    return _("%(help)s Time in %(zone)s.") % {"help": help_text, "zone": zone}


def _has_all(words, texts):
    text = fold(" ".join(texts))
    return all(word in text for word in words)
