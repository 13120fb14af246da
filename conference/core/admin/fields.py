"""Form fields of the admin: several languages, time zones, and hints about translations."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from conference.core.i18n.text import LANGUAGES
from conference.core.i18n.translations import TARGET_LANGUAGES, get_missing_translations, get_stale_translations

# Longest text, in characters, whose input is as small as SHORT_ROWS.
SHORT_TEXT_LENGTH = 1000
SHORT_ROWS, LONG_ROWS = 3, 12

MISSING_HINT = '<strong class="translation-hint missing">{}</strong>'
STALE_HINT = (
    '<strong class="translation-hint stale">{}</strong> '
    '<label class="translation-confirmed"><input type="checkbox" name="translation_is_current" value="{}"> {}</label>'
)


def per_language(name: str) -> tuple[str, ...]:
    """Return the fields of a text, one per language, which form one row of a fieldset."""
    return tuple(f"{name}_{language}" for language in LANGUAGES)


class MultilineCharField(forms.CharField):
    r"""Text with "\n" as line break. Browsers submit "\r\n", which would count as a change of the stored text."""

    widget = AdminTextareaWidget

    def to_python(self, value: str | None) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


def annotate_form_field(db_field: models.Field, field: Any) -> forms.Field:
    """Set the language of a text input, for spelling checkers and screen readers, its size, or the time zone's name."""
    language = db_field.name.rpartition("_")[2]
    if language in LANGUAGES:
        field.widget.attrs["lang"] = language
    if isinstance(db_field, models.TextField):
        is_short = (db_field.max_length or SHORT_TEXT_LENGTH) <= SHORT_TEXT_LENGTH
        field.widget.attrs["rows"] = SHORT_ROWS if is_short else LONG_ROWS
    if isinstance(db_field, models.DateTimeField):
        field.help_text = add_time_zone_help(field.help_text)
        label_date_and_time_inputs(field)
    return field


def label_date_and_time_inputs(field: forms.Field) -> None:
    """Label the two inputs of a field for screen readers, as they share one visible label."""
    date, time = field.widget.widgets
    date.attrs["aria-label"] = _("%(field)s, date") % {"field": field.label}
    time.attrs["aria-label"] = _("%(field)s, time") % {"field": field.label}


def add_time_zone_help(help_text: Any) -> str:
    zone = timezone.get_current_timezone_name()
    if not help_text:
        return _("Time in %(zone)s.") % {"zone": zone}
    return _("%(help)s Time in %(zone)s.") % {"help": help_text, "zone": zone}


def add_translation_hints(form: forms.ModelForm) -> None:
    """Add a hint to the help text of each text whose translation is missing or outdated."""
    instance = form.instance
    if instance._state.adding:
        return
    for name in get_missing_translations(instance):
        for language in LANGUAGES:
            if not getattr(instance, f"{name}_{language}").strip():
                prepend_help_text(form, f"{name}_{language}", format_html(MISSING_HINT, _("Translation missing")))
    for name in get_stale_translations(instance):
        for language in TARGET_LANGUAGES:
            prepend_help_text(form, f"{name}_{language}", render_stale_hint(name))


def render_stale_hint(name: str) -> SafeString:
    return format_html(
        STALE_HINT, _("Outdated: the source text has changed since."), name, _("The translation is still correct")
    )


def prepend_help_text(form: forms.ModelForm, name: str, hint: SafeString) -> None:
    if name in form.fields:
        form.fields[name].help_text = format_html("{} {}", hint, form.fields[name].help_text)
